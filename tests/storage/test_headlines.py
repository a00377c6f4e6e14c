"""Headlines are kept as JSON has them, in the order that the notebook gives, and are read by those after it."""

import json
from decimal import Decimal

import numpy as np
import pytest

from insight.config.parameters import Bilingual
from insight.errors import ContractError
from insight.storage.plain import plain, translations
from insight.storage.workspace import Workspace

WORDS = Bilingual(en="One.", zh="一。")
BOTH = {"en": "One.", "zh": "一。"}


def state(notebook: str, *names: str, first=()) -> list[str]:
    """State headlines in a notebook, and give their names in the order in which another reads them."""
    ws = Workspace("shop", notebook)
    for name in names:
        ws.headline(name, 1, sentence=WORDS)
    ws.publish(first=first)
    return [headline["name"] for headline in Workspace("shop", "99").headlines().get(notebook, [])]


def test_a_headline_keeps_all_that_was_stated_of_it_and_nothing_else(home):
    ws = Workspace("shop", "10_first")
    ws.headline("plain", 2, sentence=WORDS)
    ws.headline(
        "whole",
        Decimal("0.5"),
        sentence=WORDS,
        unit="share",
        low=np.float64(0.25),
        high=0.75,
        label=WORDS,
        note=Bilingual(en="Two.", zh="二。"),
        change={"earlier": 0.4},
        meant={"what": "share of sales", "states": [0.5]},
    )
    ws.publish()
    stated = {"name": "plain", "value": 2, "unit": "", "low": None, "high": None, "sentence": BOTH}
    assert Workspace("shop", "20").headlines()["10_first"] == [
        stated,
        {
            **stated,
            "name": "whole",
            "value": 0.5,
            "unit": "share",
            "low": 0.25,
            "high": 0.75,
            "label": BOTH,
            "note": {"en": "Two.", "zh": "二。"},
            "change": {"earlier": 0.4},
            "what": "share of sales",
            "states": [0.5],
        },
    ]


def test_those_that_stand_first_do_so_in_the_order_given_and_the_others_as_stated(home):
    assert state("10", "a", "b", "c", "d") == ["a", "b", "c", "d"]
    assert state("11", "a", "b", "c", "d", first=("d", "b")) == ["d", "b", "a", "c"]


def test_all_that_should_stand_first_and_were_not_stated_are_named(home):
    with pytest.raises(ContractError, match=r"not stated by this notebook: b, c\."):
        state("10", "a", first=("b", "a", "c"))


def test_a_notebook_may_ask_what_it_stated(home):
    ws = Workspace("shop", "10")
    assert not ws.has_headline("a")
    ws.headline("a", 1, sentence=WORDS)
    ws.headline("b", 1, sentence=WORDS)
    assert (ws.has_headline("a"), ws.has_headline("b"), ws.has_headline("c")) == (True, True, False)
    ws.publish()
    assert not ws.has_headline("a")


def test_a_notebook_reads_those_before_it_neither_its_own_nor_later_ones(home):
    for notebook in ("10", "20", "30"):
        state(notebook, "a")
    assert list(Workspace("shop", "20").headlines()) == ["10"]


def test_whoever_reads_headlines_follows_from_each_and_from_which_there_are(home):
    for notebook in ("10", "20"):
        state(notebook, "a")
    ws = Workspace("shop", "80")
    ws.headlines()
    ws.publish()
    steps = json.loads((home / "data/processed/shop/manifest.json").read_text("utf-8"))["steps"]
    assert steps["80"]["inputs"] == {
        "headlines/": "10,20",
        "headlines/10.json": steps["10"]["outputs"]["headlines/10.json"]["sha256"],
        "headlines/20.json": steps["20"]["outputs"]["headlines/20.json"]["sha256"],
    }


def test_chinese_words_are_kept_on_a_machine_whose_own_encoding_has_none(home, monkeypatch):
    monkeypatch.setattr("io.text_encoding", lambda encoding, *_: encoding or "ascii")
    with pytest.raises(UnicodeDecodeError, match="ascii"):
        (home / "params" / "shop.yaml").read_text()
    ws = Workspace("shop", "10")
    assert ws.params.title.zh == "商店"
    ws.headline("products", 1, sentence=WORDS)
    ws.write_text("goods.sql", "SELECT '客'")
    ws.publish()
    read = Workspace("shop", "20").headlines()
    assert read["10"][0]["sentence"] == BOTH
    assert (home / "data/processed/shop/goods.sql").read_text("utf-8") == "SELECT '客'"


# --- what JSON holds


@pytest.mark.parametrize(
    ("value", "held"),
    [
        (None, None),
        ("all", "all"),
        (True, True),
        (3, 3),
        (0.5, 0.5),
        (Decimal("1.25"), 1.25),
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (np.str_("x"), "x"),
    ],
)
def test_a_number_is_held_as_what_it_is(value, held):
    assert (plain(value), type(plain(value)) in (type(held), np.str_)) == (held, True)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), np.float64("nan"), Decimal("Infinity")])
def test_what_is_no_finite_number_is_refused_and_the_way_out_is_said(value):
    with pytest.raises(ContractError, match=r"^headline: expected a finite number, or None with a sentence .* why\.$"):
        plain(value)


def test_words_are_rendered_in_every_language_whoever_holds_them():
    class Message:
        def translations(self) -> dict[str, str]:
            return BOTH

    assert translations(Message()) == translations(WORDS) == BOTH
