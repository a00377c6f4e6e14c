"""Sentences about who is who: how well the sources know people, what tells them apart, how right it is."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from insight.report.language import Message, _, _n, count, interval, listing, number, percent
from insight.report.sentences.people_names import field_name, system_name

LEVEL = 0.95


def lead(*, records: int, systems: int, customers: int, noun: Any, scored: pd.DataFrame | None) -> Message:
    """Say in a sentence what the records became, and how right that is where it is known.

    Examples
    --------
    >>> print(lead(records=1200, systems=3, customers=400, noun="customers", scored=None))
    1,200 records of 3 source systems are 400 customers.
    """
    found = _n(
        "{records} records of one source system are {customers} {noun}.",
        "{records} records of {n} source systems are {customers} {noun}.",
        systems,
        records=count(records),
        customers=count(customers),
        noun=noun,
    )
    if scored is None:
        return found
    row = measure(scored, "pair_f1")
    return _(
        "{found} Held against the known truth, pairs of records are right with an F1 of {f1}, {interval}.",
        found=found,
        f1=number(row["value"], digits=4),
        interval=interval(number(row["low"], digits=4), number(row["high"], digits=4), level=LEVEL),
    )


def measure(scored: pd.DataFrame, name: str) -> pd.Series:
    """Find one measure of a score."""
    return scored.set_index("measure").loc[name]


# --- how well the sources know people


def filled_finding(filled: pd.DataFrame) -> Message:
    """Say what nearly every record has, and what few have.

    Examples
    --------
    >>> frame = pd.DataFrame({"phone": [0.9, 1.0], "email": [0.1, 0.5], "records": [100, 100]}, index=["app", "crm"])
    >>> print(filled_finding(frame))
    95% of the records can be compared by telephone, 30% by e-mail
    """
    overall = overall_filled(filled)
    if len(overall) == 1:
        return _(
            "{share} of the records can be compared by {field}",
            share=percent(overall.iloc[0]),
            field=field_name(overall.index[0]),
        )
    return _(
        "{high} of the records can be compared by {fullest}, {low} by {emptiest}",
        high=percent(overall.iloc[0]),
        fullest=field_name(overall.index[0]),
        low=percent(overall.iloc[-1]),
        emptiest=field_name(overall.index[-1]),
    )


def overall_filled(filled: pd.DataFrame) -> pd.Series:
    """Give the share of all records that have each field, the fullest first."""
    fields = filled.drop(columns="records")
    shares = fields.mul(filled["records"], axis=0).sum() / max(filled["records"].sum(), 1)
    return shares.sort_values(ascending=False, kind="stable")


def filled_so_what(filled: pd.DataFrame, *, enough: float = 0.5) -> Message:
    """Say how many fields each two systems have in common."""
    has = filled.drop(columns="records") >= enough
    if len(has) < 2:
        return _("All records come from one system: what is looked for are people whom it holds twice.")
    shared = [(int((has.iloc[i] & has.iloc[j]).sum()), i, j) for i in range(len(has)) for j in range(i + 1, len(has))]
    fewest, i, j = min(shared)
    return _(
        "Records meet by what both have. Least in common have {one} and {other} ({n}): their people are often found "
        "only by way of a third system.",
        one=system_name(has.index[i]),
        other=system_name(has.index[j]),
        n=_n("{n} field filled in most records of both", "{n} fields filled in most records of both", fewest),
    )


# --- what was put into one form


def standardised_so_what(counts: pd.DataFrame) -> Message:
    """Say how many values were not matched on because they are nobody's own."""
    taken = counts[counts["what"].isin(["shared by many people", "default date"])]
    if taken.empty:
        return _("No value is shared by so many people that it would have to be left out.")
    parts = [_left_out(column, n) for column, n in zip(taken["column"], taken["values"], strict=True)]
    return _(
        "Left out of the comparison: {n}. Such values (a till’s number, a form’s default date) stand on records of "
        "many strangers and would make one customer of all of them.",
        n=listing(parts),
    )


def _left_out(column: str, n: int) -> Message:
    values = _n("{n} value", "{n} values", int(n))
    return _("{n} of {field}", n=values, field=field_name(column))


# --- what tells people apart


