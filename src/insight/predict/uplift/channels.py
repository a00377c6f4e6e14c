"""What contacts through each channel add to responses, where lots chose the channel, too.

One channel adds most on the whole; customers who use another one by themselves, or answered through it before, may be
reached better by that.
"""

from collections.abc import Collection, Mapping
from datetime import date

import ibis
import numpy as np
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


def read_habits(tables: Mapping[str, ibis.Table], *, as_of: date) -> pd.DataFrame:
    """Read since when customers have used a channel by themselves, or answered through it.

    Parameters
    ----------
    tables
        ``contacts``, and ``responses`` and ``interactions`` where there are any.

    Returns
    -------
    DataFrame
        ``customer_id, channel, since`` (number of the month).
    """
    sent, seen = tables["contacts"], []
    if "interactions" in tables and "channel" in tables["interactions"].columns:
        seen.append(tables["interactions"].select("customer_id", "channel", day="occurred_on"))
    if "responses" in tables and "channel" in sent.columns:
        answered = (
            tables["responses"]
            .select("contact_id", day="responded_on")
            .inner_join(sent.select("contact_id", "customer_id", "channel"), "contact_id")
        )
        seen.append(answered.select("customer_id", "channel", "day"))
    if not seen:
        return pd.DataFrame({"customer_id": [], "channel": [], "since": []})
    every = ibis.union(*seen) if len(seen) > 1 else seen[0]
    every = every.filter(every.customer_id.notnull(), every.channel.notnull(), every.day <= as_of)
    first = every.group_by("customer_id", "channel").aggregate(day=every.day.min())
    month = first.day.year().cast("int64") * 12 + first.day.month().cast("int64") - 1
    return first.select("customer_id", "channel", since=month).order_by("customer_id", "channel").to_pandas()


@unless_unavailable
def compare_own(trials: Trials, compared: pd.DataFrame, habits: pd.DataFrame) -> pd.DataFrame | Unavailable:
    """Compare responses to a customer's own channel and to the one that adds most, of those who used the former before.

    Returns
    -------
    DataFrame or Unavailable
        ``channel, contacted`` (through it), ``by_best``, ``more`` (chance of a response than through the best one) with
        ``more_low, more_high`` (95% for all rows together), ``of_own`` (what the best one adds to such customers, as a
        share of what their own adds). The latter where too few of such customers were contacted (``none_own``).
    """
    best, others = str(compared["channel"].iloc[0]), compared["channel"].iloc[1:].tolist()
    since = habits.set_index(["channel", "customer_id"])["since"]
    sent, groups = trials.sent, []
    for channel in others:
        of = since.loc[channel] if channel in since.index.levels[0] else pd.Series(dtype=float)
        group = sent[sent["customer_id"].map(of) < sent["month"]]
        contacted = group[group["treated"]].groupby("channel")["responded"].agg(["sum", "size"])
        if {channel, best} <= {*contacted.index[contacted["size"] >= LEAST_CONTACTS]}:
            held_out = group.loc[~group["treated"], "responded"].mean()
            groups.append((channel, *contacted.loc[channel], *contacted.loc[best], held_out))
    if not groups:
        return Unavailable("trials", "none_own", {"least": LEAST_CONTACTS})
    found = pd.DataFrame(groups, columns=["channel", "some", "contacted", "other", "by_best", "anyway"])
    level = 1 - 0.05 / len(found)  # so that all rows hold together
    low, high = difference_of_shares(found["some"], found["contacted"], found["other"], found["by_best"], level=level)
    own, by_best = found["some"] / found["contacted"], found["other"] / found["by_best"]
    of_own = ((by_best - found["anyway"]) / (own - found["anyway"])).clip(0.0, 1.0)
    return found[["channel", "contacted", "by_best"]].assign(
        more=own - by_best, more_low=low, more_high=high, of_own=of_own
    )


def reach_of_customers(
    reach: pd.Series, own: pd.DataFrame | Unavailable, habits: pd.DataFrame, customers: pd.Index
) -> pd.DataFrame:
    """Give for each customer (down) what each channel (across) adds, as a share of what their best one does.

    That is what it is for everybody, but for those whose own channel surely adds more.
    """
    found = np.tile(reach.to_numpy(float), (len(customers), 1))
    surely = () if isinstance(own, Unavailable) else own[own["more_low"] > 0].sort_values("more").itertuples()
    for row in surely:
        members = customers.isin(habits.loc[habits["channel"] == row.channel, "customer_id"])
        found[members] = reach.to_numpy(float) * row.of_own
        found[members, reach.index.get_loc(row.channel)] = 1.0
    return pd.DataFrame(found, index=customers, columns=reach.index.astype(object))
