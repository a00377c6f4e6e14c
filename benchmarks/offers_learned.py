"""What a policy of offers that the bank's own trials teach is worth, against one that is taught the truth.

python benchmarks/offers_learned.py [--customers 20000] [--seeds 7 8 9]

Both see what the delivered tables show by the end of the last month, and choose under the same budget of contacts; a
policy is worth the true net gain of what it chooses. The one that is taught has trees fitted on the true net gain of
each offer, on other people than those it chooses for (the better of two kinds). The other one joins the uplift of
responses in the trials with the structure of money: what a response brings, from the customer's own spending, balance
and limit; ``alike`` is the same with one uplift for everybody whom an offer is open to.
"""

from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
from by_seed import by_seed, write
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from insight.simulate.events import books, ledger
from insight.simulate.events.spending import MONTHLY_FEE, PLAN_SHARES, PLANS
from insight.simulate.marketing import offers
from insight.simulate.marketing.offers import (
    ACTIVATION,
    AUTOPAY,
    CAR_WASH,
    CATALOGUE,
    DINING_CASHBACK,
    INSTALMENT,
    LIMIT,
    POINTS,
    RETENTION,
    SPEND,
)  # fmt: skip
from insight.simulate.world import World, make_world

RESULTS = Path(__file__).parent / "results" / "offers_learned.json"
MONTHS, BACK, BUDGET, FOLDS, LASTS = 24, 3, 0.1, 5, 3
OFFERS = range(1, len(CATALOGUE))
_SILENT, _BACK = 0.3, 0.75  # of the year's spending: below it somebody has stopped; what those who come back spend
CAR, DINING = ("fuel", "car_wash", "parking"), ("dining", "fast_food")
KEEPS = 1 - ledger.share_paid(ledger.REVOLVING)  # of what a revolver owes, from one statement to the next
#: What a yuan of spending brings, and a yuan owed for a month.
OF_SPEND, OF_DEBT = books.INTERCHANGE - books.POINT / 100, ledger.MONTHLY_INTEREST - books.FUNDS


