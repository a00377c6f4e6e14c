"""A flat table as models see it: numbers, categories, days, what became of whom, and which rows are one customer."""

import json
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from insight.errors import ParameterError, Unavailable, did_you_mean, listed
from insight.predict.churn.leaks import is_protected, numbers_rows

MOSTLY = 0.95  # of a column's values that must be numbers, or days, for it to be a column of these
NEARLY = 0.9  # of a column's values that differ where each row has its own
MOST_LEVELS = 0.5  # of its rows; a category with more levels describes nobody
_RELATED = 1000  # times as often as by chance two rows may be alike, because columns go together
_TRUE = "1 1.0 yes y true t 是 ja oui si sí sim"
_FALSE = "0 0.0 -1 no n false f 否 nein non não not"
#: Values that say so, and those that say the contrary, by what the label says.
_SAYING = {
    "leaving": (
        "churn churned left leaver leaves lost exited attrited attrition cancelled canceled closed gone "
        "流失 已流失 离开 离网 销户 default bad",
        "stay stayed stays existing active retained current joined open 未流失 留存 在网 good",
    ),
    "default": (
        "default defaulted defaulter bad unpaid overdue delinquent late 违约 已违约 逾期",
        "good paid repaid current performing 未违约 正常 已还清",
    ),
    "response": (
        "response respond responds responded responder accept accepts accepted subscribe subscribes subscribed "
        "subscriber buy buys bought buyer purchase purchased ordered converted conversion approve approved signed "
        "clicked opened visited donated donor renewed won interested positive success 响应 已响应 接受 已接受 购买 "
        "已购买 订阅 已订阅 办理 已办理 同意 批准 成交 成功",
        "decline declined declines reject rejected refuse refused deny denied ignored lost nonresponder "
        "non-responder negative failure none 拒绝 已拒绝 失败 无",
    ),
}
_NEGATION = re.compile(r"^((did |was )?(not|no|non|never)[ _-]|[未不没无])")
_DAY = re.compile(r"\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}")


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a flat table says of each row, typed.

    Parameters
    ----------
    features
        What models may be given: columns of numbers (float) and of categories.
    days
        Columns of days, as numbers of days; never given to a model as they are.
    groups
        A number for each row; rows that repeat each other, or share an id, have the same.
    aside
        Columns that are no features, and why: ``id``, ``protected``, ``refused``, ``same`` (for everyone, or empty),
        ``free`` text.
    protected
        Those that are protected or refused, as they were delivered: to compare groups by, and never for a model in use.
    """

    features: pd.DataFrame
    days: pd.DataFrame
    groups: np.ndarray
    aside: dict[str, str] = field(default_factory=dict)
    protected: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def kinds(self) -> pd.DataFrame:
        """Count the columns by what became of them: ``kind`` (used, day, or why set aside), ``columns_of_kind``."""
        kinds = pd.Series(["used"] * self.features.shape[1] + ["day"] * self.days.shape[1] + [*self.aside.values()])
        return kinds.value_counts(sort=False).rename_axis("kind").rename("columns_of_kind").reset_index()

    @property
    def repeated(self) -> int:
        """Count the rows that repeat another one, or share an id with it."""
        return len(self.groups) - len(np.unique(self.groups))


@dataclass(frozen=True, kw_only=True)
class Flat(Known):
    """A flat table with a label, typed.

    Parameters
    ----------
    labels
        1 for those of whom it is true (who left, defaulted, responded), 0 for others, missing for those to be scored.
    observed
        When each row was known, rising; none without such a column.
    observed_days
        Whether that is a day, so that other days can be compared with it.
    leaves
        The delivered value that means so, and whether it is so by its name (else by being the rarer one).
    """

    labels: pd.Series
    observed: pd.Series | None
    observed_days: bool
    leaves: str
    is_named: bool

    @property
    def known(self) -> np.ndarray:
        """Whose label is known."""
        return self.labels.notna().to_numpy()


def read_known(rows: pd.DataFrame, *, refused: Collection[str] = ()) -> Known:
    """Type the columns of a flat table.

    Parameters
    ----------
    rows
        With ``known``, a JSON object of texts.
    refused
        Columns that models are not given, beside those that describe who somebody is.
    """
    texts = pd.DataFrame([json.loads(one) for one in rows["known"]], index=rows.index)
    first = ~texts.duplicated()
    typed = {name: as_typed(texts[name]) for name in texts}
    aside = {name: why for name, values in typed.items() if (why := _why_aside(values, texts[name], first))}
    ids = [name for name, why in aside.items() if why == "id"]
    if unknown := [name for name in refused if name not in texts]:
        problems = [f"no column is named `{name}`{did_you_mean(name, map(str, texts))}" for name in unknown]
        raise ParameterError(f"refused_features: {len(unknown)} problem(s)" + listed(problems))
    aside |= {name: "refused" for name in refused if name not in aside}
    protected = [name for name, why in aside.items() if why in ("protected", "refused")]
    kept = {name: values for name, values in typed.items() if name not in aside}
    days = {name: values for name, values in kept.items() if pd.api.types.is_datetime64_any_dtype(values)}
    return Known(
        features=pd.DataFrame({name: values for name, values in kept.items() if name not in days}, index=rows.index),
        days=pd.DataFrame({name: _day_numbers(values) for name, values in days.items()}, index=rows.index),
        groups=_together(texts.drop(columns=ids), texts[ids]),
        aside=aside,
        protected=texts[protected],
    )


def read_flat(
    rows: pd.DataFrame, *, leaves: str | None = None, refused: Collection[str] = (), says: str = "leaving"
) -> Flat | Unavailable:
    """Type the columns of the ``labelled`` table.

    Parameters
    ----------
    rows
        The ``labelled`` table: ``label``, ``known`` and, where there is one, ``observed``.
    leaves
        The label that means so; without it one that says so by its name, else the rarer one.
    says
        What the label says: ``leaving``, ``default`` or ``response``.
    refused
        See `read_known`.

    Returns
    -------
    Flat or Unavailable
        ``label_values`` where the label has not two values, or not the one that is named.
    """
    told = _meaning(rows["label"], leaves, says)
    if isinstance(told, Unavailable):
        return told
    observed, is_day = _in_time(rows["observed"]) if "observed" in rows else (None, False)
    return Flat(
        **vars(read_known(rows, refused=refused)),
        labels=pd.Series(np.where(rows["label"].isna(), np.nan, rows["label"] == told[0]), index=rows.index),
        observed=observed,
        observed_days=is_day,
        leaves=told[0],
        is_named=told[1],
    )


def _meaning(labels: pd.Series, leaves: str | None, says: str) -> tuple[str, bool] | Unavailable:
    """Give the value that means so, and whether it is known by its name."""
    counts = labels.value_counts()
    if len(counts) != 2 or (leaves is not None and leaves not in counts.index):
        return Unavailable("labelled", "label_values", {"n": len(counts)})
    if leaves is not None:
        return leaves, True
    yes, no = (f"{plain} {own}".split() for plain, own in zip((_TRUE, _FALSE), _SAYING[says], strict=True))
    means = {value: _means(value, yes, no) for value in counts.index}
    named = [value for value, meant in means.items() if meant is True]
    others = [value for value, meant in means.items() if meant is False]
    if len(named) == 1:
        return named[0], True
    if len(others) == 1:
        return next(value for value in means if value != others[0]), True
    return str(counts.index[-1]), False


def _means(value: str, yes: Collection[str], no: Collection[str]) -> bool | None:
    """Say whether a value says so, or the contrary; None where its words are not known.

    Examples
    --------
    >>> [_means(value, ["left", "gone"], ["active"]) for value in ("Left.", "not left", "not active", "not there")]
    [True, False, True, None]
    """
    plain = value.strip().rstrip(".").lower()
    if plain in yes or plain in no:
        return plain in yes
    bare = _NEGATION.sub("", plain)
    return bare in no if bare != plain and (bare in yes or bare in no) else None


def as_typed(texts: pd.Series) -> pd.Series:
    """Read a column as numbers where nearly all of its values are, else as days, else as categories."""
    given = texts.notna()
    numbers = pd.to_numeric(texts, errors="coerce").astype(float).replace([np.inf, -np.inf], np.nan)
    if not given.any() or numbers.notna().sum() >= MOSTLY * given.sum():
        return numbers
    if texts[given].head(1000).str.contains(_DAY).mean() >= MOSTLY:
        days = pd.to_datetime(texts, errors="coerce", format="mixed").dt.as_unit("ns")
        if days.notna().sum() >= MOSTLY * given.sum():
            return days
    return texts.astype("category")


def _why_aside(values: pd.Series, texts: pd.Series, first: pd.Series) -> str:
    """Say why a column is no feature; empty where it is one. Judged on rows that differ."""
    name, told = str(values.name), texts[first].dropna()
    if len(set(texts.fillna(""))) <= 1:
        return "same"
    if is_protected(name):
        return "protected"
    if pd.api.types.is_datetime64_any_dtype(values):
        return ""
    differ = told.nunique() / max(len(told), 1)
    is_number = pd.api.types.is_numeric_dtype(values)
    if (_names_id(name) and differ >= MOST_LEVELS) or (is_number and numbers_rows(values[first])):
        return "id"
    if not is_number and differ >= MOST_LEVELS and len(told) >= 50:
        return "id" if differ >= NEARLY else "free"
    return ""


def _names_id(name: str) -> bool:
    """Say whether a column is called an id.

    Examples
    --------
    >>> [_names_id(name) for name in ("customerID", "RowNumber", "client_no", "paid", "tenure", "客户编号")]
    [True, True, True, False, False, True]
    """
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", unicodedata.normalize("NFKC", name))
    words = [word.lower() for word in re.split(r"[\W_]+", plain) if word]
    return bool(words) and (words[-1] in ("id", "no", "nr", "number", "key", "uuid", "index") or name.endswith("编号"))


def _in_time(texts: pd.Series) -> tuple[pd.Series | None, bool]:
    """Give the order of the rows in time, and whether it is one of days; none where it is neither days nor numbers."""
    values = as_typed(texts)
    if pd.api.types.is_datetime64_any_dtype(values):
        return _day_numbers(values), True
    differ = pd.api.types.is_numeric_dtype(values) and values.max() > values.min()
    return (values if differ else None), False


def _day_numbers(days: pd.Series) -> pd.Series:
    return (days - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)


def _chance_alike(content: pd.DataFrame) -> float:
    """Give the probability that two rows say the same, if their columns had nothing to do with each other."""
    return float(np.prod([float((content[name].value_counts(normalize=True) ** 2).sum()) for name in content]))


def _together(content: pd.DataFrame, ids: pd.DataFrame) -> np.ndarray:
    """Give rows that say the same, where that is no chance, or share an id, one number."""
    rows, alone = len(content), pd.Series([f"row {at}" for at in range(len(content))], index=content.index)
    keys = [ids[name].fillna(alone) for name in ids]
    said = content.fillna("").astype(str)
    if rows * _chance_alike(said) * _RELATED < 1:
        keys.append(pd.util.hash_pandas_object(said, index=False))
    keys = keys or [alone]
    places, offset = [], 0
    for key in keys:
        codes, _ = pd.factorize(np.asarray(key))
        places.append(codes + offset)
        offset += int(codes.max(initial=-1)) + 1
    at = np.concatenate(places) + rows
    links = coo_array((np.ones(len(at)), (np.tile(np.arange(rows), len(places)), at)), shape=(rows + offset,) * 2)
    return connected_components(links, directed=False)[1][:rows].astype(np.int64)
