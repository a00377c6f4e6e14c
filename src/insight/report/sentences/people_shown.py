"""What goes with the tables and figures about who is who: titles, columns, alternative texts, numbers."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from insight.report.language import Message, _, count, listing, number, percent
from insight.report.sentences import people as words
from insight.report.sentences.data_names import table_name
from insight.report.sentences.people_names import REVIEW, done_name, field_name, likeness_name, system_name
from insight.report.tables import Col

_MOST_CHANGES = 10
_MEASURES = {
    "pair_precision": _("pairs joined that are one person (precision)"),
    "pair_recall": _("pairs of one person that are joined (recall)"),
    "pair_f1": _("both together (F1)"),
    "cluster_exact_share": _("people whose records are exactly one customer"),
    "bcubed_precision": _("B-cubed precision, averaged over records"),
    "bcubed_recall": _("B-cubed recall, averaged over records"),
    "bcubed_f1": _("B-cubed F1"),
}


def source(n: int, systems: int) -> Message:
    """Say which records a figure rests on."""
    return _("Source: {n} records of people from {systems} source system(s).", n=count(n), systems=count(systems))


def filled(frame: pd.DataFrame) -> dict[str, Any]:
    """Say all that goes with the figure of how well the sources know people."""
    fields = frame.drop(columns="records")
    overall = words.overall_filled(frame)
    numbers = frame.reset_index().assign(system=[system_name(system) for system in frame.index])
    columns = {"system": Col(_("Source system")), "records": Col(_("Records"), "count")}
    return {
        "finding": words.filled_finding(frame),
        "what": _("Share of records that can be compared by each field, after defaults and shared values are left out"),
        "alt": _(
            "Grid of {systems} source systems by {fields} fields; fullest over all records: {fullest}.",
            systems=count(len(fields)),
            fields=count(fields.shape[1]),
            fullest=listing([field_name(name) for name in overall.index[:3]]),
        ),
        "source": source(int(frame["records"].sum()), len(frame)),
        "numbers": numbers,
        "columns": columns | {name: Col(field_name(name), "percent") for name in fields},
    }


def standardised(counts: pd.DataFrame) -> dict[str, Any]:
    """Lay out what was done to values before anything was compared, the most frequent first."""
    top = counts.sort_values(["values", "column", "what"], ascending=[False, True, True]).head(_MOST_CHANGES)
    frame = pd.DataFrame(
        {
            "column": [field_name(name) for name in top["column"]],
            "what": [done_name(what) for what in top["what"]],
            "values": top["values"].to_numpy(),
        }
    )
    return {
        "frame": frame,
        "title": _("What was done to values, or found of them"),
        "columns": {"column": Col(_("Column")), "what": Col(_("What")), "values": Col(_("Values"), "count")},
    }


def weights(described: pd.DataFrame, ends: pd.DataFrame, *, records: int, systems: int) -> dict[str, Any]:
    """Say all that goes with the figure of the model's weights; its numbers are the model in words."""
    numbers = pd.DataFrame(
        {
            "field": [field_name(name) for name in described["comparison"]],
            "words": [likeness_name(text) for text in described["words"]],
            "m": described["m"].to_numpy(),
            "u": described["u"].to_numpy(),
            "odds": [words.likelier(weight) for weight in described["weight"]],
        }
    )
    return {
        "finding": words.weights_finding(ends),
        "what": _("How many times likelier each degree of likeness is for two records of one person than of strangers"),
        "alt": _(
            "Dots per field on a scale of odds, from entirely different to the same; {field} reaches furthest: {odds}.",
            field=field_name(ends.iloc[0]["comparison"]),
            odds=words.likelier(ends.iloc[0]["agree"]),
        ),
        "source": _(
            "Source: model learned without labels from {n} records of people from {systems} source system(s).",
            n=count(records),
            systems=count(systems),
        ),
        "numbers": numbers,
        "columns": {
            "field": Col(_("Field")),
            "words": Col(_("Likeness")),
            "m": Col(_("Share of pairs of one person"), "percent", digits=1),
            "u": Col(_("Share of pairs of strangers"), "percent", digits=2),
            "odds": Col(_("Odds")),
        },
    }