class Seen:
    """Sums by month and person of what the tables show, and what is known of people as of the start of a month."""

    def __init__(self, world: World) -> None:
        tables, self.size, self.first = world.tables, world.customers, np.datetime64(world.start, "M")
        cards = tables["card_transactions"].to_pandas()
        cards["amount"] = cards["amount"].astype(float)
        done = cards[cards["status"] != "declined"]
        bought = done[done["kind"].isin(["purchase", "refund"])]
        self.sums = {
            "spend": self._sum(bought, "occurred_at", bought["amount"]),
            "purchases": self._sum(bought, "occurred_at"),
            "dining": self._sum(part := bought[bought["category"].isin(DINING)], "occurred_at", part["amount"]),
            "car": self._sum(part := bought[bought["category"].isin(CAR)], "occurred_at", part["amount"]),
            "online": self._sum(part := bought[bought["channel"] == "online"], "occurred_at", part["amount"]),
            "instalments": self._sum(bought[bought["instalment_months"] > 0], "occurred_at"),
            "cash": self._sum(part := done[done["kind"] == "cash_advance"], "occurred_at", part["amount"]),
            "interest": self._sum(part := done[done["kind"] == "interest"], "occurred_at", part["amount"]),
            "fees": self._sum(part := done[done["kind"] == "fee"], "occurred_at", part["amount"]),
            "declined": self._sum(cards[cards["status"] == "declined"], "occurred_at"),
        }
        bills = tables["statements"].to_pandas()
        for name in ("balance", "credit_limit", "days_past_due"):
            self.sums[name] = self._sum(bills, "statement_on", bills[name].astype(float))
        self.sums["bears"] = self._sum(bills[bills["interest"].astype(float) > 0], "statement_on")
        paid = tables["payments"].to_pandas()
        for kind in ("minimum", "autopay", "full"):
            self.sums[kind] = self._sum(paid[paid["kind"] == kind], "paid_at")
        rewards, tickets = tables["rewards"].to_pandas(), tables["tickets"].to_pandas()
        self.sums["redeemed"] = self._sum(rewards[rewards["kind"] == "redeemed"], "occurred_on")
        self.sums["points"] = self._sum(rewards, "occurred_on", rewards["points"].astype(float))
        self.sums["visits"] = self._sum(tables["app_events"].to_pandas(), "occurred_at")
        self.sums["tickets"] = self._sum(tickets, "opened_at")
        self.sums["complaints"] = self._sum(tickets[tickets["satisfaction"].between(1, 2)], "opened_at")
        contacts = tables["contacts"].to_pandas()
        self.sums["contacts"] = self._sum(contacts[~contacts["is_holdout"]], "sent_at")
        self.sums["responses"] = self._sum(tables["responses"].to_pandas(), "responded_at")
        scores = tables["bureau_scores"].to_pandas().sort_values("scored_on").groupby("person").last()
        self.score = scores["score"].reindex(range(self.size)).to_numpy(float)
        people = tables["people"].to_pandas()
        self.born = pd.to_datetime(people["birth_date"]).to_numpy().astype("datetime64[M]").astype(int)
        self.consent = people["consent"].to_numpy()
        held = tables["accounts"].to_pandas().query("kind == 'credit_card'").set_index("person")
        self.opened = pd.to_datetime(held["opened_on"]).reindex(range(self.size)).to_numpy().astype("datetime64[M]")
        new = (held["opened_on"] >= world.start) & held["activated_on"].notna()
        off = held.index[new & (held["status"] == "charged_off")]
        self.lost_on_new = float(self.sums["balance"].max(axis=0)[off].sum() / max(new.sum(), 1))
        self.product = held["product"].astype("category").cat.codes.reindex(range(self.size), fill_value=-1).to_numpy()

    def _sum(self, rows: pd.DataFrame, day: str, values: pd.Series | None = None) -> np.ndarray:
        month = pd.to_datetime(rows[day]).to_numpy().astype("datetime64[M]").astype(int) - self.first.astype(int)
        keep = (month >= 0) & (month < MONTHS)
        cell = month[keep] * self.size + rows["person"].to_numpy()[keep]
        weights = None if values is None else values.to_numpy()[keep]
        return np.bincount(cell, weights, minlength=MONTHS * self.size).reshape(MONTHS, self.size)

    def by(self, month: int) -> pd.DataFrame:
        """Give what is known at a month's start, of the three months before and, of some things, of all before."""
        now = {name: sums[max(month - BACK, 0) : month].mean(axis=0) for name, sums in self.sums.items()}
        for name in ("spend", "interest", "redeemed", "instalments", "bears", "minimum", "visits"):
            now[f"{name}_year"] = self.sums[name][max(month - 12, 0) : month].mean(axis=0)
        for name in ("balance", "credit_limit", "days_past_due"):
            now[name] = self.sums[name][month - 1]
        now["last_spend"] = self.sums["spend"][month - 1]
        now["use"] = np.clip(now["balance"] / np.maximum(now["credit_limit"], 1), 0, 1.2) * (now["credit_limit"] > 0)
        then = self.first.astype(int) + month
        tenure = np.where(np.isnat(self.opened), -1, then - self.opened.astype(int))
        return pd.DataFrame(now | {"age": (then - self.born) / 12, "tenure": tenure, "product": self.product})


def _design(seen: pd.DataFrame) -> np.ndarray:
    """Give what responses are explained by: logarithms of amounts, and habits."""
    amounts = seen[["spend", "dining", "car", "credit_limit", "spend_year", "last_spend"]].clip(lower=0)
    habits = seen[["use", "bears_year", "minimum_year", "redeemed_year", "instalments_year", "visits_year", "autopay",
                   "responses", "age", "tenure"]]  # fmt: skip
    return np.hstack([np.log1p(amounts.to_numpy()), habits.to_numpy(float)])


