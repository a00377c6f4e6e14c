"""What a policy of offers that the bank's own trials teach is worth, against one that is taught the truth.

python benchmarks/offers_learned.py [--customers 20000] [--seeds 7 8 9]

The first one is the product's own code (`insight.predict.uplift`, `insight.decide.trial`) on the bank's tables, with
the terms of ``params/cardbank.yaml``; the other has trees fitted on the true net gain of each offer, on other people
than those it chooses for (the better of two kinds). Both see what the delivered tables show by the end of the last
month, and choose under the same budget of contacts; a policy is worth the true net gain of what it chooses.
``own_rules`` is the first one where it must find out by itself to whom an offer is open; what is truly not open costs
its contact. ``alike`` is the first one with one uplift for everybody whom an offer is open to. ``promised`` is what
the choice of ``own_rules`` was expected to leave.
"""

from datetime import date
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
from by_seed import by_seed, write
from canonical_bank import canonical, last_day
from sklearn.model_selection import KFold

from insight.config.parameters import load
from insight.decide import cooldown, eligibility
from insight.decide.trial import gains, limits, listing, policies, rules
from insight.predict.uplift import channels, model, months, overlap, terms, trials, worth
from insight.simulate.marketing.offers import CATALOGUE
from insight.simulate.world import World, make_world

RESULTS = Path(__file__).parent / "results" / "offers_learned.json"
MONTHS, BUDGET, FOLDS = 24, 0.1, 5
OFFERS = range(1, len(CATALOGUE))


class Learned:
    """What the product learns from the bank's tables."""

    def __init__(self, world: World, as_of: date, seed: int, *, contacts: int) -> None:
        tables, params = canonical(world), load("cardbank")
        self.offers, self.budget = tables["offers"].to_pandas(), params.campaign_budget
        catalogue = terms.read_catalogue(tables["offers"], params.offer_terms, contact_cost=params.contact_cost)
        self.seen = months.read_months(tables, as_of=as_of, categories=catalogue.categories)
        tried = trials.read_trials(self.seen, tables["contacts"], tables["responses"], as_of=as_of)
        catalogue = terms.on_trial(catalogue, tried)
        fitted = model.cross_fit(tried)
        fit, reach = model.fit_all(tried, fitted, seed=seed), overlap.fit_overlap(self.seen, tried, seed=seed)
        self.now = self.seen.known(self.seen.now)
        known = months.design(self.now)
        compared, habits = channels.compare_channels(tried), channels.read_habits(tables, as_of=as_of)
        money = worth.read_money(tables, self.seen, params.economics, is_bank=True)
        effects = worth.spend_effects(self.seen, tried, catalogue)
        each = worth.worth_of_responses(self.now, money, effects, catalogue)
        self.open_to = rules.open_offers(
            rules.with_attributes(self.now, tables["customers"]),
            catalogue,
            tried=overlap.is_tried(reach, known),
            consent=eligibility.contactable(tables["customers"]),
            contacts=cooldown.Offers(),  # the truth knows no cooldown either
            exclusions=params.offer_exclusions,
            as_of=as_of,
            rest_days=0,
        )
        found = gains.expected_gains(fit, known, each, catalogue)
        self.gains = gains.correct_for_choice(found, fitted, known, self.open_to, contacts=contacts)
        own = channels.compare_own(tried, compared, habits)
        each_reach = channels.reach_of_customers(channels.reach_of_channels(compared), own, habits, self.now.index)
        self.limits = limits.Limits(reach=each_reach)
        self.listed = listing.write_list(
            self.gains, self.open_to, fit, known,
            budget=self.budget, holdout_share=0.0, key=str(seed), limits=self.limits,
        )  # fmt: skip
        logged = policies.look_back(self.seen, tried, fitted, reach, catalogue, money, effects)
        self.valued = policies.off_policy(logged, share=BUDGET, seed=seed).set_index("policy")

    def spread(self, values: pd.DataFrame) -> np.ndarray:
        """Put values of the offers on trial in the order of the bank's offers; of others below nothing."""
        found = np.full((len(values), len(CATALOGUE)), -np.inf)
        found[:, values.columns.astype(int)] = values.to_numpy(float)
        found[:, 0] = 0.0
        return found

    def alike(self) -> np.ndarray:
        """Give each offer's gain with one uplift for everybody whom it is open to."""
        may = self.open_to.allowed
        uplift = self.gains.uplift.where(may).mean()
        costs = self.gains.contacted.where(may).mean() * self.gains.response_cost + self.gains.contact_cost
        return self.spread(self.gains.worth * uplift - costs)


