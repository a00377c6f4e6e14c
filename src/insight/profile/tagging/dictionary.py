"""The dictionary of tags, written from the library."""

from collections.abc import Iterable, Mapping
from itertools import groupby

from insight.config.parameters import Bilingual
from insight.profile.tagging.conditions import AnyOf, Comparison, Condition
from insight.profile.tagging.tags import Tag

_HEADS = ("tag", "标签", "says", "含义", "kind", "when", "owner", "renewed", "valid", "sensitivity", "purposes")


def as_markdown(library: Iterable[Tag], themes: Mapping[str, Bilingual]) -> str:
    """Write the dictionary of tags as Markdown, as kept in ``docs/tags.md``."""
    library = list(library)
    parts = [
        "# Tags",
        "Written from `params/tags` by `insight dictionary`; do not edit. A quantile is of all "
        "customers who have bought and have a value; who has none does not have the tag. `quiet_days` and `trend_days` "
        "are what notebook 20 finds or is told.",
    ]
    for theme, tags in groupby(library, key=lambda tag: tag.theme):
        name = themes[theme]
        parts += [f"## {name.en} ({name.zh})", "\n".join([_row(_HEADS), _row(["---"] * len(_HEADS)), *map(_tag, tags)])]
    return "\n\n".join(parts) + "\n"


def _tag(tag: Tag) -> str:
    kind = f"{tag.kind}, of `{tag.table}`" if tag.table else tag.kind
    when = " and ".join(in_words(one) for one in tag.when)
    valid, purposes = f"{tag.validity_days} days", ", ".join(tag.purposes)
    names = (f"`{tag.id}`: {tag.label.en}", tag.label.zh, tag.meaning.en, tag.meaning.zh)
    return _row((*names, kind, when, tag.owner, tag.refresh, valid, tag.sensitivity, purposes))


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def in_words(condition: Condition) -> str:
    """Write a condition as a reader would say it.

    Examples
    --------
    >>> in_words(Comparison.model_validate({"column": "recency_days", "is": "over", "times": 3, "of": "gap_days_mean"}))
    '`recency_days` over 3 × `gap_days_mean`'
    """
    if isinstance(condition, AnyOf):
        return "(" + " or ".join(in_words(one) for one in condition.any) + ")"
    what = f"`{condition.column}`" if condition.column else f"share of spend in {', '.join(condition.share_in or ())}"
    return f"{what} {condition.comparison} {_threshold(condition)}"


def _threshold(condition: Comparison) -> str:
    if condition.text is not None or condition.flag is not None:
        return condition.text or str(condition.flag).lower()
    if condition.quantile is not None:
        return f"the {condition.quantile:g} quantile"
    times = f"{condition.times:g} × " if condition.times != 1 else ""
    name = condition.of or condition.measure
    return times + (f"`{name}`" if name else f"{condition.value:g}")
