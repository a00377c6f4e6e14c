"""Every page of real businesses, opened in a real browser, wide and on a phone."""

import re

import pytest

from pages.browser import DESK, PHONE
from pages.test_browser import sound

#: The numbers behind a figure, with the file that they can be downloaded as.
NUMBERS = re.compile(r'<details class="numbers">(?:(?!</details>).)*<a href="data/[^"]+\.csv" download>', re.DOTALL)


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_every_page_is_sound(browser, grocer, music_shop, gift_shop, small_bank, width):
    pages = [path for home in (grocer, small_bank) for path in sorted((home.folder / "reports").rglob("*.html"))]
    assert len(pages) >= 2 * (10 + 7 + 7 + 20)
    for path in pages:
        # Fonts are those of the text at every width, and barriers those of the roles and colours in every language.
        axe = width == PHONE and path.parent.name == "en"
        page = browser.open(path, width=width, fonts=width == PHONE, axe=axe)
        sound(page, path)
        if width == DESK:
            assert browser.cut_on_paper(path) == [], path
        html = path.read_text(encoding="utf-8")
        is_report = path.name != "index.html"
        assert not is_report or html.count("<figure>") == len(re.findall(NUMBERS, html)), (
            f"{path}: figures without numbers"
        )
        files = {link.removeprefix("file://").partition("#")[0] for link in page.seen["links"]}
        assert not [file for file in files if not path.parent.joinpath(file).exists()]
