"""Odd days are those that a slow version, day by day in lists, finds, with the same counts."""

from collections import Counter
from math import isnan, nan
from statistics import median

import numpy as np
import pandas as pd

from insight.storage.odd_days import odd_days

AWAY = 365, 30


class Plainly:
    """The odd days of a business, each day looked at by itself."""

    def __init__(self, lines: pd.Series) -> None:
        self.first = lines.index[0]
        length = (lines.index[-1] - self.first).days + 1
        self.counts = [0.0] * length
        for day, count in lines.items():
            self.counts[(day - self.first).days] += count
        self.weekday = [(self.first.dayofweek + at) % 7 for at in range(length)]

    def found(self) -> list[tuple]:
        mondays = [at for at, day in enumerate(self.weekday) if day == 0 and at + 7 <= len(self.counts)]
        weeks = [sum(self.counts[at : at + 7]) for at in mondays]
        found = self.gaps() + outlying(self.counts, list(range(len(self.counts))), each=7, days=1)
        told = days_of(found)
        found += [odd for odd in outlying(weeks, mondays, each=1, days=7) if not days_of([odd]) & told]
        told = days_of(found)
        untold = [nan if told & set(range(at, at + 7)) else week for at, week in zip(mondays, weeks, strict=True)]
        return sorted(found + levels(untold, mondays), key=lambda odd: (odd[1], odd[0]))

    def gaps(self) -> list[tuple]:
        silent = runs([count == 0 for count in self.counts])
        closed = {at for run in silent if len(run) >= 7 for at in run}
        is_open = {}
        for weekday in range(7):
            such = [self.counts[at] > 0 for at in range(len(self.counts)) if self.weekday[at] == weekday]
            apart = [at in closed for at in range(len(self.counts)) if self.weekday[at] == weekday]
            such = [one for one, away in zip(such, apart, strict=True) if not away]
            is_open[weekday] = bool(such) and sum(such) / len(such) > 0.5
        usual = [sides([count or nan for count in self.counts], at, 7)[0] for at in range(len(self.counts))]
        for at in range(7, len(usual)):
            usual[at] = usual[at - 7] if isnan(usual[at]) else usual[at]
        found = []
        for run in silent:
            days = [at for at in run if is_open[self.weekday[at]]]
            others = [
                at for at in range(len(self.counts)) if is_open[self.weekday[at]] and at not in closed and at not in run
            ]
            share = (sum(self.counts[at] == 0 for at in others) + 1) / (len(others) + 1)
            expected = sum(0 if isnan(usual[at]) else usual[at] for at in days)
            again = any(len(other) >= len(run) / 2 for other in silent if is_a_year_away(other[0], run[0]))
            if len(days) < 2 or expected < 50 or len(others) < 28 or again:
                continue
            if len(others) * share ** len(days) < 0.02:
                found.append(("gap", days[0], days[-1] - days[0] + 1, 0, round(expected)))
        return found


def days_of(found: list[tuple]) -> set[int]:
    return {at for odd in found for at in range(odd[1], odd[1] + odd[2])}


def runs(holds: list[bool]) -> list[list[int]]:
    found: list[list[int]] = []
    for at, one in enumerate(holds):
        if one and at and holds[at - 1]:
            found[-1].append(at)
        elif one:
            found.append([at])
    return found


def is_a_year_away(one: int, other: int) -> bool:
    return abs(abs(one - other) - AWAY[0]) <= AWAY[1]


def middle_of(values: list[float]) -> float:
    told = [value for value in values if not isnan(value)]
    return median(told) if told else nan


def sides(counts: list[float], at: int, each: int) -> tuple[float, list[float], list[float]]:
    """Give what is usual at a place, and the counts before and after it that say so."""
    past = [counts[at - each * n] for n in range(1, 9) if at - each * n >= 0]
    future = [counts[at + each * n] for n in range(1, 9) if at + each * n < len(counts)]
    past, future = ([value for value in side if not isnan(value)] for side in (past, future))
    return middle_of(past) if len(past) >= 4 else middle_of(future), past, future