def taught(known: np.ndarray, truth: np.ndarray, may: np.ndarray, hints: np.ndarray) -> list[np.ndarray]:
    """Give each offer's gain as trees say that were taught the true one of other people: from nothing, from ``hints``.

    The second ones begin with what the trials say and learn what it leaves.
    """
    found = np.zeros((2, *truth.shape))
    hints = np.where(np.isfinite(hints), hints, 0.0)
    settings = {"n_estimators": 200, "num_leaves": 15, "learning_rate": 0.05, "min_child_samples": 20, "verbose": -1,
                "n_jobs": 1, "deterministic": True, "random_state": 0}  # fmt: skip
    for offer in OFFERS:
        rows, now = np.flatnonzero(may[:, offer]), np.column_stack([known, hints[:, offer]])
        for each, begin in zip(found, (0.0, 1.0), strict=True):
            left = truth[:, offer] - begin * hints[:, offer]
            for fit, use in KFold(FOLDS, shuffle=True, random_state=0).split(rows):
                trees = lgb.LGBMRegressor(
                    **settings | ({"min_child_samples": 100, "n_estimators": 80} if begin else {})
                )
                trees.fit(now[rows[fit]], left[rows[fit]])
                each[rows[use], offer] = trees.predict(now[rows[use]]) + begin * hints[rows[use], offer]
    return list(found)


def choose(promised: np.ndarray, may: np.ndarray, contacts: int) -> tuple[np.ndarray, np.ndarray]:
    """Give the people for whom most is promised, each with the best offer, and none below nothing."""
    promised = np.where(may, promised, 0.0)
    best = promised.argmax(axis=1)
    best[promised.max(axis=1) <= 0] = 0
    chosen = np.argsort(-promised[np.arange(len(best)), best], kind="stable")[:contacts]
    return chosen, best[chosen]


def measure(seed: int, customers: int) -> dict[str, float]:
    """Make a bank, let the policies and chance choose, and compare what they gain."""
    world = make_world(seed, 0, customers, MONTHS)
    effects = world.truth["effects"].to_pandas().sort_values(["person", "offer"])
    truth = effects["net_gain"].to_numpy().reshape(customers, -1)
    is_open = effects["eligible"].to_numpy().reshape(customers, -1)
    contacts, rng = int(customers * BUDGET), np.random.default_rng(seed)
    learned = Learned(world, last_day(world, MONTHS), seed, contacts=contacts)
    may = is_open & world.tables["people"].to_pandas()["consent"].to_numpy()[:, None]
    may[:, 0] = True
    scores = pd.Series(
        world.tables["bureau_scores"].to_pandas().sort_values("scored_on").groupby("person")["score"].last()
    )
    known = np.column_stack([learned.now.to_numpy(float), scores.reindex(range(customers)).to_numpy(float)])
    net = learned.spread(learned.gains.net)
    own = learned.spread(learned.gains.net.where(learned.open_to.allowed, -np.inf))

    def worth_of(promised: np.ndarray, allowed: np.ndarray = may) -> float:
        who, what = choose(promised, allowed, contacts)
        costs = np.array([-cost for *_, cost, _, _ in CATALOGUE])
        return float(np.where(is_open[who, what], truth[who, what], costs[what]).sum())

    who, what = choose(own, np.isfinite(own), contacts)
    ours = learned.valued.loc[policies.OURS]
    found = {
        "oracle": worth_of(truth),
        "taught": max(worth_of(each) for each in taught(known, truth, may, net)),
        "learned": worth_of(net),
        "alike": worth_of(learned.alike()),
        "own_rules": worth_of(own, np.isfinite(own)),
        "promised": float(own[who, what].sum()),
        "random": float(np.mean([worth_of(rng.random(truth.shape)) for _ in range(20)])),
    }
    return {name: round(gain) for name, gain in found.items()} | {
        "learned_of_taught": round(found["learned"] / found["taught"], 3),
        "taught_of_oracle": round(found["taught"] / found["oracle"], 3),
        "learned_of_oracle": round(found["learned"] / found["oracle"], 3),
        "own_rules_of_taught": round(found["own_rules"] / found["taught"], 3),
        "own_rules_of_oracle": round(found["own_rules"] / found["oracle"], 3),
        "promise_kept": round(learned.gains.ratio, 3),
        "responses_against_random": [round(float(ours[f"against{end}"]), 1) for end in ("", "_low", "_high")],
        "value_per_thousand": {
            policy: [round(float(row[f"value{end}"])) for end in ("", "_low", "_high")]
            for policy, row in learned.valued.iterrows()
        },
    }


def main() -> None:
    """Measure and write."""
    given, seeds = by_seed(measure, __doc__, customers=20_000)
    write(given | {"contacts": BUDGET, "seeds": seeds}, RESULTS)


if __name__ == "__main__":
    main()
