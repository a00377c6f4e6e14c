"""What a response that would not have come brings in a year, by customer and offer, from the structure of money.

A margin that is delivered with an offer is taken as it is. Else the parts of a card's money are joined: what spending
brings and what is owed of it, by each customer's own spending, balance, limit and habit of paying interest. What no
table shows is a parameter (`insight.config.offers.Economics`). Effects on spending are estimated in the trials, and
shrunk, as money is noisy.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from insight.config.offers import Economics
from insight.errors import Unavailable, unless_unavailable
from insight.predict.uplift.months import RECENT, YEAR, Months
from insight.predict.uplift.terms import Catalogue
from insight.predict.uplift.trials import Trials

#: Of the year's spending: whoever has spent less of it lately has stopped.
SILENT = 0.3
#: By rule of 2016 the issuer's share of a purchase in mainland China, at most (发卡行服务费).
INTERCHANGE = 0.0045
#: Standard deviation of effects among offers, and of their mean around nothing, before any trial is seen.
_EFFECTS_DIFFER, _EFFECTS_USUAL = 0.2, 0.3
_LEAST_PERSUADED = 0.03  # of the contacted: an effect is divided by no less
#: A raised limit is drawn little by little, over half a year: on average it is owed for so many months of the year.
_OWED_MONTHS = 9
_NEARLY_FULL = 0.3  # of the limit left: beyond it purchases begin to be declined
_FIRST_YEAR = (3, 12)  # months since opening: past the start, and still new


@dataclass(frozen=True)
class Money:
    """What a unit of money does, as the tables show and the parameters say.

    Attributes
    ----------
    of_spend
        What a unit of spending brings: margin less points.
    of_debt, interest_month
        What a unit owed for a month brings, interest less funds, and the interest alone; 0 where nobody owes.
    stays
        Months in the coming year that a unit bought on credit is owed by somebody who pays interest.
    raised
        By how much a limit is raised, as a share of it.
    plan
        What a purchase in instalments brings.
    lost_on_new
        What a new account has cost on average as it was charged off.
    returned
        Spending of those who came back, as a share of what they spent before.
    """

    of_spend: float
    of_debt: float
    interest_month: float
    stays: float
    raised: float
    plan: float
    lost_on_new: float
    returned: float


@unless_unavailable
def read_money(
    tables: Mapping[str, ibis.Table], months: Months, economics: Economics, *, is_bank: bool
) -> Money | Unavailable:
    """Read what money does from the tables, as far as they show it.

    Unavailable where a shop does not say what a unit of spending brings.
    """
    margin = economics.spend_margin if economics.spend_margin is not None else INTERCHANGE if is_bank else None
    if margin is None:
        return Unavailable("trials", "no_margin", {"key": "`economics.spend_margin`"})
    funds = economics.funds_year / 12
    rate, keeps = _lending(tables)
    stays = keeps * (1 - keeps**YEAR) / (1 - keeps) if keeps < 1 else float(YEAR)
    return Money(
        of_spend=margin - economics.points_cost,
        of_debt=max(rate - funds, 0.0),
        interest_month=rate,
        stays=stays,
        raised=_raised(tables),
        plan=_plan(tables, economics.plan_fee_month, funds),
        lost_on_new=_lost_on_new(tables, months),
        returned=_returned(months),
    )


def _lending(tables: Mapping[str, ibis.Table]) -> tuple[float, float]:
    """Give the interest of a month and the share of a balance that those who pay interest leave unpaid."""
    bills = tables.get("statements")
    if bills is None or not {"interest", "previous_balance", "payments"} <= set(bills.columns):
        return 0.0, 0.0
    owing = bills.filter(bills.interest > 0, bills.previous_balance > bills.interest)
    found = owing.aggregate(
        interest=owing.interest.sum(), before=owing.previous_balance.sum(), paid=owing.payments.sum(), n=owing.count()
    ).to_pandas()
    if not int(found["n"].iloc[0]):
        return 0.0, 0.0
    before, paid, interest = (float(found[name].iloc[0]) for name in ("before", "paid", "interest"))
    keeps = min(max(1 - paid / before, 0.0), 0.98)
    return interest / max(before - paid, 1.0), keeps


def _raised(tables: Mapping[str, ibis.Table]) -> float:
    changes = tables.get("limit_changes")
    if changes is None or not {"old_limit", "new_limit"} <= set(changes.columns):
        return 0.0
    up = changes.filter(changes.new_limit > changes.old_limit, changes.old_limit > 0)
    found = up.aggregate(old=up.old_limit.sum(), new=up.new_limit.sum(), n=up.count()).to_pandas()
    return float(found["new"].iloc[0]) / float(found["old"].iloc[0]) - 1 if int(found["n"].iloc[0]) else 0.0


def _plan(tables: Mapping[str, ibis.Table], fee_month: float, funds: float) -> float:
    """Give what a purchase in instalments brings: its fees, less the funds for what is not paid back yet."""
    lines = tables["transactions"]
    if "instalment_months" not in lines.columns:
        return 0.0
    plans = lines.filter(lines.kind == "purchase", lines.instalment_months > 1)
    each = plans.group_by("instalment_months").aggregate(amount=plans.amount.sum(), n=plans.count())
    found = each.order_by("instalment_months").to_pandas()
    if found.empty:
        return 0.0
    parts, amount = found["instalment_months"].astype(float), found["amount"].astype(float)
    return float((amount * (fee_month * parts - funds * (parts + 1) / 2)).sum() / found["n"].sum())


def _lost_on_new(tables: Mapping[str, ibis.Table], months: Months) -> float:
    """Give what accounts opened since the first month owed when they were charged off, over all that were used."""
    accounts, opened = tables.get("accounts"), months.began.get("opening")
    if accounts is None or opened is None or not {"status", "activated_on"} <= set(accounts.columns):
        return 0.0
    off = accounts.filter(accounts.status == "charged_off").select("customer_id").distinct().to_pandas()
    new = (opened >= months.first) & ~np.isnan(months.began.get("first_use", opened))
    if not new.any() or not months.has("balance"):
        return 0.0
    lost = months.customers.isin(off["customer_id"]) & new
    return float(months.sums["balance"].max(axis=0)[lost].sum() / new.sum())


def _returned(months: Months) -> float:
    """Give what those spend who came back after a silence, as a share of their year before; half where nobody did."""
    before, after = 0.0, 0.0
    for month in range(months.first + YEAR, months.now - RECENT):
        usual, lately = months.mean("spend", month, months=YEAR), months.mean("spend", month, months=RECENT)
        later = months.mean("spend", month + RECENT, months=RECENT)
        back = (usual > 0) & (lately < SILENT * usual) & (later > SILENT * usual)
        before, after = before + usual[back].sum(), after + later[back].sum()
    return min(after / before, 1.0) if before else 0.5


@unless_unavailable
def spend_effects(months: Months, trials: Trials, catalogue: Catalogue) -> pd.DataFrame:
    """Estimate by how much persuaded customers raise their spending as long as an offer lasts.

    The difference between contacted and held out, of spending over what it was before, is divided by the uplift of
    responses, as only the persuaded change. It is then shrunk to the mean of all offers, as far as it is uncertain.

    Returns
    -------
    DataFrame
        By ``offer_id``: ``raw`` effect, its standard error ``noise``, and the shrunk ``effect``, not below 0.
    """
    rows = {}
    for place, offer in enumerate(trials.offers):
        if catalogue.terms[offer].works in ("spending", "limit"):
            of, name = trials.sent[trials.sent["offer"] == place], catalogue.covered.get(offer, "spend")
            found = _effect(months, of, name, catalogue.lasts[offer])
            rows[offer] = found if found is not None else (0.0, np.inf)
    found = pd.DataFrame.from_dict(rows, orient="index", columns=["raw", "noise"]).rename_axis("offer_id")
    return _shrunk(found)


def _effect(months: Months, sent: pd.DataFrame, name: str, lasts: int) -> tuple[float, float] | None:
    """Give an offer's effect on the spending of those whom it persuades, and its standard error."""
    sent = sent[sent["month"] <= months.now - lasts]
    at, month, sums = sent["at"].to_numpy(), sent["month"].to_numpy() - months.first, months.sums[name]
    if not len(sent):
        return None
    before = sum(sums[month - back, at] for back in range(1, RECENT + 1)) / RECENT
    after = sum(sums[month + ahead, at] for ahead in range(lasts)) / lasts
    use = before > max(np.quantile(before, 0.3), 0)
    change = np.clip(after[use] / np.maximum(before[use], 1e-9), 0, 3)  # who hardly spent before would count for most
    treated, more = sent["treated"].to_numpy()[use], sent["responded"].to_numpy()[use]
    rose, stayed = change[treated], change[~treated]
    if min(len(rose), len(stayed)) < 2:
        return None
    persuaded = max(more[treated].mean() - more[~treated].mean(), _LEAST_PERSUADED)
    noise = np.hypot(rose.std(ddof=1) / np.sqrt(len(rose)), stayed.std(ddof=1) / np.sqrt(len(stayed)))
    return float((rose.mean() - stayed.mean()) / persuaded), float(noise / persuaded)


