import re
from pathlib import Path

import nbformat
import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from insight.config.parameters import Bilingual
from insight.report.language import (
    TranslationError,
    _,
    _n,
    catalogue,
    count,
    interval,
    language,
    money,
    percent,
    placeholders,
    render,
)
from insight.report.page import fonts

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = PROJECT / "src" / "insight"
CATALOGUES = sorted((PACKAGE / "report" / "locale" / "zh").glob("*.po"))
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))


def messages_in_code() -> set[str]:
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for _line, text, _comments, _context in extract_from_file("python", path, keywords={"_": None, "_n": (1, 2)}):
            found.add(text[0] if isinstance(text, tuple) else text)
    return found


def entries(path: Path):
    with path.open("rb") as file:
        return [entry for entry in read_po(file, locale="zh_Hans") if entry.id]


def chinese_texts() -> list[str]:
    return list(catalogue("zh").values())


def test_every_message_has_a_translation():
    missing = {text for text in messages_in_code() if any(mark.isalpha() for mark in re.sub(r"\{\w+\}", "", text))}
    assert sorted(missing - set(catalogue("zh"))) == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_no_translation_has_lost_its_message(path):
    texts = {entry.id[0] if isinstance(entry.id, tuple) else entry.id for entry in entries(path)}
    assert sorted(texts - messages_in_code()) == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_translations_take_the_same_values(path):
    for entry in entries(path):
        ids = entry.id if isinstance(entry.id, tuple) else (entry.id,)
        told = entry.string[0] if isinstance(entry.string, tuple) else entry.string
        assert told, ids
        assert not entry.fuzzy, ids
        assert placeholders(told) == set().union(*map(placeholders, ids)), ids


def test_the_packaged_fonts_have_every_chinese_character_of_the_catalogues():
    have = fonts.codes(fonts.CHINESE) & fonts.codes(fonts.CHINESE, 600) | fonts.codes(fonts.LATIN)
    assert not {mark for text in chinese_texts() for mark in text if not mark.isspace() and ord(mark) not in have}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_text_comes_in_pairs(path):
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
    tags = [[tag for tag in cell.metadata.get("tags", []) if tag in ("en", "zh")] for cell in cells]
    assert tags == [["en"], ["zh"]] * (len(cells) // 2)
    for english, chinese in zip(cells[::2], cells[1::2], strict=True):
        assert headings(english.source) == headings(chinese.source)
        assert not re.search("[\u4e00-\u9fff]", english.source)
        assert re.search("[\u4e00-\u9fff]", chinese.source)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_packaged_fonts_have_every_character_of_a_notebook(path):
    have = fonts.codes(fonts.CHINESE) & fonts.codes(fonts.CHINESE, 600) | fonts.codes(fonts.LATIN)
    texts = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
    assert not {mark for text in texts for mark in text if not mark.isspace() and ord(mark) not in have}


def headings(source: str) -> list[tuple[str, str]]:
    return re.findall(r"^(#+) +(\d* ?·?)", source, flags=re.MULTILINE)


def test_a_message_waits_for_the_language():
    message = _("{low} to {high}", low=percent(0.2), high=percent(0.3))
    assert str(message) == "20% to 30%"
    with language("zh"):
        assert str(message) == "20% 至 30%"
    assert message.translations() == {"en": "20% to 30%", "zh": "20% 至 30%"}


def test_values_may_be_messages_texts_and_both_languages():
    inner = _("fewer than {n}", n=count(10))
    message = _("{low} to {high}", low=inner, high=Bilingual(en="all", zh="全部"))
    assert message.in_language("zh") == "少于 10 至 全部"


def test_a_missing_translation_is_an_error_here_and_marked_in_a_run(monkeypatch):
    message = _("never translated {n}", n=count(1))
    assert message.in_language("en") == "never translated 1"
    with pytest.raises(TranslationError, match="no translation of 'never translated"):
        message.in_language("zh")
    monkeypatch.delenv("INSIGHT_STRICT")
    assert message.in_language("zh") == "[never translated 1]"


def test_plurals_follow_the_number():
    assert [str(_n("{n} row", "{n} rows", n)) for n in (0, 1, 2)] == ["0 rows", "1 row", "2 rows"]


def test_an_unknown_language_names_those_that_there_are():
    with pytest.raises(TranslationError, match="'fr' — expected one of en, zh"), language("fr"):
        pass


def test_money_is_written_as_each_language_does():
    assert render(money(4604321, "USD", compact=True), "zh") == "US$460万"
    assert render(money(-12.5, "CNY"), "zh") == "\u2212¥12.50"


def test_an_interval_names_its_level():
    assert interval(0.81, 0.85, level=0.95).in_language("zh") == "0.81 至 0.85（95% 区间）"


def test_text_from_data_brings_no_control_or_direction_marks():
    assert str(_("{low} to {high}", low="a\u202eb\x07", high="c\u200b")) == "ab to c"


def test_braces_in_data_are_text():
    assert str(_("{low} to {high}", low="{high.__class__}", high="x")) == "{high.__class__} to x"
