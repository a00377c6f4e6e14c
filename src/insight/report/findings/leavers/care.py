"""Care with a churn model: groups compared, what is refused, features that drift, and the model card."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from insight.errors import Unavailable
from insight.predict.care.groups import EVERYONE, POOLED, UNKNOWN, Compared
from insight.predict.churn.backtest import Backtest
from insight.predict.churn.design import Cuts, LateReturns
from insight.predict.labelled.backtest import Choice, Test
from insight.predict.labelled.table import Flat
from insight.predict.scorecard.strength import SHIFTED, WATCHED
from insight.report.finding import Finding, finding, reason_of
from insight.words.names import delivered_name, known_name, named
from insight.words.text import LANGUAGES, Text, chain, render, text, word

_FEATURES = 8  # that are shown


@dataclass(frozen=True)
class Watched:
    """What was looked at with care, each with its reason where it cannot be had; None where it was not looked at."""

    groups: Compared | Unavailable
    price: pd.Series | Unavailable
    drift: pd.DataFrame | Unavailable | None = None
    late: LateReturns | Unavailable | None = None
    refused: Sequence[str] = ()


def group_name(attribute: str, group: str) -> Text:
    """Name a group of customers by its attribute and its value."""
    if attribute == EVERYONE:
        return text("care.group.everyone")
    return text("care.group.named", attribute=known_name("profile.trait", attribute), level=_level(group))


def _level(group: str) -> Text | str:
    return text(f"care.group.{group}") if group in (POOLED, UNKNOWN) else delivered_name(group)


def _by_attribute(groups: Mapping[str, Sequence[str]]) -> list[Text]:
    """Name groups, each attribute once with all its values."""
    return [
        text(
            "care.group.several",
            attribute=known_name("profile.trait", attribute),
            levels=[_level(one) for one in each],
        )
        for attribute, each in groups.items()
        if len(each)
    ]


def _named(compared: Compared) -> pd.DataFrame:
    rows = compared.table.assign(happened=compared.table["left"] / compared.table["customers"])
    names = [group_name(a, g) for a, g in zip(rows["attribute"], rows["group"], strict=True)]
    return rows.assign(group=names)


def _told(compared: Compared, *measures: str) -> dict[str, Any]:
    """Name the groups that differ in one of some measures, and how many were taken together."""
    some = compared.groups[compared.groups["differs"].map(lambda found: not set(measures).isdisjoint(found))]
    names = _by_attribute({str(a): list(part["group"]) for a, part in some.groupby("attribute", sort=False)})
    by = [known_name("profile.trait", attribute) for attribute in compared.groups["attribute"].unique()]
    counts = {"n": len(some), "compared": len(compared.groups)}
    return {"by": by, "differing": names, **counts, "whole": compared.table.iloc[0]}


@finding
def ranked(groups: Compared) -> Finding:
    """Lay out how well each group is ranked, and how many of its leavers are missed."""
    facts = _told(groups, "auc", "missed")
    small = _by_attribute(groups.pooled)
    return Finding(
        facts=facts | {"small": small},
        table=_named(groups),
        overlapping=groups.customers,
        variants={"title": "some" if facts["n"] else "none", "says": "pooled" if small else None},
    )


@finding
def chosen(groups: Compared) -> Finding:
    """Lay out how many of each group are on the list, and how true its probabilities are."""
    return _judged(groups, alike=None)


@finding
def applicants(groups: Compared) -> Finding:
    """Lay out how many applicants of each group are among the riskiest, and how true their probabilities are."""
    return _judged(groups, alike="none")


def _judged(groups: Compared, *, alike: str | None) -> Finding:
    """Lay groups out; ``alike`` is what is said to follow where none differs."""
    facts = _told(groups, "selected", "bias")
    return Finding(
        facts=facts,
        table=_named(groups),
        overlapping=groups.customers,
        variants={"title": "some" if facts["n"] else "none", "so_what": "some" if facts["n"] else alike},
    )


@finding
def price(found: pd.Series, refused: Sequence[str]) -> Finding:
    """Say what it costs in ranking not to use who people are, nor the features that are refused."""
    names = [known_name("churn.feature", name) for name in refused]
    return _priced(names, "more" if refused else "people", found)


def _priced(names: list[Any], says: str, found: pd.Series) -> Finding:
    verdict = "costs" if found["auc_gap_low"] > 0 else "nothing"
    told = says if verdict == "costs" or found["auc_gap_high"] < 0 else f"{says}_alike"
    return Finding("care.price", facts={"names": names}, variants={"says": told, "so_what": verdict})


@finding
def drift(found: pd.DataFrame, cuts: Cuts) -> Finding:
    """Name the features that are spread otherwise than when the model learnt, beyond chance at these sizes."""
    beyond = found[found["verdict"] != "chance"]
    moved = beyond[beyond["verdict"] != "slight"]
    table = named(found.head(_FEATURES), feature="churn.feature", verdict="care.verdict")
    facts = {
        "n": len(beyond),
        "of": len(found),
        "names": [word("churn.feature", name) for name in moved["feature"]],
        "watched": WATCHED,
        "shifts": SHIFTED,
    }
    title = "none" if beyond.empty else "slight" if moved.empty else "moved"
    return Finding(facts=facts, table=table, variants={"title": title, "so_what": "moved" if len(moved) else None})


@finding
def card(test: Backtest, compared: pd.DataFrame, chosen: str, row: pd.Series, cuts: Cuts, watched: Watched) -> Finding:
    """Write the model card: what the model is for, rests on, did in the test, cannot say, and how it is watched.

    Its parts are those of guidance on model risk (Federal Reserve and OCC 2011, SR 11-7): intended use, conceptual
    soundness, data, outcomes analysis, limitations, ongoing monitoring.
    """
    facts: dict[str, Any] = {
        "test": test,
        "cuts": cuts,
        "row": row,
        "score": word("churn.score", chosen),
        "features": len(test.features),
        "first": cuts.training[0],
        "last": cuts.training[-1],
        "n": len(cuts.training),
        "plain": compared.loc["recency_days"],
    }
    said = [("use", "churn"), ("soundness", "purchase" if chosen == "chance_silent" else "trained"), ("data", "churn")]
    rows = [(part, text(f"care.card.{part}.{variant}", **facts)) for part, variant in said]
    rows += [("outcomes", text("care.card.outcomes.churn", **facts)), *_of_watched(watched, row)]
    return Finding(facts={}, table=as_card(rows))


@finding
def flat_price(found: pd.Series, flat: Flat) -> Finding:
    """Say what it costs not to use the columns of a flat table that are protected or refused."""
    return _priced(list(flat.protected), "flat", found)


@finding
def flat_card(flat: Flat, test: Test, choice: Choice, compared: pd.DataFrame, watched: Watched) -> Finding:
    """Write the card of a model of a flat table: see `card`."""
    row = compared.loc[choice.best]
    facts: dict[str, Any] = {"flat_test": test, "row": row, "features": len(flat.features.columns)}
    facts |= {"score": word("churn.score", choice.best), "simplest": word("churn.score", choice.simplest)}
    parts = ("use", "soundness", "data", "outcomes")
    rows = [(part, text(f"care.card.{part}.flat", **facts)) for part in parts]
    return Finding("care.card", facts={}, table=as_card([*rows, *_of_watched(watched, row, list(flat.protected))]))


def _of_watched(watched: Watched, row: pd.Series, columns: Sequence[str] | None = None) -> list[tuple[str, Text]]:
    found: list[tuple[str, Text]] = []
    if isinstance(watched.groups, Unavailable):
        found.append(("groups", reason_of(watched.groups)))
    else:
        facts = _told(watched.groups, "auc", "missed", "selected", "bias")
        found.append(("groups", text(f"care.card.groups.{'some' if facts['n'] else 'none'}", **facts)))
    if isinstance(watched.price, Unavailable):
        found.append(("refused", reason_of(watched.price)))
    else:
        names = [known_name("churn.feature", name) for name in columns or watched.refused]
        variant = "flat" if columns else "more" if names else "people"
        found.append(("refused", text(f"care.card.refused.{variant}", found=watched.price, names=names)))
    late = watched.late
    limits = [text(f"care.card.limits.{'plain' if columns is None else 'flat'}")]
    if isinstance(late, LateReturns) and late.churned:
        limits.append(text("care.card.limits.late", late=late))
    found.append(("limits", chain("common.and_then", limits)))
    monitoring = [text("care.card.monitoring.plain", row=row)]
    if isinstance(watched.drift, pd.DataFrame):
        beyond = int((watched.drift["verdict"] != "chance").sum())
        monitoring.append(text("care.card.monitoring.drift", beyond=beyond, of=len(watched.drift)))
    found.append(("monitoring", chain("common.and_then", monitoring)))
    return found


def as_card(rows: Sequence[tuple[str, Text]]) -> pd.DataFrame:
    """Lay the parts of a model card out."""
    return pd.DataFrame(
        {"code": [part for part, _ in rows], "part": [word("care.part", part) for part, _ in rows],
         "said": [words for _, words in rows]}
    )  # fmt: skip


def card_in_words(found: Finding) -> pd.DataFrame:
    """Give the ``model_card`` table, in words of every language; empty where there is no card."""
    if found.table is None:
        return pd.DataFrame(
            {name: pd.Series(dtype=object) for name in ("part", *(f"said_{lang}" for lang in LANGUAGES))}
        )
    said = {f"said_{lang}": [render(words, lang) for words in found.table["said"]] for lang in LANGUAGES}
    return pd.DataFrame({"part": found.table["code"], **said})
