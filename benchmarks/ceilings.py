"""Floor, observable ceiling and oracle of every task on the card bank: how well it can be done, and how well with ease.

``python benchmarks/ceilings.py`` writes ``benchmarks/results/ceilings.json`` and the table in ``docs/card-bank.md``.
The floor is the plainest rule that a practitioner would use. The ceiling is the better of two strong models that are
*taught the truth* (the hazard, the probability, the expected margin, the net gain) on what the product may see; the
oracle is the truth itself. Measured on customers and months that nobody has learnt from.
"""

import argparse
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
from observables import MONTHS, Bank
from scipy.special import logit
from scipy.stats import rankdata, spearmanr
from sklearn.cluster import KMeans
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import adjusted_rand_score, average_precision_score, f1_score, roc_auc_score
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from suspicions import transactions

HERE = Path(__file__).parent
RESULTS, PAGE = HERE / "results" / "ceilings.json", HERE.parent / "docs" / "card-bank.md"
LEARN, TEST = (6, 8, 10, 12), (18, 21, 24, 27)  # months of vantage: twelve months ahead of 18 are the last
OTHER, EARLIER = 1000, 18  # seed and months of another bank, to learn what is rare or what only its last month tells
UNSEEN = 5  # the family of sentences that nobody used before month 18
STAGES = ("approved", "growing", "mature", "drifting", "lost", "won_back")
IN_USE = ("growing", "mature", "won_back")


@dataclass(frozen=True)
class Rungs:
    """How well it is done by the plainest rule, by models taught the truth on what one sees, and by the truth."""

    floor: float
    ceiling: float
    oracle: float


@dataclass(frozen=True)
class Task:
    """What is measured, by which measure, and the rule of the floor."""

    name: str
    measure: str
    rule: str
    rungs: Callable[[Bank], Rungs]


TASKS: list[Task] = []


def task(name: str, measure: str, rule: str) -> Callable[[Callable[[Bank], Rungs]], Callable[[Bank], Rungs]]:
    """Enter a function among the tasks."""

    def enter(rungs: Callable[[Bank], Rungs]) -> Callable[[Bank], Rungs]:
        TASKS.append(Task(name, measure, rule, rungs))
        return rungs

    return enter


def regressors() -> list:
    """Give the strong models of a number: boosted trees, and a line through logarithms."""
    signed_log = FunctionTransformer(lambda x: np.sign(x) * np.log1p(np.abs(x)))
    trees = lightgbm.LGBMRegressor(
        n_estimators=300, learning_rate=0.04, num_leaves=31, min_child_samples=60, subsample=0.8, subsample_freq=1,
        colsample_bytree=0.5, n_jobs=1, verbose=-1, random_state=0,
    )  # fmt: skip
    return [trees, make_pipeline(signed_log, StandardScaler(), Ridge(100.0))]


def classifiers() -> list:
    """Give the strong models of a label: boosted trees and a forest."""
    trees = lightgbm.LGBMClassifier(
        n_estimators=150, learning_rate=0.07, num_leaves=31, min_child_samples=30, colsample_bytree=0.5, n_jobs=1,
        verbose=-1, random_state=0, class_weight="balanced",
    )  # fmt: skip
    forest = ExtraTreesClassifier(300, min_samples_leaf=3, class_weight="balanced", n_jobs=1, random_state=0)
    return [trees, forest]


def best(models: list, learn: tuple[np.ndarray, np.ndarray], seen: np.ndarray, score: Callable) -> float:
    """Give the better score of the models' predictions."""
    return max(score(model.fit(*learn).predict(seen)) for model in models)


def stacked(
    bank: Bank, months: tuple[int, ...], who: Callable[[int], np.ndarray], *values: Callable
) -> list[np.ndarray]:
    """Put observables, and other values by person, of several months of vantage under one another."""
    rows = {month: np.flatnonzero(who(month)) for month in months}
    seen = np.concatenate([bank.panel.at(month)[at] for month, at in rows.items()])
    return [seen, *(np.concatenate([each(month)[at] for month, at in rows.items()]) for each in values)]


