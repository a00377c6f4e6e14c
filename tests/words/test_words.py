"""The whole catalogue of words: every text in every language, filled from the same facts, in the business's terms."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import nbformat
import pytest

from insight.config.definitions import definitions
from insight.config.source import Files
from insight.pages import fonts
from insight.report.tables import Col
from insight.words.stated import find
from insight.words.text import FORMATS, LANGUAGES, WORDS, catalogue, subjects

PROJECT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))
VOCABULARIES = sorted(path.stem for path in (WORDS / "terms").glob("*.yaml"))
OUTCOMES = sorted(path.stem for path in (WORDS / "outcomes").glob("*.yaml"))
#: What places that take a word rather than a fact begin with, and where their words stand.
SLOTS = {"t.": "terms/shop", "o.": "outcomes/churn"}
CHINESE = re.compile("[\u4e00-\u9fff]")

#: What the context fills, which one language may need and another not.
OF_THE_BUSINESS = {"who", "counter", "currency", "min_cell", "as_of"}
DECIMALS = {"hundredths", "money", "number", "percent", "thousandths"}
#: Names of businesses and of what they deliver, word for word.
DELIVERED = "known"
#: Latin words that Chinese readers of the field use: measures, models, names of tools, folders and files.
LATIN = {
    "AUC",
    "Brier",
    "cubed",
    "BG",
    "MBG",
    "Qini",
    "AUUC",
    "Pareto",
    "CRM",
    "CSV",
    "F1",
    "Gamma",
    "Holm",
    "ID",
    "insight",
    "LightGBM",
    "MAP",
    "NBD",
    "NUL",
    "params",
}
LATIN |= {"decided", "Gini", "IV", "KS", "PSI", "WOE", "RFM", "sha256", "SHAP", "Spearman", "TGI", "UTC", "yaml"}
SHOP = re.compile(
    r"\b(?:baskets?|tills?|coupons?|stock|stores?|shops?|shopping)\b|收银|优惠券|库存|门店|到店|购物|退货|订单", re.I
)
ARREARS = "逾期"


def entries(subject: str) -> list[tuple[str, dict]]:
    """Give the entries of a subject that hold words; how tables are laid out is none."""
    return [(name, entry) for name, entry in catalogue(subject).items() if not name.endswith((".columns", ".counts"))]


def texts(subject: str) -> Iterator[tuple[str, str, str]]:
    """Give every text of a subject, each plural form by itself: its key, language and template."""
    for name, entry in entries(subject):
        for lang in LANGUAGES:
            said = entry[lang]
            for template in [said] if isinstance(said, str) else said.values():
                yield f"{subject}.{name}", lang, template


def places(template: str) -> list[tuple[str, str]]:
    return [(place, spec or "") for _text, place, spec, _how in string.Formatter().parse(template) if place is not None]


def bare(template: str) -> str:
    """Leave out the places."""
    return re.sub(r"\{[^}]*\}", "", template)


@pytest.fixture(params=subjects())
def subject(request) -> str:
    return request.param


# --- every subject's file


@pytest.mark.parametrize("path", sorted(WORDS.rglob("*.yaml")), ids=lambda path: path.stem)
def test_no_key_is_written_twice(path):
    keys = re.findall(r"^([^\s#][^:]*):", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert sorted(keys) == sorted(set(keys))


def test_every_key_has_every_language(subject):
    for name, entry in entries(subject):
        assert set(entry) - {"plural"} == set(LANGUAGES), name
        for said in (entry[lang] for lang in LANGUAGES):
            assert isinstance(said, str) or "other" in said, name


def test_no_chinese_stands_in_an_english_text(subject):
    assert not [key for key, lang, template in texts(subject) if lang == "en" and CHINESE.search(template)]


def test_every_language_takes_the_same_facts(subject):
    for name, _entry in entries(subject):
        taken = {lang: set() for lang in LANGUAGES}
        for key, lang, template in texts(subject):
            if key == f"{subject}.{name}":
                taken[lang] |= {place for place, _spec in places(template) if not place.startswith((*SLOTS,))}
        assert len({frozenset(facts - OF_THE_BUSINESS) for facts in taken.values()}) == 1, (name, taken)


def test_every_format_is_known(subject):
    for key, _lang, template in texts(subject):
        for place, spec in places(template):
            name = spec.rstrip("0123456789")
            assert not spec or name in FORMATS, f"{key}: {place}:{spec}"
            assert spec == name or name in DECIMALS, f"{key}: {place}:{spec}"
            assert not (place.startswith((*SLOTS,)) and spec), f"{key}: a term has no format"


def test_columns_are_laid_out_in_known_formats(subject):
    for name, laid_out in catalogue(subject).items():
        if name.endswith(".columns"):
            assert all(Col.of(how, "") for how in laid_out.values()), name


def test_the_number_that_chooses_a_plural_is_a_fact(subject):
    for name, entry in entries(subject):
        if any(not isinstance(entry[lang], str) for lang in LANGUAGES):
            facts = {
                place for key, _, told in texts(subject) if key == f"{subject}.{name}" for place, _ in places(told)
            }
            assert entry.get("plural", "n") in facts, name


def test_no_english_word_stands_in_a_chinese_text(subject):
    if subject != DELIVERED:
        for key, lang, template in texts(subject):
            if lang == "zh":
                assert set(re.findall(r"[A-Za-z][A-Za-z0-9]+", bare(template))) <= LATIN, key


def test_no_space_stands_between_chinese_words(subject):
    for key, lang, template in texts(subject):
        if lang == "zh":
            assert not re.search("[\u4e00-\u9fff，。；：、] +[\u4e00-\u9fff]", template), key


def test_things_are_called_by_the_business_terms(subject):
    if subject != DELIVERED:
        for key, _lang, template in texts(subject):
            assert not SHOP.search(bare(template)), f"{key}: use a term, {{t.…}}"


# --- the terms of each kind of business


def test_every_term_is_in_every_vocabulary():
    names = {vocabulary: set(catalogue(f"terms/{vocabulary}")) for vocabulary in VOCABULARIES}
    assert set(VOCABULARIES) == {"bank", "clinic", "shop", "travel"}
    assert not {name for known in names.values() for name in known ^ names["shop"]}
    for vocabulary in VOCABULARIES:
        assert all(
            set(said) == set(LANGUAGES) and all(said.values()) for said in catalogue(f"terms/{vocabulary}").values()
        )


def test_texts_use_terms_that_there_are(subject):
    for key, _lang, template in texts(subject):
        for place, _spec in places(template):
            if words := SLOTS.get(place[:2]):
                assert place[2:3].lower() + place[3:] in catalogue(words), f"{key}: {place}"


def test_every_word_for_what_is_foretold_is_in_every_outcome_and_used():
    assert set(OUTCOMES) == {"churn", *get_args(Files.model_fields["label_says"].annotation)}
    names = {outcome: set(catalogue(f"outcomes/{outcome}")) for outcome in OUTCOMES}
    assert all(known == names["churn"] for known in names.values())
    used = {place[2:3].lower() + place[3:] for subject in [*subjects(), "definitions"]
            for _key, _lang, told in texts(subject) for place, _ in places(told) if place.startswith("o.")}  # fmt: skip
    assert used == names["churn"]


def test_a_bank_has_nothing_of_a_shop():
    for name, said in catalogue("terms/bank").items():
        assert not any(SHOP.search(told) or ARREARS in told for told in said.values()), name


# --- every text is said somewhere


@pytest.fixture(scope="module")
def literals() -> set[str]:
    """Give every string in the code of the package and the notebooks, and the keys that findings have by name."""
    sources = [path.read_text(encoding="utf-8") for path in (PROJECT / "src" / "insight").rglob("*.py")]
    for path in NOTEBOOKS:
        cells = nbformat.read(path, as_version=4).cells
        sources += [cell.source for cell in cells if cell.cell_type == "code"]
    keys = {
        f"{path.stem}.{node.name}"
        for path in (PROJECT / "src/insight/report/findings").rglob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and "finding" in map(_name_of, node.decorator_list)
    }
    nodes = [node for source in sources for node in ast.walk(ast.parse(source))]
    found = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    laid_out = {
        name
        for subject in subjects()
        for key, shown in catalogue(subject).items()
        if key.endswith(".columns")
        for name in shown
    }
    return found | keys | laid_out | {told.strip(".") for told in found}


def _name_of(decorator: ast.expr) -> str:
    return ast.unparse(decorator.func if isinstance(decorator, ast.Call) else decorator)


def test_every_text_is_used(subject, literals):
    unused = {key for key, _lang, _template in texts(subject) if subject != DELIVERED and not is_used(key, literals)}
    assert unused == set()


def is_used(key: str, literals: set[str]) -> bool:
    subject, *parts = key.split(".")
    if parts[0] == "column":
        return parts[1] in literals
    if parts == ["source"]:  # of figures that have none of their own
        figures = {name.partition(".")[0] for name in catalogue(subject) if ".caption" in name}
        return any(f"{name}.source" not in catalogue(subject) for name in figures)
    if parts[:2] == ["unavailable", "says"]:  # reasons in common are there for any room to give
        return subject == "common" or {subject, parts[2]} <= literals
    return any(".".join([subject, *parts[:length]]) in literals for length in range(1, len(parts) + 1))


# --- what notebooks say by themselves


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def markdown(request) -> list:
    cells = nbformat.read(request.param, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "markdown"]


def test_notebook_text_comes_in_pairs(markdown):
    tags = [[tag for tag in cell.metadata.get("tags", []) if tag in LANGUAGES] for cell in markdown]
    assert tags == [["en"], ["zh"]] * (len(markdown) // 2)
    for english, chinese in zip(markdown[::2], markdown[1::2], strict=True):
        assert headings(english.source) == headings(chinese.source)
        assert not CHINESE.search(english.source)
        assert CHINESE.search(chinese.source)


def headings(source: str) -> list[tuple[str, str]]:
    return re.findall(r"^(#+) +(\d* ?·?)", source, flags=re.MULTILINE)


# --- the fonts that travel with the pages


def can_be_drawn(told: str) -> bool:
    have = fonts.codes(fonts.CHINESE) & fonts.codes(fonts.CHINESE, 600) | fonts.codes(fonts.LATIN)
    return all(mark.isspace() or ord(mark) in have for mark in told)


def test_the_packaged_fonts_have_every_character_of_the_catalogue(subject):
    assert not [key for key, _lang, template in texts(subject) if not can_be_drawn(template)]


def test_the_packaged_fonts_have_every_character_of_a_notebook(markdown):
    assert all(can_be_drawn(cell.source) for cell in markdown)


def test_the_packaged_fonts_have_every_character_of_the_terms():
    told = "".join(
        one
        for words in [*(f"terms/{one}" for one in VOCABULARIES), *(f"outcomes/{one}" for one in OUTCOMES)]
        for said in catalogue(words).values()
        for one in said.values()
    )
    assert can_be_drawn(told)


def test_no_score_of_a_model_is_shown_large():
    keys = [f"{subject}.{key}".split(".") for subject in subjects() for key in catalogue(subject)]
    shown = [(".".join(key[:3]), key[3]) for key in keys if key[2:3] == ["headline"] and key[4:5] == ["label"]]
    states = {name: find(key, name) for key, name in shown}
    assert {"churn_rate", "spend_at_risk", "groups"} <= set(states)
    scores = {name for name, what in states.items() if what and definitions().measures[what.measure].unit == "score"}
    # the two shares of pairs are counts of records, for whoever counts customers
    assert scores - {"pair_precision", "pair_recall"} == set()
