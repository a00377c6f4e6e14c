"""How accurate the linking is, what its errors would cost, and what is known of customers afterwards."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from insight.errors import Unavailable
from insight.report.finding import NO_CUSTOMERS, Finding, Headline, finding, is_few
from insight.report.findings.unification.matching import scope
from insight.report.names import column_name, named
from insight.report.numerals import number, percent
from insight.report.plot import ACCENT, CAUTION, GREY, INK, PALETTE, figure
from insight.report.text import Text, text, word
from insight.unify.evaluate.costs import change_from, customers_at, drawn_measures
from insight.unify.link import Linked

_MEASURES = ("pair_f1", "pair_precision", "pair_recall", "cluster_exact_share")


@finding(headlines=dict.fromkeys(_MEASURES, ""))
def scores(scored: pd.DataFrame) -> Finding:
    """Show how accurate the linking is against the known truth, with intervals, and state the measures."""
    by_name = scored.set_index("measure")
    precision, recall = by_name["value"]["pair_precision"], by_name["value"]["pair_recall"]
    return Finding(
        "unification.scores",
        {"wrong": (1 - precision) * 1000, "missed": (1 - recall) * 1000},
        table=named(scored, measure="unification.measure"),
        counts=NO_CUSTOMERS,
        variants={"so_what": "twice" if precision >= recall else "merged"},
        headlines=[_headline(name, by_name.loc[name]) for name in _MEASURES],
    )


def _headline(name: str, row: pd.Series) -> Headline:
    if pd.isna(row["value"]):
        return Headline(name, None, sentence=text("unification.unavailable.says.no_truth"))
    said = text("unification.scores.headline.sentence", measure=word("unification.measure", name), **dict(row))
    value, low, high = (round(float(row[key]), 6) for key in ("value", "low", "high"))
    return Headline(name, value, low=low, high=high, sentence=said)


def lead(customers: int, everyone: int, linked: Linked, scored: pd.DataFrame | Unavailable) -> Finding:
    """Say what the records became, and how accurate that is; ``everyone``: with those who are known by a key alone."""
    facts, is_known, few = {"customers": customers, "everyone": everyone} | scope(linked), False, is_few(everyone)
    if not isinstance(scored, Unavailable):
        f1 = scored.set_index("measure").loc["pair_f1", ["value", "low", "high"]]
        facts, is_known = facts | dict(f1), bool(f1.notna().all())
    return Finding(
        "unification.lead",
        facts,
        variants={"lead": "known" if is_known else "unknown"},
        headlines=[
            Headline("customers", None if few else everyone, "customers", variant="few" if few else "some"),
            Headline("records", facts["records"], "records"),
        ],
    )


def ids(log: pd.DataFrame, kept: tuple[int, int], *, is_first: bool) -> Finding:
    """Say what happened to issued ids in this run, and state the share of customers who kept theirs."""
    same, untouched = kept
    issued = int(log.loc[log["kind"] == "issued", "customers"].sum())
    share, variant = (same / untouched, "some") if untouched else (1.0, "none")
    return Finding(
        "unification.ids",
        {"n": issued if is_first else len(log), "same": same, "untouched": untouched},
        variants={"says": "first" if is_first else "later"},
        headlines=[Headline("ids_kept_share", share, "share", variant=variant)],
    )


@finding
def curve(tried: pd.DataFrame, linked: Linked, *, chosen: float) -> Finding:
    """Show precision, recall and F1 over the threshold."""
    at, best = tried.iloc[(tried["threshold"] - chosen).abs().argmin()], tried.loc[tried["pair_f1"].idxmax()]
    return Finding(
        "unification.curve",
        {"chosen": chosen, "at": at, "best": best, "first": tried.iloc[0], "last": tried.iloc[-1]} | scope(linked),
        figure=_draw_curve(tried, chosen=chosen),
        table=tried,
        counts=NO_CUSTOMERS,
    )


@figure(height=3.4)
def _draw_curve(ax: Axes, tried: pd.DataFrame, *, chosen: float) -> None:
    for name, colour in (("pair_precision", GREY), ("pair_recall", CAUTION), ("pair_f1", ACCENT)):
        ax.plot(tried["threshold"], tried[name], color=colour, label=str(word("unification.column", name)))
    ax.axvline(chosen, color=INK, linewidth=1)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)


# --- what errors cost


def signed(share: float) -> Text:
    """Write a change with its sign."""
    shown = percent(abs(share), digits=1 if abs(share) < 0.0995 else 0)
    return text("unification.up" if share >= 0 else "unification.down", share=shown)


def costs(tried: pd.DataFrame, linked: Linked, *, chosen: float) -> Finding:
    """Show how far counts and values of customers would move at other thresholds, and how far off they are in truth."""
    measures, ends = drawn_measures(tried), {name: _ends(tried, name, chosen=chosen) for name in ("customers", "value")}
    found, true = customers_at(tried, chosen), customers_at(tried, None)
    facts: dict[str, Any] = {"chosen": chosen, "found": found, "true": true, **ends, **scope(linked)}
    facts["measures"] = [word("unification.cost", name) for name in measures]
    if found and true:
        facts["off"] = signed(found / true - 1)
    return Finding(
        "unification.costs",
        facts,
        figure=_draw_costs(tried, measures, chosen=chosen),
        table=named(tried, threshold=_threshold),
        counts="customers",
        variants={"title": "customers" if ends["value"] is None else "both", "so_what": "truth" if true else "range"},
    )


def _threshold(at: float) -> Any:
    return text("unification.costs.truth") if pd.isna(at) else number(at, digits=2)


def _ends(tried: pd.DataFrame, name: str, *, chosen: float) -> Text | None:
    changes = change_from(tried, name, chosen=chosen)
    if changes.isna().any():
        return None
    return text("unification.span", low=signed(changes.iloc[0]), high=signed(changes.iloc[-1]))


@figure(height=3.6)
def _draw_costs(ax: Axes, tried: pd.DataFrame, measures: list[str], *, chosen: float) -> None:
    for colour, name in zip(PALETTE, measures, strict=False):
        changes = change_from(tried, name, chosen=chosen)
        ax.plot(changes.index, changes, color=colour, label=str(word("unification.cost", name)))
    ax.axhline(0, color=INK, linewidth=1)
    ax.axvline(chosen, color=INK, linewidth=1)
    ax.yaxis.set_major_formatter(lambda value, _place: str(signed(value) if value else percent(0)))
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)


# --- what is known now


def known(columns: pd.DataFrame) -> Finding:
    """Show of how many customers each column is known."""
    return Finding("unification.known", table=named(columns, column=column_name), counts="filled")