def chance_of(bank: Bank, column: str) -> Callable[[int], np.ndarray]:
    """Give a column of ``truth/ahead`` by month."""
    values = bank.true_by_month("ahead", column)
    return lambda month: values[:, month]


def ranked(
    bank: Bank, column: str, among: Callable[[int], np.ndarray], rule: Callable[[int], np.ndarray],
    happened: Callable[[int], np.ndarray] | None, test: tuple[int, ...] = TEST,
) -> Rungs:  # fmt: skip
    """Measure how well those come first to whom something happens; without ``happened`` by the truth's own chance."""
    true = chance_of(bank, column)
    seen, chance = stacked(bank, LEARN, lambda month: among(month) & ~bank.kept_back, true)
    learn = seen, log_odds(chance)
    seen, chance, plain, event = stacked(
        bank, test, lambda month: among(month) & bank.kept_back, true, rule, happened or true
    )

    def score(guess: np.ndarray) -> float:
        return roc_auc_score(event, guess) if happened else expected_auc(chance, guess)

    return Rungs(score(plain), best(regressors(), learn, seen, score), score(chance))


def log_odds(chance: np.ndarray) -> np.ndarray:
    """Give log-odds, of nothing less than one in a million."""
    return logit(np.clip(chance, 1e-6, 1 - 1e-6))


def expected_auc(chance: np.ndarray, guess: np.ndarray) -> float:
    """Give the AUC that a guess is expected to have: each one counts as event by its chance, else as none."""
    event, weight = np.repeat([1, 0], len(chance)), np.concatenate([chance, 1 - chance])
    return roc_auc_score(event, np.tile(guess, 2), sample_weight=weight)


@task("groups", "adjusted Rand index", "nine clusters by recency, frequency and spend")
def groups(bank: Bank) -> Rungs:
    """Find the behavioural group of who bought in the last six months."""
    true = bank.truth["people"]["group"].cat.codes.to_numpy()
    uses = lambda month: bank.panel.recent("bought", month, 6) >= 6  # noqa: E731
    plain = lambda month: np.log1p(np.stack([  # noqa: E731
        bank.last_purchase(month), bank.panel.recent("bought", month, 6), bank.panel.recent("spent", month, 6)
    ], axis=1))  # fmt: skip
    learn = stacked(bank, LEARN[-1:], lambda month: uses(month) & ~bank.kept_back, lambda month: true)
    seen, rfm, label = stacked(bank, TEST[-1:], lambda month: uses(month) & bank.kept_back, plain, lambda month: true)
    clusters = KMeans(9, n_init=4, random_state=0).fit_predict(StandardScaler().fit_transform(rfm))
    score = lambda guess: adjusted_rand_score(label, guess)  # noqa: E731
    return Rungs(score(clusters), best(classifiers(), (learn[0], learn[1]), seen, score), 1.0)


def in_default(bank: Bank, month: int) -> np.ndarray:
    """Say who has fallen short of money for good before a month."""
    rows = bank.truth["credit"]
    begun = rows[rows["event"].isin(["default", "in_trouble_when_booked"])].groupby("person")["day"].min()
    day = np.full(bank.size, np.iinfo(np.int32).max)
    day[begun.index] = pd.to_datetime(begun).to_numpy().astype("datetime64[D]").astype(int)
    return day < bank.panel.start(month)


def true_stage(bank: Bank, month: int) -> np.ndarray:
    """Give everybody's stage as a word when a month starts."""
    names = np.array(bank.truth["stages"]["stage"].cat.categories)
    return names[bank.true_by_month("stages", "stage")[:, month].astype(int)]


