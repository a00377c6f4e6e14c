"""The bank's figures lie where those of real banks do: orders of magnitude, from the trade (docs/card-bank.md)."""

import pytest
from bank_ranges import RANGES, connect, measured

from simulate.made import world


@pytest.fixture(scope="module")
def bank():
    return connect(world())


@pytest.mark.parametrize("figure", RANGES, ids=" - ".join)
def test_the_figure_lies_in_its_real_range_as_far_as_a_small_bank_can_tell(bank, figure):
    real = RANGES[figure]
    assert real.least / real.luck <= measured(bank, real.query) <= real.most * real.luck


def test_cures_fall_from_bucket_to_bucket(bank):
    cured = [share for _, share in bank.sql("""
        with steps as (select (days_past_due + 29) // 30 as bucket,
          lead(days_past_due) over (partition by account order by statement_on) as following from statements)
        select bucket, avg((following = 0)::int) from steps
        where following is not null and bucket between 1 and 4 group by all order by bucket""").fetchall()]  # fmt: skip
    assert cured == sorted(cured, reverse=True)
    assert cured[0] > 0.5 > 0.25 > cured[3]


def test_declines_of_before_the_first_month_are_known_with_their_reason_and_score(bank):
    [(declines, reasons, scored)] = bank.sql("""
        select count(distinct application), count(decline_reason),
          count(distinct application) filter (score is not null)
        from applications a left join bureau_scores s on a.person = s.person and cast(applied_at as date) = scored_on
        where decision = 'declined' and applied_at < timestamp '2024-01-01'""").fetchall()  # fmt: skip
    assert declines > 100
    assert scored == declines
    assert reasons == declines
