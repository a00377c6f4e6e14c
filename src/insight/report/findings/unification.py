"""Who is who: what sources know of people, what the model learned, who is one customer, and what errors would cost."""

import functools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import MaxNLocator

from insight.config.definitions import share
from insight.errors import Unavailable
from insight.report.charts import draw_grid, legend_above, name_rows, note_at
from insight.report.finding import Finding, Headline, as_shown, finding, is_few
from insight.report.plot import ACCENT, CAUTION, GREY, INK, PALE, PALETTE, figure
from insight.report.tables import Col
from insight.unify.evaluate.costs import change_from, customers_at, drawn_measures
from insight.unify.evaluate.quality import least_in_common, overall_filled
from insight.unify.link import Linked
from insight.words.names import column_name, known_name, named
from insight.words.numerals import Rounded, count, number, percent
from insight.words.text import Text, chain, has_text, text, word

_FILL = LinearSegmentedColormap.from_list("filled", ["#ffffff", "#9cc9cc", ACCENT])
_MOST_CHANGES = 10
_DASHES = ("-", (0, (6, 3)), (0, (2, 2)), (0, (1, 3)))  # a line that covers another lets it be seen
#: Measures of accuracy that are stated, with their units.
_MEASURES = {"pair_f1": "", "pair_precision": "share", "pair_recall": "share", "cluster_exact_share": "share"}


def scope(linked: Linked) -> dict[str, int]:
    """Count the records and the systems that they come from, as sources of figures name them."""
    return {"records": len(linked.records), "n": linked.records["source_system"].nunique()}


# --- names


def field_name(field: str) -> Text | str:
    """Name a field of people; the second of a kind is counted, and one of a business's own keeps its name."""
    stem, _, place = field.rpartition("_")
    if place.isdigit() and has_text(f"unification.field.{stem}"):
        return text("unification.field_numbered", field=word("unification.field", stem), n=int(place))
    return word("unification.field", field) if has_text(f"unification.field.{field}") else column_name(field)


#: Name a source system; one of a business's own by its name.
system_name = functools.partial(known_name, "unification.system")


def odds(weight: float, *, said: bool = False) -> Text:
    """Write a weight as odds: how many times likelier among records of one person, or among those of two.

    ``said``: in words, for a sentence.
    """
    times = 2 ** abs(weight)
    rounded = float(f"{times:.2g}")
    shown = number(rounded, digits=1 if times < 2 else 0) if rounded < 10 else count(int(rounded))
    if said:
        return text("unification.multiplied" if weight >= 0 else "unification.divided", n=shown)
    return text("unification.likelier" if weight >= 0 else "unification.less_likely", n=shown)


# --- what the sources know


def filled(shares: pd.DataFrame) -> Finding:
    """Show which share of each system's records can be compared by each field, from `quality.filled_by_source`."""
    fields, overall, common = shares.drop(columns="records"), overall_filled(shares), least_in_common(shares)
    top, emptiest = [field_name(name) for name in overall.index[:3]], field_name(overall.index[-1])
    facts: dict[str, Any] = {"high": overall.iloc[0], "low": overall.iloc[-1], "top": top, "fullest": top[0]}
    facts |= {"emptiest": emptiest, "fields": fields.shape[1], "n": len(fields), "records": shares["records"].sum()}
    heads = [Col(system_name(system), "percent") for system in shares.index]
    facts["systems"] = [_of_records(system, records) for system, records in shares["records"].items()]
    of = [f"of_{place}" for place in range(len(heads))]  # systems are called as a business likes
    if common is not None:
        facts |= {"common": common, "one": system_name(common.one), "other": system_name(common.other)}
    return Finding(
        "unification.filled",
        facts,
        figure=figure(_draw_filled, height=1.7 + 0.36 * len(shares))(fields),
        table=fields.T.set_axis(of, axis=1).assign(field=list(map(field_name, fields))).reset_index(drop=True),
        columns={"field": "text"} | dict(zip(of, heads, strict=True)),
        variants={
            "title": "one" if len(overall) == 1 else "several",
            "so_what": "one" if common is None else "several",
        },
    )


def _of_records(system: str, records: int) -> Text:
    return text("unification.filled.of_records", system=system_name(system), records=records)


def _draw_filled(ax: Axes, shares: pd.DataFrame) -> None:
    names = {"rows": list(map(system_name, shares.index)), "columns": list(map(field_name, shares))}
    draw_grid(ax, shares, **names, write=lambda share: round(share * 100), cmap=_FILL, top=1, dark=0.7)
    ax.xaxis.tick_top()
    for name in ax.get_xticklabels():
        name.set(rotation=90)


