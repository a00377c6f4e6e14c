"""What contacts through each channel add to responses, where lots chose the channel, too."""

from collections.abc import Collection

import pandas as pd

from insight.errors import Unavailable, unless_unavailable
from insight.intervals import difference_of_shares
from insight.predict.uplift.trials import LEAST_CONTACTS, Trials

_NORMAL = 1.959963984540054  # quantile of 97.5%


@unless_unavailable
def compare_channels(trials: Trials) -> pd.DataFrame | Unavailable:
    """Compare, by channel, the responses of contacted and held out in the trials, all offers together.

    Returns
    -------
    DataFrame or Unavailable
        ``channel, contacted, held_out``, ``added`` (to the chance of a response) with ``added_low, added_high`` (95%),
        the channel that adds most first. The latter where the trials tell of fewer than two channels (``one_channel``).
    """
    sent = trials.sent
    rows = []
    for channel, of in sent[sent["channel"].notna()].groupby("channel"):
        contacted, held_out = (of.loc[of["treated"] == side, "responded"] for side in (True, False))
        if min(len(contacted), len(held_out)) < LEAST_CONTACTS:
            continue
        counts = contacted.sum(), len(contacted), held_out.sum(), len(held_out)
        low, high = difference_of_shares(*counts)
        added = float(contacted.mean() - held_out.mean())
        rows.append((str(channel), len(contacted), len(held_out), added, float(low), float(high)))
    if len(rows) < 2:
        return Unavailable("trials", "one_channel", {"least": LEAST_CONTACTS})
    columns = ["channel", "contacted", "held_out", "added", "added_low", "added_high"]
    return pd.DataFrame(rows, columns=columns).sort_values("added", ascending=False, ignore_index=True, kind="stable")


def reach_of_channels(compared: pd.DataFrame | Unavailable, named: Collection[str] = ()) -> pd.Series:
    """Give the share of what the best channel adds that each channel adds, the best one first.

    What channels add is shrunk towards their mean as far as it is uncertain; below nothing counts as nothing. Where
    trials do not compare them, the channels ``named`` are taken to add the same.
    """
    if isinstance(compared, Unavailable):
        return pd.Series(1.0, index=pd.Index(sorted(named), dtype=object))
    of = compared.set_index("channel")
    noise = ((of["added_high"] - of["added_low"]) / (2 * _NORMAL)) ** 2
    true = max(float(of["added"].var() - noise.mean()), 0.0)
    shrunk = of["added"].mean() + (of["added"] - of["added"].mean()) * true / (true + noise)
    best = float(shrunk.iloc[0])
    return (shrunk / best).clip(0.0, 1.0) if best > 0 else pd.Series(1.0, index=of.index)


def best_channel(compared: pd.DataFrame | Unavailable) -> str | None:
    """Name the channel that adds most; None where they cannot be compared."""
    return None if isinstance(compared, Unavailable) else str(compared["channel"].iloc[0])
