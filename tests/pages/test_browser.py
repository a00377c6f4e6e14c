"""A page that holds everything, hostile values too, opened in a real browser."""

from pathlib import Path

import pytest

from insight.pages import html as html_of
from insight.pages.fonts import CHINESE, LATIN, faces
from insight.pages.html import index_path, render_glossary, render_index, render_report, report_path, sheets_of
from pages.browser import DESK, PHONE
from report.small_report import HOSTILE, TITLE, code, headlines, notebook, say, text, whole_report, wide_table

NAME = "20_customer_profile"


def sound(page, path: Path = Path()) -> None:
    """What holds for every page of ours in every browser window."""
    assert page.seen["text"], path
    assert page.outside == [], path
    assert page.console == [], path
    assert page.seen["scrollWidth"] <= page.width, path
    assert page.seen["headings"] == 1
    assert page.seen["lang"] in ("en", "zh-CN")
    assert page.seen["nodes"] == []
    assert len(page.seen["ids"]) == len(set(page.seen["ids"]))
    assert all(picture["alt"].strip() and picture["loaded"] for picture in page.seen["pictures"])
    assert page.system_fonts == set(), f"{path}: a character that no packaged font has"
    assert page.cut == [], f"{path} at {page.width} px: cells are cut off"
    assert page.crowded == [], f"{path} at {page.width} px: labels of figures"
    assert page.violations == [], path


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    """The small report with its index, in both languages, on disk."""
    folder = tmp_path_factory.mktemp("reports")
    options = {"title": TITLE, "provenance": [("Data", "2018")]}
    for lang in ("en", "zh"):
        html = render_report(whole_report(), notebook=NAME, lang=lang, headlines=headlines(), **options)
        index = render_index({NAME: whole_report()}, lang=lang, headlines={NAME: headlines()}, **options)
        glossary = render_glossary((), lang=lang, title=TITLE, notebooks=[NAME])
        pages = {report_path(NAME, lang): html, index_path(lang, ("en", "zh")): index}
        pages = {path: page.encode() for path, page in (pages | {report_path("glossary", lang): glossary}).items()}
        for path, content in (pages | sheets_of(whole_report(), notebook=NAME, lang=lang)).items():
            (folder / path).parent.mkdir(exist_ok=True, parents=True)
            (folder / path).write_bytes(content)
    return folder


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("path", [f"en/{NAME}.html", f"zh/{NAME}.html", "index.html", "zh/index.html"])
def test_a_small_report_is_sound(browser, small, path, width):
    page = browser.open(small / path, width=width)
    sound(page)
    assert page.requests[0].startswith("file:")


@pytest.mark.parametrize("path", [f"en/{NAME}.html", f"zh/{NAME}.html"])
def test_no_cell_of_a_small_report_is_cut_on_paper(browser, small, path):
    assert browser.cut_on_paper(small / path) == []


@pytest.mark.parametrize(
    ("style", "what"),
    [(".wide{width:200px}table{width:1500px}", "hangs over"), ("tbody .r{white-space:normal;width:1ch}", "is broken")],
)
def test_a_cell_that_is_cut_and_a_number_that_is_broken_are_seen(browser, tmp_path, style, what):
    rows = "<tr><th>tea</th><td class='r'>1,234 567</td></tr>"
    html = f"<style>{style}</style><main><div class='wide'><table><tbody>{rows}</tbody></table></div></main>"
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    assert "1,234 567" in [" ".join(text.split()) for text in browser.open(tmp_path / "page.html").cut], what


@pytest.mark.parametrize("fit", ["none", "large", "wide", "medium"])
def test_a_number_of_a_stacked_row_is_not_broken(browser, tmp_path, fit):
    style = (Path(html_of.__file__).parent / "template" / "style.css").read_text(encoding="utf-8")
    cell = "<td class=r data-label='What an additional response is worth'>−¥3,512,345 to −¥1,204,000</td>"
    table = (
        f"<div class=wide><table class=fit-{fit}><thead><tr><th>a</th></thead><tbody><tr>{cell}</tbody></table></div>"
    )
    head = f"<meta charset=utf-8><meta name=viewport content='width=device-width'><style>{style}</style>"
    (tmp_path / "page.html").write_text(f"{head}<main>{table}</main>", encoding="utf-8")
    page = browser.open(tmp_path / "page.html", width=PHONE)
    assert page.cut == []
    assert page.seen["scrollWidth"] <= PHONE


def test_the_machine_draws_delivered_characters_alone(browser, tmp_path):
    told = "<main><h1>tea</h1><p>茶葉 ชา 珈琲 καφές 한</p></main>"
    for name, fonts in (("with", faces(told, lang="en")), ("without", "")):
        style = f"<style>{fonts} body{{font-family:'{LATIN}','{CHINESE}',sans-serif}}</style>"
        (tmp_path / f"{name}.html").write_text(f"<meta charset=utf-8>{style}{told}", encoding="utf-8")
    assert browser.open(tmp_path / "with.html").system_fonts == set()
    assert browser.open(tmp_path / "without.html").system_fonts != set()


def test_a_page_without_landmarks_is_seen(browser, tmp_path):
    (tmp_path / "page.html").write_text(
        "<html lang='en'><title>t</title><h1>t</h1><p>text</p></html>", encoding="utf-8"
    )
    assert [line.partition(":")[0] for line in browser.open(tmp_path / "page.html").violations] == [
        "landmark-one-main",
        "region",
    ]


def test_links_between_the_pages_lead_somewhere(browser, small):
    for path in sorted(small.rglob("*.html")):
        links = browser.open(path).seen["links"]
        files = {link.removeprefix("file://").partition("#")[0] for link in links if not link.endswith(".ipynb")}
        assert not [file for file in files if not Path(file).exists()]


def test_hostile_values_do_not_run(browser, tmp_path):
    made = notebook(
        text(f"# 20 · {HOSTILE}\n\n{HOSTILE}", f"# 20 · {HOSTILE}"),
        code(lambda: say(HOSTILE, HOSTILE), lambda: wide_table(HOSTILE)),
    )
    html = render_report(made, notebook=NAME, lang="en", title=HOSTILE, provenance=[(HOSTILE, HOSTILE)])
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    page = browser.open(tmp_path / "page.html", width=PHONE)
    sound(page)
    assert page.seen["ran"] == 0


def test_the_policy_stops_a_script_that_got_in_all_the_same(browser, tmp_path):
    html = render_report(whole_report(), notebook=NAME, lang="en", title=TITLE)
    attack = '<script>window.ran=1</script><img src="x" onerror="window.ran=1"><img src="http://127.0.0.1:9/x">'
    (tmp_path / "page.html").write_text(html.replace("</main>", attack + "</main>"), encoding="utf-8")
    page = browser.open(tmp_path / "page.html")
    assert page.seen["ran"] == 0
    assert page.console


def test_a_page_prints(browser, small, tmp_path):
    browser.print_to_pdf(small / f"en/{NAME}.html", tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")