@task("stages", "macro F1", "days since the last purchase, half of the usual spend, months since opening")
def stages(bank: Bank) -> Rungs:
    """Tell the stage of each card holder."""
    panel = bank.panel

    def plain(month: int) -> np.ndarray:
        opened = panel.start(month) - panel.days["opened"]
        usual = panel.recent("spent", month, 9) - panel.recent("spent", month, 3)
        rules = {
            "default": panel.levels["days_past_due"][:, month - 1] >= 30,
            "approved": panel.days["used"] >= panel.start(month),
            "lost": bank.last_purchase(month) > 90,
            "growing": opened < 180,
            "drifting": panel.recent("spent", month, 3) < usual / 4,
        }
        return np.select(list(rules.values()), list(rules), "mature")

    label = lambda month: true_stage(bank, month)  # noqa: E731
    learn = stacked(bank, LEARN, lambda month: panel.holders(month) & ~bank.kept_back, label)
    seen, rule, true = stacked(bank, TEST, lambda month: panel.holders(month) & bank.kept_back, plain, label)
    score = lambda guess: f1_score(true, guess, average="macro")  # noqa: E731
    return Rungs(score(rule), best(classifiers(), (learn[0], learn[1]), seen, score), 1.0)


def soon(flags: np.ndarray, month: int, months: int) -> np.ndarray:
    """Say whose flag is up in one of the months from one on."""
    return flags[:, month : month + months].any(axis=1)


@task("leaving", "AUC, decision within three months", "fall of spend against the three months before")
def leaving(bank: Bank) -> Rungs:
    """Rank those who use their card by whether they decide to leave."""
    names = list(bank.truth["stages"]["stage"].cat.categories)
    stage, hazard = bank.true_by_month("stages", "stage"), bank.true_by_month("stages", "leaving_hazard")
    uses = np.isin(stage, [names.index(name) for name in IN_USE]) & (hazard > 0)
    drifts = stage == names.index("drifting")

    def fall(month: int) -> np.ndarray:
        last = bank.panel.recent("spent", month, 3)
        return np.log1p(bank.panel.recent("spent", month, 6) - last) - np.log1p(last)

    months = tuple(month for month in TEST if month + 3 < MONTHS)
    return ranked(
        bank, "leaving_3", lambda month: uses[:, month], fall, lambda month: soon(drifts, month + 1, 3), months
    )


@task("silence", "AUC, no purchase within three months", "days since the last purchase")
def silence(bank: Bank) -> Rungs:
    """Rank those who bought in the last three months by whether they buy nothing in the next three."""
    bought = bank.panel.flows["bought"] > 0
    return ranked(
        bank, "silent_3", lambda month: soon(bought, month - 3, 3) & bank.panel.holders(month), bank.last_purchase,
        lambda month: ~soon(bought, month, 3),
    )  # fmt: skip


@task("default of card holders", "expected AUC, within twelve months", "what is owed of the limit")
def behaviour(bank: Bank) -> Rungs:
    """Rank those who are not past due by whether they fall short of money for good."""
    used, late = bank.panel.levels["used"], bank.panel.levels["days_past_due"]

    def sound(month: int) -> np.ndarray:
        return bank.panel.holders(month) & ~in_default(bank, month) & (late[:, month - 1] == 0)

    return ranked(bank, "default_12", sound, lambda month: used[:, month - 1], None)


