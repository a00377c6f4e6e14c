"""The chance of falling silent, from the start of a month, is the share of card holders who buy nothing."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from simulate.made import frame

LATER = (6, 12, 18)  # months of vantage
BACK = [1, 9]  # activation bonus and retention: what brings people to use a card


def seen(within: int) -> pd.DataFrame:
    """Card holders whom nobody calls back in the window: their chance, and whether they bought nothing."""
    ahead = frame("truth.ahead")
    bought = frame("card_transactions").query("kind == 'purchase' and status != 'declined'")
    called = frame("contacts").query("offer in @BACK and not is_holdout")
    parts = []
    for number in LATER:
        begin = pd.Timestamp("2024-01-01") + pd.DateOffset(months=number)
        end = begin + pd.DateOffset(months=within)
        rows = ahead[ahead["month"] == begin.date()]
        buys, calls = (
            set(table.loc[table[at].between(begin, end, inclusive="left"), "person"])
            for table, at in ((bought, "occurred_at"), (called, "sent_at"))
        )
        rows = rows[~rows["person"].isin(calls)]
        parts.append(pd.DataFrame({"chance": rows[f"silent_{within}"], "silent": ~rows["person"].isin(buys)}))
    return pd.concat(parts)


@pytest.mark.parametrize("within", [3, 6])
def test_as_many_fall_silent_as_expected_in_every_tenth(within):
    rows = seen(within)
    doubtful = rows[rows["chance"].between(0.002, 0.9999)].sort_values("chance")
    for _, part in doubtful.groupby(np.arange(len(doubtful)) * 10 // len(doubtful)):
        error = np.sqrt(part["chance"].mean() * (1 - part["chance"].mean()) / len(part))
        assert part["silent"].mean() == pytest.approx(part["chance"].mean(), abs=3.5 * error + 0.03)
    assert rows[rows["chance"] < 0.002]["silent"].mean() < 0.004
    assert rows[rows["chance"] > 0.9999]["silent"].mean() > 0.8
    assert roc_auc_score(doubtful["silent"], doubtful["chance"]) > 0.85


def test_a_longer_silence_is_rarer():
    ahead = frame("truth.ahead")
    chances = ahead[["silent_3", "silent_6", "silent_12"]].to_numpy()
    assert (np.diff(chances, axis=1) <= 1e-6).all()
    assert chances.min() >= 0
    assert chances.max() <= 1
