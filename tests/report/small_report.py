"""A small executed notebook, made without a kernel: what the display helpers put out, in cells."""

from collections.abc import Callable
from unittest.mock import patch

import nbformat
import pandas as pd
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from insight.config.parameters import Bilingual
from insight.report import display, show
from insight.report.finding import NO_CUSTOMERS, Finding
from insight.report.plot import figure
from insight.report.tables import Col
from insight.words.numerals import current

TITLE = Bilingual(en="Corner shop", zh="街角小店")
HOSTILE = '<script>ran=1</script><img src=x onerror="ran=1">"><svg onload=ran=1>'


def both(en: str, zh: str) -> Bilingual:
    return Bilingual(en=en, zh=zh)


def text(en: str, zh: str) -> list[NotebookNode]:
    """A markdown cell and its pair."""
    return [
        new_markdown_cell(en, metadata={"tags": ["en"]}, id=f"en{abs(hash(en)) % 10**8}"),
        new_markdown_cell(zh, metadata={"tags": ["zh"]}, id=f"zh{abs(hash(zh)) % 10**8}"),
    ]


def code(*work: Callable[[], None], outputs: tuple = ()) -> list[NotebookNode]:
    """A code cell with what the work puts out, and ready outputs behind it."""
    cell = new_code_cell("secret_code()", execution_count=1, id=f"c{id(work) % 10**8}")

    def keep(bundle, metadata, raw):
        cell.outputs.append(new_output("display_data", bundle, metadata=metadata))

    with patch.object(display, "display", keep), patch.dict("os.environ", INSIGHT_LANGUAGES="en,zh"):
        for step in work:
            step()
    cell.outputs.extend(outputs)
    return [cell]


def notebook(*cells: list[NotebookNode]) -> NotebookNode:
    made = new_notebook(cells=[cell for group in cells for cell in group])
    nbformat.validate(made)
    return made


@figure
def stairs(ax, values):
    ax.bar(range(len(values)), values)
    ax.set(xlabel=both("days", "天数").in_language(current()), ylabel="%")


def show_stairs(values: tuple[float, ...] = (3.0, 2.0, 1.0), title: str = "It falls", *, main: bool = False) -> None:
    words = {
        "title": both(title, "逐级下降"),
        "caption": both("Share by day", "按天占比"),
        "alt": both("Three bars, each lower", "三根柱子，依次变低"),
        "source": both("Source: the till", "来源：收银台"),
    }
    columns = {"day": Col(both("Day", "天"), "count"), "share": Col(both("Share", "占比"), "number")}
    table = pd.DataFrame({"day": [1, 2, 3], "share": values})
    laid_out = {"columns": columns, "counts": NO_CUSTOMERS}
    show(Finding("own", figure=stairs(values), table=table, words=words, main=main, **laid_out))


def wide_table(cell: str = "tea") -> None:
    frame = pd.DataFrame({f"c{n}": [f"{cell} {n}" * 2] for n in range(12)})
    columns = {name: Col(both(f"Column {name}", f"第 {name} 列")) for name in frame}
    words = {"title": both("A wide table", "一张宽表"), "note": both("A note", "说明")}
    show(Finding("own", table=frame, columns=columns, counts=NO_CUSTOMERS, words=words))


def say(en: str, zh: str, role: str = "says") -> None:
    show(Finding("own", words={role: both(en, zh)}))


def whole_report() -> NotebookNode:
    """Everything that a report may hold."""
    return notebook(
        text("# 20 · Who buys?\n\n**For** the shop.", "# 20 · 谁在购买？\n\n**面向** 店主。"),
        code(lambda: say("Few buy most.", "少数人买得最多。", "lead")),
        text("## 1 · By day\n\nRead from the left.", "## 1 · 按天\n\n从左往右看。"),
        code(show_stairs),
        code(
            lambda: say("Open on Monday.", "周一开门。", "so_what"),
            lambda: say("One week only.", "只有一周。", "caution"),
            lambda: say("A plain sentence.", "普通的一句话。"),
        ),
        text("## 2 · By column", "## 2 · 按列"),
        code(wide_table),
        text("## Recap\n\n- **What we did.** Counted.", "## 小结\n\n- **做了什么。** 统计。"),
    )


def headlines() -> list[dict]:
    shared = {"low": None, "high": None, "unit": ""}
    return [
        {
            **shared,
            "name": "n",
            "value": 2469,
            "unit": "customers",
            "label": {"en": "customers", "zh": "名客户"},
            "sentence": {"en": "2,469 customers bought.", "zh": "2,469 名客户有购买。"},
        },
        {**shared, "name": "x", "value": 1, "sentence": {"en": "Not a tile.", "zh": "不是卡片。"}},
        {
            "name": "share",
            "value": 0.55,
            "unit": "share",
            "low": 0.53,
            "high": 0.57,
            "label": {"en": "of sales", "zh": "销售额占比"},
            "sentence": {"en": "55% of sales.", "zh": "销售额的 55%。"},
        },
    ]
