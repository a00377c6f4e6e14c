"""What would become of applications had they been approved: played, in a bank that approves all whom it declines."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from insight.simulate import world as worlds
from insight.simulate.events import applications
from simulate.made import CUSTOMERS, MONTHS, SEED, frame


@pytest.fixture(scope="module")
def played():
    """Whoever applied with time enough to see a year: chances by the usual bank's truth, outcomes of the generous one.

    Both have the same luck.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(applications, "BY_CHANNEL", applications.BY_CHANNEL + 100)
        patch.setattr(worlds, "_BEFORE", worlds._BEFORE | {"statements"})
        generous = worlds.make_world(SEED, 0, CUSTOMERS, MONTHS)
    accounts = generous.tables["accounts"].to_pandas().query("kind == 'credit_card'")
    late = generous.tables["statements"].to_pandas().query("days_past_due >= 90").groupby("account").statement_on.min()
    told = frame("applications").merge(frame("truth.applications"), on="application").drop_duplicates("person")
    rows = told.drop(columns="account").merge(accounts, on="person", suffixes=("", "_"))
    opened, used, bad = (pd.to_datetime(day) for day in (rows.opened_on, rows.activated_on, rows.account.map(late)))
    year_ago = opened.max() - pd.DateOffset(months=12)
    rows = rows.assign(bad=(bad - opened).dt.days <= 365, used=(used - opened).dt.days <= 30)
    return rows[(opened == pd.to_datetime(rows.decided_on)) & (opened < year_ago)]


@pytest.mark.parametrize(("chance", "event"), [("pd_12", "bad"), ("activates_30", "used")])
@pytest.mark.parametrize("decision", ["approved", "declined"])
def test_chances_come_true_for_the_booked_and_for_the_declined(played, decision, chance, event):
    rows = played[played.decision == decision]
    assert len(rows) > 200
    expected = rows[chance]
    error = np.sqrt((expected * (1 - expected)).sum())
    assert rows[event].sum() == pytest.approx(expected.sum(), abs=3.5 * error + 0.1 * expected.sum())


def test_chances_order_applicants(played):
    assert roc_auc_score(played.bad, played.pd_12) > 0.55
    assert roc_auc_score(played.used, played.activates_30) > 0.55
    by = played.groupby(played.decision.astype(str)).pd_12.mean()
    assert by["declined"] > 1.5 * by["approved"]


def test_trouble_differs_by_channel_and_occupation(played):
    by_channel, by_work = (played.pd_12.groupby(played[name].astype(str)).mean() for name in ("channel", "occupation"))
    assert by_channel["outlet"] > 1.5 * by_channel["branch"]
    assert by_work["self_employed"] > 1.5 * by_work["civil_servant"]