def likelier(weight: float) -> Message:
    """Write a weight as odds: how many times likelier among records of one person, or among strangers.

    Examples
    --------
    >>> str(likelier(10)), str(likelier(-3)), str(likelier(0.2))
    ('×1,000', '÷8', '×1.1')
    """
    times = 2 ** abs(weight)
    digits = 1 if times < 2 else 0
    rounded = float(f"{times:.2g}")
    shown = number(rounded, digits=digits) if rounded < 10 else count(int(rounded))
    return _("×{n}", n=shown) if weight >= 0 else _("÷{n}", n=shown)


def weights_finding(ends: pd.DataFrame) -> Message:
    """Say which field says most for, and which most against."""
    best, worst = ends.iloc[0], ends.sort_values(["differ", "comparison"]).iloc[0]
    return _(
        "The same {best} speaks most for one person, another {worst} most against it",
        best=field_name(best["comparison"]),
        worst=field_name(worst["comparison"]),
    )


def weights_so_what(ends: pd.DataFrame) -> Message:
    """Say in odds what agreement and disagreement of the telling fields are worth."""
    best, worst = ends.iloc[0], ends.sort_values(["differ", "comparison"]).iloc[0]
    return _(
        "Odds of one person against strangers change by {times} where {best} is the same, and by {against} where "
        "{worst} is entirely different. No field decides alone: the odds of all are multiplied.",
        best=field_name(best["comparison"]),
        times=likelier(best["agree"]),
        worst=field_name(worst["comparison"]),
        against=likelier(worst["differ"]),
    )


# --- which records are one customer


def sizes_finding(sizes: pd.DataFrame) -> Message:
    """Say how many customers have more than one record.

    Examples
    --------
    >>> print(sizes_finding(pd.DataFrame({"records": [1, 2], "customers": [25, 75]})))
    75% of the customers have more than one record
    """
    shown = pd.to_numeric(sizes["customers"], errors="coerce")
    several = shown[sizes["records"] > 1].sum()
    return _("{share} of the customers have more than one record", share=percent(several / shown.sum()))


def expected(quality: Mapping[str, float]) -> Message:
    """Say how right the model itself thinks that it is."""
    if np.isnan(quality["precision"]) or np.isnan(quality["recall"]):
        return _("No two records were joined, so there is nothing to be sure of.")
    return _(
        "By the model’s own probabilities {precision} of the pairs that are joined are of one person, and {recall} "
        "of all such pairs are joined. This asks for no truth, and is only as good as the model.",
        precision=percent(quality["precision"], digits=1),
        recall=percent(quality["recall"], digits=1),
    )


def by_key_alone(n: int) -> Message:
    """Say how many customers nobody describes."""
    return _n(
        "{n} further customer is known by a key alone: other tables name it, and no record describes it.",
        "{n} further customers are known by a key alone: other tables name them, and no record describes them.",
        n,
    )


def review_so_what(n: int, *, dataset: str) -> Message:
    """Say what to do about the pairs that wait for a person."""
    if n == 0:
        return _("No pair waits for a person’s decision.")
    return _(
        "Start with the pairs that are most in doubt: “insight review {dataset}” lists them from the vault with "
        "the reasons in words, keeps what is decided, and the next run honours it.",
        dataset=dataset,
    )


def ids(log: pd.DataFrame, kept: tuple[int, int], *, first: bool) -> Message:
    """Say what happened to issued ids in this run."""
    if first:
        issued = int(log.loc[log["kind"] == "issued", "customers"].sum())
        return _n(
            "This is the first run: {n} id was issued, and it stays with its customer from now on.",
            "This is the first run: {n} ids were issued, and they stay with their customers from now on.",
            issued,
        )
    same, untouched = kept
    return _(
        "Of {n} customers whose records are what they were in the run before, {same} kept their id. Since ids are "
        "issued, the log holds {entries}.",
        n=count(untouched),
        same=count(same),
        entries=_n("{n} entry", "{n} entries", len(log)),
    )


# --- how right it is


def truth_so_what(scored: pd.DataFrame) -> Message:
    """Say which kind of error prevails."""
    precision, recall = measure(scored, "pair_precision")["value"], measure(scored, "pair_recall")["value"]
    values = {"wrong": number((1 - precision) * 1000, digits=1), "missed": number((1 - recall) * 1000, digits=1)}
    if precision >= recall:
        return _(
            "Of a thousand pairs that were joined, {wrong} are two people; of a thousand that are one person, "
            "{missed} were not joined. The errors that are left are mostly customers counted twice.",
            **values,
        )
    return _(
        "Of a thousand pairs that were joined, {wrong} are two people; of a thousand that are one person, "
        "{missed} were not joined. The errors that are left are mostly two people taken for one.",
        **values,
    )