def applicants(bank: Bank, column: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Give applications with all that is known of them on the day, as numbers, and their truth."""
    told = bank.tables["applications"].merge(bank.truth["applications"], on="application")
    people = bank.tables["people"].set_index("person").loc[told["person"]].reset_index(drop=True)
    scores = bank.tables["bureau_scores"].drop_duplicates(["person", "scored_on"])
    told["scored_on"] = pd.to_datetime(told["applied_at"]).dt.date
    told = told.merge(scores, on=["person", "scored_on"], how="left")
    checks = bank.tables["application_checks"]
    told["minutes"] = told["application"].map(checks.groupby("application")["minutes"].sum())
    device = checks.drop_duplicates("application").set_index("application")["device"]
    told["device"] = told["application"].map(device.astype(str)).astype("category")
    applied = pd.to_datetime(told["applied_at"])
    birth = pd.to_datetime(people["birth_date"])
    codes = {name: told[name].astype("category").cat.codes
             for name in ("channel", "product", "occupation", "education", "device")}  # fmt: skip
    codes |= {name: people[name].astype("category").cat.codes for name in ("city", "gender")}
    app = bank.tables["app_events"].query("kind == 'register'").groupby("person")["occurred_at"].min()
    known = pd.DataFrame(codes | {
        "income": told["stated_income"], "score": told["score"], "inquiries": told["inquiries_6m"],
        "cards": told["other_cards"], "minutes": told["minutes"], "age": (applied - birth).dt.days / 365.25,
        "mail": people["email"].notna(), "day": pd.to_datetime(told["decided_on"]).dt.day,
        "app": told["person"].map(app) < applied, "referred": told["referrer"].notna(),
    }).astype(float).fillna(-1)  # fmt: skip
    return known.assign(
        chance=told[column], month=bank.month_of(told["decided_on"]), kept=bank.kept_back[told["person"]],
        approved=told["decision"] == "approved",
    ), told[column].to_numpy()  # fmt: skip


def applied(bank: Bank, column: str, *, booked: bool, rule: Callable[[pd.DataFrame], pd.Series]) -> Rungs:
    """Measure how well those applicants come first to whom something would happen."""
    known, _ = applicants(bank, column)
    names = [name for name in known if name not in ("chance", "month", "kept", "approved")]
    old, new = known["month"] <= LEARN[-1], known["month"] >= TEST[0]
    learn = known[old & ~known["kept"]]
    test = known[new & known["kept"] & (known["approved"] | (not booked))]
    score = lambda guess: expected_auc(test["chance"].to_numpy(), np.asarray(guess))  # noqa: E731
    taught = learn[names].to_numpy(), log_odds(learn["chance"].to_numpy())
    return Rungs(score(rule(test)), best(regressors(), taught, test[names].to_numpy(), score), score(test["chance"]))


@task("default of applicants", "expected AUC, bad within twelve months, declined ones too", "bureau score")
def application(bank: Bank) -> Rungs:
    """Rank applicants by whether they would be 90 days past due."""
    return applied(bank, "pd_12", booked=False, rule=lambda rows: -rows["score"])


@task("activation", "expected AUC, use of a new card within thirty days", "age")
def activation(bank: Bank) -> Rungs:
    """Rank new card holders by whether they use the card soon."""
    return applied(bank, "activates_30", booked=True, rule=lambda rows: -rows["age"])


@task("value", "Spearman, margin of the twelve months ahead", "interest, fees and 0.45% of spend of the last twelve")
def value(bank: Bank) -> Rungs:
    """Rank card holders by what they will bring."""
    panel, true = bank.panel, chance_of(bank, "margin")
    margin = bank.by_month(bank.truth["books"], "month", "margin")

    def last_year(month: int) -> np.ndarray:
        spent, interest, fees = (panel.recent(name, month, 12) for name in ("spent", "interest", "fee"))
        return 0.0045 * spent + interest + fees

    learn = stacked(bank, LEARN, lambda month: panel.holders(month) & ~bank.kept_back, true)
    seen, plain, expected, brought = stacked(
        bank, TEST[:1], lambda month: panel.holders(month) & bank.kept_back, last_year, true,
        lambda month: margin[:, month : month + 12].sum(axis=1),
    )  # fmt: skip
    score = lambda guess: spearmanr(brought, guess).statistic  # noqa: E731
    taught = learn[0], rankdata(learn[1]) / len(learn[1])
    return Rungs(score(plain), best(regressors(), taught, seen, score), score(expected))


@task(
    "offers",
    "share of the oracle's net gain, one contact each",
    "the offer that gains most on average, to all who may have it",
)
def offers(bank: Bank) -> Rungs:
    """Choose an offer, or none, for everyone who agreed to be contacted, as taught by another bank's net gains."""
    other = Bank.make(bank.world.seed + OTHER, 2 * bank.size, EARLIER)
    (seen_then, earlier), (seen, later) = _gains(other, EARLIER), _gains(bank, MONTHS)
    oracle = np.nanmax(later, axis=1).sum()

    def score(guess: np.ndarray) -> float:
        open_ = np.where(np.isnan(later), -np.inf, guess)
        chosen = open_.argmax(axis=1)
        rows = np.flatnonzero(open_[np.arange(len(later)), chosen] > 0)
        return later[rows, chosen[rows]].sum() / oracle

    def taught(model: int) -> np.ndarray:
        guess = np.zeros_like(later)
        for offer in range(1, later.shape[1]):
            may = ~np.isnan(earlier[:, offer])
            guess[:, offer] = regressors()[model].fit(seen_then[may], earlier[may, offer]).predict(seen)
        return guess

    guesses = [taught(0), taught(1)]
    return Rungs(score(np.nanmean(earlier, axis=0)), max(score(guess) for guess in (*guesses, sum(guesses))), 1.0)


def _gains(bank: Bank, month: int) -> tuple[np.ndarray, np.ndarray]:
    """Give what is seen of those who may be contacted, and each offer's net gain (missing: not for them)."""
    effects, agreed = bank.truth["effects"], bank.tables["people"]["consent"].to_numpy()
    gain = effects["net_gain"].where(effects["eligible"]).to_numpy().reshape(bank.size, -1)
    return bank.panel.at(month)[agreed], gain[agreed]


@task("fraud", "average precision, transactions", "what purchases within a day exceed the usual")
def fraud(bank: Bank) -> Rungs:
    """Find the thieves' purchases, as taught by a bank where thieves come twenty times as often."""
    thieves = Bank.make(bank.world.seed + OTHER, 4_000, EARLIER, frauds=20)
    lesson, known = transactions(thieves), transactions(bank)
    test = (known.month >= TEST[0]) & bank.kept_back[known.person]
    score = lambda guess: average_precision_score(known.stolen[test], guess)  # noqa: E731
    models = [
        lightgbm.LGBMClassifier(n_estimators=300, learning_rate=0.04, num_leaves=15, min_child_samples=20,
                                colsample_bytree=0.5, n_jobs=1, verbose=-1, random_state=0),
        ExtraTreesClassifier(100, min_samples_leaf=3, max_features=0.3, n_jobs=1, random_state=0),
    ]  # fmt: skip
    often = np.random.default_rng(0).random(len(lesson.stolen)) < 0.2
    learn = (lesson.month >= 3) & (lesson.stolen | often)
    guesses = [model.fit(lesson.seen[learn], lesson.stolen[learn]).predict_proba(known.seen[test])[:, 1]
               for model in models]  # fmt: skip
    return Rungs(score(known.rule[test]), max(score(guess) for guess in guesses), score(known.chance[test]))


def written(bank: Bank) -> pd.DataFrame:
    """Give tickets with their wishes; all of the ``new`` ones' wording is of the last months."""
    wishes = bank.truth["tickets"]
    by = wishes.groupby("ticket")
    rows = bank.tables["tickets"].set_index("ticket")
    rows = rows.assign(
        intents=by["intent"].agg(lambda words: frozenset(map(str, words))), answer=by["answer"].first(),
        wishes=by.size(), new=by["family"].min() == UNSEEN, month=bank.month_of(rows["opened_at"]),
    )  # fmt: skip
    return rows


def later_tickets(bank: Bank) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the tickets to learn from, and those of the last months by customers kept back."""
    rows = written(bank)
    late, kept = rows["month"] >= TEST[0], bank.kept_back[rows["person"]]
    return rows[~late & ~kept], rows[late & kept]


def wording(learn: pd.Series, read: pd.Series) -> list:
    """Give the texts as n-grams of characters, and as words of the English ones."""
    grams = make_union(
        TfidfVectorizer(analyzer="char", ngram_range=(1, 4), min_df=2, sublinear_tf=True),
        TfidfVectorizer(analyzer="word", token_pattern=r"[a-z]{3,}|[\u4e00-\u9fff]", ngram_range=(1, 2), min_df=2),
    )
    return [grams.fit_transform(learn), grams.transform(read)]


def nearest(bank: Bank, read: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Give, of each text, the entry of the FAQ whose question is most alike, and how alike."""
    faq = bank.tables["faq"]
    grams = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True)
    alike = (grams.fit_transform(pd.concat([faq["question"], read]))[len(faq) :]) @ grams.transform(faq["question"]).T
    alike = alike.toarray()
    return alike.argmax(axis=1), alike.max(axis=1)