class Uplift:
    """How much likelier people respond when contacted: a logistic regression over all trials, its parts shrunk."""

    SHARED, OWN = 1.0, 0.4  # weight of what all offers have in common, and of each one's own

    def __init__(self, seen: Seen, world: World) -> None:
        sent = world.tables["contacts"].to_pandas().query("is_random").copy()
        sent["responds"] = sent["contact"].isin(world.tables["responses"].to_pandas()["contact"])
        month = pd.to_datetime(sent["sent_at"]).to_numpy().astype("datetime64[M]").astype(int)
        sent["month"] = month - seen.first.astype(int)
        self.sent = sent = sent[sent["month"] >= BACK].sort_values("month")
        rows = [_design(seen.by(month))[part["person"]] for month, part in sent.groupby("month")]
        raw = np.vstack(rows)
        self.mean, self.spread = raw.mean(axis=0), raw.std(axis=0) + 1e-9
        columns = self._columns((raw - self.mean) / self.spread, sent["offer"].to_numpy(), ~sent["is_holdout"])
        self.model = LogisticRegression(C=0.3, max_iter=2000).fit(columns, sent["responds"])

    def _columns(self, x: np.ndarray, offer: np.ndarray, treated: np.ndarray | pd.Series) -> np.ndarray:
        of = np.eye(len(CATALOGUE))[offer][:, 1:]
        treats = np.asarray(treated, float)[:, None]
        own = (of[:, :, None] * x[:, None, :]).reshape(len(x), -1) * self.OWN
        return np.hstack([3 * of, x * self.SHARED, own, 3 * of * treats, x * treats * self.SHARED, own * treats])

    def chances(self, seen: pd.DataFrame, offer: int) -> tuple[np.ndarray, np.ndarray]:
        """Give the chance to respond without a contact and with one."""
        x, alike = (_design(seen) - self.mean) / self.spread, np.full(len(seen), offer)
        found = [self.model.predict_proba(self._columns(x, alike, np.full(len(x), treated)))[:, 1]
                 for treated in (False, True)]  # fmt: skip
        return found[0], np.maximum(found[1], found[0])


def spend_effects(seen: Seen, uplift: Uplift) -> dict[int, float]:
    """Estimate what a persuaded person spends more for three months, by offer: the effect over the uplift, shrunk."""
    sent, found = uplift.sent, {}
    sent = sent[sent["month"] <= MONTHS - LASTS]
    for offer in (SPEND, DINING_CASHBACK, CAR_WASH, POINTS, AUTOPAY, LIMIT):
        what = {DINING_CASHBACK: "dining", CAR_WASH: "car"}.get(offer, "spend")
        part, sums = sent[sent["offer"] == offer], seen.sums[what]
        at, who = part["month"].to_numpy(), part["person"].to_numpy()
        before = sum(sums[at - back, who] for back in range(1, BACK + 1)) / BACK
        after = sum(sums[np.minimum(at + ahead, MONTHS - 1), who] for ahead in range(LASTS)) / LASTS
        use = before > np.quantile(before, 0.3)
        change = np.clip(after[use] / before[use], 0, 3)
        treated = ~part["is_holdout"].to_numpy()[use]
        rose, stayed = change[treated], change[~treated]
        more = part["responds"].to_numpy()[use]
        persuaded = max(more[treated].mean() - more[~treated].mean(), 0.03)
        noise = np.hypot(rose.std() / np.sqrt(len(rose)), stayed.std() / np.sqrt(len(stayed))) / persuaded
        trust = 0.2**2 / (0.2**2 + noise**2)
        found[offer] = max(trust * (rose.mean() - stayed.mean()) / persuaded + (1 - trust) * 0.15, 0)
    return found


def _worth(seen: pd.DataFrame, effects: dict[int, float], lost: float) -> dict[int, np.ndarray]:
    """Give what a response that would not have come brings in a year, by offer, from the structure of money.

    ``lost`` is what a new card has cost in charge-offs on average.
    """
    revolves = np.clip(seen["bears_year"], 0, 1).to_numpy()
    room = np.clip((1 - seen["use"]) / 0.3, 0, 1).to_numpy()
    stays = KEEPS / (1 - KEEPS) * 0.8  # months that a yuan bought on credit is owed within the year
    of_spend = OF_SPEND + revolves * OF_DEBT * stays
    usual, owed = seen["spend_year"].to_numpy(), seen["interest_year"].to_numpy()
    year = 12 * (usual * OF_SPEND + owed * (1 - books.FUNDS / ledger.MONTHLY_INTEREST))
    silent = (seen["spend"] < _SILENT * seen["spend_year"]).to_numpy() & (usual > 0)
    more = {offer: LASTS * effect * of_spend * room for offer, effect in effects.items()}
    bought = {DINING_CASHBACK: seen["dining"], CAR_WASH: seen["car"]}
    worth = {offer: more[offer] * bought.get(offer, seen["spend"]).to_numpy() for offer in more}
    worth[LIMIT] = worth[LIMIT] + revolves * seen["use"] * 0.25 * seen["credit_limit"] * OF_DEBT * 9
    worth[RETENTION] = _BACK * silent * year
    worth[INSTALMENT] = np.full(len(seen), offers.INSTALMENT_YUAN * MONTHLY_FEE * float(PLANS @ np.array(PLAN_SHARES)))
    new = seen["tenure"].between(3, 12).to_numpy()
    worth[ACTIVATION] = np.full(len(seen), np.mean(year[new]) - lost)
    return worth