def met(linked: Linked) -> Iterator[Finding]:
    """List the columns that systems call differently and that were taken for one, where there are such."""
    rows = [
        (column_name(one.name), system_name(system), column_name(column), one.alike)
        for one in linked.met
        for system, column in one.parts.items()
    ]
    if rows:
        table = pd.DataFrame(rows, columns=["name", "system", "column", "alike"])
        yield Finding("unification.met", {"n": len(linked.met)}, table=table)


def standardised(counts: pd.DataFrame) -> Finding:
    """Show what was done to values before any were compared, the most frequent first, and which were left out."""
    top = counts.sort_values(["values", "column", "what"], ascending=[False, True, True]).head(_MOST_CHANGES)
    left = counts.set_index("column")[counts["what"].isin(["shared", "default_date"]).to_numpy()]["values"]
    left_out = [text("unification.values_of", n=n, field=field_name(column)) for column, n in left.items()]
    return Finding(
        "unification.standardised",
        {"left_out": left_out},
        table=named(top, column=field_name, what="unification.done"),
        variants={"so_what": "some" if left_out else "none"},
    )


# --- what the model learned


def weights(described: pd.DataFrame, ends: pd.DataFrame, linked: Linked) -> Finding:
    """Show what each degree of likeness is worth, a row of dots per field; ``ends`` has the most telling first."""
    best, worst = ends.iloc[0], ends.sort_values(["differ", "comparison"]).iloc[0]
    facts = {"best": field_name(best["comparison"]), "worst": field_name(worst["comparison"])}
    facts |= {"times": odds(best["agree"])}
    facts |= {"times_said": odds(best["agree"], said=True), "against_said": odds(worst["differ"], said=True)}
    draw = figure(_draw_weights, height=1.3 + 0.36 * len(ends))
    return Finding(
        "unification.weights",
        facts | scope(linked),
        figure=draw(described, ends["comparison"].tolist()[::-1]),
        table=_named_levels(described),
    )


def _named_levels(levels: pd.DataFrame) -> pd.DataFrame:
    return named(levels, comparison=field_name, likeness="unification.likeness", weight=odds)


def _draw_weights(ax: Axes, described: pd.DataFrame, order: list[str]) -> None:
    for place, name in enumerate(order):
        levels = described[described["comparison"] == name].sort_values("level")
        ax.hlines(place, levels["weight"].min(), levels["weight"].max(), color=PALE, linewidth=2)
        ax.plot(levels["weight"].iloc[1:-1], [place] * max(len(levels) - 2, 0), "o", color=GREY, markersize=5)
        ax.plot(levels["weight"].iloc[0], place, "o", color=CAUTION)
        ax.plot(levels["weight"].iloc[-1], place, "o", color=ACCENT)
    ax.axvline(0, color=INK, linewidth=1)
    name_rows(ax, range(len(order)), map(field_name, order))
    low, high = ax.get_xlim()
    powers = [power for power in np.log2(10.0) * np.arange(-6, 13, 2) if low <= power <= high]
    ax.set_xticks(powers, [str(odds(power)) if power else "1" for power in powers])
    keys = ("likeness.different", "weights.between", "likeness.same")
    for key, colour, size in zip(keys, (CAUTION, GREY, ACCENT), (None, 5, None), strict=True):
        ax.plot([], [], "o", color=colour, markersize=size, label=str(text(f"unification.{key}")))
    legend_above(ax)


def examples(pairs: pd.DataFrame) -> list[Finding]:
    """Show pairs of records with their evidence, one table a pair; every value is masked."""
    shown = [(rows["probability"].iloc[0], _named_levels(rows)) for _, rows in pairs.groupby("example")]
    return [Finding("unification.example", {"probability": at}, table=table) for at, table in shown]


# --- which records are one customer


def sizes(customers: pd.DataFrame, linked: Linked) -> Finding:
    """Show how many customers have how many records; no figure where too few groups may be shown."""
    known = pd.to_numeric(as_shown(customers, "customers")["customers"], errors="coerce")
    if known.notna().sum() < 2:
        return Finding("unification.sizes")
    everyone, alone = customers["customers"].sum(), known[customers["records"] == 1]
    joined = float(share("joined_share", everyone - alone.sum(), everyone))
    facts = {"share": Rounded(joined) if known.isna().any() else joined} | scope(linked)
    sizes = zip(customers["records"], customers["is_more"], strict=True)
    names = [text("unification.sizes.more", records=n) if is_more else count(n) for n, is_more in sizes]
    return Finding(
        "unification.sizes",
        facts | {"top": customers.loc[known.idxmax(), "records"]},
        variants={"title": "most_frequent" if alone.isna().any() else "joined"},
        figure=_draw_sizes,
        main=True,
        table=customers.assign(size=names),
    )


