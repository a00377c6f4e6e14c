import base64
import hashlib
import re
from datetime import date
from html.parser import HTMLParser

import nbformat
import pandas as pd
import pytest
from nbformat.v4 import new_output

from insight.decide.decisions import Decision
from insight.pages.content import ReportError, read
from insight.pages.html import index_path, render_index, render_report, sheets_of
from insight.pages.provenance import provenance
from insight.pages.sheets import as_csv
from insight.pages.svg import DrawingError
from insight.report import show, without
from insight.report.finding import Finding
from insight.report.findings import brief
from insight.report.tables import Col
from insight.report.tiles import Tile, tiles_of
from report.small_report import (
    HOSTILE,
    TITLE,
    both,
    code,
    headlines,
    notebook,
    say,
    show_stairs,
    text,
    whole_report,
    wide_table,
)

NAME = "20_customer_profile"
PROVENANCE = [(both("Data", "数据"), both("to 1 January 2018", "截至 2018 年 1 月 1 日"))]


def page(made, lang="en", **options) -> str:
    settings = {
        "title": TITLE,
        "headlines": headlines(),
        "provenance": PROVENANCE,
        "notebooks": ["10_data_intake", NAME],
    }
    return render_report(made, notebook=NAME, lang=lang, **settings | options)


class Outline(HTMLParser):
    """Tags and attributes of a page, and its text without styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.words: list[str] = []
        self._silent = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._silent = tag == "style"
        self._apart(tag != "span" or "data-measure" not in dict(attrs))

    def handle_endtag(self, tag):
        self._silent = False
        self._apart(tag != "span")

    def _apart(self, ends_words):
        """Numbers are marked within sentences, and part no words."""
        if ends_words:
            self.words.append(" ")

    def handle_data(self, data):
        if not self._silent:
            self.words.append(data)

    def all(self, tag: str) -> list[dict]:
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


@pytest.fixture(scope="module")
def english() -> str:
    return page(whole_report())


def test_a_page_keeps_its_language_and_leaves_code_out(english):
    chinese = page(whole_report(), "zh")
    assert '<html lang="en">' in english
    assert '<html lang="zh-CN">' in chinese
    assert "secret_code" not in english + chinese
    assert "Few buy most." in english
    assert "少数人买得最多。" not in english
    assert "少数人买得最多。" in chinese
    assert "By day" not in chinese


def test_every_output_of_the_language_is_on_the_page(english):
    shown = Outline(english).text
    for words in (
        "It falls",
        "Share by day",
        "Source: the till",
        "So what Open on Monday.",
        "Caution One week only.",
        "A plain sentence.",
        "A wide table",
        "tea 11tea 11",
        "What we did.",
        "to 1 January 2018",
    ):
        assert words in shown


def test_the_page_has_the_parts_that_readers_and_screen_readers_need(english):
    outline = Outline(english)
    ids = [attrs["id"] for _tag, attrs in outline.tags if "id" in attrs]
    assert len(outline.all("h1")) == 1
    assert len(ids) == len(set(ids))
    assert {"main", "s1", "s2", "s3", "about"} == {name for name in ids if not name.startswith("s1-")}
    assert [picture["class"] for picture in outline.all("svg") if picture["role"] == "img"] == ["desk", "phone"]
    assert english.count("<title>It falls</title><desc>Three bars, each lower</desc>") == 2
    assert "Skip to the content" in outline.text
    assert outline.all("a")[0] == {"class": "skip", "href": "#main"}


def test_tiles_are_the_headlines_with_a_label(english):
    shown = Outline(english).text
    assert "2,469 customers" in shown
    assert "55% of sales 53% to 57% (95% interval)" in shown
    assert "Not a tile" not in shown


def test_a_narrow_interval_gets_the_decimal_that_tells_its_bounds_apart():
    rate = {"name": "rate", "value": 0.1319, "unit": "share", "low": 0.1294, "high": 0.1344, "label": {"en": "rate"}}
    assert tiles_of([rate], lang="en") == [Tile("13.2%", "rate", "12.9% to 13.4% (95% interval)")]


def test_the_policy_allows_one_style_and_nothing_else(english):
    [policy] = [attrs["content"] for attrs in Outline(english).all("meta") if attrs.get("http-equiv")]
    style = re.search("<style>(.*?)</style>", english, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert "default-src 'none'" in policy
    assert f"style-src 'sha256-{digest}'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy


def test_nothing_on_the_page_is_fetched_or_run(english):
    outline = Outline(english)
    assert not [tag for tag, _attrs in outline.tags if tag in ("script", "link", "iframe", "object", "foreignobject")]
    assert not [
        attrs for _tag, attrs in outline.tags if any(name.startswith("on") or name == "style" for name in attrs)
    ]
    assert all(attrs["src"].startswith("data:") for attrs in outline.all("img"))
    assert all(not attrs["href"].startswith(("http", "//", "/")) for attrs in outline.all("a"))
    assert not re.search(r"url\((?!data:|#s1-)", english)


def test_the_menu_names_every_page_and_marks_this_one(english):
    entries = [attrs for attrs in Outline(english).all("a") if attrs["href"].endswith(".html")]
    assert "10_data_intake.html" in [each["href"] for each in entries]
    assert [each["href"] for each in entries if each.get("aria-current") == "page"] == [f"{NAME}.html"] * 2
    index = Outline(render_index({NAME: whole_report()}, lang="en", title=TITLE, headlines={}))
    assert [each["href"] for each in index.all("a") if each.get("aria-current") == "page"] == ["index.html"] * 2


def test_links_lead_to_the_other_language_the_index_and_the_neighbours(english):
    links = [attrs["href"] for attrs in Outline(english).all("a")]
    assert {"../index.html", f"../zh/{NAME}.html", "10_data_intake.html"} <= set(links)
    assert f"../notebooks/{NAME}.ipynb" in links
    assert "index.html" in [attrs["href"] for attrs in Outline(page(whole_report(), "zh")).all("a")]


def test_every_table_and_figure_has_a_file_of_what_is_printed_and_the_page_leads_to_it(english):
    files = sheets_of(whole_report(), notebook=NAME, lang="en")
    links = [attrs["href"] for attrs in Outline(english).all("a") if "download" in attrs]
    assert list(files) == [f"en/{link}" for link in links] == [f"en/data/{NAME}-{at}.csv" for at in ("s1-2", "s2-1")]
    assert files[f"en/data/{NAME}-s1-2.csv"].decode("utf-8-sig").split() == ["Day,Share", "1,3", "2,2", "3,1"]


@pytest.mark.parametrize("cell", ["=1+1", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "＝1"])
def test_no_cell_of_a_file_is_a_formula(cell):
    [row] = as_csv({"head": [], "rows": [[cell]]}).decode("utf-8-sig").strip("\r\n").splitlines()
    assert row.strip('"').startswith("'")


def test_numbers_with_a_sign_stay_numbers():
    assert as_csv({"head": [], "rows": [["-5.2%", "+1,200", "−3"]]}).decode("utf-8-sig").strip() == '-5.2%,"+1,200",−3'


def test_a_file_holds_no_more_than_the_page_prints_where_groups_are_small():
    frame = pd.DataFrame({"tier": ["best", "next", "rest"], "n": [4, 31, 1200]})
    columns = {"tier": Col(both("Tier", "层级")), "n": Col(both("Customers", "客户数"), "count")}
    words = {"title": both("Tiers", "层级表")}
    show_tiers = lambda: show(Finding("own", table=frame, columns=columns, counts="n", words=words))  # noqa: E731
    [sheet] = sheets_of(notebook(code(show_tiers)), notebook=NAME, lang="en").values()
    assert sheet.decode("utf-8-sig").splitlines()[1:] == ["best,fewer than 10", "next,not shown", 'rest,"1,200"']


def test_a_second_rendering_has_the_same_bytes(english):
    assert page(whole_report()) == english
    made = whole_report()
    before = nbformat.writes(made)
    page(made, "zh")
    assert nbformat.writes(made) == before


@pytest.mark.parametrize(
    ("output", "what"),
    [
        (new_output("error", ename="ValueError", evalue="Ada Lovelace", traceback=["Ada"]), "failed"),
        (new_output("stream", name="stderr", text="Ada Lovelace"), "wrote to the error stream"),
    ],
)
def test_a_notebook_that_failed_or_warned_is_no_report(output, what):
    with pytest.raises(ReportError, match=f"cell 1 .* {what}") as stopped:
        page(notebook(code(outputs=(output,))))
    assert "Ada" not in str(stopped.value)


def test_outputs_that_are_not_ours_are_shown_as_text():
    outputs = (
        new_output("execute_result", {"text/plain": "plain <b>1</b>", "text/html": "<b>1</b>"}, execution_count=1),
        new_output("stream", name="stdout", text="\x1b[31mred\x1b[0m stream"),
        new_output("display_data", {"text/html": "<i>only html</i>"}),
        new_output("display_data", {"text/markdown": "# *mark*"}),
        new_output("display_data", {"application/json": {"a": 1}}),
        new_output("display_data", {"image/png": "iVBORw0K", "text/plain": "<Figure>"}),
    )
    html = page(notebook(text("# 1 · T", "# 1 · 题"), code(outputs=outputs)))
    for words in (
        "plain &lt;b&gt;1",
        "red stream",
        "&lt;i&gt;only html",
        "# *mark*",
        "[application/json]",
        "&lt;Figure&gt;",
    ):
        assert words in html
    assert len(read(notebook(code(outputs=outputs)), lang="en").sections[0].blocks) == len(outputs)


#: Whatever SVG can run, fetch or lead to.
_HOSTILE_DRAWING = """<svg xmlns="http://www.w3.org/2000/svg" onload="evil()" xmlns:xlink="http://www.w3.org/1999/xlink">
<script>evil()</script><foreignObject><iframe src="http://evil"/></foreignObject>
<a href="javascript:evil()"><text>x</text></a>
<image xlink:href="http://evil/x.png"/><image xlink:href="data:image/svg+xml;base64,evil"/><use href="http://evil#x"/>
<rect style="fill:url(http://evil);clip-path:url(http://evil)" fill="url(http://evil)" onclick="evil()" width="1"/>
<set attributeName="href" to="javascript:evil()"/><style>@import "http://evil"</style></svg>"""


def test_a_figure_that_is_no_drawing_stops_the_page():
    for drawing in ("<svg", "<!DOCTYPE svg [<!ENTITY x 'y'>]><svg xmlns='http://www.w3.org/2000/svg'/>"):
        made = notebook(text("# 1 · T", "# 1 · 题"), code(show_stairs))
        made.cells[-1].outputs[0].data["image/svg+xml"] = drawing
        with pytest.raises(DrawingError, match="expected SVG"):
            page(made)


def test_a_figure_twice_on_a_page_has_ids_of_its_own_each_time():
    html = page(notebook(text("# 1 · T", "# 1 · 题"), code(show_stairs, show_stairs)))
    ids = [attrs["id"] for _tag, attrs in Outline(html).tags if "id" in attrs]
    assert len(ids) == len(set(ids)) > 2
    assert set(re.findall(r"url\(#([^)]*)\)", html)) <= set(ids)


def test_hostile_values_are_text_wherever_they_come_from():
    made = notebook(
        text(f"# 20 · {HOSTILE}\n\n{HOSTILE}\n\n[x](javascript:ran=1) ![y](http://x/y.png)", "# 20 · 题"),
        text(f"## 1 · {HOSTILE}\n\n### {HOSTILE}\n\n```html\n{HOSTILE}\n```", "## 1 · 题"),
        code(
            lambda: say(HOSTILE, HOSTILE),
            lambda: say(HOSTILE, HOSTILE, "lead"),
            lambda: wide_table(HOSTILE),
            show_stairs,
        ),
    )
    figure = made.cells[-1].outputs[-2].metadata["insight"]
    figure |= dict.fromkeys(("finding", "what", "alt", "source"), HOSTILE)
    figure["narrow"] = made.cells[-1].outputs[-2].data["image/svg+xml"] = _HOSTILE_DRAWING
    lines = [{"name": HOSTILE, "value": HOSTILE, "unit": HOSTILE, "label": {"en": HOSTILE}, "note": {"en": HOSTILE}}]
    html = page(made, headlines=lines, provenance=[(HOSTILE, HOSTILE)], title=HOSTILE)
    outline = Outline(html)
    assert not [tag for tag, _attrs in outline.tags if tag in ("script", "foreignobject", "set")]
    assert len(outline.all("svg")) == 2
    assert not [attrs for _tag, attrs in outline.tags if any(name.startswith("on") for name in attrs)]
    assert not [attrs for _tag, attrs in outline.tags if "evil" in str(attrs) or "style" in attrs]
    assert all(attrs["src"].startswith("data:image/png") for attrs in outline.all("img"))
    assert not [attrs for attrs in outline.all("a") if "javascript" in attrs["href"]]


def test_an_empty_notebook_is_still_a_page():
    assert "<h1>Customer profile</h1>" in page(notebook(), headlines=[], provenance=[])


def test_prices_in_text_are_no_formulas_and_underscores_no_emphasis():
    html = page(notebook(text("# 1 · T\n\nfrom $5 to $6, churn_window_days", "# 1 · 题")))
    assert "from $5 to $6, churn_window_days" in html


def test_a_heading_inside_code_is_not_a_section():
    content = read(notebook(text("# 1 · T\n\n```\n## not one\n```\n\n## 1 · One\n\nx", "# 1 · 题")), lang="en")
    assert [(part.number, part.title) for part in content.sections[1:]] == [("1", "One")]


def test_text_for_who_works_in_the_notebook_stays_off_the_page():
    shown, kept = text("# 1 · T\n\nFor the board.", "# 1 · 题"), text("Reads `delivery`.", "读取 `delivery`。")
    for cell in kept:
        cell.metadata["tags"].append("lab")
    said = Outline(page(notebook(shown, kept))).text
    assert "For the board." in said
    assert "delivery" not in said


def test_the_index_shows_what_there_is_and_why_not_the_rest():
    made = {NAME: whole_report(), "30_other": notebook(text("# 30 · Other", "# 30 · 其他")), "80_brief": whole_report()}
    html = render_index(
        made,
        lang="en",
        title=TITLE,
        headlines={NAME: [], "30_other": headlines()},
        until=date(2024, 12, 30),
        missing={"70_card_lifecycle": both("No cards here.", "没有信用卡。")},
        provenance=PROVENANCE,
    )
    outline = Outline(html)
    assert outline.text.count("Few buy most.") == 2
    assert outline.text.count("2,469 customers bought.") == 1  # where the page has no lead
    assert html.count("<title>It falls</title><desc>Three bars, each lower</desc>") == 4  # in two forms each
    assert "data up to 30 December 2024" in outline.text
    assert "70 · Card lifecycle No cards here." in outline.text
    links = [attrs["href"] for attrs in outline.all("a")]
    assert {"en/80_brief.html", f"en/{NAME}.html", "zh/index.html"} <= set(links)
    assert links[-3:] == ["en/80_brief.html", f"en/{NAME}.html", "en/30_other.html"]


def test_the_index_draws_the_figure_that_stands_for_a_report_else_its_first():
    shown = [lambda: show_stairs(title="First"), lambda: show_stairs(title="The main one", main=True)]
    made = {NAME: notebook(code(*shown, lambda: show_stairs(title="Last"))), "30_other": notebook(code(shown[0]))}
    html = render_index(made, lang="en", title=TITLE, headlines={})
    assert re.findall("<title>([^<]*)</title><desc>", html) == ["The main one"] * 2 + ["First"] * 2


@pytest.mark.parametrize(
    ("lang", "said", "heading"),
    [
        ("en", "See Churn and value; *Segmentation*, but not the churn and values.", "Churn and value"),
        ("zh", "见《流失与价值》和《客户分群》，客户分群一词不算，本篇为《客户画像》。", "流失与价值"),
    ],
)
def test_reports_that_prose_names_are_links_to_them(lang, said, heading):
    words = f"# 20 · T\n\n{said} `{heading}`\n\n## 1 · {heading}"
    made = notebook(text(words, words))
    html = page(made, lang, notebooks=[NAME, "30_segmentation", "40_churn_and_value"])
    main = html[html.index("<main") : html.index('<nav class="pager"')]
    assert [attrs["href"] for attrs in Outline(main).all("a")] == ["40_churn_and_value.html", "30_segmentation.html"]
    alone = page(made, lang, notebooks=[NAME])  # a report that was not made is no link
    assert Outline(alone[alone.index("<main") : alone.index("</main>")]).all("a") == []


def test_numbers_of_decisions_name_their_measures_and_lead_to_the_glossary():
    one = Decision("tighten", "campaigns", "randomised", 4230.0, 3100.0, 5900.0, {"name": "tea", "share": 0.71})
    html = page(notebook(code(lambda: show(brief.decisions([one])))))
    head = html[html.index('<ol class="cards">') : html.index('<nav class="pager"')]
    assert '<span data-measure="unprompted_share">71%</span>' in head
    assert [attrs["href"] for attrs in Outline(head).all("a")] == [
        "glossary.html#unprompted_share", "glossary.html#unprompted_cost"
    ]  # fmt: skip


def test_a_page_says_where_its_days_end_when_the_last_are_incomplete():
    rows = dict.fromkeys(("delivered", "accepted", "quarantined", "duplicate"), 7)
    made = {"rows": rows | {"last": "2024-12-31", "until": "2024-12-30"}, "parameters": {}, "inputs": "", "raw": None}
    facts = {"dataset": "shop", "version": "1", "commit": "a"}
    said = str(provenance(facts, made)[0][1])
    assert "up to 31 December 2024; the reports count up to 30 December 2024" in said
    made["rows"]["until"] = "2024-12-31"
    assert str(provenance(facts, made)[0][1]).endswith("; up to 31 December 2024")


def test_an_index_of_another_language_stands_with_its_reports():
    html = render_index({NAME: whole_report()}, lang="zh", title=TITLE, headlines={})
    links = [attrs["href"] for attrs in Outline(html).all("a")]
    assert {"../index.html", f"{NAME}.html"} <= set(links)
    assert index_path("zh", ["zh"]) == "index.html"


def test_a_run_in_one_language_offers_no_other():
    html = page(whole_report(), languages=["en"])
    assert "中文" not in html


def test_parts_that_a_business_has_nothing_for_are_left_out_and_the_rest_is_counted_on():
    made = notebook(
        text("# 10 · One", "# 10 · 一"),
        text("## 1 · First", "## 1 · 一"),
        text("## 2 · Of people", "## 2 · 人"),
        text("## 3 · Last", "## 3 · 末"),
        code(lambda: without("people")),
    )
    for cell in made.cells:
        if cell.source.startswith("## 2"):
            cell.metadata.tags.append("people")
    sections = read(made, lang="zh").sections
    assert [(part.number, part.title) for part in sections if part.title] == [("1", "一"), ("2", "末")]
