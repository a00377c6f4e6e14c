"""The characters of one page, cut from the packaged fonts and embedded in it.

A reader may have no Chinese font, and a report should look the same on every machine. So each page
carries exactly the glyphs that stand on it, in the two weights that it is set in.
"""

import base64
import io
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import uharfbuzz as hb
from fontTools.ttLib import TTFont

FOLDER = Path(__file__).parents[1] / "report" / "fonts"
LATIN = "Insight Sans"
CHINESE = "Insight Sans SC"
_FILES = {
    (LATIN, 400): "InsightSans-Regular.ttf",
    (LATIN, 600): "InsightSans-SemiBold.ttf",
    (CHINESE, 400): "InsightSansSC-Regular.ttf",
    (CHINESE, 600): "InsightSansSC-SemiBold.ttf",
}
_BOLD = {"h1", "h2", "h3", "h4", "b", "strong", "caption"}
_SILENT = {"style", "title", "script"}
_FULL_WIDTH_IN_CHINESE = set("‘’“”…—")


class _Marks(HTMLParser):
    """The characters that a page shows, by weight.

    Examples
    --------
    >>> {weight: "".join(sorted(marks)) for weight, marks in _Marks("<h1>Hi</h1><p>a <b>b</b></p>").by_weight.items()}
    {400: ' a', 600: 'Hbi'}
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.by_weight: dict[int, set[str]] = {400: set(), 600: set()}
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BOLD | _SILENT:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if not _SILENT & set(self._open):
            self.by_weight[600 if self._open else 400].update(data)


def faces(html: str, *, lang: str) -> str:
    """Write the ``@font-face`` rules that a page needs, each with its font inside.

    In Chinese, quotation marks and dashes come from the Chinese font, in English from the Latin one.
    """
    rules = []
    for weight, marks in _Marks(html).by_weight.items():
        apart = _FULL_WIDTH_IN_CHINESE if lang == "zh" else set()
        latin = {mark for mark in marks - apart if ord(mark) in codes(LATIN, weight)}
        chinese = {mark for mark in marks - latin if ord(mark) in codes(CHINESE, weight)}
        for family, wanted in ((LATIN, latin), (CHINESE, chinese)):
            if wanted:
                rules.append(_rule(family, weight, "".join(sorted(wanted)), lang))
    return "\n".join(rules)


def _rule(family: str, weight: int, marks: str, lang: str) -> str:
    data = base64.b64encode(_cut(family, weight, marks)).decode("ascii")
    # Chinese letters are drawn larger than Latin ones; side by side they should look of one size. Letters never grow:
    # figures are laid out for their full size.
    adjust = "size-adjust:94%;" if family == CHINESE and lang == "zh" else ""
    return (
        f'@font-face{{font-family:"{family}";font-weight:{weight};{adjust}'
        f'src:url(data:font/woff;base64,{data}) format("woff")}}'
    )


@cache
def codes(family: str, weight: int = 400) -> frozenset[int]:
    """List the character codes that a packaged font can draw."""
    return frozenset(_packaged(family, weight).unicodes)


@cache
def _packaged(family: str, weight: int) -> hb.Face:
    return hb.Face(hb.Blob.from_file_path(str(FOLDER / _FILES[family, weight])))


@cache
def _cut(family: str, weight: int, marks: str) -> bytes:
    wanted = hb.SubsetInput()
    wanted.unicode_set.update(map(ord, marks))
    wanted.name_id_set.clear()
    wanted.flags = hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.NOTDEF_OUTLINE
    whole, out = hb.subset(_packaged(family, weight), wanted).blob.data, io.BytesIO()
    with TTFont(io.BytesIO(whole), lazy=True, recalcTimestamp=False) as font:
        font.flavor = "woff"  # of woff2, a fifth smaller, the packing alone takes ten times as long
        font.save(out, reorderTables=False)
    return out.getvalue()
