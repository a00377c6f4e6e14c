"""A trial in one flat table: which treatment lots gave each row, whether it responded, and what was known before.

Each treatment is compared with all rows that got none, which therefore stand once beside each treatment. Where the
treatment can be told from what was known, lots did not give it, and nothing is called uplift. An outcome of two values
says who responded; one of more numbers is an amount, and what is not 0 counts as a response, too.
"""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2

from insight.errors import Unavailable, unless_unavailable
from insight.predict.labelled.table import Flat, Known, read_flat, read_known
from insight.predict.uplift.amounts import CrossFittedAmounts, cross_fit_amounts
from insight.predict.uplift.model import CrossFitted, cross_fit
from insight.predict.uplift.trials import LEAST_CONTACTS, LEAST_RESPONSES, Trials

_NONE = re.compile(r"(no|none|not|control|holdout|hold out|untreated|nothing|0|false|n)\b|无|未|对照|不")
_BEYOND_CHANCE = 0.001
_LEAST_OF_A_LEVEL = 0.01  # of the rows: rarer values of a category go together
_SKEWED = 2.0
_NAMED = 3  # columns that tell the treatment


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
        By treatment, the control group last: ``treatment, rows, responded, rate``, and of amounts ``mean_amount``.
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
        ``which_control`` where none, or several, mean no treatment; ``outcome_values`` where an outcome has neither two
        values nor is an amount; ``few_rows``; and ``can_be_told`` where lots did not give the treatments, with the
        columns that tell most.
    """
    rows = rows[rows["treatment"].notna() & rows["outcome"].notna()]
    names = sorted(rows["treatment"].unique())
    nothing = [name for name in names if _NONE.match(name.strip().lower())] if control is None else [control]
    if len(nothing) != 1 or nothing[0] not in names or len(names) < 2:
        return Unavailable("trial", "which_control", {"n": len(names), "key": "`control`"})
    amount = _amounts(rows["outcome"])
    flat = read_flat(rows.rename(columns={"outcome": "label"}), says="response") if amount is None else read_known(rows)
    if isinstance(flat, Unavailable):
        return Unavailable("trial", "outcome_values", {"n": rows["outcome"].nunique()})
    responded = flat.labels == 1 if isinstance(flat, Flat) else pd.Series(amount != 0)
    known, treatments = _design(flat.features), tuple(name for name in names if name != nothing[0])
    counts = _counts(rows["treatment"], responded, amount, [*treatments, nothing[0]])
    is_few = (counts["rows"] < LEAST_CONTACTS).any() or responded.sum() < LEAST_RESPONSES
    if is_few or known.shape[1] == 0:
        return Unavailable("trial", "few_rows", {"least": LEAST_CONTACTS, "responses": LEAST_RESPONSES})
    parts = [_beside(rows["treatment"], name, nothing[0]) for name in treatments]
    if told := _is_told(known, flat.features, rows["treatment"], dict(zip(treatments, parts, strict=True))):
        name, columns = told
        return Unavailable("trial", "can_be_told", {"name": name, "key": "`ignored`", "columns": columns})
    followed = pd.DataFrame({"responded": responded} if amount is None else {"responded": responded, "amount": amount})
    sent = [_sent(rows["treatment"], flat, followed, part, name, place) for place, (part, name) in
            enumerate(zip(parts, treatments, strict=True))]  # fmt: skip
    trials = Trials(
        pd.concat(sent, ignore_index=True), treatments, pd.concat([known[part] for part in parts], ignore_index=True)
    )
    row_ids = np.concatenate([rows.index[part] for part in parts])
    return FlatTrial(trials, row_ids, nothing[0], counts, len(flat.aside) + len(flat.days.columns), known)


def _beside(treatment: pd.Series, name: str, control: str) -> np.ndarray:
    return treatment.isin([name, control]).to_numpy()


def _amounts(outcome: pd.Series) -> pd.Series | None:
    """Give the outcome as amounts, where it is numbers alone and has more than two values."""
    numbers = pd.to_numeric(outcome, errors="coerce").astype(float)
    return numbers if outcome.nunique() > 2 and np.isfinite(numbers).all() else None


def _sent(
    treatment: pd.Series, flat: Known, followed: pd.DataFrame, part: np.ndarray, name: str, place: int
) -> pd.DataFrame:
    treated = (treatment[part] == name).to_numpy()
    found = pd.DataFrame({
        "customer_id": [f"g{number}" for number in flat.groups[part]], "at": np.flatnonzero(part), "month": 0,
        "treated": treated, "planned": treated.mean(), "offer": place,
    })  # fmt: skip
    return found.assign(**{column: values[part].to_numpy() for column, values in followed.items()})


def _counts(treatment: pd.Series, responded: pd.Series, amount: pd.Series | None, names: list[str]) -> pd.DataFrame:
    of = [responded[treatment == name] for name in names]
    found = pd.DataFrame({
        "treatment": names, "rows": [len(one) for one in of], "responded": [int(one.sum()) for one in of],
        "rate": [float(one.mean()) for one in of],
    })  # fmt: skip
    return (
        found
        if amount is None
        else found.assign(mean_amount=[float(amount[treatment == name].mean()) for name in names])
    )


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


def _is_told(
    known: pd.DataFrame, features: pd.DataFrame, treatment: pd.Series, parts: dict[str, np.ndarray]
) -> tuple[str, list[str]] | None:
    """Give the treatment that can best be told beyond chance, and the columns that tell it, if one can."""
    told = [(_chance_of_being_told(known[part], treatment[part] == name), name) for name, part in parts.items()]
    chance, worst = min(told)
    if chance * len(told) >= _BEYOND_CHANCE:
        return None
    part = parts[worst]
    return worst, _columns_that_tell(features[part], treatment[part] == worst)


def _chance_of_being_told(known: pd.DataFrame, treated: pd.Series) -> float:
    """Give the chance that lots alone let what is known tell the treatment so well (score test of all columns)."""
    explained, rank = _explained(known, treated)
    return float(chi2.sf(len(treated) * explained, max(rank, 1)))


def _explained(known: pd.DataFrame, treated: pd.Series) -> tuple[float, int]:
    """Give the share of who is treated that columns explain, and how many of them differ."""
    x, y = known.to_numpy(float), treated.to_numpy(float)
    x = (x - x.mean(axis=0)) / np.maximum(x.std(axis=0), 1e-9)
    residual = y - y.mean()
    coefficients, _, rank, _ = np.linalg.lstsq(x, residual, rcond=1e-9)
    return float(np.square(x @ coefficients).sum() / np.square(residual).sum()), int(rank)


def _columns_that_tell(features: pd.DataFrame, treated: pd.Series) -> list[str]:
    """Name the columns that tell the treatment by themselves, beyond chance, the best first; else the best one."""
    found = []
    for name in features:
        known = _design(features[[name]])
        if known.shape[1]:
            found.append((_explained(known, treated)[0], _chance_of_being_told(known, treated), str(name)))
    best = sorted(found, reverse=True)
    beyond = [name for _, chance, name in best if chance * len(found) < _BEYOND_CHANCE]
    return [f"`{name}`" for name in (beyond or [best[0][2]])[:_NAMED]]


def fit(trials: Trials) -> CrossFitted | CrossFittedAmounts | Unavailable:
    """Fit the model of what the trials are about: amounts, or responses."""
    return (
        cross_fit(trials)
        if isinstance(trials, Unavailable) or trials.outcome == "responded"
        else cross_fit_amounts(trials)
    )


@unless_unavailable
def uplift_of_rows(trial: FlatTrial, fitted: CrossFitted | CrossFittedAmounts, measured: pd.DataFrame) -> pd.DataFrame:
    """Give the uplift of each row and treatment that it was compared for.

    Returns
    -------
    DataFrame
        ``row_id, treatment, uplift, added``, one of which is missing: ``added`` is of amounts. Where the order by it is
        no better than the placebo's, it is the mean for everybody: nobody is ranked by what is chance.
    """
    sent, parts = trial.trials.sent, []
    what = "added" if trial.trials.outcome == "amount" else "uplift"
    for place, row in enumerate(measured.set_index("offer_id").loc[list(trial.trials.offers)].itertuples()):
        rows = (sent["offer"] == place).to_numpy()
        found = fitted.uplift(trial.trials.known[rows], sent.loc[rows, "customer_id"], place)
        if what == "added" and not row.told:
            found = np.full(len(found), row.effect)
        of = {"row_id": trial.row_ids[rows], "treatment": row.Index, "uplift": np.nan, "added": np.nan}
        parts.append(pd.DataFrame(of | {what: found}))
    return pd.concat(parts, ignore_index=True)
