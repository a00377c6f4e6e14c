"""A scorecard: the bands of the columns that tell, each with its weight, and the points that these come to.

The weights of evidence of a row's bands enter a logistic regression. Points are these log-odds on another scale: the
more, the less likely the event. So a score is a sum that can be added up on paper.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from insight.predict.columns import Learnt
from insight.predict.scorecard.bands import Bands, Monotone, make_bands

#: The scale: so many points at odds of this many rows without the event to one with it, and so many that double these.
AT_POINTS, AT_ODDS, DOUBLES = 600, 50, 20
_FACTOR = DOUBLES / np.log(2)
_STRENGTH = 1.0


@dataclass(frozen=True)
class Scorecard:
    """A fitted scorecard.

    Attributes
    ----------
    bands
        Of every column that was offered, those first that tell most.
    weights
        Of the columns in use: what their weights of evidence are multiplied with.
    base
        Log-odds of a row whose bands tell nothing.
    learnt
        The columns that it was made from: others are refused.
    """

    bands: Mapping[str, Bands]
    weights: Mapping[str, float]
    base: float
    learnt: Learnt = field(default_factory=lambda: Learnt({}))

    def contributions(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Give what each column adds to a row's log-odds of the event, beside ``base``."""
        self.learnt.check(rows)
        parts = {name: self.weights.get(name, 0.0) * self.bands[name].woe(rows[name]) for name in rows}
        return pd.DataFrame(parts, index=rows.index).assign(base=self.base)

    def log_odds(self, rows: pd.DataFrame) -> np.ndarray:
        """Give the log-odds of the event."""
        self.learnt.check(rows)
        parts = [weight * self.bands[name].woe(rows[name]) for name, weight in self.weights.items()]
        return np.asarray(self.base + np.sum(parts, axis=0) if parts else np.full(len(rows), self.base))

    def points(self, rows: pd.DataFrame) -> np.ndarray:
        """Give the points of each row: the sum of those of its bands, each a whole number."""
        self.learnt.check(rows)
        found = np.zeros(len(rows), dtype=int)
        for name, of_band in self._by_band().items():
            found += of_band[self.bands[name].place(rows[name])]
        return found

    def _by_band(self) -> dict[str, np.ndarray]:
        if not self.weights:
            return {}
        start = AT_POINTS - _FACTOR * np.log(AT_ODDS) - _FACTOR * self.base
        each = start / len(self.weights)
        return {
            name: np.rint(each - _FACTOR * weight * self.bands[name].table["woe"].to_numpy()).astype(int)
            for name, weight in self.weights.items()
        }

    def sheet(self) -> pd.DataFrame:
        """Lay the scorecard out: a row per band of the columns in use.

        Returns
        -------
        DataFrame
            ``column, band, low, high, level, rows, events, share, woe, points``, columns that tell most first; bands
            that no row lies in are left out.
        """
        names = ["column", "band", "low", "high", "level", "rows", "events", "share", "woe", "points"]
        by_band = self._by_band()
        parts = [self.bands[name].table.assign(column=name, points=by_band[name]) for name in self.weights]
        if not parts:
            return pd.DataFrame(columns=names)
        whole = pd.concat([part.reindex(columns=names) for part in parts], ignore_index=True)
        return whole[whole["rows"] > 0].reset_index(drop=True)

    def values(self) -> pd.DataFrame:
        """Give ``column, bands, iv, used`` of every column that was offered, those first that tell most."""
        rows = [(name, int((one.table["rows"] > 0).sum()), one.value, name in self.weights)
                for name, one in self.bands.items()]  # fmt: skip
        return pd.DataFrame(rows, columns=["column", "bands", "iv", "used"])


def fit_card(rows: pd.DataFrame, labels: np.ndarray, *, monotone: Mapping[str, Monotone] | None = None) -> Scorecard:
    """Fit a scorecard on the columns that tell more than chance.

    Parameters
    ----------
    rows
        Columns of numbers or categories.
    labels
        1 for rows with the event, else 0.
    monotone
        Columns whose share with the event must go one way from band to band, and which.

    Notes
    -----
    A column whose weight turns out negative, because others say the same better, is taken out: its points would
    contradict its own bands.
    """
    asked, learnt = monotone or {}, Learnt.of(rows, rows)
    made = [make_bands(rows[name], labels, monotone=asked.get(str(name))) for name in rows]
    bands = {one.name: one for one in sorted(made, key=lambda one: -one.value)}
    used = [name for name, one in bands.items() if one.tells]
    while used:
        told = np.column_stack([bands[name].woe(rows[name]) for name in used])
        model = LogisticRegression(C=_STRENGTH, solver="newton-cholesky", max_iter=100).fit(told, labels.astype(int))
        weights = model.coef_[0]
        if weights.min() > 0:
            by_name = dict(zip(used, map(float, weights), strict=True))
            return Scorecard(bands, by_name, float(model.intercept_[0]), learnt)
        used.pop(int(weights.argmin()))
    share = labels.mean()
    return Scorecard(bands, {}, float(np.log(share / (1 - share))), learnt)
