"""What someone can work out about the hidden groups of a page from everything that is printed on it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from insight.config.definitions import definitions
from insight.intervals import wilson
from insight.words.numerals import BASE

#: Tables whose rows hold every customer once, and the measure that they add up to.
PARTITIONS = {
    "profile.account": "",
    "profile.bands": "buyers",
    "profile.fifths": "buyers",
    "profile.promotion": "",
    "segment.tiers": "buyers",
    "segment.groups": "buyers",
    "segment.stages": "buyers",
    "segment.rules": "buyers",
    "segment.followed": "",
    "segment.ahead": "buyers",
    "segment.playbook": "buyers",
    "unification.sizes": "identified_customers",
    "churn.calibration": "",
    "churn.reasons": "",
    "applied.why": "",
    "labelled.reasons": "",
    "value.risk": "",
    "offer.list": "list_customers",
    "offer.left_out": "identified_customers",
    "triggers.today": "trigger_list_customers",
    "trials.offer_list": "list_customers",
    "trials.left_out": "identified_customers",
    "moved.tiers": "period_buyers",
    "review.responses": "",
    "review.by_kind": "",
    "usage.utilisation": "",
    "points.staying": "",
    "margin.by_channel": "",
    "margin.by_cohort": "margin_customers",
}
#: Tables in which a customer may be in several rows.
OVERLAPPING = {
    "intake.kinds",
    "segment.choice",
    "profile.tags",
    "offer.groups",
    "unification.known",
    "aims.figures",
    "experience.funnels",
    "experience.returns",
    "ledger.months",
    "ledger.offers",
    "ledger.tenths",
    "ledger.money",
    "ledger.truth",
    "trials.worth",
    "triggers.volumes",
    "triggers.met",
    "readout.offers",
    "leaving.labels",
    "care.ranked",
    "care.chosen",
    "care.applicants",
    "keep.curve",
    "survival.curve",
    "survival.groups",
    "survival.hazards",
    "keep.sensitivity",
    "margin.kinds",
    "service.waiting",
    "service.asked",
    "service.gaps",
    "service.back",
    "activation.curve",
    "activation.added",
    "activation.redemption_added",
    "usage.categories",
    "usage.ways",
    "usage.proposed",
}
#: Tables with groups on both sides: each cell is one.
MATRICES = {"segment.grid": "buyers", "segment.moves": "earlier_buyers"}
MOVES = "segment.moves"
#: Customers that a group has at most, where nothing is known of it.
MOST = 10**6
Group = tuple[str, str]


class Page:
    """Everything that one page prints about how many customers are in which group."""

    def __init__(self, statements: Iterable[Mapping[str, Any]], *, min_cell: int) -> None:
        self.statements = [_by_stage(_of_one_group(each)) for each in statements]
        self.min_cell = min_cell
        self.measures = definitions().measures
        stated = [each for each in self.statements if each["unit"] == "customers" and each["value"] is not None]
        self.totals = {each["measure"]: int(each["value"]) for each in stated if not each["scope"]}
        self.groups: dict[Group, tuple[float, float]] = {}
        for each in filter(self._is_cell, self.statements):
            few, most = (1, min_cell - 1) if "fewer" in each["shown"] else (min_cell, MOST)
            self.groups[self._row(each)] = (few, most) if each["value"] is None else (0, MOST)
        self.hidden = {self._row(each) for each in self.statements if self._is_cell(each) and each["value"] is None}
        self.own = {self._row(each): each["measure"] for each in reversed(self.statements) if self._is_cell(each)}
        self._fill_matrices()

    def choices(self) -> dict[Group, int]:
        """Count the values that each hidden group may have, as far as the page tells."""
        names = list(self.groups)
        places = {name: place for place, name in enumerate(names)}
        rows, low, high = [], [], []
        for parts, (least, most) in self._constraints():
            rows.append(np.zeros(len(names)))
            for name, sign in parts.items():
                rows[-1][places[name]] = sign
            low.append(least)
            high.append(most)
        bounds = Bounds(*map(np.array, zip(*self.groups.values(), strict=True))) if names else None
        found = {}
        for name in sorted(self.hidden):
            aim, ends = np.zeros(len(names)), []
            for sign in (1, -1):
                aim[places[name]] = sign
                told = milp(aim, constraints=LinearConstraint(np.array(rows), low, high) if rows else (),
                            bounds=bounds, integrality=np.ones(len(names)))  # fmt: skip
                assert told.x is not None, f"the page contradicts itself about {name}: {told.message}"
                ends.append(sign * round(told.fun))
            found[name] = ends[1] - ends[0] + 1
        return found

    def _constraints(self) -> Iterable[tuple[dict[Group, int], tuple[float, float]]]:
        by_finding = defaultdict(list)
        for finding, row in self.groups:
            by_finding[finding].append((finding, row))
        for finding, members in by_finding.items():
            total = {**PARTITIONS, **MATRICES}.get(finding)
            is_known = total is not None or finding in OVERLAPPING or not self.hidden & set(members)
            assert is_known, f"{finding} hides groups: say in PARTITIONS what its rows add up to"
            if total in self.totals:
                yield dict.fromkeys(members, 1), (self.totals[total],) * 2
        for each in self.statements:
            parts, within = self._parts(each), self._within(each)
            if parts and within is not None:
                yield parts, within
        yield from self._moves()

    def _moves(self) -> Iterable[tuple[dict[Group, float], tuple[float, float]]]:
        """Relate the moves between stages to the customers of each stage, now and before.

        A printed share is of a row, both rounded to fives; whoever is new since stands in a stage of now alone.
        """
        cells = {name: name[1].split(" / ") for name in self.groups if name[0] == MOVES}
        if not cells:
            return
        ends = BASE / 2
        for each in self.statements:
            row = {name: 1.0 for name, (before, _) in cells.items() if before == each["scope"].partition(" / ")[0]}
            if each["finding"] == MOVES and each["part"] == "cell" and each["value"] is not None:
                low, high = (max(0, each["value"] + sign * each["step"] / 2) for sign in (-1, 1))
                here = self._row(each)
                yield {name: (name == here) - high for name in row}, (-np.inf, ends + ends * high)
                yield {name: (name == here) - low for name in row}, (-ends - ends * low, np.inf)
            elif each["measure"] == "stage_then" and row and each["value"] is not None:
                within = self._within(each)
                if within is not None:
                    yield row, within
            elif each["measure"] == "stayed_share" and "earlier_buyers" in self.totals:
                everyone, reach = self.totals["earlier_buyers"], each["step"] / 2 * self.totals["earlier_buyers"]
                reach += ends if each.get("of_rounded") else 0
                same = {name: 1.0 for name, (before, now) in cells.items() if before == now}
                yield same, (each["value"] * everyone - reach, each["value"] * everyone + reach)
        if {"buyers", "earlier_buyers"} <= set(self.totals):
            yield dict.fromkeys(cells, 1.0), (self.totals["earlier_buyers"],) * 2
            for stage in {now for _, now in cells.values()}:
                column = {name: 1.0 for name, (_, now) in cells.items() if now == stage}
                if ("segment.stages", stage) in self.groups:
                    new = self.totals["buyers"] - self.totals["earlier_buyers"]
                    yield column | {("segment.stages", stage): -1.0}, (-new, 0)

    def _parts(self, each: Mapping[str, Any]) -> dict[Group, int]:
        """Say which groups a statement adds up."""
        if each["value"] is None:
            return {}
        measure, here = self._counted(each), self._row(each)
        if measure == "lapsed_buyers":
            lapsed = (("segment.stages", stage) for stage in ("dormant", "lost"))
            return {name: 1 for name in lapsed if name in self.groups}
        if measure == "drifting_buyers":
            here = ("segment.stages", "drifting")
        elif measure == "quiet_buyers":
            return self._quiet()
        elif here not in self.groups and measure == "group_buyers":
            alike = (name for name in self.groups if self.own.get(name, measure) == measure)
            here = next((name for name in alike if name[1] == each["scope"]), here)
        is_of_a_part = self.measures[measure].within == self.own.get(here, "")
        return {here: 1} if here in self.groups and not is_of_a_part else {}

    def _within(self, each: Mapping[str, Any]) -> tuple[float, float] | None:
        """Say how many customers a statement allows."""
        value, step = each["value"], each["step"]
        if each["unit"] == "customers":
            return (value - BASE // 2, value + BASE // 2) if step == BASE else (value, value)
        everyone = self.totals.get(self.measures[each["measure"]].denominator or "")
        if each["unit"] != "share" or everyone is None:
            return None
        counts = np.arange(everyone + 1)
        seen = np.floor(counts / BASE + 0.5) * BASE if each.get("of_rounded") else counts
        shares = seen / everyone
        if each["bound"] != "value":
            ends = np.array([wilson(min(some, everyone), everyone) for some in seen])
            shares = ends[:, 0 if each["bound"] == "low" else 1]
        possible = counts[np.abs(shares - value) <= step / 2 + 1e-9]
        return (possible.min(), possible.max()) if len(possible) else None

    def _quiet(self) -> dict[Group, int]:
        """Give the lengths of silence beyond the limit."""
        limit = next((each["value"] for each in self.statements if each["measure"] == "quiet_days"), np.inf)
        rows = [name for name in self.groups if name[0] == "profile.bands"]
        first = {name: float(name[1].removeprefix("over ").split(" to ")[0].replace(",", "")) for name in rows}
        return {
            name: 1 for name in rows if first[name] > limit or (name[1].startswith("over") and first[name] >= limit)
        }

    def _counted(self, each: Mapping[str, Any]) -> str:
        return self.measures[each["measure"]].numerator or each["measure"]

    def _is_cell(self, each: Mapping[str, Any]) -> bool:
        return each["part"] == "cell" and (each["unit"] == "customers" or each["finding"] in MATRICES)

    def _row(self, each: Mapping[str, Any]) -> Group:
        scope = each["scope"] if each["finding"] in MATRICES else each["scope"].partition(" / ")[0]
        return each["finding"], scope

    def _fill_matrices(self) -> None:
        """Add the cells of tables with groups on both sides that are left empty."""
        for finding in MATRICES:
            cells = [name[1].split(" / ") for name in self.groups if name[0] == finding]
            stages = {name[1] for name in self.groups if name[0] == "segment.stages"} if finding == MOVES else set()
            shown = {cell[0] for cell in cells}  # of another row nothing is known
            for row, column in product(sorted(shown | stages), sorted({cell[-1] for cell in cells} | stages)):
                name = (finding, f"{row} / {column}")
                if cells and name not in self.groups:
                    self.groups[name] = (int(row in shown), MOST)
                    self.hidden |= {name} if row in shown else set()


def _of_one_group(each: Mapping[str, Any]) -> Mapping[str, Any]:
    """Read what is said of all groups but one as said of that one: the customers with more than one record."""
    if each["measure"] != "joined_share" or each["value"] is None:
        return each
    return {**each, "scope": "1", "value": 1 - each["value"]}


def _by_stage(each: Mapping[str, Any]) -> Mapping[str, Any]:
    """Call rows and columns of moves by their stages alone, as the other tables do: "Before: new" is the stage new."""
    if each["finding"] != MOVES:
        return each
    return {**each, "scope": " / ".join(part.rpartition(": ")[2] for part in each["scope"].split(" / "))}


def recovered(statements: Iterable[Mapping[str, Any]], *, min_cell: int, choices: int) -> dict[tuple[str, ...], int]:
    """Name the hidden groups of a business's pages that are known to fewer than so many choices."""
    pages = defaultdict(list)
    for each in statements:
        pages[each["page"]].append(each)
    found = {(page, *name): left for page, said in pages.items()
             for name, left in Page(said, min_cell=min_cell).choices().items()}  # fmt: skip
    return {name: left for name, left in found.items() if left < choices}
