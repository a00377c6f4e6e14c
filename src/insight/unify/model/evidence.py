"""Why two records are thought to be of one person, in codes and without a value."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from insight.unify.model.model import Model

REVIEW_ROWS = 10_000
_NEAR = 200
_ONE_IN = 500


def pair_likeness(model: Model, levels: Sequence[int]) -> list[tuple[str, str, float]]:
    """Give how alike a pair is in each field, with its weight, what says most first.

    Returns
    -------
    list of (comparison, likeness, weight)
        Weights are doublings of the odds; what could not be compared is left out.
    """
    said = []
    for comparison, m, u, value in zip(model.comparisons, model.m, model.u, levels, strict=True):
        value = int(value)
        if value >= 0:
            likeness = dict(comparison.numbered())[value].likeness
            said.append((comparison.name, likeness, float(np.log2(m[value] / u[value]))))
    return sorted(said, key=lambda item: -abs(item[2]))


def mask(value: str | None) -> str:
    """Show a value's shape and its first character alone; of a single character, not even that.

    Examples
    --------
    >>> mask("8613912345678"), mask("王小明"), mask("m"), mask(None)
    ('8************', '王**', '*', '')
    """
    if value is None or pd.isna(value):
        return ""
    shown = value[:1] if len(value) > 1 else ""
    return shown + "".join("*" if c.isalnum() else c for c in value[len(shown) :])


def review_queue(
    pairs: pd.DataFrame, labels: np.ndarray, *, model: Model, records: pd.DataFrame, between: tuple[float, float]
) -> pd.DataFrame:
    """List the pairs that a person should look at, the most doubtful first.

    Four kinds: a pair whose probability is neither high nor low; one that was joined or parted
    against its own probability, because of the other records of the group; a contradiction between
    document numbers; and a household pair that nearly passed for a person. A person decides about
    customers, not about every pair of their records: of one customer the weakest pair is listed, of
    two the one that is nearest to joining them.

    Returns
    -------
    DataFrame
        The keys of both records, ``probability``, ``joined``, ``kind``, and ``speaks_for`` and
        ``speaks_against``: fields with their likeness, as codes, without values.
    """
    joined = labels[pairs["left"]] == labels[pairs["right"]]
    probability = pairs["probability"].to_numpy()
    low, high = between
    kind = np.select(
        [
            pairs["contradicts"].to_numpy() & ~(probability == 0),
            pairs["contradicts"].to_numpy(),
            joined & (probability < low),
            ~joined & (probability > high),
            (probability >= low) & (probability <= high) & (pairs["household"].fillna(-np.inf) > 0).to_numpy(),
            (probability >= low) & (probability <= high),
        ],
        [
            "contradicting_documents",
            "",
            "joined_by_others",
            "kept_apart_by_others",
            "one_household",
            "uncertain",
        ],
        default="",
    )
    chosen = _one_of_each(pairs, labels, np.flatnonzero(kind != ""))
    doubt = np.abs(probability[chosen] - 0.5)
    chosen = chosen[np.lexsort((pairs["right"].to_numpy()[chosen], pairs["left"].to_numpy()[chosen], doubt))][
        :REVIEW_ROWS
    ]
    rows = pairs.iloc[chosen]
    alike = [pair_likeness(model, levels) for levels in _levels(rows, model)]
    keys = {
        f"{key}_{side}": records[key].to_numpy()[rows[place].to_numpy()]
        for side, place in (("1", "left"), ("2", "right"))
        for key in records.columns
    }
    return pd.DataFrame(
        keys
        | {
            "probability": rows["probability"].to_numpy(),
            "joined": joined[chosen],
            "kind": kind[chosen],
            "speaks_for": [_joined(said, 1) for said in alike],
            "speaks_against": [_joined(said, -1) for said in alike],
        }
    )


def _one_of_each(pairs: pd.DataFrame, labels: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Keep one pair per customer, or per two customers, that it is about."""
    left, right = (labels[pairs[side].to_numpy()[chosen]] for side in ("left", "right"))
    joined, probability = left == right, pairs["probability"].to_numpy()[chosen]
    about = pd.DataFrame({"one": np.minimum(left, right), "other": np.maximum(left, right), "place": chosen})
    about["order"] = np.where(joined, probability, -probability)
    first = about.sort_values(["one", "other", "order", "place"]).drop_duplicates(["one", "other"])
    return np.sort(first["place"].to_numpy())


def _levels(rows: pd.DataFrame, model: Model) -> np.ndarray:
    return rows[[comparison.name for comparison in model.comparisons]].fillna(-1).to_numpy(dtype=int)


def _joined(said: list[tuple[str, str, float]], sign: int) -> str:
    return "; ".join(f"{name}: {likeness}" for name, likeness, weight in said if weight * sign > 0.5)


def example_pairs(
    pairs: pd.DataFrame, people: pd.DataFrame, *, model: Model, probabilities: Sequence[float]
) -> pd.DataFrame:
    """Show one pair near each probability, every value masked, one row per comparison.

    Returns
    -------
    DataFrame
        ``example``, ``probability``, ``comparison``, ``first``, ``second`` (masked), ``likeness``, ``weight``.
    """
    rows = []
    known = pairs[pairs["weight"].notna()]
    fields = {comparison.name: comparison.fields for comparison in model.comparisons}
    for number, wanted in enumerate(probabilities, start=1):
        if known.empty:
            break
        pair = _telling(known, wanted, [comparison.name for comparison in model.comparisons])
        known = known.drop(index=pair.name)
        for name, likeness, weight in pair_likeness(model, _levels(pair.to_frame().T, model)[0]):
            one, other = (_masked(people.iloc[int(pair[side])], fields[name]) for side in ("left", "right"))
            rows.append((number, float(pair["probability"]), name, one, other, likeness, weight))
    return pd.DataFrame(rows, columns=["example", "probability", "comparison", "first", "second", "likeness", "weight"])


def _masked(record: pd.Series, fields: Sequence[str]) -> str:
    """Show all that a record has of what is compared together, such as the parts of an address."""
    known = [mask(record[name]) for name in fields if pd.notna(record[name])]
    # a date holds its year
    return ", ".join(known[:1] if "birth_date" in fields else known)


def _telling(pairs: pd.DataFrame, wanted: float, names: list[str]) -> pd.Series:
    """Of the pairs nearest to a probability, one in some hundreds, take the one that has most to compare."""
    distance = (pairs["probability"] - wanted).abs().to_numpy()
    nearest = np.argsort(distance, kind="stable")[: max(1, min(_NEAR, len(pairs) // _ONE_IN))]
    compared = (pairs[names].iloc[nearest].fillna(-1) >= 0).sum(axis=1).to_numpy()
    return pairs.iloc[nearest[int(np.argmax(compared))]]
