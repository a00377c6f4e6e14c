"""Findings of credit limits: what is drawn and lost, what raises brought, what is proposed, and the truth."""

from typing import Any

import numpy as np
import pandas as pd

from insight.card.behaviour import HORIZON
from insight.card.limits.exposure import Exposure, Held
from insight.card.limits.proposals import LOWER, MOST_REASONS, PROPOSALS, RAISE, Near, Proposals
from insight.card.limits.raised import AHEAD, BEFORE, Raised
from insight.config.limits import CreditLimits
from insight.errors import Unavailable
from insight.intervals import percentiles
from insight.report.finding import Finding, finding, is_few
from insight.words.names import named
from insight.words.text import LANGUAGES, text, word

_TOO_FEW = Unavailable("common", "too_few")


@finding
def exposure(found: Exposure, held: Held) -> Finding | Unavailable:
    """Lay out what is drawn of a free limit before accounts fall behind, and what is lost of what they then owe."""
    if is_few(found.settled) or is_few(held.accounts):
        return _TOO_FEW
    rows = []
    for name, value, accounts in (
        ("drawn", found.drawn, found.accounts),
        ("lost", found.lost, found.settled),
    ):
        low, high = found.interval(name)
        rows.append({"what": name, "accounts": accounts, "value": value, "low": low, "high": high})
    table = pd.DataFrame(rows)
    return Finding(
        table=named(table, what="limits.what"),
        overlapping=found.accounts,
    )


@finding
def raised(found: Raised) -> Finding | Unavailable:
    """Show what customers owe and bring whom an offer to raise their limit reached, beside those held out by lot."""
    if is_few(found.held_out):
        return _TOO_FEW
    limit = found.effects.set_index("what").loc["limit"]
    return Finding(
        facts={"months": AHEAD, "before": BEFORE, "limit": limit, "contacted": found.contacts - found.held_out,
               "margin": found.margin[0], "low": found.margin[1], "high": found.margin[2]},
        table=named(found.effects, what="limits.effect"),
        variants={"so_what": "clear" if found.is_clear else "none" if np.isfinite(found.margin[0]) else "same"},
    )  # fmt: skip


@finding
def proposals(found: Proposals, brought: Raised | None, rules: CreditLimits) -> Finding | Unavailable:
    """Lay out what is proposed, with limits and expected losses as they are and as they would be."""
    rows = found.rows.assign(change=found.rows["limit_proposed"] - found.rows["limit_now"])
    by = rows.groupby("proposal").agg(
        accounts=("change", "size"), change=("change", "sum"), probability=("probability", "mean"),
        loss_now=("loss_now", "sum"), loss_proposed=("loss_proposed", "sum"),
    )  # fmt: skip
    by = by.reindex([name for name in PROPOSALS if name in by.index])
    up, down = (int(by["accounts"].get(name, 0)) for name in (RAISE, LOWER))
    if is_few(len(rows)):
        return _TOO_FEW
    told = up > 0 and not is_few(up)
    return Finding(
        facts=_sums(found, brought) | {"months": HORIZON, "up": up, "down": down},
        table=named(by.reset_index(), proposal="limits.proposal"),
        variants={
            "title": "raise" if told else "none",
            "so_what": None if not told else "margin" if brought and brought.is_clear else "loss",
            "says": "lower" if down and not is_few(down) else "none",
        },
        beside=bool(is_few(_first_reasons(found)["accounts"]).any()),
    )


def _sums(found: Proposals, brought: Raised | None) -> dict[str, Any]:
    """Give the sums of the proposals, each with its interval, and what raises would have to bring, and are to bring."""
    facts: dict[str, Any] = {}
    for name in ("added", "saved", "loss"):
        facts |= dict(zip((name, f"{name}_low", f"{name}_high"), getattr(found, name), strict=True))
    facts |= {"raised": found.raised, "even": found.added[0] / found.raised if found.raised else np.nan}
    if brought and brought.is_clear:
        low, high = percentiles(brought.draws * found.raised)
        facts |= {"brings": brought.margin[0] * found.raised, "brings_low": low, "brings_high": high}
    return facts


@finding
def offered(found: Proposals, more: int) -> Finding:
    """Say of how many accounts to be lowered the list of offers promises more; ``more`` counts them."""
    down = int((found.rows["proposal"] == LOWER).sum())
    hidden = is_few(more) or is_few(down - more)
    return Finding(variants={"caution": None if not more else "some" if hidden else "counted"})


@finding
def reasons(found: Proposals) -> Finding:
    """Count accounts by what is proposed and the weightiest reason."""
    table = _first_reasons(found)
    return Finding(
        facts={"table": "limit_proposals", "most": MOST_REASONS},
        table=named(table, proposal="limits.proposal", reason="limits.reason"),
    )


def _first_reasons(found: Proposals) -> pd.DataFrame:
    counted = found.rows.groupby(["proposal", "reason_1"]).size().rename("accounts").reset_index()
    place = counted["proposal"].map(list(PROPOSALS).index)
    ordered = counted.assign(place=place).sort_values(["place", "accounts"], ascending=[True, False], ignore_index=True)
    return ordered[["proposal", "reason_1", "accounts"]].rename(columns={"reason_1": "reason"})


def with_words(found: Proposals) -> pd.DataFrame:
    """Give the table of proposals with the reasons in words of every language."""
    rows = found.rows.rename_axis("account_id").reset_index().drop(columns="customer_id")
    codes = rows[[f"reason_{at}" for at in range(1, MOST_REASONS + 1)]].to_numpy(object)
    every = {code: word("limits.reason", code) for code in pd.unique(codes.ravel()) if isinstance(code, str)}
    for lang in LANGUAGES:
        apart, said = text("common.reason.apart").in_language(lang), {c: w.in_language(lang) for c, w in every.items()}
        rows[f"reasons_{lang}"] = [apart.join(said[code] for code in row if isinstance(code, str)) for row in codes]
    return rows


@finding
def near_truth(found: Near) -> Finding:
    """Set the probabilities of the proposals beside the true chances, and the losses by both."""
    return Finding(
        facts={"times": found.true_loss / found.loss if found.loss else np.nan},
        table=named(found.by_proposal, proposal="limits.proposal"),
        variants={"says": "raise" if found.added else None},
    )
