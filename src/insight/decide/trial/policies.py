"""What policies would have brought in the trials: inverse probabilities and doubly robust, with intervals.

Each policy chooses for the customers of the trials, a random sample, by what models say that have not seen them.
Lots gave some of them the offer that it chooses, and contacted most of these: what followed, weighted by how unlikely
that was, says what the policy is worth [1]_. Responses count with what they bring by the structure of money.

References
----------
.. [1] Dudík, Langford and Li (2011), Doubly Robust Policy Evaluation and Learning, ICML; Athey and Wager (2021), Policy
   Learning with Observational Data, Econometrica 89(1), 133-161.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from insight.errors import unless_unavailable
from insight.intervals import percentiles, resampled_counts
from insight.predict.uplift.model import CrossFitted
from insight.predict.uplift.months import Months
from insight.predict.uplift.overlap import Overlap
from insight.predict.uplift.terms import Catalogue
from insight.predict.uplift.trials import Trials
from insight.predict.uplift.worth import Money, worth_of_responses

OURS, NOBODY, RANDOM, EVERYBODY, PROPENSITY = "ours", "nobody", "random", "everybody", "propensity"
POLICIES = (OURS, PROPENSITY, RANDOM, EVERYBODY, NOBODY)
ROUNDS = 300
_PER = 1000  # customers


@dataclass(frozen=True, eq=False)
class Logged:
    """The trials as policies see them; rows are contacts, columns offers.

    Attributes
    ----------
    sent
        Of the trials.
    anyway, contacted
        Chances of a response by the model that has not seen the customer.
    worth
        What an additional response brings.
    drawn
        Chance that lots gave the offer; 0 where it was not tried on customers like these.
    contact_cost, response_cost
        By offer.
    """

    sent: pd.DataFrame
    anyway: np.ndarray
    contacted: np.ndarray
    worth: np.ndarray
    drawn: np.ndarray
    contact_cost: np.ndarray
    response_cost: np.ndarray

    @property
    def net(self) -> np.ndarray:
        """Give what each offer is expected to leave; not finite where it was not tried on customers like these."""
        costs = self.contact_cost + self.contacted * self.response_cost
        return np.where(self.drawn > 0, (self.contacted - self.anyway) * self.worth - costs, -np.inf)


@unless_unavailable
def look_back(
    months: Months, trials: Trials, fitted: CrossFitted, overlap: Overlap, catalogue: Catalogue, money: Money,
    effects: pd.DataFrame,
) -> Logged:  # fmt: skip
    """Put the trials together as policies see them."""
    sent, customers = trials.sent, trials.sent["customer_id"]
    sides = [fitted.chances(trials.known, customers, place) for place in range(len(trials.offers))]
    parts = []
    for month, rows in sent.groupby("month"):
        known = months.known(int(str(month))).iloc[rows["at"]]
        each = worth_of_responses(known, money, effects, catalogue)
        parts.append(each.set_index(rows.index))
    worth = pd.concat(parts).sort_index()[list(trials.offers)].to_numpy()
    drawn = np.where(overlap.is_tried(trials.known), overlap.chances(trials.known), 0.0)
    costs = catalogue.offers
    return Logged(
        sent=sent,
        anyway=np.column_stack([anyway for anyway, _ in sides]),
        contacted=np.column_stack([contacted for _, contacted in sides]),
        worth=worth,
        drawn=drawn,
        contact_cost=costs["contact_cost"].to_numpy(float),
        response_cost=costs["response_cost"].to_numpy(float),
    )


def worth_of_added(logged: Logged, offers: tuple[str, ...]) -> pd.DataFrame:
    """Give what an additional response of those contacted brings, by offer: the mean by how likely each adds one.

    Returns
    -------
    DataFrame
        ``offer_id, worth``; offers by which nobody is expected to be persuaded are left out.
    """
    found = []
    for place, offer in enumerate(offers):
        rows = ((logged.sent["offer"] == place) & logged.sent["treated"]).to_numpy(bool)
        added = (logged.contacted - logged.anyway)[rows, place]
        if added.sum() > 0:
            found.append((offer, float(np.average(logged.worth[rows, place], weights=added))))
    return pd.DataFrame(found, columns=["offer_id", "worth"])


def choose(logged: Logged, *, share: float) -> dict[str, np.ndarray]:
    """Give the offer that each policy chooses for each row: the column, -1 for none.

    Parameters
    ----------
    share
        Of the customers that are contacted at most; by propensity as many are contacted as by our policy.
    """
    rows, may, net = np.arange(len(logged.sent)), logged.drawn > 0, logged.net
    best, likeliest = net.argmax(axis=1), np.where(may, logged.contacted, -1.0).argmax(axis=1)
    ours, propensity, nobody = np.full((3, len(rows)), -1)
    first = np.argsort(-net[rows, best], kind="stable")[: round(share * len(rows))]
    first = first[net[rows, best][first] > 0]
    ours[first] = best[first]
    top = np.argsort(-logged.contacted[rows, likeliest], kind="stable")[: len(first)]
    propensity[top] = likeliest[top]
    return {OURS: ours, NOBODY: nobody, PROPENSITY: propensity}


@unless_unavailable
def off_policy(logged: Logged, *, share: float, seed: int) -> pd.DataFrame:
    """Value the policies.

    Returns
    -------
    DataFrame
        One row per policy: ``policy``, ``contacts`` (among the trials' customers), ``value`` (what is left, for each
        thousand customers in the trials), ``value_low, value_high`` (doubly robust), the same ``weighted`` (inverse
        probabilities alone), ``added`` (additional responses for each thousand contacts) with ``_low, _high``, and
        ``against, against_low, against_high``: additional responses over those of as many random contacts.
    """
    chosen = choose(logged, share=share)
    people = pd.factorize(logged.sent["customer_id"])[0]
    scores = {policy: _scores(logged, offer) for policy, offer in chosen.items()}
    part = float((chosen[OURS] >= 0).mean())
    # what lots gave is what random contacts would give: nobody needs to be weighted by how unlikely it was
    scores[EVERYBODY] = _scores(logged, logged.sent["offer"].to_numpy(), certain=True)
    scores[RANDOM] = {name: part * score for name, score in scores[EVERYBODY].items()}
    scores = {policy: scores[policy] for policy in POLICIES}
    draws: dict[str, list] = {policy: [] for policy in scores}
    counted = resampled_counts(people.max() + 1, rounds=ROUNDS, seed=seed)
    for weight in (np.ones(len(people)), *(times[people] for times in counted)):
        for policy, score in scores.items():
            draws[policy].append(_valued(score, weight))
    values = {policy: np.array(of) for policy, of in draws.items()}
    rows = []
    for policy, of in values.items():
        named = dict(zip(("value", "weighted", "added"), of.T, strict=True))
        random = values[RANDOM][:, 2]
        named["against"] = np.divide(of[:, 2], random, out=np.full(len(of), np.nan), where=random > 0)
        row: dict = {"policy": policy, "contacts": round(scores[policy]["contacted"].sum())}
        for name, each in named.items():
            known = each[1:][np.isfinite(each[1:])]
            low, high = percentiles(known) if len(known) else (np.nan, np.nan)
            row |= {name: float(each[0]), f"{name}_low": low, f"{name}_high": high}
        rows.append(row)
    return pd.DataFrame(rows)


def _scores(logged: Logged, offer: np.ndarray, *, certain: bool = False) -> dict[str, np.ndarray]:
    """Give each row's part of a policy's value: doubly robust, by weights alone, in responses, and whether contacted.

    ``certain`` where the policy gives what lots gave.
    """
    sent, rows = logged.sent, np.flatnonzero(offer >= 0)
    at, given = offer[rows], sent["offer"].to_numpy()[rows]
    planned = sent["planned"].to_numpy(float)[rows]
    treated, responded = (sent[name].to_numpy(float)[rows] for name in ("treated", "responded"))
    chance = (given == at) / (np.ones(len(rows)) if certain else np.maximum(logged.drawn[rows, at], 1e-9))
    weight = chance * np.where(treated == 1, 1 / planned, -1 / (1 - planned))
    anyway, contacted = logged.anyway[rows, at], logged.contacted[rows, at]
    miss = responded - np.where(treated == 1, contacted, anyway)
    worth, response = logged.worth[rows, at], logged.response_cost[at]
    contact = logged.contact_cost[at]
    expected = (contacted - anyway) * worth - contact - contacted * response
    paid = response * (treated == 1)
    found = {name: np.zeros(len(sent)) for name in ("robust", "weighted", "added", "contacted")}
    found["robust"][rows] = expected + weight * miss * (worth - paid)
    found["weighted"][rows] = weight * responded * (worth - paid) - contact
    found["added"][rows] = contacted - anyway + weight * miss
    found["contacted"][rows] = 1.0
    return found


def _valued(score: dict[str, np.ndarray], weight: np.ndarray) -> tuple[float, float, float]:
    everybody = weight.sum()
    contacted = (score["contacted"] * weight).sum()
    return (
        float((score["robust"] * weight).sum() / everybody * _PER),
        float((score["weighted"] * weight).sum() / everybody * _PER),
        float((score["added"] * weight).sum() / contacted * _PER) if contacted else 0.0,
    )