def _shrunk(found: pd.DataFrame) -> pd.DataFrame:
    """Shrink effects to their common mean, and that to nothing, by how uncertain each is (two levels of normals)."""
    weight = 1 / (found["noise"] ** 2 + _EFFECTS_DIFFER**2)
    common = float((weight * found["raw"]).sum() / (weight.sum() + 1 / _EFFECTS_USUAL**2))
    trust = _EFFECTS_DIFFER**2 / (found["noise"] ** 2 + _EFFECTS_DIFFER**2)
    return found.assign(effect=(trust * found["raw"] + (1 - trust) * common).clip(lower=0))


@unless_unavailable
def worth_of_responses(known: pd.DataFrame, money: Money, effects: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Give what an additional response brings in a year, customers down and offers across.

    A margin of a response that is delivered with an offer counts instead.

    Parameters
    ----------
    known
        From `Months.known`.
    effects
        From `spend_effects`.
    """
    whom, zero = Whom(known, money), np.zeros(len(known))
    found = {}
    lasts, covered, margins = catalogue.lasts, catalogue.covered, catalogue.margins
    for offer, term in catalogue.terms.items():
        effect = float(effects["effect"].get(offer, 0.0))
        more = lasts[offer] * effect * whom.of_spend * whom.room * known[covered.get(offer, "spend")].to_numpy()
        ways = {
            "spending": more,
            "limit": more + whom.drawn,
            "stay": money.returned * whom.silent * whom.year,
            "plan": zero + money.plan,
            "start": zero + whom.first_year - money.lost_on_new,
        }
        found[offer] = zero + margins[offer] if offer in margins else ways[term.works]
    return pd.DataFrame(found, index=known.index)


class Whom:
    """The parts of each customer's money that offers work on, from what is known of them."""

    def __init__(self, known: pd.DataFrame, money: Money) -> None:
        def of(name: str) -> np.ndarray:
            return known[name].to_numpy(float) if name in known else np.zeros(len(known))

        revolves, used = np.clip(of("bears_interest_year"), 0, 1), of("utilisation")
        earned = money.of_debt / money.interest_month if money.interest_month else 0.0
        #: What a unit spent brings: at once, and as it is owed.
        self.of_spend = money.of_spend + revolves * money.of_debt * money.stays
        #: How far purchases fit the limit.
        self.room = np.clip((1 - used) / _NEARLY_FULL, 0, 1) if "utilisation" in known else np.ones(len(known))
        #: What a raised limit brings of those who use theirs and pay interest.
        self.drawn = revolves * used * money.raised * of("credit_limit") * money.of_debt * _OWED_MONTHS
        #: What a year as the last one brings.
        self.year = YEAR * (of("spend_year") * money.of_spend + of("interest_year") * earned)
        self.silent = (of("spend") < SILENT * of("spend_year")) & (of("spend_year") > 0)
        since = of("months_since_opening")
        new = (since >= _FIRST_YEAR[0]) & (since <= _FIRST_YEAR[1])
        #: What new customers bring in a year, on average.
        self.first_year = float(self.year[new].mean()) if new.any() else 0.0
