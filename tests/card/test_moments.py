"""What a card's life takes to be told."""

from insight.card.moments import MOMENTS, check_moments
from insight.contracts import CONTRACTS


def test_a_grocer_lacks_every_moment():
    found = check_moments(lambda table: table in ("transactions", "customers", "products"))
    assert len(found) == 9
    assert not found["possible"].any()


def test_a_bank_with_every_table_lacks_none():
    assert check_moments(lambda table: True)["possible"].all()


def test_what_is_missing_is_named():
    found = check_moments(lambda table: table != "payments").set_index("moment")
    assert found.loc["pay", "missing"] == ("payments",)


def test_every_table_needed_has_a_contract():
    assert {table for moment in MOMENTS for table in moment.needs} <= set(CONTRACTS)