def example(rows: pd.DataFrame) -> dict[str, Any]:
    """Lay out one pair of records with its evidence; every value is masked."""
    frame = pd.DataFrame(
        {
            "field": [field_name(name) for name in rows["comparison"]],
            "first": rows["first"].to_numpy(),
            "second": rows["second"].to_numpy(),
            "words": [likeness_name(text) for text in rows["words"]],
            "odds": [words.likelier(weight) for weight in rows["weight"]],
        }
    )
    return {
        "frame": frame,
        "title": _("A pair with a match probability of {p}", p=percent(rows["probability"].iloc[0], digits=1)),
        "columns": {
            "field": Col(_("Field")),
            "first": Col(_("First record (masked)")),
            "second": Col(_("Second record (masked)")),
            "words": Col(_("Likeness")),
            "odds": Col(_("Odds")),
        },
    }


def sizes(frame: pd.DataFrame, *, records: int, systems: int) -> dict[str, Any]:
    """Say all that goes with the figure of records per customer."""
    numbers = frame.assign(size=[size_name(row) for row in frame.itertuples()])
    return {
        "finding": words.sizes_finding(frame),
        "what": _("Customers by how many records they have"),
        "alt": _(
            "Bars of customers by number of records; most frequent: {n} records.",
            n=count(frame.loc[pd.to_numeric(frame["customers"], errors="coerce").idxmax(), "records"]),
        ),
        "source": source(records, systems),
        "numbers": numbers,
        "columns": {"size": Col(_("Records")), "customers": Col(_("Customers"), "count")},
    }


def size_name(row: Any) -> Message:
    """Name a number of records, or that many and more."""
    return _("{n} and more", n=count(row.records)) if row.is_more else _("{n}", n=count(row.records))


def review(queue: pd.DataFrame) -> dict[str, Any]:
    """Lay out how many pairs wait for a person, by the reason."""
    counted = queue["kind"].value_counts().rename_axis("kind").reset_index(name="pairs")
    counted = counted.sort_values(["pairs", "kind"], ascending=[False, True], ignore_index=True)
    return {
        "frame": counted.assign(kind=[REVIEW.get(kind, kind) for kind in counted["kind"]]),
        "title": _("Pairs that wait for a person’s decision"),
        "columns": {"kind": Col(_("Why")), "pairs": Col(_("Pairs"), "count")},
    }


def scores(scored: pd.DataFrame) -> dict[str, Any]:
    """Lay out how right the customers are, with 95% intervals."""
    return {
        "frame": scored.assign(name=[_MEASURES[name] for name in scored["measure"]]),
        "title": _("Customers held against the known truth"),
        "columns": {
            "name": Col(_("Measure")),
            "value": Col(_("Value"), "number", digits=4),
            "low": Col(_("95% interval"), "number", digits=4, to="high"),
        },
        "note": _("Intervals by resampling whole groups of records that the truth or the result holds together."),
    }


def curve(frame: pd.DataFrame, *, chosen: float, records: int, systems: int) -> dict[str, Any]:
    """Say all that goes with the figure of precision and recall over the threshold."""
    return {
        "finding": words.curve_finding(frame, chosen=chosen),
        "what": _("Precision, recall and F1 of pairs over the threshold; the line marks this run’s"),
        "alt": _(
            "Lines over thresholds from {low} to {high}: precision rises to {precision}, recall falls to {recall}.",
            low=number(frame["threshold"].min(), digits=2),
            high=number(frame["threshold"].max(), digits=2),
            precision=number(frame["pair_precision"].iloc[-1], digits=3),
            recall=number(frame["pair_recall"].iloc[-1], digits=3),
        ),
        "source": source(records, systems),
        "numbers": frame,
        "columns": {
            "threshold": Col(_("Threshold"), "number", digits=2),
            "customers": Col(_("Customers"), "count"),
            "pair_precision": Col(_("Precision"), "number", digits=4),
            "pair_recall": Col(_("Recall"), "number", digits=4),
            "pair_f1": Col(_("F1"), "number", digits=4),
        },
    }