def truth_mind() -> Message:
    """Say what the truth was used for."""
    return _("The truth was opened after everything was decided: nothing was trained or chosen by it.")


def no_truth() -> Message:
    """Say that nobody knows who is who."""
    return _("Nobody knows here who is who, so nothing can be held against the truth.")


def curve_finding(curve: pd.DataFrame, *, chosen: float) -> Message:
    """Say where on the curve this run stands."""
    at = curve.iloc[(curve["threshold"] - chosen).abs().argmin()]
    best = curve.loc[curve["pair_f1"].idxmax()]
    return _(
        "At the threshold of {chosen} F1 is {f1}; the best of those tried, {best}, would have had {most}",
        chosen=number(chosen, digits=2),
        f1=number(at["pair_f1"], digits=4),
        best=number(best["threshold"], digits=2),
        most=number(best["pair_f1"], digits=4),
    )


# --- what mistakes cost

MEASURES = {
    "customers": _("customers"),
    "repeat_rate": _("repeat rate"),
    "value": _("value per customer"),
    "met_buyers": _("customers met of whom a purchase is known"),
}


def moved(costs: pd.DataFrame, name: str, *, chosen: float) -> pd.Series:
    """Give how far one measure moves from where it stands at the chosen threshold, as a share of it."""
    tried = costs[costs["threshold"].notna()]
    base = tried.loc[(tried["threshold"] - chosen).abs().idxmin(), name]
    return tried.set_index("threshold")[name] / base - 1 if base else tried.set_index("threshold")[name] * np.nan


def costs_finding(costs: pd.DataFrame, *, chosen: float) -> Message:
    """Say how far counts and values would move at other thresholds.

    Examples
    --------
    >>> frame = pd.DataFrame({"threshold": [0.2, 0.4, 0.8], "customers": [95, 100, 120], "value": [10.5, 10.0, 9.0]})
    >>> print(costs_finding(frame.assign(repeat_rate=1.0), chosen=0.4))
    From the lowest to the highest threshold, customers move from −5.0% to +20%, value per customer from +5.0% to −10%
    """
    parts = [_ends(costs, name, chosen=chosen) for name in ("customers", "value")]
    customers, value = parts
    if value is None:
        return _("From the lowest to the highest threshold, customers move {customers}", customers=customers)
    return _(
        "From the lowest to the highest threshold, customers move {customers}, value per customer {value}",
        customers=customers,
        value=value,
    )


def _ends(costs: pd.DataFrame, name: str, *, chosen: float) -> Message | None:
    changes = moved(costs, name, chosen=chosen)
    if changes.isna().any():
        return None
    return _("from {low} to {high}", low=signed(changes.iloc[0]), high=signed(changes.iloc[-1]))


def signed(share: float) -> Message:
    """Write a change with its sign."""
    shown = percent(abs(share), digits=1 if abs(share) < 0.0995 else 0)
    return _("+{share}", share=shown) if share >= 0 else _("−{share}", share=shown)


def costs_so_what(costs: pd.DataFrame, *, chosen: float) -> Message:
    """Say how far off the counts are where the truth is known, else what a wrong threshold would do."""
    tried, true = costs[costs["threshold"].notna()], costs[costs["threshold"].isna()]
    at = tried.loc[(tried["threshold"] - chosen).abs().idxmin()]
    if len(true):
        row = true.iloc[0]
        off = at["customers"] / row["customers"] - 1
        return _(
            "In truth there are {true} people behind these records; this run counts {found} ({off}). Whoever plans by "
            "the number of customers is off by as much.",
            true=count(row["customers"]),
            found=count(at["customers"]),
            off=signed(off),
        )
    return _(
        "A customer counted twice looks like two who buy half as much; two people taken for one look like a loyal "
        "customer. Take the range as the uncertainty of every count per customer in the later reports."
    )


def stream_so_what(reconciled: pd.DataFrame) -> Message:
    """Say that the stream holds what the tables hold."""
    unassigned = int(reconciled["unassigned"].sum())
    everything = int(reconciled["events"].sum())
    if unassigned == 0:
        return _(
            "All {n} events have a customer, and their amounts are those of the tables, to the cent.",
            n=count(everything),
        )
    return _(
        "{n} events, {unassigned} of them of nobody known; their amounts are those of the tables, to the cent.",
        n=count(everything),
        unassigned=count(unassigned),
    )
