"""Proposals to raise, keep or lower the limits of open accounts that are not past due, each for a person to decide.

A raise is proposed where the account is unlikely to fall behind, is expected to use its limit, and the income on record
affords more; a lower limit where it is likely to fall behind and something of the limit is not needed. Raises that
bring least loss for what they are expected to be used come first, until what they may add in all is reached.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from insight.card.applications import Has, Read
from insight.card.arrears import month_of
from insight.card.behaviour import Today
from insight.card.limits.exposure import NEEDED, Exposure, at_default
from insight.config.limits import CreditLimits
from insight.config.offers import OfferTerms
from insight.errors import Unavailable, unless_unavailable
from insight.intervals import percentiles
from insight.predict.uplift.months import day_of

RAISE, KEEP, LOWER = "raise", "keep", "lower"
PROPOSALS = (RAISE, KEEP, LOWER)
MOST_REASONS = 3
_RECENT = 3  # months
_FEWEST_PAIRS = 100  # accounts seen a year apart


@dataclass(frozen=True)
class Proposals:
    """What is proposed for each account, and the sums.

    Attributes
    ----------
    rows
        By ``account_id``: ``customer_id, proposal, limit_now, limit_proposed, probability, expected_use, exposure_now,
        exposure_proposed, loss_now, loss_proposed``, ``reason_1`` to ``reason_3`` (codes; missing where there are
        fewer).
    added, saved, loss
        Loss that raises are expected to add, that lower limits take off, and of all accounts as they are: each with
        its 95% interval.
    """

    rows: pd.DataFrame
    added: tuple[float, float, float]
    saved: tuple[float, float, float]
    loss: tuple[float, float, float]

    @property
    def raised(self) -> float:
        """By how much limits are proposed to be raised in all."""
        some = self.rows[self.rows["proposal"] == RAISE]
        return float((some["limit_proposed"] - some["limit_now"]).sum())


@unless_unavailable
def expected_use(today: Today) -> pd.Series | Unavailable:
    """Give the use of the limit expected of today's accounts a year on, by how those of a year ago came to use theirs.

    A regression on the use of the last statement, of the last three and of the last six, and on what is spent by the
    limit in the last three months and in the three before them. Between 0 and 1.
    """
    told, days = today.told, today.days
    if not set(NEEDED) <= set(told.features):
        return Unavailable("limits", "all_alike")
    then, now = (told.features[told.on((day,))] for day in (days.learnt[0], days.last))
    came = now["used_mean_6"].reindex(then.index).clip(0, 1)
    pairs = came.notna().to_numpy()
    if pairs.sum() < _FEWEST_PAIRS:
        return Unavailable("limits", "few_pairs", {"fewest": _FEWEST_PAIRS})
    weights, *_ = np.linalg.lstsq(_use_of(then)[pairs], came[pairs].to_numpy(), rcond=None)
    return pd.Series(np.clip(_use_of(now) @ weights, 0, 1), now.index)


def _use_of(rows: pd.DataFrame) -> np.ndarray:
    limit = rows["credit_limit"].clip(lower=1)
    used = rows[["used", "used_mean_3", "used_mean_6"]].fillna(0).clip(0, 1).to_numpy(float)
    if not {"purchases_3", "purchases_6"} <= set(rows):
        return np.column_stack([np.ones(len(rows)), used])
    lately, both = (rows[f"purchases_{months}"].fillna(0) / limit for months in (_RECENT, 2 * _RECENT))
    return np.column_stack([np.ones(len(rows)), used, lately.clip(0, 2), (both - lately).clip(0, 2)])


@unless_unavailable
def propose(read: Read, has: Has, today: Today, use: pd.Series, exposure: Exposure, rules: CreditLimits) -> Proposals:
    """Propose limits for the open accounts that are not past due.

    Parameters
    ----------
    today
        Accounts with their probability of falling behind within a year.
    use
        From `expected_use`.
    exposure
        What is drawn and lost where an account falls behind.
    rules
        What may be proposed.
    """
    at = today.told.on((today.days.last,))
    seen = today.told.features[at]
    rows = pd.DataFrame(
        {
            "customer_id": today.told.names[at],
            "limit_now": seen["credit_limit"],
            "probability": today.accounts["probability"].to_numpy(),
            "expected_use": use.reindex(seen.index),
            "balance": seen["balance"].clip(lower=0),
        },
        index=seen.index,
    )
    needed = seen["used_most_6"].fillna(0) * rows["limit_now"]
    known = rows.assign(
        needed=needed.combine(rows["balance"], max),
        income=seen.get("stated_income", np.nan),
        months_open=seen["months_open"],
        rests=seen.index.isin(_raised_since(read, has, today, rules.rest_months)),
        late=seen.get("late_6", pd.Series(0.0, seen.index)).fillna(0) > 0,
    )
    known = known[known["limit_now"] > 0]  # without a limit on the last statement there is none to propose
    return _summed(_bounded(_judged(known, rules), exposure, rules), exposure)


def _raised_since(read: Read, has: Has, today: Today, months: int) -> list[str]:
    """List the accounts whose limit was raised in the last months."""
    if not has("limit_changes") or not months:
        return []
    changes, last = read("limit_changes"), today.days.last
    recent = changes.filter(changes.changed_on >= day_of(month_of(last) - months), changes.changed_on < last)
    up = recent.filter(recent.new_limit > recent.old_limit)
    return list(up.select("account_id").distinct().to_pandas()["account_id"])


def _judged(known: pd.DataFrame, rules: CreditLimits) -> pd.DataFrame:
    """Say of each account by itself what is proposed, to which limit, and which conditions hold."""
    limit, step = known["limit_now"], rules.round_to
    accounts = known.groupby("customer_id")["limit_now"]
    free_income = (rules.of_income * known["income"] - accounts.transform("sum")) / accounts.transform("size")
    more = np.minimum(rules.step * limit, free_income)
    more = _whole(more, step)
    less = _whole(np.minimum(rules.step * limit, limit - known["needed"]), step)
    told = known.assign(more=more, less=less)
    told["unlikely"] = told["probability"] <= rules.raise_up_to
    told["likely"] = told["probability"] >= rules.lower_from
    told["uses"] = told["expected_use"] >= rules.least_use
    told["affords"] = more >= step
    told["known_long"] = told["months_open"] >= rules.months_open
    up = told["unlikely"] & told["uses"] & told["affords"] & told["known_long"] & ~told["rests"]
    down = told["likely"] & (less >= step)
    return told.assign(proposal=np.select([up, down], [RAISE, LOWER], KEEP))


def _whole(amount: pd.Series, step: float) -> pd.Series:
    """Round down to steps; what lies less than a millionth of a step below one has reached it."""
    return np.floor(amount / step + 1e-6) * step


def _bounded(told: pd.DataFrame, exposure: Exposure, rules: CreditLimits) -> pd.DataFrame:
    """Keep the raises within what they may add in all: those of least risk for their expected use first."""
    up = told["proposal"] == RAISE
    there = at_default(told["balance"], told["limit_now"], exposure.drawn).sum()
    order = (told["probability"] / told["expected_use"])[up].sort_values(kind="stable").index
    added = (exposure.drawn * told.loc[order, "more"]).cumsum()
    beyond = told.index.isin(order[(added > rules.added_share * there).to_numpy()])
    return told.assign(beyond=beyond, proposal=told["proposal"].mask(beyond, KEEP))


def _summed(told: pd.DataFrame, exposure: Exposure) -> Proposals:
    """Add exposure and loss before and after, the reasons, and the sums with their intervals."""
    change = np.select([told["proposal"] == RAISE, told["proposal"] == LOWER], [told["more"], -told["less"]], 0.0)
    rows = told.assign(limit_proposed=told["limit_now"] + change)
    for when in ("now", "proposed"):
        owed = at_default(told["balance"], rows[f"limit_{when}"], exposure.drawn)
        rows[f"exposure_{when}"] = owed
        rows[f"loss_{when}"] = told["probability"] * owed * exposure.lost
    rows = rows.join(_reasons(told))
    names = [
        *("customer_id", "proposal", "limit_now", "limit_proposed", "probability", "expected_use"),
        *("exposure_now", "exposure_proposed", "loss_now", "loss_proposed"),
        *(f"reason_{at}" for at in range(1, MOST_REASONS + 1)),
    ]
    by = {name: _loss_of(rows, exposure, of) for name, of in (("added", RAISE), ("saved", LOWER), ("loss", None))}
    return Proposals(rows[names], **by)


def _loss_of(rows: pd.DataFrame, exposure: Exposure, of: str | None) -> tuple[float, float, float]:
    """Give the loss that a kind of proposal changes, or that of all accounts as they are, with its 95% interval.

    Of the interval are what is drawn, what is lost and how many fall behind, resampled together.
    """
    some = rows if of is None else rows[rows["proposal"] == of]
    free_now, free_then = ((some[f"limit_{when}"] - some["balance"]).clip(lower=0) for when in ("now", "proposed"))
    fixed = 0.0 if of else float((some["probability"] * some["balance"]).sum())
    free = (free_then - free_now).abs() if of else free_now
    per_drawn = float((some["probability"] * free).sum())
    draws = exposure.draws
    value = (fixed + exposure.drawn * per_drawn) * exposure.lost
    drawn = draws["level"] * draws["lost"] * (fixed + draws["drawn"] * per_drawn)
    return (value, *percentiles(drawn.to_numpy()))


def _reasons(told: pd.DataFrame) -> pd.DataFrame:
    """Give up to three reasons of each proposal, as codes, in the order in which they weigh."""
    of: dict[str, list[tuple[str, pd.Series]]] = {
        RAISE: [("unlikely", told["unlikely"]), ("uses", told["uses"]), ("affords", told["affords"])],
        LOWER: [("likely", told["likely"]), ("not_needed", told["less"] > 0), ("late", told["late"])],
        KEEP: [
            ("all_needed", told["likely"]),
            ("between", ~told["unlikely"] & ~told["likely"]),
            ("no_income", told["unlikely"] & told["income"].isna()),
            ("not_affordable", told["unlikely"] & told["income"].notna() & ~told["affords"]),
            ("little_used", ~told["likely"] & ~told["uses"]),
            ("rests", told["unlikely"] & told["rests"]),
            ("new", told["unlikely"] & ~told["known_long"]),
            ("beyond", told["beyond"]),
        ],
    }
    found = np.full((len(told), MOST_REASONS), None, dtype=object)
    many = np.zeros(len(told), dtype=int)
    for proposal, reasons in of.items():
        for code, holds in reasons:
            rows = np.flatnonzero((told["proposal"] == proposal) & holds & (many < MOST_REASONS))
            found[rows, many[rows]] = code
            many[rows] += 1
    return pd.DataFrame(found, told.index, [f"reason_{at}" for at in range(1, MOST_REASONS + 1)])


@dataclass(frozen=True)
class Near:
    """How near the expected losses come to those by the true chances, of the same accounts.

    Attributes
    ----------
    by_proposal
        ``proposal, accounts, probability, chance`` (means; by the model, and the true one).
    loss, true_loss
        Expected of all these accounts, by the probability and by the true chance.
    added, true_added
        The same of what raises add.
    """

    by_proposal: pd.DataFrame
    loss: float
    true_loss: float
    added: float
    true_added: float


@unless_unavailable
def near_truth(found: Proposals, true: pd.DataFrame | Unavailable, today: Today) -> Near | Unavailable:
    """Set the probabilities of the proposals beside the true chances.

    Parameters
    ----------
    true
        ``customer_id, seen_on, default_12``.
    """
    assert isinstance(true, pd.DataFrame)
    now = true[pd.to_datetime(true["seen_on"]) == pd.Timestamp(today.days.last)]
    chance = found.rows["customer_id"].map(now.set_index("customer_id")["default_12"].astype(float))
    rows = found.rows.assign(chance=chance)[chance.notna().to_numpy()]
    if rows.empty:
        return Unavailable("behaviour", "no_truth")
    by = rows.groupby("proposal").agg(
        accounts=("chance", "size"), probability=("probability", "mean"), chance=("chance", "mean")
    )
    times = rows["chance"] / rows["probability"]
    up = rows["proposal"] == RAISE
    more = (rows["loss_proposed"] - rows["loss_now"])[up]
    return Near(
        by.reindex([name for name in PROPOSALS if name in by.index]).reset_index(),
        float(rows["loss_now"].sum()), float((rows["loss_now"] * times).sum()),
        float(more.sum()), float((more * times[up]).sum()),
    )  # fmt: skip


@unless_unavailable
def offered_more(found: Proposals, read: Read, has: Has, terms: Mapping[str, OfferTerms]) -> int:
    """Count accounts to be lowered whose customer the list of offers in hand is to offer a higher limit."""
    works = [product for product, term in terms.items() if term.works == "limit"]
    if not works or not has("offer_list") or not has("offers") or "product" not in read("offers").columns:
        return 0
    offers, listed = read("offers"), read("offer_list")
    raising = listed.filter(~listed.is_holdout).semi_join(offers.filter(offers["product"].isin(works)), "offer_id")
    lowered = found.rows.loc[found.rows["proposal"] == LOWER, "customer_id"]
    return int(lowered.isin(raising.customer_id.to_pandas()).sum())
