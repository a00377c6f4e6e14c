"""What an offer costs is counted over its contacts; a cost that is not known stays unknown."""

from datetime import date

import ibis
import pandas as pd
import pytest

from insight.errors import Unavailable
from insight.review.offers import offer_results

LAST = date(2024, 12, 31)
REACH = pd.DataFrame(
    {
        "campaign_id": ["a", "b", "c"],
        "name": ["2024-03 Tea", "2022-03 Tea", "Wine"],
        "starts_on": [date(2024, 3, 1), date(2022, 3, 1), date(2024, 5, 1)],
        "contacted": [3, 5, 2],
    }
)
ADDED = pd.DataFrame({"name": ["Tea", "Wine", None], "added": [0.1, 0.2, 0.15]})


def contacts(*rows: tuple) -> ibis.Table:
    return ibis.memtable(pd.DataFrame(rows, columns=["campaign_id", "offer_id", "is_holdout"]))


def offers(**costs: float | None) -> ibis.Table:
    frame = pd.DataFrame({"offer_id": list(costs), "cost": list(costs.values())}).assign(margin=7.0)
    return ibis.memtable(frame.astype({"cost": float}))


SENT = [*[("a", "x", False)] * 3, ("b", "y", False), ("a", "z", True), ("c", "z", False)]


def results(offered: ibis.Table | None, *more: tuple) -> pd.DataFrame:
    table = offer_results(ADDED, REACH, contacts(*SENT, *more), offers=offered, last=LAST, contact_cost=0.5)
    return table.set_index("name")


def test_costs_are_means_over_contacts_and_a_year_is_a_year():
    found = results(offers(x=2.0, y=6.0, z=9.0))
    assert found.loc["Tea", ["response_cost", "contacts_year", "contact_cost"]].tolist() == [3.0, 3, 0.5]
    assert found.loc["Wine", ["response_cost", "margin", "contacts_year"]].tolist() == [9.0, 7.0, 2]
    assert found.index.tolist() == ["Tea", "Wine"]


@pytest.mark.parametrize("offered", [None, offers(x=2.0, y=6.0, z=None)])
def test_a_cost_that_is_not_known_of_every_contact_is_not_known(offered):
    found = results(offered, ("a", "unheard of", False))
    assert found["response_cost"].isna().all()


def test_without_control_groups_there_is_nothing_to_price():
    missing = Unavailable("review", "no_control_group")
    assert offer_results(missing, REACH, contacts(*SENT), offers=None, last=LAST, contact_cost=1.0) == missing
