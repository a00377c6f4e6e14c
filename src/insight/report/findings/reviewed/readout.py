"""Findings of the read-out by offer: what each brought for its cost, what to do next, how sure its interval is."""

import re
from typing import Any

import numpy as np
import pandas as pd

from insight.report.finding import Finding, Headline, finding
from insight.report.tiles import PER_HUNDRED
from insight.review.proposals import FILE, Proposals
from insight.review.readout import AGAIN, CHANGE, SCALE, STOP, ReadOut
from insight.review.rehearsal import Rehearsal
from insight.words.names import delivered_name, named
from insight.words.stated import Stated
from insight.words.text import Text, chain, listing, text


@finding(headlines={"return_per_unit_spent": ""})
def offers(found: ReadOut) -> Finding:
    """Lay out what each offer added, and what that cost and brought back."""
    table = _named(found)
    returned = ["returned", "returned_low", "returned_high"]
    table[returned] = table[returned].round(2) + 0.0  # what rounds to nothing has no sign
    small = [*map(delivered_name, found.small)]
    facts: dict[str, Any] = {"offers": len(table), "small": listing(small) if small else None}
    return Finding(
        facts={name: fact for name, fact in facts.items() if fact is not None},
        table=table,
        overlapping=int(table["contacted"].sum()),
        variants={"caution": ("unread" if found.unread else "together") if small else None},
        headlines=[*(_effect(row) for _, row in table.iterrows() if pd.notna(row["offer_id"])), _returned(found)],
    )


@finding
def next_steps(found: ReadOut) -> Finding:
    """Lay out what to do next with each offer, and what would change that."""
    table = _named(found)
    table["until"] = [_until(row) for _, row in table.iterrows()]
    return Finding(table=named(table, next="readout.next"), words={"so_what": _advice(table)})


def _named(found: ReadOut) -> pd.DataFrame:
    return found.offers.assign(offer=[_name(row) for _, row in found.offers.iterrows()])


def _name(offer: pd.Series) -> Text | str:
    return text("readout.others") if pd.isna(offer["offer_id"]) else delivered_name(offer["name"])


def _advice(table: pd.DataFrame) -> Text:
    """Say which offers to scale, change, stop and test again."""
    said = []
    loses = (table["next"] == STOP) & (table["worth"] <= 0)  # whatever is added: its interval decides nothing
    unpriced = (table["next"] == SCALE) & table["worth"].isna()
    told_apart = {"scale_unpriced": unpriced, "loses": loses}
    kinds = {what: (table["next"] == what) & ~loses & ~unpriced for what in (SCALE, CHANGE, STOP, AGAIN)}
    for kind in (SCALE, "scale_unpriced", CHANGE, STOP, "loses", AGAIN):
        rows = (kinds | told_apart)[kind]
        if rows.any():
            said.append(text(f"readout.advice.{kind}", offers=listing(table.loc[rows, "offer"])))
    return chain("review.two_sentences", said)


def _until(offer: pd.Series) -> Text:
    """Say what would change the decision."""
    what, turn = str(offer["next"]), float(offer["turn"])
    if not np.isfinite(turn):
        return text("readout.until.nothing")
    return text(f"readout.until.{what}", turn=turn, name=offer["offer"])


def _effect(offer: pd.Series) -> Headline:
    said = text("readout.offers.effect", name=offer["offer"], row=offer)
    label = text("readout.offers.label", name=offer["offer"])
    bounds = (offer["added"], PER_HUNDRED, offer["added_low"], offer["added_high"])
    what = Stated("read_out_added", scope=str(offer["offer"]))
    return Headline(_code("effect", offer["code"]), *bounds, sentence=said, label=label, what=what)


def _code(first: str, code: Any) -> str:
    return f"{first}_" + re.sub(r"\W+", "_", str(code)).strip("_").lower()


def _returned(found: ReadOut) -> Headline:
    total = found.total
    if total is None:
        return Headline("return_per_unit_spent", None, sentence=text("readout.offers.no_worth"))
    value, low, high = total
    facts = {"value": value, "low": low, "high": high}
    said = text("readout.offers.returned", **facts)
    return Headline("return_per_unit_spent", value, "", low, high, sentence=said)


@finding(headlines={"interval_coverage": "share"})
def rehearsal(found: Rehearsal) -> Finding:
    """Say how often such intervals hold the truth, by campaigns simulated with known effects."""
    return Finding(
        facts={"found": found},
        variants={"caution": "silent" if found.silent else None},
        headlines=[Headline("interval_coverage", found.coverage, "share")],
    )


@finding
def proposed(found: Proposals) -> Finding:
    """Lay out what the review proposes for the next campaign: offers to stop, offers to test again, who to hold out."""
    table = pd.concat([found.stopped.assign(proposal=STOP), found.again.assign(proposal=AGAIN)], ignore_index=True)
    table = table.reindex(columns=["code", "name", "proposal", "contacts", "listed"])
    first = found.again.iloc[0] if len(found.again) else None
    facts: dict[str, Any] = {"file": FILE, "share": found.holdout_share, "now": found.now}
    if first is not None:
        facts["first"] = delivered_name(first["name"])
    if table.empty:
        return Finding(facts=facts, variants={"says": "none", "so_what": None})
    held = "more" if found.holdout_share > found.now else "as_it_is" if first is not None else "nothing_again"
    return Finding(
        facts=facts,
        table=named(table.assign(name=table["name"].map(delivered_name)), proposal="readout.next"),
        columns=None if first is not None else {"name": "text", "proposal": "text"},
        variants={"says": "some", "so_what": held},
    )
