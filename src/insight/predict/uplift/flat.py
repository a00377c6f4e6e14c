"""A trial in one flat table: which treatment lots gave each row, whether it responded, and what was known before.

Each treatment is compared with all rows that got none, which therefore stand once beside each treatment. Where the
treatment can be told from what was known, lots did not give it, and nothing is called uplift.
"""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2

from insight.errors import Unavailable, unless_unavailable
from insight.predict.labelled.table import Flat, read_flat
from insight.predict.uplift.model import CrossFitted
from insight.predict.uplift.trials import LEAST_CONTACTS, LEAST_RESPONSES, Trials

_NONE = re.compile(r"(no|none|not|control|holdout|hold out|untreated|nothing|0|false|n)\b|无|未|对照|不")
_BEYOND_CHANCE = 0.001
_LEAST_OF_A_LEVEL = 0.01  # of the rows: rarer values of a category go together
_SKEWED = 2.0


@dataclass(frozen=True, eq=False)
class FlatTrial:
    """A trial of a flat table.

    Attributes
    ----------
    trials
        Each treatment's rows beside those of the control group, as the model takes them.
    row_ids
        Of the rows of ``trials``.
    control
        The value that means no treatment.
    counts
        By treatment, the control group last: ``treatment, rows, responded, rate``.
    set_aside
        How many columns no model is given, as they are ids, free text, who someone is, or the same for all.
    design
        What is known of every row of the table, as numbers.
    """

    trials: Trials
    row_ids: np.ndarray
    control: str
    counts: pd.DataFrame
    set_aside: int
    design: pd.DataFrame


def read_trial(rows: pd.DataFrame, *, control: str | None) -> FlatTrial | Unavailable:
    """Read the ``flat_trial`` table.

    Parameters
    ----------
    rows
        Indexed by ``row_id``: ``treatment, outcome, known``.
    control
        The treatment that means none; without it the one that says so by its name.

    Returns
    -------
    FlatTrial or Unavailable
        ``which_control`` where none, or several, mean no treatment; ``outcome_values`` where an outcome has not two
        values; ``few_rows``; and ``can_be_told`` where lots did not give the treatments.
    """
    rows = rows[rows["treatment"].notna() & rows["outcome"].notna()]
    names = sorted(rows["treatment"].unique())
    nothing = [name for name in names if _NONE.match(name.strip().lower())] if control is None else [control]
    if len(nothing) != 1 or nothing[0] not in names or len(names) < 2:
        return Unavailable("trial", "which_control", {"n": len(names), "key": "`control`"})
    flat = read_flat(rows.rename(columns={"outcome": "label"}))
    if not isinstance(flat, Flat):
        return Unavailable("trial", "outcome_values", {"n": rows["outcome"].nunique()})
    known, treatments = _design(flat.features), tuple(name for name in names if name != nothing[0])
    counts = _counts(rows["treatment"], flat.labels, [*treatments, nothing[0]])
    is_few = (counts["rows"] < LEAST_CONTACTS).any() or flat.labels.sum() < LEAST_RESPONSES
    if is_few or known.shape[1] == 0:
        return Unavailable("trial", "few_rows", {"least": LEAST_CONTACTS, "responses": LEAST_RESPONSES})
    parts = [_beside(rows["treatment"], name, nothing[0]) for name in treatments]
    told = [(_chance_of_being_told(known[part], rows["treatment"][part] == name), name)
            for part, name in zip(parts, treatments, strict=True)]  # fmt: skip
    chance, worst = min(told)
    if chance * len(told) < _BEYOND_CHANCE:
        return Unavailable("trial", "can_be_told", {"name": worst, "key": "`ignored`"})
    sent = [_sent(rows["treatment"], flat, part, name, place) for place, (part, name) in
            enumerate(zip(parts, treatments, strict=True))]  # fmt: skip
    trials = Trials(
        pd.concat(sent, ignore_index=True), treatments, pd.concat([known[part] for part in parts], ignore_index=True)
    )
    row_ids = np.concatenate([rows.index[part] for part in parts])
    return FlatTrial(trials, row_ids, nothing[0], counts, len(flat.aside) + len(flat.days.columns), known)


def _beside(treatment: pd.Series, name: str, control: str) -> np.ndarray:
    return treatment.isin([name, control]).to_numpy()


def _sent(treatment: pd.Series, flat: Flat, part: np.ndarray, name: str, place: int) -> pd.DataFrame:
    treated = (treatment[part] == name).to_numpy()
    return pd.DataFrame({
        "customer_id": [f"g{number}" for number in flat.groups[part]], "at": np.flatnonzero(part), "month": 0,
        "treated": treated, "responded": flat.labels[part].to_numpy() == 1, "planned": treated.mean(), "offer": place,
    })  # fmt: skip


def _counts(treatment: pd.Series, labels: pd.Series, names: list[str]) -> pd.DataFrame:
    of = [labels[treatment == name] for name in names]
    found = [(name, len(one), int(one.sum()), float(one.mean())) for name, one in zip(names, of, strict=True)]
    return pd.DataFrame(found, columns=["treatment", "rows", "responded", "rate"])


def _design(features: pd.DataFrame) -> pd.DataFrame:
    """Give numbers of all columns: skewed amounts with their logarithm, a column for each value of a category."""
    found: dict[str, np.ndarray] = {}
    for name, values in features.items():
        if pd.api.types.is_numeric_dtype(values):
            number = values.fillna(values.median())
            found[str(name)] = number.to_numpy(float)
            if number.min() >= 0 and abs(number.skew()) > _SKEWED:
                found[f"{name} (log)"] = np.log1p(number.to_numpy(float))
            if values.isna().any():
                found[f"{name} (missing)"] = values.isna().to_numpy(float)
        else:
            texts = values.astype(object).where(values.notna(), "")
            share = texts.value_counts(normalize=True)
            for level in sorted(share.index[share >= _LEAST_OF_A_LEVEL]):
                found[f"{name}: {level}"] = (texts == level).to_numpy(float)
    design = pd.DataFrame(found, index=features.index)
    return design.loc[:, design.std() > 1e-9]


def _chance_of_being_told(known: pd.DataFrame, treated: pd.Series) -> float:
    """Give the chance that lots alone let what is known tell the treatment so well (score test of all columns)."""
    x, y = known.to_numpy(float), treated.to_numpy(float)
    x = (x - x.mean(axis=0)) / np.maximum(x.std(axis=0), 1e-9)
    residual = y - y.mean()
    coefficients, _, rank, _ = np.linalg.lstsq(x, residual, rcond=1e-9)
    explained = float(np.square(x @ coefficients).sum() / np.square(residual).sum())
    return float(chi2.sf(len(y) * explained, max(int(rank), 1)))


@unless_unavailable
def uplift_of_rows(trial: FlatTrial, fitted: CrossFitted) -> pd.DataFrame:
    """Give the uplift of each row and treatment that it was compared for: ``row_id, treatment, uplift``."""
    sent, parts = trial.trials.sent, []
    for place, name in enumerate(trial.trials.offers):
        rows = (sent["offer"] == place).to_numpy()
        found = fitted.uplift(trial.trials.known[rows], sent.loc[rows, "customer_id"], place)
        parts.append(pd.DataFrame({"row_id": trial.row_ids[rows], "treatment": name, "uplift": found}))
    return pd.concat(parts, ignore_index=True)
