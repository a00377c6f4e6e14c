"""Whether control groups were drawn as planned: split against plan, customers on both sides, campaigns not recorded."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from insight.engine import connect
from insight.review import draw, reach

CASE = Path(__file__).resolve().parents[3] / "shared" / "cases" / "srm_holdout" / "srm"


def checked(*parts: tuple) -> pd.Series:
    """Check one campaign of parts: chance of contact on record, contacted, held out, on both sides."""
    rows: list[tuple] = []
    for planned, contacted, held, both in parts:
        names = [f"{planned}-{number}" for number in range(contacted + held + both)]
        sides = [(name, False) for name in names[:contacted]] + [(name, True) for name in names[contacted:]]
        rows += [(name, held_out, planned) for name, held_out in sides]
        rows += [(name, False, planned) for name in names[contacted + held :]]
    frame = pd.DataFrame(rows, columns=["customer_id", "is_holdout", "propensity"]).assign(campaign_id="spring")
    [found] = draw.check_draws(connect().create_table("contacts", frame)).to_dict("records")
    return found


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([(0.8, 810, 190, 0)], draw.KEPT),
        ([(0.8, 700, 300, 0)], draw.BROKEN),
        ([(0.8, 20, 0, 0)], draw.KEPT),  # by chance one time in a hundred
        ([(0.8, 40, 0, 0)], draw.BROKEN),  # nobody was held out
        ([(0.3, 6_020, 13_980, 0)], draw.KEPT),
        ([(0.3, 6_500, 13_500, 0)], draw.BROKEN),
        ([(0.5, 200, 210, 0), (0.9, 460, 40, 0)], draw.KEPT),
        ([(0.5, 290, 120, 0), (0.9, 465, 35, 0)], draw.BROKEN),  # of one tier alone
        ([(0.05, 420, 80, 0), (0.4, 410, 90, 0)], draw.UNPLANNED),  # the chance of being chosen, not of contact
        ([(np.nan, 400, 100, 0)], draw.UNPLANNED),
        ([(1.0, 400, 100, 0)], draw.UNPLANNED),
    ],
)
def test_a_split_is_held_against_its_plan(parts, expected):
    assert checked(*parts)["draw"] == expected


def _rounds(share: float, *, rounds: int = 24, size: int = 500, seed: int = 1) -> pd.DataFrame:
    """Check the draws of campaigns in which a share was contacted, and 80% were to be."""
    held = np.random.default_rng(seed).random((rounds, size)) >= share
    frame = pd.DataFrame(
        [(f"r{at:02}", f"c{number}", bool(one), 0.8) for at, row in enumerate(held) for number, one in enumerate(row)],
        columns=["campaign_id", "customer_id", "is_holdout", "propensity"],
    )
    return draw.check_draws(connect().create_table("contacts", frame))


def test_a_fault_of_two_points_is_seen_in_all_campaigns_together():
    faulty = [_rounds(0.82, seed=seed) for seed in range(20)]
    assert sum((found["draw"] == draw.BROKEN).all() for found in faulty) >= 18
    assert all(found.loc[found["together"], "draw"].eq(draw.BROKEN).all() for found in faulty)
    assert max((found["draw"].eq(draw.BROKEN) & ~found["together"]).sum() for found in faulty) <= 2  # seldom in one


def test_sound_draws_are_kept_together_too():
    assert not any(_rounds(0.8, seed=seed)["together"].any() for seed in range(20))


def test_who_is_on_both_sides_is_counted():
    found = checked((0.5, 100, 100, 17))
    assert (found["both"], found["draw"]) == (17, draw.KEPT)


def test_sound_draws_are_seldom_called_broken():
    rng = np.random.default_rng(4)
    broken = [draw.split_chance(rng.binomial(n, 0.9), n, planned=0.9) < 0.001 for n in (50, 900, 2_000) * 200]
    assert sum(broken) <= 4


def test_who_is_on_both_sides_of_a_campaign_counts_on_neither():
    frame = pd.DataFrame(
        {"name": "tea", "contacted": [440], "held_out": [100], "responded": [120.0], "held_responded": [20.0]}
    ).assign(both=40, both_responded=40.0, draw=draw.KEPT)
    found = reach.incremental_responses(frame).iloc[-1]
    assert (found["contacted"], found["rate"], found["added"]) == (400, 0.2, pytest.approx(0.0))


def counts(*campaigns: tuple) -> pd.DataFrame:
    """Count the reach of campaigns: name, contacted, responses."""
    days = {"starts_on": pd.Timestamp("2024-01-01").date(), "ends_on": pd.Timestamp("2024-01-31").date()}
    told = [(name, f"c{number}", False) for name, contacted, _ in campaigns for number in range(contacted)]
    answered = [(name, f"c{number}") for name, _, responses in campaigns for number in range(responses)]
    con, keys = connect(), ["campaign_id", "customer_id"]
    described = pd.DataFrame({"campaign_id": [name for name, *_ in campaigns], "name": "x", "kind": "A", **days})
    contacts = con.create_table("contacts", pd.DataFrame(told, columns=[*keys, "is_holdout"]))
    responses = con.create_table("responses", pd.DataFrame(answered, columns=keys))
    return reach.count_reach(con.create_table("campaigns", described), contacts, responses).set_index("campaign_id")


def test_a_campaign_is_silent_by_chance_or_was_not_recorded():
    found = counts(("loud", 500, 50), ("small", 20, 0), ("large", 300, 0))
    assert found.loc["small", "response_rate"] == 0.0
    assert np.isnan(found.loc["large", "response_rate"])
    assert reach.silent_campaigns(found).index.tolist() == ["large"]
    total = reach.overall_response(found).iloc[0]
    assert (total["contacts"], total["responded"]) == (520, 50)


@pytest.mark.skipif(not CASE.exists(), reason="../shared/cases is not beside the clone")
def test_the_shared_case_of_a_broken_draw_comes_out_right():
    con = connect()
    tables = {path.stem: con.create_table(path.stem, pd.read_csv(path)) for path in CASE.glob("*.csv")}
    contacts = tables["contacts"].mutate(is_holdout=tables["contacts"].is_holdout.cast("boolean"))
    found = reach.count_reach(tables["campaigns"], contacts, tables["responses"]).set_index("campaign_id")
    assert found.loc["CB", ["contacted", "held_out", "draw"]].tolist() == [397, 131, draw.BROKEN]
    assert found.loc["CA", ["both", "draw"]].tolist() == [64, draw.KEPT]
    assert reach.silent_campaigns(found).index.tolist() == ["CB"]
    days = {"first": pd.Timestamp("2023-01-02").date(), "last": pd.Timestamp("2023-12-27").date()}
    judged = reach.judge_campaigns(found, past_days=84, customers=600, **days)
    assert judged["verdict"].to_dict() == {"CA": reach.COMPARED, "CB": reach.BROKEN_DRAW}


@pytest.mark.parametrize(
    ("draws", "held_out", "judged"),
    [
        ([draw.KEPT, draw.BROKEN], [10, 0], "broken"),
        ([draw.KEPT, draw.UNPLANNED], [10, 10], "kept"),
        ([draw.KEPT, draw.UNPLANNED], [0, 10], "no_plan"),
        ([draw.KEPT, draw.UNPLANNED], [0, 0], "none"),
    ],
)
def test_all_draws_together_are_judged_by_those_that_held_somebody_out(draws, held_out, judged):
    assert draw.judge_draws(pd.DataFrame({"draw": draws, "held_out": held_out})) == judged


def test_the_broken_draw_farthest_from_its_plan_comes_first():
    frame = pd.DataFrame(
        {"draw": [draw.BROKEN, draw.KEPT, draw.BROKEN], "planned": [0.9, 0.5, 0.5], "delivered": [0.85, 0.1, 0.7]}
    )
    assert draw.broken_draws(frame).index.tolist() == [2, 0]
