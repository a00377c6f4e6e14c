"""How soon new cards are used for the first time, by cohort and channel, and what early use goes with.

A card counts that was opened within the data: of older ones only those are known that were still there. One that was
closed before its first use stays among those who could have used it, so that closing is not taken for use.
"""

from datetime import date, timedelta

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import OLS

from insight.card.applications import Has, Read
from insight.errors import Unavailable, unless_unavailable
from insight.intervals import clear_of_zero, percentiles, resampled_counts, wilson
from insight.predict.measures import auc, rank_once
from insight.predict.survival.curves import staying_at, survival
from insight.review.differences import differences, lay_out

SOON, MARKS = 30, (30, 90, 180)  # days after opening
FEWEST = 10  # cards of a group
_LEARN, _TESTED = 100, 2 / 3  # cards that drivers are learnt from at least, and the share of them that comes first
_ROUNDS = 300
_FACTORS = ("part", "channel", "product", "occupation", "age_band")
_PARTS = ("early", "middle", "late")  # of the month, by thirds


@unless_unavailable
def new_cards(read: Read, has: Has, *, as_of: date) -> pd.DataFrame | Unavailable:
    """Give the card accounts opened within the data: how long each was watched, and whether it was used.

    Returns
    -------
    DataFrame
        ``account_id, customer_id, opened_on, cohort`` (year), ``days`` (to the first use, else to the last day),
        ``used``, ``part`` (of the month of opening), and where known ``channel, product, occupation, age_band,
        credit_limit``.
    """
    if not {"credit_limit", "opened_on", "activated_on"} <= set(read("accounts").columns):
        return Unavailable("activation", "no_cards")
    first = pd.Timestamp(read("transactions").occurred_on.min().execute()).date()
    accounts = read("accounts")
    cards = accounts.filter(accounts.credit_limit.notnull(), accounts.opened_on >= first, accounts.opened_on <= as_of)
    columns = ["account_id", "customer_id", "opened_on", "activated_on", "credit_limit", "product"]
    cards = cards.select(*(name for name in columns if name in cards.columns))
    if has("applications"):
        asked = read("applications")
        asked = asked.filter(asked.account_id.notnull())
        told = asked.select(*(name for name in ("account_id", "channel", "occupation") if name in asked.columns))
        cards = cards.left_join(told, "account_id").drop("account_id_right")
    people = read("customers")
    if "age_band" in people.columns:
        cards = cards.left_join(people.select("customer_id", "age_band"), "customer_id").drop("customer_id_right")
    rows = cards.to_pandas().sort_values("account_id", ignore_index=True).drop_duplicates("account_id")
    if len(rows) < FEWEST:
        return Unavailable("activation", "few_cards", {"fewest": FEWEST})
    opened, used_on = pd.to_datetime(rows["opened_on"]), pd.to_datetime(rows["activated_on"])
    used = used_on.notna() & (used_on <= pd.Timestamp(as_of))
    days = (used_on.where(used, pd.Timestamp(as_of)) - opened).dt.days
    rows = rows.assign(opened_on=opened, cohort=opened.dt.year.astype(str), days=days.clip(lower=0), used=used)
    rows["part"] = [_PARTS[min((day - 1) // 10, 2)] for day in opened.dt.day]
    return rows.drop(columns="activated_on")[days >= 0].reset_index(drop=True)


def used_by(cards: pd.DataFrame) -> pd.DataFrame:
    """Give the share of cards used by days since opening (one less Kaplan and Meier's), with 95% intervals.

    Returns
    -------
    DataFrame
        ``day, used, low, high, at_risk``, as long as ten cards are watched.

    Examples
    --------
    >>> seen = pd.DataFrame({"days": [10, 20, 30, 40] * 20, "used": [True, True, False, False] * 20})
    >>> used_by(seen)[["day", "used"]].round(2).values.tolist()
    [[0.0, 0.0], [10.0, 0.25], [20.0, 0.5], [40.0, 0.5]]
    """
    if not cards["used"].any():  # of which there is no curve
        high = float(wilson(0.0, float(len(cards)))[1])
        last = float(cards["days"].sort_values().iloc[-min(FEWEST, len(cards))])
        return pd.DataFrame({"day": [0.0, last], "used": 0.0, "low": 0.0, "high": high, "at_risk": len(cards)})
    watched = pd.DataFrame({"months": cards["days"].clip(lower=1), "entry": 0, "left": cards["used"]})
    curve = survival(watched)
    return pd.DataFrame({
        "day": curve["month"], "used": 1 - curve["staying"], "low": 1 - curve["high"], "high": 1 - curve["low"],
        "at_risk": curve["at_risk"],
    })  # fmt: skip


@unless_unavailable
def by_group(cards: pd.DataFrame) -> pd.DataFrame:
    """Give the share of cards used within so many days, for all, and by cohort and channel.

    Returns
    -------
    DataFrame
        ``attribute`` (``all``, ``cohort``, ``channel``), ``group, customers, used_30, low_30, high_30, used_90, …,
        used_180, …``; missing where cards were not watched for so long. Groups of ten cards or more.
    """
    rows = []
    groups = [("all", "all", cards)]
    for attribute in ("cohort", "channel"):
        if attribute in cards:
            groups += [(attribute, str(group), part) for group, part in cards.groupby(attribute, sort=True)]
    for attribute, group, part in groups:
        if len(part) < FEWEST:
            continue
        curve = used_by(part)
        found: dict[str, float] = {}
        for mark in MARKS:
            at = staying_at(curve.rename(columns={"day": "month"}), mark) if curve["day"].max() >= mark else None
            found |= {f"{name}_{mark}": np.nan if at is None else at[name] for name in ("used", "low", "high")}
        rows.append({"attribute": attribute, "group": group, "customers": part["customer_id"].nunique(), **found})
    return pd.DataFrame(rows)


@unless_unavailable
def drivers(cards: pd.DataFrame, *, as_of: date, seed: int) -> tuple[pd.DataFrame, dict[str, float]] | Unavailable:
    """Say what use within thirty days goes with, each difference beside the others, and how well it tells later cards.

    Returns
    -------
    DataFrame, dict
        ``factor, level, than`` (the most frequent one), ``customers, effect, low, high`` (shares; 95%, robust
        errors; of the limit, twice as high), ``clear`` (1, -1, or 0 where it may be chance; Holm). And ``auc, low,
        high, plain, cards``: how well later cards are ranked by what earlier ones taught, beside the channel alone.
    """
    watched = cards[cards["opened_on"] <= pd.Timestamp(as_of - timedelta(days=SOON))].sort_values("opened_on")
    if len(watched) < _LEARN:
        return Unavailable("activation", "few_known", {"fewest": _LEARN})
    soon = (watched["used"] & (watched["days"] <= SOON)).to_numpy(float)
    limit = {"limit": np.log2(watched["credit_limit"].astype(float).clip(lower=1))}
    seen, told = lay_out(watched, limit, [name for name in _FACTORS if name in watched], fewest=FEWEST)
    told.loc[told["factor"] == "limit", "rows"] = watched["customer_id"].nunique()
    found = differences(soon, seen, told.rename(columns={"rows": "customers"}))
    found = found.assign(effect_low=found["low"], effect_high=found["high"])
    found["clear"] = clear_of_zero(found, "effect")
    return found.drop(columns=["effect_low", "effect_high"]), _tested(watched, seen, soon, seed=seed)


def _tested(watched: pd.DataFrame, seen: np.ndarray, soon: np.ndarray, *, seed: int) -> dict[str, float]:
    """Learn from the earlier cards and rank the later ones."""
    cut = int(len(soon) * _TESTED)
    weights = OLS(soon[:cut], seen[:cut]).fit().params
    scores, came = seen[cut:] @ weights, soon[cut:]
    channel = watched["channel"] if "channel" in watched else pd.Series("", index=watched.index)
    usual = pd.Series(soon[:cut]).groupby(channel.iloc[:cut].to_numpy()).mean()
    plain = channel.iloc[cut:].map(usual).fillna(soon[:cut].mean()).to_numpy(float)
    ranked = rank_once(came, scores)
    drawn = [ranked(times.astype(float)) for times in resampled_counts(len(came), rounds=_ROUNDS, seed=seed)]
    low, high = percentiles(np.array(drawn))
    return {"auc": auc(came, scores), "low": low, "high": high, "plain": auc(came, plain), "cards": len(came)}
