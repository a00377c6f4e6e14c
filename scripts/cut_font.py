"""Cut a Noto Sans SC file down to what the reports may need: see src/insight/report/fonts/README.md.

Usage: python scripts/cut_font.py NotoSansSC_400Regular.ttf "Insight Sans SC" InsightSansSC-Regular.ttf
"""

import sys

from fontTools import subset
from fontTools.ttLib import TTFont

FULL_WIDTH = range(0xFF01, 0xFF5F)
LATIN = (*range(0x20, 0x7F), *range(0xA0, 0x100))
PUNCTUATION = tuple(map(ord, "–—‘’“”•…‰€←↑→↓−≈≠≤≥□"))


def gb2312() -> set[int]:
    """Every character of the Chinese standard set of 1980: 6,763 ideographs and their punctuation."""
    pairs = (bytes([row, cell]) for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF))
    return {ord(text) for pair in pairs if (text := pair.decode("gb2312", errors="ignore"))}


def cut(source: str, family: str, target: str) -> None:
    """Write the cut font, under a name of its own so that it never mixes with an installed one."""
    font = TTFont(source, recalcTimestamp=False)
    options = subset.Options(hinting=False, layout_features=["kern"], notdef_outline=True)
    options.drop_tables += ["DSIG", "vhea", "vmtx", "VORG", "BASE", "STAT"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=gb2312() | {*LATIN, *PUNCTUATION, *FULL_WIDTH})
    subsetter.subset(font)
    names = {1: family, 3: f"{family}, cut from Noto Sans SC", 4: family, 6: family.replace(" ", "")}
    for record in font["name"].names:
        record.string = names.get(record.nameID, record.toUnicode())
    font.flavor = "woff2" if target.endswith(".woff2") else None
    font.save(target)


if __name__ == "__main__":
    cut(*sys.argv[1:])
