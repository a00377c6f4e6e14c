"""Quality of tags: how many have one, whether it lasts, what it repeats, and whether it tells what comes next."""

from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from insight.errors import Unavailable
from insight.intervals import Z, clear_of_zero, wilson
from insight.profile.tagging.tags import Tag

#: A tag that is to be relied on for longer than the time between two days should be kept by as many of its customers.
LASTS = 2 / 3
#: From this share of their customers in common on, of all who have either, two tags are near-duplicates.
ALIKE = 0.9


def what_followed(baskets: ibis.Table, customers: pd.Index, *, after: date, days: int) -> pd.DataFrame:
    """Give what customers spent in the days after a day: ``spend``, and ``bought`` where anything; one row for each.

    Parameters
    ----------
    baskets
        From `features.summarise_baskets`.
    customers
        Those known on that day.
    """
    later = baskets.filter(
        baskets.paid, baskets.occurred_on > after, baskets.occurred_on <= after + timedelta(days=days)
    )
    spent = later.group_by("customer_id").aggregate(spend=later.gross.sum()).to_pandas().set_index("customer_id")
    spend = spent["spend"].astype(float).reindex(customers, fill_value=0.0)
    return pd.DataFrame({"spend": spend, "bought": spend > 0})


def quality(
    library: tuple[Tag, ...],
    now: pd.DataFrame,
    before: pd.DataFrame,
    followed: pd.DataFrame,
    *,
    days: int,
    min_cell: int,
) -> pd.DataFrame | Unavailable:
    """Judge every tag that can be: one row each, those that fail first.

    Parameters
    ----------
    library
        From `tags.read_library`.
    now, before
        From `tags.mark`, as of two days; nothing of ``before`` knows what came later.
    followed
        From `what_followed`, after the earlier day.
    days
        Days between the two.
    min_cell
        Fewest customers with a tag, and without, that can be judged, on both days.

    Returns
    -------
    DataFrame
        ``tag, theme, label, kind, customers, share``; ``kept`` with its interval: the share of those who had it
        before who still have it; ``twin, overlap``: the tag most alike, and the customers of both as a share of those
        of either; ``bought_gap``, ``spend_times`` with intervals: how many more of those with it bought in the days
        after the earlier day than of those without, and how many times as much they spent; ``tells``: whether either is
        clear, though so many are looked at (Holm); ``fails``: ``twin``, ``fades``, ``mute`` or empty.
    """
    common = [tag for tag in library if tag.id in now and tag.id in before and _enough(tag.id, now, before, min_cell)]
    if not common:
        return Unavailable("profile", "quality")
    names = [tag.id for tag in common]
    about = pd.DataFrame(
        [(tag.theme, tag.label, tag.kind, tag.validity_days) for tag in common],
        columns=["theme", "label", "kind", "validity_days"],
        index=pd.Index(names, name="tag"),
    ).assign(customers=now[names].sum(), share=now[names].mean())
    parts = [about, _lasting(now[names], before[names]), _twins(now[names]), _following(before[names], followed)]
    found = pd.concat(parts, axis=1).rename_axis("tag").reset_index()
    found["fails"] = _failing(found, days=days)
    order = found["fails"].map({"twin": 0, "fades": 1, "mute": 2, "": 3})
    return found.loc[order.sort_values(kind="stable").index].reset_index(drop=True)


def _enough(name: str, now: pd.DataFrame, before: pd.DataFrame, min_cell: int) -> bool:
    return all(min_cell <= marks[name].sum() <= len(marks) - min_cell for marks in (now, before))


def _lasting(now: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Say how many of those who had a tag have it still; whoever is gone from the data has none."""
    still = (before & now.reindex(before.index, fill_value=False)).sum()
    low, high = wilson(still, before.sum())
    return pd.DataFrame({"kept": still / before.sum(), "kept_low": low, "kept_high": high})


def _twins(marks: pd.DataFrame) -> pd.DataFrame:
    """Name of each tag the one most alike, by Jaccard's index."""
    values = marks.to_numpy(dtype=float)
    both, sizes = values.T @ values, values.sum(axis=0)
    alike = both / (sizes[:, None] + sizes[None, :] - both)
    np.fill_diagonal(alike, -1.0)
    closest = alike.argmax(axis=1)
    return pd.DataFrame({"twin": marks.columns[closest], "overlap": alike.max(axis=1).clip(0)}, index=marks.columns)


def _following(before: pd.DataFrame, followed: pd.DataFrame) -> pd.DataFrame:
    """Compare what those with and without each tag did in the days that followed."""
    followed = followed.reindex(before.index)
    rows = {name: _compare(before[name].to_numpy(dtype=bool), followed) for name in before}
    found = pd.DataFrame.from_dict(rows, orient="index")
    both = [
        found[[name, f"{name}_low", f"{name}_high"]].set_axis(["e", "e_low", "e_high"], axis=1) for name in _EFFECTS
    ]
    clear = clear_of_zero(pd.concat(both, ignore_index=True), "e").to_numpy().reshape(2, -1)
    found["tells"] = (clear != 0).any(axis=0)
    times = {f"spend_times{end}": np.exp(found[f"log_spend{end}"]) for end in ("", "_low", "_high")}
    return found.assign(**times).drop(columns=[f"log_spend{end}" for end in ("", "_low", "_high")])


_EFFECTS = ("bought_gap", "log_spend")


def _compare(has: np.ndarray, followed: pd.DataFrame) -> dict[str, float]:
    """Give the gap between shares with a purchase, and between logarithms of mean spend, with intervals.

    One is added to those who bought and to those who did not, on either side (Agresti and Caffo 2000), so that a share
    of none or of all has an interval, too.
    """
    shares, spreads, logs, errors = [], [], [], []
    for side in (has, ~has):
        bought, spend = followed["bought"].to_numpy()[side], followed["spend"].to_numpy()[side]
        share = (bought.sum() + 1) / (len(bought) + 2)
        shares.append(share)
        spreads.append(share * (1 - share) / (len(bought) + 2))
        mean = spend.mean()
        logs.append(np.log(mean) if mean > 0 else np.nan)
        errors.append(spend.var(ddof=1) / len(spend) / mean**2 if mean > 0 else np.nan)
    ends: dict[str, float] = {}
    for name, (one, other), variance in zip(_EFFECTS, (shares, logs), (sum(spreads), sum(errors)), strict=True):
        gap, reach = one - other, Z * np.sqrt(variance)
        ends |= {name: gap, f"{name}_low": gap - reach, f"{name}_high": gap + reach}
    return ends


def _failing(found: pd.DataFrame, *, days: int) -> pd.Series:
    """Say why a tag fails: a near-duplicate of one before it, one that fades before its time, or that tells nothing.

    A tag fades where surely fewer keep it than should: its customers are counted in, so a small group must fall far.
    What is counted is a fact, and need not tell anything.
    """
    place = {name: at for at, name in enumerate(found["tag"])}
    is_second = found["twin"].map(place) < found.index
    is_twin = (found["overlap"] >= ALIKE) & is_second
    fades = (found["validity_days"] >= days) & (found["kept_high"] < LASTS)
    mute = (found["kind"] == "rule") & ~found["tells"]
    reason = np.select([is_twin, fades, mute], ["twin", "fades", "mute"], default="")
    return pd.Series(reason, index=found.index)
