"""The tests of agreement find what does not agree."""

from report import agreement


def stated(measure, value, *, scope="", step=1.0, page="20", **more) -> dict:
    known = {"bound": "value", "shown": str(value), "finding": "some", "part": "says"}
    return {"page": page, "measure": measure, "scope": scope, "value": value, "step": step} | known | more


def test_the_same_measure_of_the_same_thing_has_one_value():
    agree = [stated("buyers", 202.0), stated("buyers", 202.0, page="60"), stated("buyers", 35.0, scope="new")]
    assert agreement.contradictions(agree) == []
    (told,) = agreement.contradictions([*agree, stated("buyers", 203.0, page="40")])
    assert told == "buyers of “”: 202.0 (20, some, says) and 203.0 (40, some, says)"


def test_values_agree_as_far_as_they_are_rounded():
    coarse, fine = stated("quiet_share", 0.20, step=0.01), stated("quiet_share", 0.198, step=0.001)
    assert agreement.contradictions([coarse, fine]) == []
    assert len(agreement.contradictions([coarse, stated("quiet_share", 0.193, step=0.001)])) == 1


def test_a_part_is_no_larger_than_what_it_lies_within():
    assert agreement.parts_larger_than_the_whole([stated("quiet_buyers", 40.0), stated("buyers", 202.0)]) == []
    (told,) = agreement.parts_larger_than_the_whole([stated("quiet_buyers", 203.0), stated("buyers", 202.0)])
    assert "quiet_buyers" in told


def test_a_share_is_its_numerator_over_its_denominator():
    # of those contacted some never bought: they are not among those with a purchase, and make the share too large
    reach = [stated("buyers", 14568.0), stated("contacted_buyers", 12416.0)]
    assert agreement.wrong_shares([*reach, stated("campaign_reach", 0.852, step=0.001)]) == []
    assert len(agreement.wrong_shares([*reach, stated("campaign_reach", 0.95, step=0.01)])) == 1


def test_counts_that_were_rounded_to_fives_are_not_divided():
    rounded = stated("contacted_buyers", 40.0, step=5.0, of_rounded=True)
    assert agreement.wrong_shares([rounded, stated("buyers", 202.0), stated("campaign_reach", 0.2, step=0.01)]) == []
