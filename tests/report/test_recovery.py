"""Nothing printed on a page gives a hidden group away; and what would is found."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from insight.config.definitions import definitions
from insight.profile.concentration import count_quiet
from insight.profile.features import Buyers
from insight.report.disclosure import CHOICES
from insight.report.findings import profile, segment
from insight.segment.migration.moves import Migration
from insight.segment.stability import Stability
from insight.segment.stages import STAGES, Ruler, summarise_stages
from insight.segment.tiers import VALUE_TIERS, summarise_tiers
from insight.words.numerals import BASE
from insight.words.text import told
from recovery import Page, recovered

LIMIT, DAYS = 10, 39
SIZES = st.lists(st.integers(0, 60), min_size=5, max_size=5)
#: How many customers there are in all is said exactly, and so is the limit itself.
TOTALS = {"buyers", "earlier_buyers", "grouped_buyers", "smallest_group"}
PARTS = ("title", "alt", "source", "says", "so_what", "lead")


def statements(*items) -> list[dict]:
    """List what findings state, as `statements.json` does."""
    found = []
    for item in items:
        table = item.shown_table()
        said = [("cell", item.grid(table, title="").numbers)] if table is not None else []
        said += [(part, told(item.part(part))[1]) for part in PARTS if item.part(part) is not None]
        said += [(line.name, told(words)[1]) for line in item.headlines for words in item.in_words(line).values()]
        found += [{"page": "20", "finding": item.key, "part": part} | number for part, each in said for number in each]
    return [each | {"unit": definitions().measures[each["measure"]].unit} for each in found]


def lost(*items, also=()) -> dict:
    return recovered([*statements(*items), *also], min_cell=LIMIT, choices=CHOICES)


def silences(*customers: int) -> pd.DataFrame:
    starts = [0, 11, 21, 40, 79]
    frame = pd.DataFrame({"from_days": starts, "to_days": [10, 20, 39, 78, np.nan], "customers": customers})
    share = frame["customers"] / max(sum(customers), 1)
    return frame.assign(share=share, monetary=share, share_sales=share, is_quiet=[start > DAYS for start in starts])


def page_of_silences(bands: pd.DataFrame, *, as_told: bool) -> list:
    bands = profile.silences_as_told(bands) if as_told else bands
    quiet = count_quiet(bands, quiet_days=DAYS)
    quiet = profile.quiet_as_told(quiet, bands) if as_told else quiet
    buyers = Buyers(int(bands["customers"].sum()), date(2023, 1, 1))
    return [profile.bands(buyers, bands, quiet, differ=True)]


def page_of_stages(*customers: int):
    frame = pd.DataFrame({"stage": STAGES[: len(customers)], "customers": customers}).query("customers > 0")
    share = frame["customers"] / frame["customers"].sum()
    return segment.stages(frame.assign(share=share, share_sales=share).reset_index(drop=True), RULER)


RULER = Ruler(4.0, 2.0, 4.0, DAYS)


@settings(max_examples=60, deadline=None)
@given(SIZES.filter(lambda sizes: sum(sizes) >= 3 * LIMIT))
@example([0, 0, 12, 9, 9])  # about 20 are quiet, in two lengths of fewer than 10
@example([10, 10, 10, 0, 2])  # what is not shown is of at least 10
@example([0, 10, 34, 29, 9])
@example([9, 9, 9, 9, 0])  # few are quiet
def test_no_length_of_silence_is_given_away_by_what_is_said_of_the_quiet(sizes):
    assert lost(*page_of_silences(silences(*sizes), as_told=True)) == {}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=7, max_size=7).filter(lambda sizes: sum(sizes) >= 3 * LIMIT))
def test_no_stage_is_given_away_by_sentences_or_headlines(sizes):
    assert lost(page_of_stages(*sizes)) == {}


@pytest.mark.parametrize("sizes", [(41, 12, 77, 33, 2, 90, 30), (41, 12, 77, 33, 22, 91, 17)])
def test_one_rule_of_rounding_holds_for_all_that_page_30_counts(sizes):
    tried = pd.DataFrame({"groups": [2], "agreement": 0.9, "low": 0.8, "high": 1.0, "silhouette": 0.3, "rounds": 25})
    tried = tried.assign(smallest=[sizes[1]], chosen=True)
    groups = pd.DataFrame({"group": list("AB"), "customers": sizes[:2], "traits": [[("often", True)], []]})
    groups = groups.assign(share=groups["customers"] / groups["customers"].sum(), share_sales=0.5)
    groups = groups.assign(frequency=9.0, basket_mean=20.0, recency_days=3.0, monetary=1.0)
    stable, n = Stability(0.85, 0.72, 0.94, 100), sum(sizes)
    tiers = summarise_tiers(pd.Series(np.repeat(VALUE_TIERS, sizes[:3])), pd.Series(np.ones(sum(sizes[:3]))))
    seen = pd.DataFrame({"stage": ["mature", "dormant"], "customers": [sizes[2], sizes[5]], "bought": [48, 12]})
    then = pd.DataFrame({"customer_id": range(n), "stage": np.repeat(STAGES, sizes)})
    now = then.assign(stage=np.roll(then["stage"], 7))
    migration = Migration(then, now, date(2024, 1, 1), date(2024, 4, 1))
    by_stage = summarise_stages(then["stage"], pd.Series(np.ones(n)))
    said = statements(
        segment.tiers(tiers, (0.37, 0.3, 0.4), lasts=True, days=90),
        segment.grid(pd.DataFrame({1: [33, 21], 2: [44, 17]}, index=[2, 1])),
        segment.choice(tried, n, n),
        segment.traits(groups, pd.DataFrame({"often": [1.0, -1.0]}, index=["A", "B"])),
        segment.groups(groups, stable),
        page_of_stages(*sizes),
        segment.moves(migration),
        segment.followed(seen, migration, by_stage),
        segment.answer(by_stage, groups, stable),
    )
    known = [each for each in said if each["value"] is not None and each["bound"] == "value"]
    counted = [each for each in known if each["unit"] == "customers" and each["measure"] not in TOTALS]
    shares = [each for each in known if definitions().measures[each["measure"]].denominator in TOTALS | {"stage_then"}]
    assert len({each["finding"] for each in counted}) >= 6
    assert [each for each in counted if each["step"] != BASE or each["value"] % BASE] == []
    assert [each for each in shares if not each.get("of_rounded")] == []


def test_the_exact_number_of_the_quiet_gives_a_length_of_silence_away():
    bands = silences(138, 13, 10, 9, 32)
    assert ("20", "profile.bands", "40 to 78") in lost(*page_of_silences(bands, as_told=False))
    assert lost(*page_of_silences(bands, as_told=True)) == {}


def stated(
    value, *, measure="group_buyers", scope="", part="says", finding="segment.stages", step=1.0, unit="customers"
):
    number = {"measure": measure, "bound": "value", "scope": scope, "shown": str(value), "value": value, "step": step}
    return number | {"page": "20", "finding": finding, "part": part, "unit": unit}


HIDDEN = STAGES[:2]


@pytest.mark.parametrize(
    "leak",
    [
        stated(0.05, measure="group_share", scope=HIDDEN[1], step=0.01, unit="share"),
        stated(0.05, measure="group_share", scope=HIDDEN[1], step=0.001, unit="share"),
        stated(7, scope=HIDDEN[1]),
        stated(12, scope=HIDDEN[0]),
    ],
)
def test_a_sentence_about_a_hidden_group_is_found(leak):
    item = page_of_stages(12, 7, 40, 41, 41)
    hidden = {name[1] for name in Page(statements(item), min_cell=LIMIT).hidden}
    assert hidden == set(HIDDEN)
    assert lost(item) == {}
    assert lost(item, also=[leak]) != {}


def test_a_total_beside_all_rows_but_one_gives_that_one_away():
    rows = [stated(value, scope=name, part="cell") for name, value in (("a", 40), ("b", 60))]
    hidden = stated(None, scope="c", part="cell") | {"shown": "fewer than 10"}
    found = recovered([*rows, hidden, stated(107, measure="buyers")], min_cell=LIMIT, choices=CHOICES)
    assert found == {("20", "segment.stages", "c"): 1}


def test_exact_counts_beside_the_rounded_ones_give_more_away():
    rows = [stated(value, scope=name, part="cell", step=5.0) for name, value in (("a", 40), ("b", 60))]
    hidden = stated(None, scope="c", part="cell") | {"shown": "fewer than 10"}
    said = [*rows, hidden, stated(107, measure="buyers")]
    assert recovered(said, min_cell=LIMIT, choices=CHOICES) == {}
    exact = [stated(41, scope="a"), stated(59, scope="b")]
    assert recovered([*said, *exact], min_cell=LIMIT, choices=CHOICES) != {}


def test_a_table_that_hides_groups_says_what_its_rows_add_up_to():
    with pytest.raises(AssertionError, match="PARTITIONS"):
        Page([stated(None, finding="own.table", part="cell") | {"shown": "not shown"}], min_cell=LIMIT).choices()