@task(
    "tickets",
    "macro F1 of twelve intents, several a ticket, unseen wording",
    "topic of the most similar question of the FAQ",
)
def tickets(bank: Bank) -> Rungs:
    """Tell the wishes of tickets in words that nobody has used before."""
    learn, late = later_tickets(bank)
    test = late[late["new"]]
    names = sorted(frozenset().union(*learn["intents"]))
    told, true = (np.array([[name in each for name in names] for each in part["intents"]]) for part in (learn, test))
    grams, read = wording(learn["text"], test["text"])
    score = lambda guess: f1_score(true, guess, average="macro", zero_division=0)  # noqa: E731
    topic = bank.tables["faq"]["topic"].astype(str).to_numpy()[nearest(bank, test["text"])[0]]
    plain = np.array([[name == each for name in names] for each in topic])

    def taught(model: Callable) -> np.ndarray:
        chance = np.stack([model().fit(grams, column).predict_proba(read)[:, 1] for column in told.T], axis=1)
        return (chance > 0.5) | (chance == chance.max(axis=1, keepdims=True))

    lines = taught(lambda: LogisticRegression(C=10, max_iter=300))
    return Rungs(score(plain), max(score(lines), score(taught(lambda: ComplementNB(alpha=0.1)))), 1.0)


@task(
    "FAQ",
    "F1 of right answers, last months' tickets with one wish",
    "most similar question, none for the less similar half",
)
def answers(bank: Bank) -> Rungs:
    """Give the right answer of the FAQ, or none where it has none."""
    learn, test = (part[part["wishes"] == 1] for part in later_tickets(bank))
    faq = bank.tables["faq"]
    number, (told, true) = faq["number"].to_numpy(), (part["answer"].fillna(-1).astype(int) for part in (learn, test))

    def score(guess: np.ndarray) -> float:
        given = guess >= 0
        return 2 * (given & (guess == true)).sum() / (given.sum() + (true >= 0).sum())

    at, alike = nearest(bank, test["text"])
    grams, read = wording(pd.concat([learn["text"], faq["question"], faq["answer"]]), test["text"])
    taught = grams, np.concatenate([told, number, number])
    models = [LogisticRegression(C=10, max_iter=200), ComplementNB(alpha=0.1)]
    return Rungs(score(np.where(alike >= np.median(alike), number[at], -1)), best(models, taught, read, score), 1.0)