def costs(frame: pd.DataFrame, *, chosen: float, currency: str, records: int, systems: int) -> dict[str, Any]:
    """Say all that goes with the figure of what moves with the threshold."""
    names = [_("in truth") if pd.isna(at) else _("{n}", n=number(at, digits=2)) for at in frame["threshold"]]
    return {
        "finding": words.costs_finding(frame, chosen=chosen),
        "what": _("Change against this run’s threshold, if another one were chosen"),
        "alt": _(
            "Lines over thresholds of how {measures} would change; all are zero at this run’s threshold of {chosen}.",
            measures=listing([words.MEASURES[name] for name in drawn(frame)]),
            chosen=number(chosen, digits=2),
        ),
        "source": source(records, systems),
        "numbers": frame.assign(name=names),
        "columns": {
            "name": Col(_("Threshold")),
            "customers": Col(_("Customers"), "count"),
            "repeat_rate": Col(_("Repeat rate"), "percent", digits=1),
            "value": Col(_("Value per customer"), "money", currency=currency, digits=0),
            "met_buyers": Col(_("Purchase known, of those met"), "percent", digits=1),
        },
    }


def drawn(frame: pd.DataFrame) -> list[str]:
    """Name the measures that there is something to draw of."""
    tried = frame[frame["threshold"].notna()]
    return [name for name in words.MEASURES if tried[name].notna().all() and (tried[name] != 0).all()]


def stream(reconciled: pd.DataFrame, *, currency: str) -> dict[str, Any]:
    """Lay out the event stream beside the tables that it is made of."""
    frame = reconciled.assign(
        name=[table_name(name) for name in reconciled["stream"]],
        amount_of_events=[
            None if amount is None or pd.isna(amount) else float(amount) for amount in reconciled["amount_of_events"]
        ],
        left=reconciled["rows"] - reconciled["events"],
    )
    return {
        "frame": frame,
        "title": _("Everything that happened, in one stream"),
        "columns": {
            "name": Col(_("Table")),
            "rows": Col(_("Rows"), "count"),
            "events": Col(_("Events"), "count"),
            "unassigned": Col(_("of nobody known"), "count"),
            "amount_of_events": Col(_("Amount"), "money", currency=currency, digits=2),
        },
    }


# --- headlines

LABELS: Mapping[str, Message] = {
    "records": _("records of people"),
    "pair_f1": _("F1 of pairs against the known truth"),
    "ids_kept_share": _("untouched customers who kept their id"),
}


def headline(name: str, scored: pd.DataFrame | None) -> dict[str, Any]:
    """State one measure of the score, or why there is none."""
    row = words.measure(scored, name) if scored is not None else None
    if row is None or pd.isna(row["value"]):
        return {
            "value": None,
            "sentence": _("{measure}: not known, for nobody knows who is who.", measure=_MEASURES[name]),
        }
    said = _(
        "{measure}: {value} ({low} to {high}, 95% interval).",
        measure=_MEASURES[name],
        value=number(row["value"], digits=4),
        low=number(row["low"], digits=4),
        high=number(row["high"], digits=4),
    )
    figures = {key: round(float(row[key]), 6) for key in ("value", "low", "high")}
    return {**figures, "sentence": said, "label": LABELS.get(name)}


def records_headline(n: int, systems: int) -> dict[str, Any]:
    """State how many records there are."""
    said = _("{n} records of people arrived from {systems} source system(s).", n=count(n), systems=count(systems))
    return {"value": n, "unit": "records", "sentence": said, "label": LABELS["records"]}


def ids_headline(kept: tuple[int, int]) -> dict[str, Any]:
    """State which share of untouched customers kept their id; where nobody was known before, nothing was lost."""
    same, untouched = kept
    if untouched == 0:
        return {
            "value": 1.0,
            "unit": "share",
            "sentence": _("No customer of an earlier run was left untouched, so none could lose an id."),
        }
    said = _("{same} of {n} customers whose records are unchanged kept their id.", same=count(same), n=count(untouched))
    return {"value": same / untouched, "unit": "share", "sentence": said, "label": LABELS["ids_kept_share"]}