def learned(seen: Seen, world: World) -> tuple[np.ndarray, np.ndarray]:
    """Give each offer's gain as the trials and the structure of money say: a row a person, a column an offer.

    The second result takes everybody to respond to an offer alike.
    """
    now, uplift = seen.by(MONTHS), Uplift(seen, world)
    worth = _worth(now, spend_effects(seen, uplift), seen.lost_on_new)
    gains, alike = np.zeros((2, world.customers, len(CATALOGUE)))
    for offer in OFFERS:
        without, with_ = uplift.chances(now, offer)
        _, _, _, contact, response, _ = CATALOGUE[offer]
        gains[:, offer] = (with_ - without) * worth[offer] - contact - response * with_
        alike[:, offer] = np.mean(with_ - without) * worth[offer] - contact - response * np.mean(with_)
    return gains, alike


def taught(seen: Seen, truth: np.ndarray, may: np.ndarray, hints: np.ndarray) -> list[np.ndarray]:
    """Give each offer's gain as trees say that were taught the true one of other people: from nothing, from ``hints``.

    The second ones begin with what the trials say and learn what it leaves.
    """
    known, found = seen.by(MONTHS).assign(score=seen.score).to_numpy(float), np.zeros((2, *truth.shape))
    settings = {"n_estimators": 200, "num_leaves": 15, "learning_rate": 0.05, "min_child_samples": 20, "verbose": -1,
                "n_jobs": 1, "deterministic": True, "random_state": 0}  # fmt: skip
    for offer in OFFERS:
        rows, now = np.flatnonzero(may[:, offer]), np.column_stack([known, hints[:, offer]])
        for gains, begin in zip(found, (0.0, 1.0), strict=True):
            left = truth[:, offer] - begin * hints[:, offer]
            for fit, use in KFold(FOLDS, shuffle=True, random_state=0).split(rows):
                model = lgb.LGBMRegressor(
                    **settings | ({"min_child_samples": 100, "n_estimators": 80} if begin else {})
                )
                model.fit(now[rows[fit]], left[rows[fit]])
                gains[rows[use], offer] = model.predict(now[rows[use]]) + begin * hints[rows[use], offer]
    return list(found)


def value(gains: np.ndarray, truth: np.ndarray, may: np.ndarray, contacts: int) -> float:
    """Give the true net gain of the contacts that promise most, each person's best offer and none below nothing."""
    promised = np.where(may, gains, 0.0)
    best = promised.argmax(axis=1)
    best[promised.max(axis=1) <= 0] = 0
    rows = np.arange(len(best))
    chosen = np.argsort(-promised[rows, best], kind="stable")[:contacts]
    return float(truth[chosen, best[chosen]].sum())


def measure(seed: int, customers: int) -> dict[str, float]:
    """Make a bank, let the three policies and chance choose, and compare what they gain."""
    world = make_world(seed, 0, customers, MONTHS)
    effects = world.truth["effects"].to_pandas().sort_values(["person", "offer"])
    truth = effects["net_gain"].to_numpy().reshape(customers, -1)
    seen = Seen(world)
    may = effects["eligible"].to_numpy().reshape(customers, -1) & seen.consent[:, None]
    may[:, 0] = True
    contacts, rng = int(customers * BUDGET), np.random.default_rng(seed)
    from_trials, alike = learned(seen, world)
    found = {
        "oracle": value(truth, truth, may, contacts),
        "taught": max(value(gains, truth, may, contacts) for gains in taught(seen, truth, may, from_trials)),
        "learned": value(from_trials, truth, may, contacts),
        "alike": value(alike, truth, may, contacts),
        "random": float(np.mean([value(rng.random(truth.shape), truth, may, contacts) for _ in range(20)])),
    }
    return {name: round(gain) for name, gain in found.items()} | {
        "learned_of_taught": round(found["learned"] / found["taught"], 3),
        "taught_of_oracle": round(found["taught"] / found["oracle"], 3),
        "learned_of_oracle": round(found["learned"] / found["oracle"], 3),
    }


def main() -> None:
    """Measure and write."""
    given, seeds = by_seed(measure, __doc__, customers=20_000)
    write(given | {"contacts": BUDGET, "seeds": seeds}, RESULTS)


if __name__ == "__main__":
    main()
