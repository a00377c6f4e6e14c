import pytest

from insight.config.parameters import Parameters, load
from insight.config.settings import list_settings


@pytest.fixture
def settings():
    steps = {"20_a": {"parameters": {"tiers": 5}}, "40_b": {"parameters": {"tiers": 5, "seed": 1}}}
    return {one.name: one for one in list_settings(load("tiny"), steps)}


def test_everything_that_can_be_set_is_listed_with_its_meaning(settings):
    assert set(settings) == set(Parameters.model_fields) - {"dataset"}
    assert all(one.meaning and one.type for one in settings.values())


def test_what_is_listed_can_be_set_as_it_stands(settings):
    whole = {name: one.value for name, one in settings.items() if not one.value.endswith("…")}
    assert load("tiny", whole) == load("tiny")
    assert {"tiers", "as_of", "languages", "title"} <= set(whole)


def test_value_and_default_are_told_apart(settings):
    changed = {one.name: one for one in list_settings(load("tiny", {"tiers": "7"}), {})}
    assert (changed["tiers"].value, changed["tiers"].default) == ("7", str(Parameters.model_fields["tiers"].default))
    assert settings["currency"].default == ""


def test_notebooks_that_read_it_are_those_of_the_last_run(settings):
    assert settings["tiers"].read_by == ["20", "40"]
    assert settings["title"].read_by == []
    assert {one.read_by for one in list_settings(load("tiny"), {})} == {None}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("tiers", "whole number, 2 to 10"),
        ("quiet_days", "whole number, 1 to 1095, or null"),
        ("contact_cost", "number, above 0 to 1000000000.0"),
        ("languages", "list of en or zh"),
        ("free_purchases", "true or false"),
    ],
)
def test_types_are_words(settings, name, words):
    assert settings[name].type == words
