from pathlib import Path

from insight.runner.availability import judge_availability
from insight.runner.freshness import Step


def step(name: str, *needs: str, writes: tuple[str, ...] = ()) -> Step:
    return Step(name, Path(name), needs, (), writes)


STEPS = [
    step("00_start_here"),
    step("10_intake", "raw", writes=("transactions", "customers")),
    step("20_profile", "transactions.customer_id", writes=("profile",)),
    step("30_segments", "profile", "transactions", writes=("segments",)),
    step("60_review", "contacts", "profile"),
]


def lacks(described: dict[str, set[str]]) -> dict[str, tuple[str, ...]]:
    return {found.step.name: found.lacks for found in judge_availability(STEPS, described)}


def test_a_report_lacks_the_tables_that_are_not_described():
    assert lacks({"transactions": {"customer_id"}}) == {
        "10_intake": (),
        "20_profile": (),
        "30_segments": (),
        "60_review": ("contacts",),
    }


def test_what_a_report_makes_is_lacked_by_those_after_it_where_it_cannot_be_made():
    found = lacks({"transactions": {"amount"}, "contacts": set()})
    assert found["20_profile"] == ("transactions.customer_id",)
    assert found["30_segments"] == found["60_review"] == ("20_profile",)


def test_where_offers_were_drawn_by_lot_one_notebook_takes_the_place_of_another():
    plain = Step("50_offer", Path("50_offer"), ("contacts",), (), (), not_with="trials")
    on_trial = Step("50_trial", Path("50_trial"), ("contacts",), (), (), only_with="trials")
    for described, name in (({"contacts": set()}, "50_offer"), ({"contacts": set(), "trials": set()}, "50_trial")):
        found = judge_availability([plain, on_trial], described)
        assert [(one.step.name, one.lacks) for one in found] == [(name, ())]