@figure(height=3.0)
def _draw_sizes(ax: Axes, shown: pd.DataFrame) -> None:
    known = pd.to_numeric(shown["customers"], errors="coerce").fillna(0)
    ax.bar(range(len(shown)), known, color=ACCENT, width=0.72)
    ax.set_xticks(range(len(shown)), [str(size) for size in shown["size"]])
    ax.yaxis.set_major_locator(MaxNLocator(nbins=5))
    ax.yaxis.set_major_formatter(lambda value, _place: f"{value:,.0f}")


def expected(quality: Mapping[str, float]) -> Finding:
    """Say how accurate the model itself expects to be."""
    is_known = not (np.isnan(quality["precision"]) or np.isnan(quality["recall"]))
    return Finding("unification.expected", quality, variants={"says": "joined" if is_known else "none"})


def known_by_key(customers: int) -> Finding:
    """Say how many customers no record describes; nothing where there are none."""
    return Finding("unification.by_key", {"n": customers}, variants={} if customers else {"says": None})


def review(queue: pd.DataFrame, dataset: str) -> Finding:
    """Show how many pairs wait for a decision, by the reason, and what to do about them."""
    counted = queue["kind"].value_counts().rename_axis("kind").reset_index(name="pairs")
    counted = counted.sort_values(["pairs", "kind"], ascending=[False, True], ignore_index=True)
    return Finding(
        "unification.review",
        {"command": f"insight review {dataset}"},
        table=named(counted, kind="unification.reason") if len(counted) else None,
        variants={"so_what": "some" if len(counted) else "none"},
    )


def pairs_in_words(pairs: pd.DataFrame, *, most: int, keys: bool) -> Iterator[Text]:
    """Say each pair that waits in a few lines, without a value; with the records' keys only where asked for."""
    for row in pairs.head(most).itertuples():
        state = text("unification.pair.joined" if row.joined else "unification.pair.parted")
        reason = word("unification.reason", row.kind)
        yield text("unification.pair.head", number=row.number, reason=reason, probability=row.probability, state=state)
        if keys:
            one, other = (f"{getattr(row, f'source_system_{n}')} {getattr(row, f'source_record_id_{n}')}" for n in "12")
            yield text("unification.pair.keys", first=one, second=other)
        yield text("unification.pair.for", told=_reasons(row.speaks_for))
        yield text("unification.pair.against", told=_reasons(row.speaks_against))
    if len(pairs) > most:
        yield text("unification.pair.more", n=len(pairs) - most, option="--most")


def _reasons(coded: str) -> Any:
    parts = [part.partition(": ") for part in coded.split("; ") if part]
    named = [(field_name(field), word("unification.likeness", code)) for field, _, code in parts]
    told = [text("unification.pair.part", field=field, likeness=likeness) for field, likeness in named]
    return chain("unification.pair.parts", told or [text("unification.pair.nothing")])


@finding(headlines=_MEASURES)
def scores(scored: pd.DataFrame) -> Finding:
    """Show how accurate the linking is against the known truth, with intervals, and state the measures."""
    by_name = scored.set_index("measure")
    precision, recall = by_name["value"]["pair_precision"], by_name["value"]["pair_recall"]
    return Finding(
        facts={"wrong": 1 - precision, "missed": 1 - recall},
        table=named(scored, measure="unification.measure"),
        variants={"so_what": "twice" if precision >= recall else "merged"},
        headlines=[_headline(name, by_name.loc[name]) for name in _MEASURES],
    )


def _headline(name: str, row: pd.Series) -> Headline:
    if pd.isna(row["value"]):
        return Headline(name, None, sentence=text("unification.unavailable.says.no_truth"))
    said = text("unification.scores.headline.sentence", measure=word("unification.measure", name), **dict(row))
    value, low, high = (round(float(row[key]), 6) for key in ("value", "low", "high"))
    return Headline(name, value, _MEASURES[name], low=low, high=high, sentence=said)