def outlying(counts: list[float], starts: list[int], *, each: int, days: int) -> list[tuple]:
    """Give what stands out from before and after; ``starts`` is the day on which each count begins."""
    low, high, ratio, usual = [], [], [], []
    for at, count in enumerate(counts):
        middle, past, future = sides(counts, at, each)
        is_low = is_high = len(past) >= 4
        for side in (past, future):
            if len(side) < 4:
                continue
            of_side = median(side)
            is_low, is_high = (
                before and of_side >= 50 and stands_out(count, side) and beyond
                for before, beyond in ((is_low, count < 0.2 * of_side), (is_high, count > 4 * of_side))
            )
        low.append(is_low and count > 0)
        high.append(is_high)
        usual.append(middle)
        ratio.append(count / middle if middle > 0 else nan)
    found = []
    for kind, seed in (("few", low), ("many", high)):
        around = [0 < one < 0.5 if kind == "few" else one > 2 for one in ratio]
        chosen = [
            run
            for run in runs([a or b for a, b in zip(around, seed, strict=True)])
            if any(seed[at] for at in run) and is_abrupt(ratio, run, each, kind)
        ]
        short = [run for run in chosen if len(run) * days <= 7]
        for run in chosen:
            inside = np.mean([ratio[at] for at in run])
            away = [one for one, day in zip(ratio, starts, strict=True) if is_a_year_away(day, starts[run[0]])]
            again = [one < 2 * inside if kind == "few" else one - 1 > (inside - 1) / 2 for one in away]
            if not (run in short and len(short) > 3) and not any(again):
                lines, expected = (sum(of[at] for at in run) for of in (counts, usual))
                found.append((kind, starts[run[0]], days * len(run), int(lines), round(expected)))
    return found


def stands_out(count: float, side: list[float]) -> bool:
    middle = median(side)
    spread = 1.4826 * median([abs(np.log(max(one / middle, 0.01))) for one in side])
    is_far = abs(np.log(max(count / middle, 0.01))) > 6 * spread
    return bool(is_far and abs(np.sqrt(count) - np.sqrt(middle)) > 6)


def is_abrupt(ratio: list[float], run: list[int], each: int, kind: str) -> bool:
    inside = np.mean([ratio[at] for at in run])
    beside = [ratio[max(0, run[0] - each) : run[0]], ratio[run[-1] + 1 : run[-1] + 1 + each]]
    steps = [inside / middle_of(side) for side in beside if middle_of(side) > 0]
    if kind == "few":
        return inside < 0.2 and all(step < inside**0.75 for step in steps)
    return inside > 4 and all(step > inside**0.75 for step in steps)


def levels(weeks: list[float], starts: list[int]) -> list[tuple]:
    def middle(values: list[float], fewest: int) -> float:
        return middle_of(values) if sum(not isnan(value) for value in values) >= fewest else nan

    before, after, change, at_once = [], [], [], []
    for at in range(len(weeks)):
        before.append(middle(weeks[max(0, at - 8) : at], 4))
        after.append(middle(weeks[at : at + 8], 4))
        change.append(np.log(after[at] + 1) - np.log(before[at] + 1))
        soon, just = middle(weeks[at : at + 2], 1), middle(weeks[max(0, at - 2) : at], 1)
        at_once.append(np.log(soon + 1) - np.log(just + 1))
    is_level = [
        max(before[at], after[at]) >= 50
        and before[at] > 0
        and (change[at] < np.log(0.2) or change[at] > np.log(4))
        and at_once[at] / change[at] > 0.75
        if not isnan(change[at])
        else False
        for at in range(len(weeks))
    ]
    found = []
    for run in runs(is_level):
        at = max(run, key=lambda one: abs(at_once[one]))
        away = [one for one, day in zip(at_once, starts, strict=True) if is_a_year_away(day, starts[at])]
        if not any(one / at_once[at] > 0.5 for one in away):
            found.append(("level", starts[at], 7, int(after[at]), round(before[at])))
    return found


# --- businesses, some even and at the bounds, some as they are


def a_business(seed: int) -> pd.Series:
    rng = np.random.default_rng(seed)
    level = float(rng.choice([7, 8, 10, 49, 50, 51, 70, 100, 350, 900]))
    index = pd.date_range("2023-01-02", periods=int(rng.choice([30, 60, 64, 120, 200, 420, 800])))
    index += pd.Timedelta(days=int(rng.integers(7)))
    means = np.full(len(index), level)
    means[index.dayofweek == 6] *= rng.choice([1, 1, 0.5, 0.25, 0])
    for _ in range(rng.integers(5)):
        start, days = int(rng.integers(len(index))), int(rng.choice([1, 2, 3, 6, 7, 8, 14, 40, 300, 300]))
        factor = rng.choice([0, 0, 0, 0.1, 0.15, 0.2, 0.25, 0.4, 0.5, 2, 3, 4, 5, 8])
        for again in (start, start + int(rng.choice([330, 334, 335, 365, 395, 396, 9999]))):
            means[again : again + days] *= factor
    if rng.random() < 0.15:  # a rhythm
        means[:: int(rng.choice([20, 90]))] *= 6
    lines = rng.poisson(means) if rng.random() < 0.4 else means.round()
    return pd.Series(lines.astype(int), index=index)


def test_what_is_odd_is_what_a_slow_version_finds():
    told = Counter()
    for seed in range(160):
        lines = a_business(seed)
        found = [
            (odd.kind, (odd.first - lines.index[0].date()).days, odd.days, odd.lines, odd.usual)
            for odd in odd_days(lines)
        ]
        assert found == Plainly(lines).found(), seed
        told.update(odd[0] for odd in found)
    assert min(told[kind] for kind in ("gap", "few", "many", "level")) >= 5, told
