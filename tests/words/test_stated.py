"""Every number of the words names its measure, and every measure is named."""

import ast
import string
from collections import defaultdict

import pandas as pd
import pytest

from insight.config.definitions import definitions
from insight.report import tables
from insight.report.finding import NO_CUSTOMERS, Finding, Headline
from insight.words import stated
from insight.words.numerals import language
from insight.words.text import LANGUAGES, catalogue, subjects, text, told

NUMBERS = {"count", "number", "percent", "money", "compact", "rounded"}


def is_number(spec: str) -> bool:
    return spec.partition(" ")[0].rstrip("0123456789") in NUMBERS


def numeric_places() -> list[tuple[str, str]]:
    """Name every place of a text, and every column of a table, that is written as a number."""
    found = []
    for subject in subjects():
        for name, entry in catalogue(subject).items():
            if name.endswith(".columns"):
                found += [(f"{subject}.{name}", column) for column, how in entry.items() if is_number(how)]
            elif isinstance(entry, dict):
                said = [entry[lang] for lang in LANGUAGES]
                templates = [each for one in said for each in ([one] if isinstance(one, str) else one.values())]
                places = [place for one in templates for place in string.Formatter().parse(one)]
                found += [
                    (f"{subject}.{name}", place) for _, place, spec, _ in places if place and is_number(spec or "")
                ]
    return found


def named() -> set[str]:
    entries = [
        entry for subject in subjects() for place in stated.entries_of(subject).values() for entry in place.values()
    ]
    return {stated.Stated.read(entry).measure for entry in entries}


def test_every_number_of_the_words_names_its_measure():
    unnamed = {(key, place) for key, place in numeric_places() if stated.find(key, place) is None}
    assert unnamed == set(), "name their measures in words/measures/, and define new ones in params/definitions.yaml"


def test_names_that_mean_another_thing_in_every_text_are_given_where_they_stand():
    anything = {"n", "k", "share", "customers", "days", "count", "rows", "value", "low", "high"}
    assert [s for s in subjects() if anything & set(stated.entries_of(s).get("all", {}))] == []


def test_tables_whose_rows_are_named_by_a_number_alone_say_of_what_they_tell():
    told, flat = defaultdict(list), {"labelled", "trial"}  # a flat table is a business of its own
    for subject in set(subjects()) - flat:
        layouts = {name: entry for name, entry in catalogue(subject).items() if name.endswith(".columns")}
        for name, (first, *others) in layouts.items():
            for column in others if is_number(layouts[name][first]) else ():
                if is_number(layouts[name][column]):
                    told[stated.find(f"{subject}.{name}", column)].append(f"{subject}.{name}")
    doubled = {what: tables for what, tables in told.items() if len(set(tables)) > 1}
    assert doubled == {}, "two tables state the same of a row: say of what in words/measures/, behind `of`"


def test_every_headline_names_its_measure():
    for path in (stated.MEASURES.parents[1] / "findings").glob("*.py"):
        calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
        made = [call for call in calls if getattr(call.func, "id", "") == "Headline" and call.args]
        names = {call.args[0].value for call in made if isinstance(call.args[0], ast.Constant)}
        listed = {place for places in stated.entries_of(path.stem).values() for place in places}
        assert names - listed == set(), f"{path.stem}: name the measures of its headlines in words/measures/"


def test_every_list_of_places_is_of_an_entry_of_the_words():
    listed = {(subject, name) for subject in subjects() for name in stated.entries_of(subject) if name != "all"}
    assert [(s, name) for s, name in listed if not any(f"{key}.".startswith(f"{name}.") for key in catalogue(s))] == []


def test_every_measure_that_is_named_is_defined():
    assert named() - set(definitions().measures) == set()


def test_every_measure_that_is_defined_is_named_or_what_others_are_of():
    measures = definitions().measures
    others = {part for name in named() for part in (measures[name].numerator, measures[name].denominator) if part}
    needed = {each for name in named() | others for each in definitions().populations(name)}
    assert set(measures) - needed == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_definition_is_said_in_every_language(lang):
    for name in definitions().measures:
        assert text(f"definitions.{name}.name").in_language(lang)
        assert text(f"definitions.{name}.definition").in_language(lang).endswith("." if lang == "en" else "。")


def test_a_text_says_what_its_numbers_state():
    words = text("profile.bands.headline.quiet_share.sentence.few", quiet=None)
    plain, numbers = told(words)
    assert plain == str(words)
    assert [(one["measure"], one["value"], plain[one["start"] : one["end"]]) for one in numbers] == [
        ("smallest_group", 10.0, "10")
    ]


def test_a_number_is_kept_as_it_is_rounded():
    fifth = pd.Series({"share": 0.55491, "share_low": 0.4990, "share_high": 0.6088, "customers": 40})
    for lang in LANGUAGES:
        with language(lang):
            numbers = told(text("profile.fifths.headline.best_fifth_share.sentence", best=fifth))[1]
        shares = [(one["bound"], one["value"], one["step"], one["scope"]) for one in numbers if one["step"] == 0.01]
        assert sorted(shares) == [
            ("high", 0.61, 0.01, "top fifth"), ("low", 0.5, 0.01, "top fifth"), ("value", 0.55, 0.01, "top fifth")
        ]  # fmt: skip


def test_a_table_says_what_its_cells_state():
    frame = pd.DataFrame({"tier": ["top", "rest"], "customers": [40, 160], "share_customers": [0.2, 0.8]})
    columns = {"tier": "text", "customers": "count", "share_customers": "percent"}
    columns = {name: tables.Col.of(how, name) for name, how in columns.items()}
    grid = tables.grid(frame, title="", columns=columns, key="segment.tiers")
    assert grid.measures == ["", "group_buyers", "group_share"]
    assert [(one["measure"], one["scope"], one["value"]) for one in grid.numbers] == [
        ("group_buyers", "top", 40.0), ("group_buyers", "rest", 160.0),
        ("group_share", "top", 0.2), ("group_share", "rest", 0.8),
    ]  # fmt: skip


def test_counts_that_were_rounded_say_so():
    frame = pd.DataFrame({"tier": list("abcd"), "customers": [433, 3, 12, 52]})
    columns = {"tier": tables.Col("Tier"), "customers": tables.Col("Customers", "count")}
    item = Finding("segment.tiers", table=frame, columns=columns, counts="customers")
    numbers = item.grid(item.shown_table(), title="").numbers
    assert [(one["value"], one["step"], one.get("of_rounded")) for one in numbers] == [
        (435.0, 5.0, True),
        (None, None, None),
        (None, None, None),
        (50.0, 5.0, True),
    ]


def test_a_headline_states_a_measure_of_the_dictionary():
    item = Finding("review.reached", headlines=[Headline("campaign_reach", 3)])
    assert item.states(item.headlines[0]).measure in definitions().measures


def test_words_of_a_notebook_of_ones_own_state_nothing():
    item = Finding("own", table=pd.DataFrame({"n": [1]}), counts=NO_CUSTOMERS)
    assert item.grid(item.table, title="").numbers == []