def lead(customers: int, everyone: int, linked: Linked, scored: pd.DataFrame | Unavailable) -> Finding:
    """Say what the records became, and how accurate that is; ``everyone``: with those who are known by a key alone."""
    facts, is_known, few = {"customers": customers, "everyone": everyone} | scope(linked), False, is_few(everyone)
    if not isinstance(scored, Unavailable):
        pairs = scored.set_index("measure").loc[["pair_precision", "pair_recall"], ["value", "low", "high"]]
        facts |= {"precision": pairs.loc["pair_precision"], "recall": pairs.loc["pair_recall"]}
        is_known = bool(pairs.notna().all(axis=None))
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
    stayed, variant = (float(share("ids_kept_share", same, untouched)), "some") if untouched else (1.0, "none")
    return Finding(
        "unification.ids",
        {"n": issued if is_first else len(log), "same": same, "untouched": untouched},
        variants={"says": "first" if is_first else "later"},
        headlines=[Headline("ids_kept_share", stayed, "share", variant=variant)],
    )


@finding
def curve(tried: pd.DataFrame, linked: Linked, *, chosen: float) -> Finding:
    """Show precision, recall and F1 over the threshold."""
    at, best = tried.iloc[(tried["threshold"] - chosen).abs().argmin()], tried.loc[tried["pair_f1"].idxmax()]
    return Finding(
        facts={"at": at, "best": best, "first": tried.iloc[0], "last": tried.iloc[-1]} | scope(linked),
        figure=_draw_curve(tried, chosen=chosen),
        table=tried,
    )


@figure(height=3.4)
def _draw_curve(ax: Axes, tried: pd.DataFrame, *, chosen: float) -> None:
    for name, colour in (("pair_precision", GREY), ("pair_recall", CAUTION), ("pair_f1", ACCENT)):
        ax.plot(tried["threshold"], tried[name], color=colour, label=str(word("unification.column", name)))
    _mark_chosen(ax, chosen)
    legend_above(ax)


# --- what errors cost


def signed(share: float) -> Text:
    """Write a change with its sign."""
    shown = percent(abs(share), digits=1 if abs(share) < 0.0995 else 0)
    return text("unification.up" if share >= 0 else "unification.down", share=shown)


def costs(tried: pd.DataFrame, linked: Linked, *, chosen: float) -> Finding:
    """Show how far counts and values of customers would move at other thresholds, and how far off they are in truth."""
    measures, ends = drawn_measures(tried), {name: _ends(tried, name, chosen=chosen) for name in ("customers", "value")}
    found, true, truth = customers_at(tried, chosen), customers_at(tried, None), text("unification.costs.truth")
    facts: dict[str, Any] = {"chosen": chosen, "found": found, "true": true, **ends, **scope(linked)}
    facts["measures"] = [word("unification.cost", name) for name in measures]
    if found and true:
        facts["off"] = signed(found / true - 1)
    return Finding(
        "unification.costs",
        facts,
        figure=_draw_costs(tried, measures, chosen=chosen),
        table=named(tried, threshold=lambda at: truth if pd.isna(at) else number(at, digits=2)),
        variants={"title": "customers" if ends["value"] is None else "both", "so_what": "truth" if true else "range"},
    )


def _ends(tried: pd.DataFrame, name: str, *, chosen: float) -> Text | None:
    changes = change_from(tried, name, chosen=chosen)
    if changes.isna().any():
        return None
    return text("unification.span", low=signed(changes.iloc[0]), high=signed(changes.iloc[-1]))


@figure(height=3.6)
def _draw_costs(ax: Axes, tried: pd.DataFrame, measures: list[str], *, chosen: float) -> None:
    for colour, dashes, name in zip(PALETTE, _DASHES, measures, strict=False):
        changes = change_from(tried, name, chosen=chosen)
        ax.plot(changes.index, changes, color=colour, linestyle=dashes, label=str(word("unification.cost", name)))
    ax.axhline(0, color=INK, linewidth=1)
    _mark_chosen(ax, chosen)
    ax.yaxis.set_major_formatter(lambda value, _place: str(signed(value) if value else percent(0)))
    legend_above(ax)


def _mark_chosen(ax: Axes, chosen: float) -> None:
    ax.axvline(chosen, color=INK, linewidth=1)
    mark = text("unification.mark.chosen", chosen=chosen)
    is_left = chosen < sum(ax.get_xlim()) / 2
    at, offset = (chosen, ax.get_ylim()[0]), (5 if is_left else -5, 5)
    note_at(ax, mark, at=at, offset=offset, ha="left" if is_left else "right", va="bottom")


# --- what is known now


def known(columns: pd.DataFrame) -> Finding:
    """Show of how many customers each column is known."""
    return Finding("unification.known", table=named(columns, column=column_name))
