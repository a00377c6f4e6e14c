import pytest

from insight.config.parameters import Bilingual
from insight.words import text as catalogue_of
from insight.words.context import Context, using
from insight.words.numerals import TranslationError, language, money, percent
from insight.words.text import interval, render, text

OWN = """
found:
  en: {one: "{n:count} row in {where}", other: "{n:count} rows in {where}"}
  zh: "{where}有 {n:count} 行"
half: {en: Half}
odd: {en: "{n:stones}", zh: "{n:stones}"}
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Gives a catalogue of one subject, ``own``."""
    (tmp_path / "own.yaml").write_text(OWN, encoding="utf-8")
    readers = (catalogue_of.catalogue, catalogue_of.subjects)
    monkeypatch.setattr(catalogue_of, "WORDS", tmp_path)
    for reader in readers:
        reader.cache_clear()
    yield
    for reader in readers:
        reader.cache_clear()


def test_a_text_waits_for_the_language():
    told = text("common.interval", low=percent(0.2), high=percent(0.3))
    assert str(told) == "20% to 30%"
    with language("zh"):
        assert str(told) == "20% 至 30%"
    assert told.translations() == {"en": "20% to 30%", "zh": "20% 至 30%"}


def test_facts_may_be_texts_and_names_in_both_languages():
    told = text("common.interval", low=text("common.fewer_than", n=10), high=Bilingual(en="all", zh="全部"))
    assert told.in_language("zh") == "少于 10 至全部"


def test_plurals_follow_the_number(own):
    assert [str(text("own.found", n=n, where="a")) for n in (0, 1, 2)] == ["0 rows in a", "1 row in a", "2 rows in a"]
    assert text("own.found", n=1, where="a").in_language("zh") == "a 有 1 行"


def test_what_is_missing_is_named(own):
    with pytest.raises(TranslationError, match=r"words/catalogue/own.yaml: there is no entry `none`"):
        text("own.none")
    with pytest.raises(TranslationError, match=r"words/catalogue/other.yaml: there is no such subject"):
        text("other.found")
    with pytest.raises(TranslationError, match=r"own.half has no text in `zh`"):
        text("own.half").in_language("zh")
    with pytest.raises(TranslationError, match=r"own.found needs `where`"):
        str(text("own.found", n=1))
    with pytest.raises(TranslationError, match=r"own.odd: {n:stones} has an unknown format. Known: count"):
        str(text("own.odd", n=1))


def test_an_unknown_language_names_those_that_there_are():
    with pytest.raises(TranslationError, match="'fr' — expected one of en, zh"), language("fr"):
        pass


def test_money_is_written_as_each_language_does():
    assert render(money(4604321, "USD", compact=True), "zh") == "460 万美元"
    assert render(money(-12.5, "CNY"), "zh") == "\u2212¥12.50"


def test_an_interval_names_its_level():
    assert interval(0.81, 0.85, level=0.95).in_language("zh") == "0.81 至 0.85（95% 区间）"


def test_text_from_data_brings_no_control_or_direction_marks():
    assert str(text("common.interval", low="a\u202eb\x07", high="c\u200b")) == "ab to c"


def test_braces_in_data_are_text():
    assert str(text("common.interval", low="{high.__class__}", high="x")) == "{high.__class__} to x"


def test_chinese_counts_families_with_another_measure_word():
    too_few = text("common.too_few")
    assert too_few.in_language("zh").endswith("客户少于 10 位。")
    with using(Context(customers=Bilingual(en="households", zh="家庭"))):
        assert too_few.in_language("zh").endswith("家庭少于 10 户。")
