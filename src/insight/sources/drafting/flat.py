"""A table with one row per customer and nothing else: the few lines that make a business of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from insight.sources.drafting.layout import write_format
from insight.sources.drafting.roles import FEW, YES, Roles, is_yes_or_no
from insight.sources.drafting.rules import listed_inline, quoted
from insight.sources.drafting.values import Column
from insight.sources.drafting.words import words

_MOST_TREATMENTS, _MOST_AFTERWARDS = 6, 6  # values of a column of treatments; columns that stand behind it


@dataclass(frozen=True)
class Form:
    """How a flat table may be described.

    Attributes
    ----------
    lines
        Lines beneath ``source``, each with its comment.
    stands
        Whether they may stand as the draft: a label or a trial is told by names, or no column names the rows.
    """

    lines: tuple[str, ...]
    stands: bool


def write_form(roles: Roles, dataset: str, *, has_key: bool, among: bool) -> Form:
    """Write the form that fits best: a trial, else a label of two values, else one row per customer.

    Parameters
    ----------
    roles
        The flat table.
    dataset
        The business's name, which may tell what a label says.
    has_key
        Whether a column names the rows.
    among
        Whether the folder holds other files.
    """
    treatment, label = _treatment(roles), _label(roles)
    outcome = _outcome(roles, treatment) if treatment else None
    if treatment and outcome:
        lines, ignored = _of_trial(roles, treatment, outcome)
    elif label:
        lines, ignored = _of_label(roles, label, dataset)
    else:
        lines = [
            "one_row_per: customer  # CHECK: they are grouped by their columns; no column says what became of them"
        ]
        lines += _hint_of_trial(treatment) if treatment else []
        ignored = {}
    place = [f"files: {listed_inline(roles.survey.files)}"] if among else []
    personal = dict.fromkeys(roles.personal, "identify a person: never read")
    made = [*place, *write_format(roles, [], indent=0), *lines, *_ignored(ignored | personal)]
    return Form(tuple(made), bool(label or outcome) or not has_key)


def is_of_rows(roles: Roles) -> bool:
    """Say whether nothing in a file looks like events: no day, and nobody who comes again."""
    again = any(role.endswith("_id") and not column.is_unique for role, column in roles.of.items())
    dated = "occurred" in roles.of or any(column.dates for column in roles.survey.columns)
    return not (again or dated) and roles.survey.rows >= FEW and roles.hint in (None, "customers")


# --- a label


def _label(roles: Roles) -> Column | None:
    """Give the last label of two values: outcomes stand behind what tells them; who was accepted before who was not."""
    named = [column for column in roles.labels if len(column.held) == 2]
    return max(named, key=lambda column: (not _matches(column.name, "negated"), named.index(column)), default=None)


def _of_label(roles: Roles, label: Column, dataset: str) -> tuple[list[str], dict[str, str]]:
    """Write a label and what it says; other columns that say the like are ignored, as they were filled with it."""
    named = _says(label.name)
    says = named or _says_of(dataset, roles)
    values = " and ".join(quoted(text) for text in sorted(label.held))
    lines = [f"label: {quoted(label.name)}  # CHECK: the column to foretell, by its name; it holds {values}"]
    others = "leaving (who left), default (who did not pay back), response (who accepted, bought, answered)"
    if not named or says != "leaving":
        lines.append(f"label_says: {says or 'leaving'}  # CHECK: one of {others}")
    if _matches(label.name, "negated") and is_yes_or_no(label):
        kept = next(text for text in label.held if text.lower() not in YES)
        lines.append(f"leaves: {quoted(kept)}  # CHECK: the value that counts, as the column says who was refused")
    alike = [column.name for column in roles.labels if column is not label and len(column.held) == 2]
    alike = [name for name in alike if named and _says(name) == named]
    return lines, dict.fromkeys(alike, "filled when the label was? CHECK")


def _says(name: str) -> str | None:
    """Say what a label says by its name; none where that is `y` or the like."""
    return next((says for says in words()["label_says"] if _matches(name, "label_says", says)), None)


def _says_of(dataset: str, roles: Roles) -> str | None:
    """Say what a label says by the names around it: of the business, its files, its other columns."""
    around = [dataset, *roles.survey.files, *roles.survey.header]
    return next(
        (says for says in words()["label_around"] if any(_matches(n, "label_around", says) for n in around)), None
    )


# --- a trial


def _treatment(roles: Roles) -> Column | None:
    """Find the column of treatments by its name and its values, one of which means none."""
    few = [column for column in roles.survey.columns if 2 <= len(column.held) <= _MOST_TREATMENTS]
    sure = [column for column in few if _matches(column.name, "treatment", "sure") and _nothing(column, "no_treatment")]
    loose = [column for column in few if _matches(column.name, "treatment", "loose") and _nothing(column, "no_offer")]
    return next(iter([*sure, *loose]), None)


def _nothing(column: Column, kind: str) -> bool:
    """Say whether one value alone means that nothing was done."""
    return sum(bool(re.match(words()["treatment"][kind], text.lower())) for text in column.held) == 1


def _outcome(roles: Roles, treatment: Column) -> Column | None:
    named = [column for column in roles.labels if column is not treatment and len(column.held) == 2]
    return next(iter(named), None)


def _of_trial(roles: Roles, treatment: Column, outcome: Column) -> tuple[list[str], dict[str, str]]:
    """Write treatment and outcome; columns that stand behind the treatment were filled after it, in all likelihood."""
    values = ", ".join(quoted(text) for text in sorted(treatment.held))
    header = roles.survey.header
    later = [name for name in header[header.index(treatment.name) + 1 :] if name != outcome.name]
    alike = [column.name for column in roles.labels if column not in (treatment, outcome)]
    late = later if len(later) <= _MOST_AFTERWARDS else alike
    lines = [
        f"treatment: {quoted(treatment.name)}  # CHECK: what lots gave each: {values}; else describe a label",
        f"outcome: {quoted(outcome.name)}  # CHECK: who responded",
    ]
    return lines, dict.fromkeys(late, "filled after the treatment? CHECK")


def _hint_of_trial(treatment: Column) -> list[str]:
    name = quoted(treatment.name)
    return [
        f"# {name} may be a treatment: if lots gave it, write in place of `one_row_per`",
        f"#   treatment: {name}",
        "#   outcome: …  (the column that says who responded; `ignored: [...]` for others filled after the treatment)",
    ]


# --- both


def _ignored(columns: dict[str, str]) -> list[str]:
    """Write the columns that no model is given, with the reasons."""
    if not columns:
        return []
    reasons = "; ".join(
        f"{', '.join(name for name, why in columns.items() if why == reason)}: {reason}"
        for reason in dict.fromkeys(columns.values())
    )
    return [f"ignored: {listed_inline([*columns])}  # {reasons}"]


def _matches(name: str, *place: str) -> bool:
    """Say whether a name fits the pattern that stands at a place among the words."""
    said = words()
    for part in place:
        said = said[part]
    patterns: Sequence[str] = [said] if isinstance(said, str) else list(said.values())
    plain = re.sub(r"[\W_]+", "", name.lower())
    return any(re.search(re.sub(r"\s+", "", pattern), plain) for pattern in patterns)
