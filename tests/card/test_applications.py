"""Applications counted by hand: which count, what was known on the day, and which went bad in their first year."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from insight.card import applications, truth
from insight.errors import Unavailable
from insight.predict.labelled import backtest, default
from insight.predict.labelled.models import Decided, fit_led
from insight.predict.labelled.table import Flat
from insight.predict.scorecard.points import fit_card

AS_OF = date(2024, 6, 30)
SEED = 4


def day(text: str) -> date:
    return date.fromisoformat(text)


#: Accounts: opened, and the day of a statement with so many days past due, or of the charge-off.
ACCOUNTS = {
    "old": ("2022-05-01", None),
    "good": ("2023-02-01", None),
    "bad": ("2023-02-01", ("2023-12-28", 92)),
    "almost": ("2023-02-01", ("2023-12-28", 89)),
    "too late": ("2023-02-01", ("2024-05-28", 120)),
    "written off": ("2023-03-01", "2024-05-20"),  # 90 days past due by 2024-02-20 at the latest
    "written off later": ("2023-02-01", "2024-06-20"),
    "young": ("2023-09-01", ("2024-02-28", 120)),
}


def delivered(*, changes: bool = True) -> dict[str, ibis.Table]:
    accounts = pd.DataFrame(
        [(name, f"c {name}", day(opened), "open") for name, (opened, _) in ACCOUNTS.items()],
        columns=["account_id", "customer_id", "opened_on", "status"],
    )
    bills = [("good", day("2023-02-28"), 0)]
    bills += [(name, day(said[0]), said[1]) for name, (_, said) in ACCOUNTS.items() if isinstance(said, tuple)]
    off = [(name, day(said), "status", "charged_off") for name, (_, said) in ACCOUNTS.items() if isinstance(said, str)]
    asked = [
        (f"a {name}", f"c {name}", day(opened), "app", "approved", name, 50_000.0)
        for name, (opened, _) in ACCOUNTS.items()
    ]
    asked.append(("a declined", "c declined", day("2023-01-05"), "branch", "declined", None, 9_000.0))
    scores = [("c good", day("2023-01-31"), 700.0), ("c good", day("2023-02-01"), 710.0)]
    scores += [("c good", day("2023-02-02"), 500.0), ("c bad", day("2023-05-01"), 480.0)]
    tables = {
        "accounts": accounts,
        "statements": pd.DataFrame(bills, columns=["account_id", "statement_on", "days_past_due"]),
        "applications": pd.DataFrame(
            asked,
            columns=[
                *("application_id", "customer_id", "applied_on", "channel", "decision", "account_id", "stated_income"),
            ],
        ),
        "bureau_scores": pd.DataFrame(scores, columns=["customer_id", "scored_on", "score"]),
    }
    if changes:
        tables["account_changes"] = pd.DataFrame(off, columns=["account_id", "changed_on", "what", "new_value"])
    return {name: ibis.memtable(table) for name, table in tables.items()}


def test_an_account_is_bad_that_was_90_days_past_due_within_a_year_of_its_opening():
    tables = delivered()
    found = applications.outcomes(tables.get, tables.__contains__, as_of=AS_OF).set_index("account_id")["bad"]
    assert found.to_dict() == {
        "old": 0,
        "good": 0,
        "bad": 1,
        "almost": 0,
        "too late": 0,
        "written off": 1,
        "written off later": 0,
    }


def test_without_dated_changes_only_accounts_count_whose_first_year_has_statements():
    tables = delivered(changes=False)
    found = applications.outcomes(tables.get, tables.__contains__, as_of=AS_OF)
    assert "old" not in set(found["account_id"])
    assert "young" not in set(found["account_id"])


def test_applications_count_from_the_first_declined_one_on():
    tables = delivered()
    asked = applications.through_the_door(tables.get, as_of=AS_OF).to_pandas()
    assert "a old" not in set(asked["application_id"])
    assert len(asked) == len(ACCOUNTS)


def test_channels_are_counted_with_the_share_approved():
    tables = delivered()
    found = applications.by_channel(tables.get, as_of=AS_OF).set_index("channel")
    assert found.loc["app", ["applications", "approved", "share"]].tolist() == [7, 7, 1.0]
    assert found.loc["branch", ["applications", "approved", "share"]].tolist() == [1, 0, 0.0]


def test_with_few_of_either_outcome_there_is_no_scorecard(monkeypatch):
    tables = delivered()
    found = applications.cases(tables.get, tables.__contains__, as_of=AS_OF)
    assert isinstance(found, Unavailable)
    assert found.reason == "few_cases"
    monkeypatch.setattr(applications, "FEWEST_OF_A_CLASS", 1)
    flat = applications.cases(tables.get, tables.__contains__, as_of=AS_OF)
    assert flat.known.sum() == 6
    assert np.isnan(flat.labels["a declined"])
    assert np.isnan(flat.labels["a young"])
    # the bureau's word of that day, not the one of the day after; of the other customer none was there yet
    assert flat.features["score"]["a good"] == 710.0
    assert np.isnan(flat.features["score"]["a bad"])
    assert flat.observed.is_monotonic_increasing


def asked(size: int = 3000) -> tuple[Flat, pd.Series, np.ndarray]:
    """Make applications with their true chances: the worst third declined, of the last third nothing known yet."""
    rng = np.random.default_rng(SEED)
    score, job = rng.normal(0, 1, size), rng.choice(["x", "y"], size)
    chance = 1 / (1 + np.exp(1.5 + score - (job == "x")))
    index = pd.Index([f"a{at}" for at in range(size)], name="application_id")
    declined = score < -0.4
    labels = pd.Series((rng.random(size) < chance).astype(float), index=index)
    labels[declined | (np.arange(size) > 2 * size // 3)] = np.nan
    features = pd.DataFrame({"score": score, "job": pd.Categorical(job)}, index=index)
    observed = pd.Series(np.arange(float(size)), index=index)
    empty = pd.DataFrame(index=index)
    flat = Flat(
        features=features, days=empty, labels=labels, groups=np.arange(size), observed=observed, observed_days=True,
        leaves="default", is_named=True,
    )  # fmt: skip
    return flat, pd.Series(chance, index=index), declined


def test_a_model_of_the_approved_comes_near_the_ceiling_on_later_ones_the_declined_too():
    flat, chance, declined = asked()
    test = backtest.backtest(flat, pd.DataFrame(columns=["column"]), seed=SEED, models=default.models({}))
    choice = backtest.choose(backtest.compare(test, seed=SEED))
    since = truth.later(flat, chance)
    assert not (since.rows & flat.known).any()
    assert declined[since.rows].any()
    found = truth.of_applications(flat, choice, since, seed=SEED)
    assert found.low < found.value <= found.ceiling + 0.005
    assert found.ceiling <= found.oracle
    assert found.gap < 0.03
    compared = truth.infer_rejects(flat, choice, since, declined, seed=SEED).set_index("among")
    assert compared.loc["all", "without"] == pytest.approx(found.value)
    assert abs(compared.loc["all", "gain"]) < 0.03
    assert compared.loc["declined", "cases"] < compared.loc["all", "cases"]


def weighed(size: int = 4000) -> tuple[Flat, np.ndarray, np.ndarray]:
    """Make cases of twelve columns with true log-odds, few of which have an outcome; decisions weigh them alike."""
    rng = np.random.default_rng(SEED)
    seen = rng.normal(size=(size, 12))
    odds = seen @ rng.normal(0, 0.4, 12) - 3
    refused = odds + rng.logistic(0, 0.5, size) > -2.8
    labels = np.where(refused | (np.arange(size) > 2000), np.nan, rng.random(size) < 1 / (1 + np.exp(-odds)))
    index = pd.Index([f"a{at}" for at in range(size)])
    flat = Flat(
        features=pd.DataFrame(seen, index=index).add_prefix("x"), days=pd.DataFrame(index=index),
        labels=pd.Series(labels.astype(float), index=index), groups=np.arange(size),
        observed=pd.Series(np.arange(float(size)), index=index), observed_days=True, leaves="default", is_named=True,
    )  # fmt: skip
    return flat, refused, odds


def test_with_few_defaults_decisions_lead_to_a_better_ranking_and_what_columns_add_is_the_score():
    flat, refused, odds = weighed()
    how = np.where(refused, "declined", "approved")
    asked = ibis.memtable(pd.DataFrame({"application_id": flat.labels.index, "decision": how}))
    decided = applications.decided(flat, {"applications": asked}.get)
    models = default.models({}, decided)
    assert 20 < flat.labels.sum() < 80
    rows, y, new = flat.features[flat.known], flat.labels[flat.known].to_numpy(float), flat.features[3000:]
    led, plain = (models[name](rows, y, seed=SEED) for name in ("led", "logistic"))
    likeness = [np.corrcoef(backtest.scores_of(model, new), odds[3000:])[0, 1] for model in (led, plain)]
    assert likeness[0] > likeness[1] + 0.02
    parts = led.contributions(new)
    assert list(parts) == [*flat.features, "base"]
    chance = 1 / (1 + np.exp(-backtest.scores_of(led, rows)))
    assert chance.mean() == pytest.approx(y.mean(), abs=1e-4)


def test_decisions_of_later_days_than_the_outcomes_are_not_looked_at():
    flat, refused, _ = weighed()
    known = np.flatnonzero(flat.known)
    rows, y = flat.features.iloc[known], flat.labels.iloc[known].to_numpy(float)
    later, told = np.arange(4000) > known.max(), []
    for other in (refused, ~refused):
        decided = Decided(flat.features, np.where(later, other, refused), flat.observed, None)
        told.append(backtest.scores_of(fit_led(rows, y, seed=SEED, decided=decided), rows))
    assert told[0] == pytest.approx(told[1])


def test_without_decisions_of_both_kinds_no_model_is_led_by_them():
    flat, _, _ = weighed()
    asked = ibis.memtable(pd.DataFrame({"application_id": flat.labels.index, "decision": "approved"}))
    assert applications.decided(flat, {"applications": asked}.get) is None
    assert "led" not in default.models({}, None)


def test_without_a_truth_nothing_is_held_against_it():
    flat, _, _ = asked(300)
    assert isinstance(truth.later(flat, Unavailable("scorecard", "no_truth")), Unavailable)


def test_what_speaks_against_a_declined_application_by_hand():
    # of 200 by either channel 40 and 10 defaulted; income tells nothing
    channel = ["outlet"] * 200 + ["app"] * 200
    bad = np.repeat([1.0, 0.0, 1.0, 0.0], [40, 160, 10, 190])
    rows = pd.DataFrame({"channel": [*channel, "outlet", "app"], "income": [1.0, 2.0] * 201})
    rows["channel"] = rows["channel"].astype("category")
    labels = pd.Series([*bad, np.nan, np.nan])
    flat = Flat(
        features=rows, days=pd.DataFrame(index=rows.index), labels=labels, groups=np.arange(402), observed=None,
        observed_days=False, leaves="default", is_named=True,
    )  # fmt: skip
    card = fit_card(rows[flat.known], bad)
    turned_down = np.arange(402) >= 400
    found = applications.explain_declined(flat, card, turned_down)
    assert found.reasons.codes()["reason_1"].fillna("nothing").tolist() == ["channel: outlet", "nothing"]
    assert found.reasons.codes()["reason_2"].isna().all()
    parts = card.contributions(rows[turned_down])
    assert parts["channel"].iloc[0] > 0 > parts["channel"].iloc[1]
    assert parts.sum(axis=1).to_numpy() == pytest.approx(card.log_odds(rows[turned_down]))  # a reason is a part of it
    assert applications.explain_declined(flat, card, ~flat.known & False).reason == "no_reasons"


def test_applicants_are_compared_by_who_they_are_and_found_by_their_customer():
    rng = np.random.default_rng(SEED)
    n, names = 600, [f"a{at}" for at in range(600)]
    gender = rng.permutation(["F", "M"] * 300)
    people = pd.DataFrame({"customer_id": [f"c{at}" for at in range(n)], "gender": gender})
    asked = pd.DataFrame({"application_id": names, "customer_id": people["customer_id"]}).sample(frac=1, random_state=1)
    tables = {name: ibis.memtable(table) for name, table in {"customers": people, "applications": asked}.items()}
    y = pd.Series(rng.random(n) < np.where(gender == "F", 0.3, 0.1), index=names).astype(float)
    test = backtest.Test(y, pd.DataFrame({"logistic": np.full(n, 0.2)}, index=names), np.arange(n), n, True, {})
    has = tables.__contains__
    found = applications.compare_applicants(tables.get, has, test, backtest.Choice("logistic", "logistic"), seed=SEED)
    table = found.table.set_index("group")
    assert table.loc["F", "left"] == y[gender == "F"].sum()
    assert table.loc["F", "bias_high"] < 0 < table.loc["M", "bias_low"]  # one chance for all is wrong for both
    assert "bias" in table.loc["M", "differs"]
    nobody = applications.compare_applicants({}.get, {}.__contains__, test, backtest.Choice("logistic", ""), seed=SEED)
    assert nobody.reason == "people"
