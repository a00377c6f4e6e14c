"""The headlines of notebook 50, and the heads of its tables."""

import pandas as pd

from insight.report.language import Message, _, count, interval, money, number, percent
from insight.report.sentences.offer import nothing_to_send, ranking_name, too_little
from insight.report.tables import Col


def contacts(chosen: pd.DataFrame, *, budget: float, currency: str, who) -> dict:
    """State how many are contacted."""
    n, held = int((~chosen["is_holdout"]).sum()), int(chosen["is_holdout"].sum())
    if not n:
        return {"value": 0, "unit": "customers", "sentence": nothing_to_send()}
    return {
        "value": n,
        "unit": "customers",
        "label": _("{who} to contact", who=who),
        "note": _("within {budget}; {held} more held out", budget=money(budget, currency), held=count(held)),
        "sentence": _(
            "{n} {who} are to be contacted within a budget of {budget}; {held} more are held out at random.",
            n=count(n),
            who=who,
            budget=money(budget, currency),
            held=count(held),
        ),
    }


def quality(found: pd.DataFrame, ranking: str, *, k: int) -> dict:
    """State the MAP@k of a ranking, or why there is none."""
    rows = found[found["ranking"] == ranking]
    if rows.empty:
        return {"value": None, "sentence": too_little()}
    row = rows.iloc[0]
    name = ranking_name(ranking)
    return {
        "value": row["map"],
        "low": row["map_low"],
        "high": row["map_high"],
        "label": _("MAP@{k}, {ranking}", k=count(k), ranking=name),
        "sentence": _(
            "Ranked by {ranking}, the {k} first product groups reach a MAP@{k} of {value}, {range}; at least one of "
            "them is bought by {hits}.",
            ranking=name,
            k=count(k),
            value=number(row["map"], digits=3),
            range=interval(number(row["map_low"], digits=3), number(row["map_high"], digits=3), level=0.95),
            hits=percent(row["hits"]),
        ),
    }


def lead(found: pd.DataFrame, over: str, *, k: int) -> dict:
    """State how much the model's MAP@k is above another ranking's, paired by customer."""
    rows = found[found["ranking"] == over]
    if rows.empty:
        return {"value": None, "sentence": too_little()}
    row = rows.iloc[0]
    return {
        "value": row["lead"],
        "low": row["lead_low"],
        "high": row["lead_high"],
        "sentence": _(
            "The model’s MAP@{k} is above that of the ranking “{ranking}” by {value}, {range}.",
            k=count(k),
            ranking=ranking_name(over),
            value=number(row["lead"], digits=3),
            range=interval(number(row["lead_low"], digits=3), number(row["lead_high"], digits=3), level=0.95),
        ),
    }


def rehearsed(found: pd.DataFrame, *, weeks: int) -> dict:
    """State the share of the rehearsed list that bought from its group."""
    if found.empty:
        return {"value": None, "unit": "share", "sentence": too_little()}
    row = found.iloc[0]
    return {
        "value": row["bought"],
        "low": row["bought_low"],
        "high": row["bought_high"],
        "unit": "share",
        "label": _("of the rehearsed list bought from their group"),
        "sentence": _(
            "Of a list written {weeks} weeks earlier, {share} bought from their group by themselves, {range}.",
            weeks=count(weeks),
            share=percent(row["bought"]),
            range=interval(percent(row["bought_low"]), percent(row["bought_high"]), level=0.95),
        ),
    }


def verdicts(groups: pd.DataFrame) -> pd.DataFrame:
    """Count categories by what was decided about them, in words."""
    found = groups.groupby("verdict", sort=False).agg(groups=("product_group", "size"), sales=("sales", "sum"))
    found["share"] = found["sales"] / max(float(found["sales"].sum()), 1e-9)
    return found.reset_index().assign(verdict=lambda frame: frame["verdict"].map(ranking_name))


def verdict_columns() -> dict[str, Col]:
    """Name the columns of `verdicts`."""
    return {
        "verdict": Col(_("Decision")),
        "groups": Col(_("Product groups"), "count"),
        "share": Col(_("Share of their sales"), "percent"),
    }


def list_rows(summary: pd.DataFrame) -> pd.DataFrame:
    """Put the rest of the groups into words."""
    return summary.assign(product_group=summary["product_group"].map(ranking_name))


def list_columns(currency: str) -> dict[str, Col]:
    """Name the columns of the list by product group."""
    return {
        "product_group": Col(_("Product group")),
        "customers": Col(_("Customers"), "count"),
        "score": Col(_("Mean chance"), "percent"),
        "expected_sales": Col(_("Expected sales each"), "money", currency=currency),
    }


def list_title() -> Message:
    """Title the list by product group."""
    return _("The list by product group")


def verdict_title() -> Message:
    """Title the table of verdicts."""
    return _("What became of the product groups")
