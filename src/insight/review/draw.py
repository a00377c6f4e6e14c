"""How control groups were drawn: the delivered split against the planned one, and customers who are on both sides.

A split that chance cannot explain (sample-ratio mismatch [1]_) means that something else than the draw
decided who was held out: then the two sides differ in more than the contact, and no effect is read.

References
----------
.. [1] Fabijan et al. (2019), Diagnosing Sample Ratio Mismatch in Online Controlled Experiments, KDD.
"""

import ibis
import numpy as np
import pandas as pd
from scipy import stats

#: How a campaign's draw is judged: as planned, not as planned, or nobody knows what was planned.
KEPT, BROKEN, UNPLANNED = "as planned", "not as planned", "no plan"
#: Customary for this test: a sound draw is called broken once in a thousand campaigns.
_BEYOND_CHANCE = 0.001
_EXACT_UP_TO = 1_000
_LEVELS = 5


def check_draws(contacts: ibis.Table) -> pd.DataFrame:
    """Count each campaign's two sides, and test its split against the planned one.

    The plan is ``propensity``, the chance of being contacted rather than held out. Where it differs
    between customers and the delivered split does not follow it at all, it is the chance of something
    else (such as being chosen for the campaign), and nobody knows the plan.

    Parameters
    ----------
    contacts
        The table of this name. Who was both contacted and held out counts on both sides of the split.

    Returns
    -------
    DataFrame
        One row per campaign: ``campaign_id, assigned`` (to a side), ``both`` (customers who are on both), ``planned``
        and ``delivered`` (share contacted; no plan: missing), ``draw`` (`KEPT`, `BROKEN` or `UNPLANNED`), and
        ``together``: whether a campaign that could be chance by itself is broken because all of them are off their
        plans by more than chance together. A fault of a few points is too small to be seen in one.
    """
    sides = contacts.group_by("campaign_id", "customer_id", "is_holdout").aggregate(
        planned=contacts.propensity.mean() if "propensity" in contacts.columns else ibis.null("float64")
    )
    frame = sides.order_by("campaign_id", "customer_id", "is_holdout").to_pandas()
    frame["contacted"] = ~frame["is_holdout"].astype(bool)
    frame["planned"] = frame["planned"].astype(float)
    rows = [{"campaign_id": name, **_check(rows)} for name, rows in frame.groupby("campaign_id")]
    found = pd.DataFrame(rows, columns=["campaign_id", "assigned", "both", "planned", "delivered", "draw"])
    kept = found["draw"] == KEPT
    together = kept & (kept.sum() > 1) & (_chance_together(frame, found[kept]) < _BEYOND_CHANCE)
    return found.assign(draw=found["draw"].mask(together, BROKEN), together=together)


def _chance_together(sides: pd.DataFrame, kept: pd.DataFrame) -> float:
    """Give the chance that the splits of campaigns are at least as far from their plans, all together (normal)."""
    of = sides[sides["campaign_id"].isin(kept["campaign_id"])]
    planned = of.groupby("campaign_id")["planned"].transform(_filled).to_numpy()
    spread = np.sqrt(np.sum(planned * (1 - planned)))
    off = float(of["contacted"].sum() - planned.sum())
    return float(2 * stats.norm.sf(abs(off) / spread)) if spread > 0 else 1.0


def _check(sides: pd.DataFrame) -> dict:
    planned, contacted = _filled(sides["planned"]).to_numpy(), sides["contacted"].to_numpy()
    found = {
        "assigned": len(sides),
        "both": int(sides["customer_id"].duplicated().sum()),
        "planned": np.nan,
        "delivered": float(contacted.mean()),
        "draw": UNPLANNED,
    }
    levels = _levels(planned)
    if levels is None or not _follows(planned, contacted, levels):
        return found
    chances = [split_chance(contacted[at].sum(), at.sum(), planned=planned[at].mean()) for at in levels]
    broken = min(chances) * len(chances) < _BEYOND_CHANCE
    return {**found, "planned": float(planned.mean()), "draw": BROKEN if broken else KEPT}


def _filled(planned: pd.Series) -> pd.Series:
    """Give one plan to the whole campaign where it is on record for some of it, such as the contacted alone."""
    return planned.fillna(planned.max()) if planned.min() == planned.max() else planned


def _levels(planned: np.ndarray) -> list[np.ndarray] | None:
    """Divide customers by their planned share into a few levels; none where it is not known, or was no draw."""
    if np.isnan(planned).any() or (planned <= 0).any() or (planned >= 1).any():
        return None
    edges = np.unique(np.quantile(planned, np.linspace(0, 1, _LEVELS + 1)[1:-1], method="lower"))
    level = np.searchsorted(edges, planned)
    return [level == number for number in np.unique(level)]


def _follows(planned: np.ndarray, contacted: np.ndarray, levels: list[np.ndarray]) -> bool:
    """Say whether more were contacted where more were to be; one level has nothing to follow."""
    if len(levels) == 1 or contacted.all() or not contacted.any():
        return len(levels) == 1
    counts = [[contacted[at].sum(), at.sum() - contacted[at].sum()] for at in levels]
    rises = np.corrcoef(planned, contacted)[0, 1] > 0
    return bool(rises and stats.chi2_contingency(counts).pvalue < _BEYOND_CHANCE)


def broken_draws(judged: pd.DataFrame) -> pd.DataFrame:
    """Keep the campaigns that were not drawn as planned, the farthest from its plan first."""
    broken = judged[judged["draw"] == BROKEN]
    return broken.loc[(broken["planned"] - broken["delivered"]).abs().sort_values(ascending=False, kind="stable").index]


def judge_draws(judged: pd.DataFrame) -> str:
    """Say how control groups were drawn: ``broken`` in a campaign, as planned (``kept``), ``no_plan``, or ``none``."""
    draws = set(judged["draw"][(judged["held_out"] > 0) | (judged["draw"] == BROKEN)])
    return "broken" if BROKEN in draws else "kept" if KEPT in draws else "no_plan" if draws else "none"


def split_chance(contacted: int, assigned: int, *, planned: float) -> float:
    """Give the chance of a split at least as far from the plan: exact (binomial) for small ones, else chi-square.

    Examples
    --------
    >>> f"{split_chance(397, 528, planned=0.5):.0e}"
    '4e-32'
    >>> round(split_chance(3, 4, planned=0.5), 3)
    0.625
    """
    if assigned <= _EXACT_UP_TO:
        return float(stats.binomtest(int(contacted), int(assigned), planned).pvalue)
    expected = np.array([assigned * planned, assigned * (1 - planned)])
    return float(stats.chisquare([contacted, assigned - contacted], expected).pvalue)
