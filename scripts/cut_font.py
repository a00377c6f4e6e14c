"""Cut a published font down to what the reports may need: see src/insight/report/fonts/README.md.

Usage: python scripts/cut_font.py SourceSans3_400Regular.ttf InsightSans-Regular.ttf "Insight Sans"
"""

import sys

from fontTools import subset
from fontTools.ttLib import TTFont

LATIN = range(0x20, 0x2000)  # with Greek and Cyrillic, for names
SIGNS = range(0x2000, 0x2660)
FULL_WIDTH = (*range(0xFF01, 0xFF5F), *map(ord, "‘’“”…—·"))


def gb2312() -> set[int]:
    """Every character of the Chinese standard set of 1980: 6,763 ideographs and their punctuation."""
    pairs = (bytes([row, cell]) for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF))
    return {ord(text) for pair in pairs if (text := pair.decode("gb2312", errors="ignore"))}


def cut(source: str, target: str, family: str) -> None:
    """Write the cut font, under a name of its own so that it never mixes with an installed one."""
    font = TTFont(source, recalcTimestamp=False)
    options = subset.Options(hinting=False, layout_features=["kern"], notdef_outline=True)
    options.drop_tables += ["DSIG", "vhea", "vmtx", "VORG", "BASE", "STAT"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=gb2312() | {*FULL_WIDTH} if "SC" in family else {*LATIN, *SIGNS})
    subsetter.subset(font)
    origin = source.rsplit("/", 1)[-1]
    names = {1: family, 2: "Regular", 3: f"{family}, cut from {origin}", 4: family, 6: family.replace(" ", "")}
    for record in font["name"].names:
        record.string = names.get(record.nameID, record.toUnicode())
    font.save(target)


if __name__ == "__main__":
    cut(*sys.argv[1:])
