"""Communities: chat groups and referrals, their health, and members beside customers who were like them.

Nobody is drawn by lot into a group, so what members do differently is an association. What can be seen of each before
(`STRATA`) is held equal: members are compared with customers of the same month, spend and activity, stratum by stratum.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import ibis
import numpy as np
import pandas as pd

from insight.errors import Unavailable, unless_unavailable
from insight.intervals import Z, wilson

#: How an ``interactions.kind`` begins that says who came into a group and who left it; the group's name follows.
JOINED, LEFT = "group joined: ", "group left: "
#: Months before and after joining that are looked at.
AHEAD = 3
STRATA = ["month", "band", "bought"]


@unless_unavailable
def memberships(interactions: ibis.Table | None, *, as_of: date) -> pd.DataFrame | Unavailable:
    """List who was in which group and when, each stay once.

    Parameters
    ----------
    interactions
        The ``interactions`` table, if there is one; a kind that begins with `JOINED` or `LEFT` names the group.
    as_of
        Last day that counts.

    Returns
    -------
    DataFrame
        ``customer_id, community, joined, left``: months, counted from the year 0; ``left`` is missing for members.
    """
    if interactions is None:
        return Unavailable("communities", "no_groups")
    moves = interactions.filter(
        interactions.occurred_on <= as_of, interactions.kind.startswith(JOINED) | interactions.kind.startswith(LEFT)
    )
    found = moves.select("customer_id", "kind", month=_month(moves.occurred_on)).to_pandas()
    if found.empty:
        return Unavailable("communities", "no_groups")
    found["community"] = found["kind"].str.removeprefix(JOINED).str.removeprefix(LEFT)
    is_join = found["kind"].str.startswith(JOINED)
    stays = found[is_join].groupby(["customer_id", "community"])["month"].min().rename("joined")
    ends = found[~is_join].groupby(["customer_id", "community"])["month"].max().rename("left")
    return stays.to_frame().join(ends).reset_index()


def monthly_spend(baskets: ibis.Table, customers: Sequence[str], *, as_of: date) -> pd.DataFrame | Unavailable:
    """Give what each customer spent in each whole month up to a day: a row a customer, a column a month."""
    paid = baskets.filter(baskets.paid)
    sums = paid.group_by("customer_id", month=_month(paid.occurred_on)).aggregate(
        spend=paid.gross.sum().cast("float64")
    )
    wide = sums.to_pandas().pivot_table(index="customer_id", columns="month", values="spend", aggfunc="sum")
    if wide.empty:
        return Unavailable("communities", "no_purchases")
    last = _month_of(as_of) if _is_month_end(as_of) else _month_of(as_of) - 1
    months = range(int(wide.columns.min()), last + 1)
    return wide.reindex(index=pd.Index(customers), columns=months).fillna(0.0)


@unless_unavailable
def health(stays: pd.DataFrame, spend: pd.DataFrame) -> pd.DataFrame:
    """Give how each group fares month by month.

    Returns
    -------
    DataFrame
        ``community, month, members`` (at the month's end), ``joined, left, active`` (members who bought in it),
        ``share`` with its 95% interval ``low, high``.
    """
    first = int(stays["joined"].min())
    months = [month for month in spend.columns if month >= first]
    rows = [_fares(name, part, spend, month) for name, part in stays.groupby("community") for month in months]
    found = pd.DataFrame(rows)
    low, high = wilson(found["active"], found["members"].clip(lower=1))
    return found.assign(share=found["active"] / found["members"].clip(lower=1), low=low, high=high)


def _fares(name: Any, stays: pd.DataFrame, spend: pd.DataFrame, month: int) -> dict[str, Any]:
    inside = stays[(stays["joined"] <= month) & ~(stays["left"] <= month)]
    bought = spend[month].reindex(inside["customer_id"]).fillna(0) > 0
    come, gone = (stays["joined"] == month).sum(), (stays["left"] == month).sum()
    return {
        "community": name, "month": month, "members": len(inside), "joined": int(come), "left": int(gone),
        "active": int(bought.sum()),
    }  # fmt: skip


@unless_unavailable
def joiners_beside_others(stays: pd.DataFrame, spend: pd.DataFrame, *, seed: int) -> pd.DataFrame | Unavailable:
    """Compare who joined a group with customers of the same month and behaviour who never did.

    Each other customer stands for one month, drawn as the months of joining are spread, so that no one counts twice.

    Parameters
    ----------
    stays
        From `memberships`.
    spend
        From `monthly_spend`, all customers.

    Returns
    -------
    DataFrame
        From `beside`, of ``bought`` (a purchase in the third month after) and ``spend`` (a month, of the three after).
    """
    known = range(int(spend.columns.min()) + AHEAD, int(spend.columns.max()) - AHEAD + 1)
    joined = stays.groupby("customer_id")["joined"].min()
    joined = joined[joined.isin(known) & joined.index.isin(spend.index)]
    if joined.empty:
        return Unavailable("communities", "history")
    others = spend.index.difference(stays["customer_id"])
    drawn = pd.Series(np.random.default_rng(seed).choice(joined.to_numpy(), len(others)), index=others)
    both = pd.concat([_around(joined, spend).assign(member=True), _around(drawn, spend).assign(member=False)])
    both = both[both["before"] > 0]  # who did not buy at all before is like no one: no card yet, or gone
    bands = pd.qcut(both["before"], 10, labels=False, duplicates="drop")
    return beside(both.assign(band=bands), STRATA, {"bought": "later_bought", "spend": "later_spend"})


def _around(at: pd.Series, spend: pd.DataFrame) -> pd.DataFrame:
    """Give what each customer did in the months before and after their own month."""
    values = spend.loc[at.index].to_numpy()
    place = at.to_numpy() - int(spend.columns.min())
    rows, steps = np.arange(len(at))[:, None], np.arange(1, AHEAD + 1)
    before, after = values[rows, place[:, None] - steps], values[rows, place[:, None] + steps]
    return pd.DataFrame(
        {
            "month": at.to_numpy(), "before": before.mean(axis=1), "bought": before[:, 0] > 0,
            "later_bought": (after[:, -1] > 0).astype(float), "later_spend": after.mean(axis=1),
        },
        index=at.index,
    )  # fmt: skip


def beside(people: pd.DataFrame, strata: list[str], outcomes: dict[str, str]) -> pd.DataFrame:
    """Compare members with others of their stratum: the mean difference with its 95% interval.

    Parameters
    ----------
    people
        One row each: ``member`` (bool), the strata, the outcomes.
    strata
        Columns within which members and others are compared.
    outcomes
        What is compared, by the name of its row, and the column that holds it.

    Returns
    -------
    DataFrame
        ``outcome, customers`` (members compared), ``others``, ``theirs`` (members' mean), ``expected`` (others', of the
        members' strata), ``difference, low, high``. Members of a stratum without two others are left out.

    Notes
    -----
    Post-stratification: others' means are weighted by the members of each stratum, and the variance is
    ``sum(w^2 (s_m^2 / n_m + s_o^2 / n_o))`` with the pooled variance of each side where a stratum has one row.

    Examples
    --------
    >>> member = [True, True, False, False, False]
    >>> people = pd.DataFrame({"member": member, "s": [1, 1, 1, 1, 2], "y": [3.0, 5, 1, 3, 9]})
    >>> beside(people, ["s"], {"y": "y"})[["theirs", "expected", "difference"]].iloc[0].tolist()
    [4.0, 2.0, 2.0]
    """
    return pd.DataFrame([_difference(people, strata, name, column) for name, column in outcomes.items()])


def _difference(people: pd.DataFrame, strata: list[str], name: str, column: str) -> dict[str, Any]:
    moments = people.groupby([*strata, "member"])[column].agg(["size", "mean", "var"])
    moments = moments.unstack("member")  # noqa: PD010 - its columns are two deep
    n = moments["size"].reindex(columns=[True, False]).fillna(0)
    kept = moments[(n[True] > 0) & (n[False] > 1)]
    n, mean = kept["size"], kept["mean"]
    weight = n[True] / n[True].sum()
    spread = kept["var"].fillna(people.groupby("member")[column].var())
    error = np.sqrt((weight**2 * (spread[True] / n[True] + spread[False] / n[False])).sum())
    theirs, expected = (weight * mean[True]).sum(), (weight * mean[False]).sum()
    gap = theirs - expected
    return {
        "outcome": name, "customers": int(n[True].sum()), "others": int(n[False].sum()), "theirs": theirs,
        "expected": expected, "difference": gap, "low": gap - Z * error, "high": gap + Z * error,
    }  # fmt: skip


@unless_unavailable
def referred_beside_others(
    applications: pd.DataFrame | None, referrals: pd.DataFrame | None, spend: pd.DataFrame, *, as_of: date
) -> pd.DataFrame | Unavailable:
    """Compare referred applicants with others of the same quarter and occupation: approval, and use half a year later.

    Parameters
    ----------
    applications, referrals
        The tables of these names, if there are.
    spend
        From `monthly_spend`.
    as_of
        Last day that counts.

    Returns
    -------
    DataFrame
        From `beside`: ``approved`` of the decided; of those approved at least six months ago ``bought`` (a purchase in
        the sixth month after) and ``spend`` (a month, of the six after).
    """
    if applications is None or referrals is None:
        return Unavailable("communities", "no_referrals")
    known = applications[
        (pd.to_datetime(applications["applied_on"]) <= pd.Timestamp(as_of))
        & applications["decision"].isin(["approved", "declined"])
    ]
    on = pd.to_datetime(known["applied_on"])
    given = known.get("occupation", pd.Series("", index=known.index)).fillna("")
    known = known.assign(
        month=12 * on.dt.year + on.dt.month, quarter=on.dt.to_period("Q").astype(str), occupation=given,
        member=known["application_id"].isin(referrals["application_id"]),
        approved=(known["decision"] == "approved").astype(float),
    )  # fmt: skip
    known = known[known["month"] >= spend.columns.min()]  # what was declined before is not known everywhere
    if not known["member"].any() or known["member"].all():
        return Unavailable("communities", "no_referrals")
    strata = ["quarter", "occupation"]
    used = _first_half_year(known[known["approved"] == 1], spend)
    after = [] if used.empty else [beside(used, strata, {"bought": "later_bought", "spend": "later_spend"})]
    return pd.concat([beside(known, strata, {"approved": "approved"}), *after], ignore_index=True)


def _first_half_year(approved: pd.DataFrame, spend: pd.DataFrame, *, months: int = 6) -> pd.DataFrame:
    first, last = int(spend.columns.min()), int(spend.columns.max())
    seen = approved.sort_values("month").drop_duplicates("customer_id")
    seen = seen[(seen["month"] >= first) & (seen["month"] + months <= last)]
    values = spend.reindex(seen["customer_id"]).fillna(0).to_numpy()
    place = seen["month"].to_numpy()[:, None] - first + np.arange(1, months + 1)
    after = values[np.arange(len(seen))[:, None], place]
    return seen.assign(later_bought=(after[:, -1] > 0).astype(float), later_spend=after.mean(axis=1))


def key_members(
    referrals: pd.DataFrame | None, stays: pd.DataFrame | Unavailable, *, as_of: date
) -> pd.DataFrame | Unavailable:
    """Rank customers by how many they referred: ``customer_id, referred, community`` (missing outside of groups)."""
    if referrals is None or referrals.empty:
        return Unavailable("communities", "no_referrals")
    referrals = referrals[pd.to_datetime(referrals["referred_on"]) <= pd.Timestamp(as_of)]
    counts = referrals.groupby("customer_id").size().rename("referred").reset_index()
    groups = (
        pd.Series(dtype=object)
        if isinstance(stays, Unavailable)
        else stays[stays["left"].isna()].groupby("customer_id")["community"].first()
    )
    ranked = counts.assign(community=counts["customer_id"].map(groups))
    return ranked.sort_values(["referred", "customer_id"], ascending=[False, True], ignore_index=True)


def _month(day: Any) -> Any:
    return day.year() * 12 + day.month()


def _month_of(day: date) -> int:
    return day.year * 12 + day.month


def _is_month_end(day: date) -> bool:
    return pd.Timestamp(day).is_month_end