def as_table(results: dict) -> str:
    """Write the results as the page shows them: means over the seeds."""
    lines = ["| task | measure | floor: the rule | floor | ceiling | oracle |", "|---|---|---|---|---|---|"]
    for name, found in results["tasks"].items():
        rungs = " | ".join(f"{np.mean(found[rung]):.2f}" for rung in ("floor", "ceiling", "oracle"))
        lines.append(f"| {name} | {found['measure']} | {found['rule']} | {rungs} |")
    return "\n".join(lines)


def into_page(table: str, page: Path = PAGE) -> None:
    """Put a table in the place of the one with the same heading."""
    lines = page.read_text(encoding="utf-8").split("\n")
    begin = lines.index(table.split("\n")[0])
    end = next(at for at in range(begin, len(lines)) if not lines[at].startswith("|"))
    page.write_text("\n".join([*lines[:begin], *table.split("\n"), *lines[end:]]), encoding="utf-8")


def main() -> None:
    """Measure, write the results and the table of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 11, 23])
    parser.add_argument("--customers", type=int, default=6_000)
    parser.add_argument("--only", nargs="+", choices=[task.name for task in TASKS])
    given = parser.parse_args()
    chosen = [task for task in TASKS if not given.only or task.name in given.only]
    tasks: dict = {task.name: {"measure": task.measure, "rule": task.rule, "floor": [], "ceiling": [], "oracle": []}
                   for task in chosen}  # fmt: skip
    for seed in given.seeds:
        bank = Bank.make(seed, given.customers)
        for each in chosen:
            found = each.rungs(bank)
            logging.getLogger(__name__).warning("%s %s: %s", seed, each.name, found)
            for rung, number in vars(found).items():
                tasks[each.name][rung].append(round(float(number), 3))
    results = {"customers": given.customers, "months": MONTHS, "seeds": given.seeds, "tasks": tasks}
    if given.only:
        return
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    into_page(as_table(results))


if __name__ == "__main__":
    main()
