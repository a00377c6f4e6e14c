import numpy as np
import pandas as pd
import pytest
from pypinyin import lazy_pinyin
from stdnum.cn import ric

from insight.simulate.engine.calendar import season
from insight.simulate.events.risk import bureau_score
from insight.simulate.population import names
from insight.simulate.population.behaviour import CATEGORY_NAMES, draw_traits
from insight.simulate.population.families import draw_kin
from insight.simulate.population.groups import GROUPS
from insight.simulate.world import AS_USUAL
from simulate.made import MONTHS, SEED, frame, world


def within(observed, expected, error, *, times=4.0):
    """Whether a mean is no further from the truth than chance allows."""
    return abs(observed - expected) <= times * error


@pytest.fixture(scope="module")
def contacts():
    responded = set(frame("responses")["contact"])
    rows = frame("contacts").merge(frame("truth.contacts"), on="contact")
    return rows.assign(responded=rows["contact"].isin(responded))


def test_groups_have_their_shares():
    kin = draw_kin(SEED, 0, 20_000, year=2024)
    seen = np.bincount(kin.group, minlength=len(GROUPS)) / 20_000
    shares = np.array([row[0] for row in GROUPS.values()])
    assert shares.sum() == pytest.approx(1)
    assert np.abs(seen - shares).max() < 0.012


def test_groups_spend_on_what_they_are_named_for():
    traits = draw_traits(SEED, 0, draw_kin(SEED, 0, 20_000, year=2024), AS_USUAL)
    mean = np.stack([traits.rates[traits.group == at].mean(axis=0) for at in range(len(GROUPS))])
    share = mean / mean.sum(axis=1, keepdims=True)
    top = dict(zip(CATEGORY_NAMES, np.array(list(GROUPS))[share.argmax(axis=0)], strict=True))
    assert (top["air_travel"], top["car_wash"], top["children"]) == ("traveller", "car_owner", "family")
    assert (top["dining"], top["luxury"]) == ("urban_diner", "wealthy_transactor")


@pytest.mark.parametrize(("category", "month"), [("online_retail", 11), ("air_travel", 10), ("clothing", 11)])
def test_seasons_move_categories_as_the_docs_say(category, month):
    rows = frame("card_transactions").query("kind == 'purchase'")
    counts = rows.groupby([rows["category"].astype(str), rows["occurred_at"].dt.month]).size()
    at, calm = CATEGORY_NAMES.index(category), CATEGORY_NAMES.index("transport")
    seen = (counts[category, month] / counts["transport", month]) / (counts[category, 4] / counts["transport", 4])
    truth = (season(month)[at] / season(month)[calm]) / (season(4)[at] / season(4)[calm])
    error = truth * np.sqrt(sum(1 / counts[name, day] for name in (category, "transport") for day in (month, 4)))
    assert within(seen, truth, error)


def test_singles_day_sells_more_than_any_other_day_online():
    rows = frame("card_transactions").query("category == 'online_retail' and kind == 'purchase'")
    days = rows["occurred_at"].dt.strftime("%m-%d").value_counts()
    assert days.index[0] == "11-11"


@pytest.mark.parametrize("is_holdout", [False, True])
def test_responses_are_the_truth_under_randomisation(contacts, is_holdout):
    rows = contacts[contacts["is_random"] & (contacts["is_holdout"] == is_holdout)]
    chance = rows["response_without"] if is_holdout else rows["response_with"]
    error = np.sqrt((chance * (1 - chance)).sum()) / len(rows)
    assert len(rows) > 900
    assert within(rows["responded"].mean(), chance.mean(), error)


def test_the_randomised_difference_finds_the_true_effect(contacts):
    rows = contacts[contacts["is_random"]]
    effect = (rows["response_with"] - rows["response_without"]).mean()
    arms = rows.groupby("is_holdout")["responded"].agg(["mean", "var", "size"])
    error = np.sqrt((arms["var"] / arms["size"]).sum())
    assert effect > 0.03
    assert within(arms["mean"][False] - arms["mean"][True], effect, error)


@pytest.mark.parametrize("is_random", [True, False])
def test_the_propensity_is_the_share_contacted_of_those_chosen(contacts, is_random):
    rows = contacts[contacts["is_random"] == is_random]
    planned = rows["propensity"].unique()
    assert len(planned) == 1
    assert (~rows["is_holdout"]).mean() == pytest.approx(planned[0], abs=4 * np.sqrt(0.25 / len(rows)))
    assert rows["chosen"].between(0, 1, inclusive="neither").all()


def test_each_response_is_the_potential_one(contacts):
    potential = np.where(contacts["is_holdout"], contacts["responds_without"], contacts["responds_with"])
    assert (potential == contacts["responded"]).all()
    assert (contacts["responds_without"] <= contacts["responds_with"]).all()


def test_holding_out_has_nothing_to_do_with_the_customer(contacts):
    for is_random, share in ((True, 0.30), (False, 0.15)):
        rows = contacts[contacts["is_random"] == is_random]
        assert within(rows["is_holdout"].mean(), share, np.sqrt(share * (1 - share) / len(rows)))
        spend = rows.groupby("is_holdout")["spend_without"].agg(["mean", "var", "size"])
        error = np.sqrt((spend["var"] / spend["size"]).sum())
        assert within(spend["mean"][True], spend["mean"][False], error)


def test_the_trial_is_chosen_with_the_chance_that_it_states():
    effects, consent = frame("truth.effects"), frame("people").set_index("person")["consent"]
    asked = effects[(effects["offer"] > 0) & effects["eligible"]].groupby("person").size()
    months = frame("contacts").query("is_random").groupby(frame("contacts")["sent_at"].dt.to_period("M")).size()
    willing = consent.reindex(asked.index).sum()
    assert within(months.iloc[-1], 0.06 * willing, np.sqrt(0.06 * willing))
    assert months.size == MONTHS  # from the first month on
    assert months.min() > 0.03 * willing


def _followed():
    """Each person's stage with the next one's, for those whom nobody contacted that month."""
    stages = frame("truth.stages").sort_values(["person", "month"])
    stages["month"] = pd.to_datetime(stages["month"])
    stages["following"] = stages.groupby("person")["stage"].shift(-1)
    sent = frame("contacts")[["person", "sent_at"]].assign(
        month=lambda rows: rows["sent_at"].dt.to_period("M").dt.to_timestamp()
    )
    rows = stages.merge(sent, on=["person", "month"], how="left").query("sent_at.isna() and following.notna()")
    return rows


@pytest.mark.parametrize(("stage", "gone"), [("mature", ["drifting"]), ("drifting", ["lost", "closed"])])
def test_people_leave_at_their_hazard(stage, gone):
    rows = _followed().query(f"stage == '{stage}' and leaving_hazard > 0")
    hazard = rows["leaving_hazard"].astype(float)
    error = np.sqrt((hazard * (1 - hazard)).sum()) / len(rows)
    left = rows["following"].isin(gone).mean()
    assert abs(left - hazard.mean()) <= 4 * error


def test_expected_spend_is_tried_by_those_whom_money_has_not_run_short():
    rows = _followed()[["person", "month", "expected_spend", "stage"]]
    rows = rows[~rows["person"].isin(frame("truth.credit")["person"])]
    spent = frame("card_transactions").query("kind in ('purchase', 'cash_advance')")
    month = spent["occurred_at"].dt.to_period("M").dt.to_timestamp()
    spent = spent.groupby([spent["person"], month.rename("month")])["amount"].sum()
    both = rows.merge(spent.reset_index(), on=["person", "month"], how="left").fillna({"amount": 0.0})
    users = both[both["stage"].isin(["mature", "growing"])]
    assert users["amount"].sum() / users["expected_spend"].sum() == pytest.approx(0.99, abs=0.025)


def test_the_bureau_sees_risk_with_noise():
    rng = np.random.default_rng(0)
    risk = rng.standard_normal(20_000)
    score = bureau_score(rng.standard_normal(20_000), risk, np.zeros(20_000))
    assert np.corrcoef(score, risk)[0, 1] == pytest.approx(-45 / np.hypot(45, 25), abs=0.01)


def test_bad_risks_default_more():
    risk = frame("truth.people").set_index("person")["risk"]
    bad = frame("accounts").query("status == 'charged_off'")["person"]
    assert risk[bad].mean() > risk.mean() + 0.7


def test_documents_are_valid_and_phones_are_given_once():
    people = frame("people")
    numbers = people.loc[people["customer_type"] == "person", "id_number"]
    assert all(ric.is_valid(number) for number in numbers.head(1_500))
    assert people["id_number"].is_unique
    assert people["phone"].str.fullmatch(r"1[3-9]\d{9}").all()
    assert pd.concat([people["phone"], people["previous_phone"].dropna()]).is_unique


def test_documents_say_birth_date_and_sex():
    people = frame("people").query("customer_type == 'person'")
    born = pd.to_datetime(people["birth_date"]).dt.strftime("%Y%m%d")
    assert (people["id_number"].str[6:14] == born).all()
    assert ((people["id_number"].str[16].astype(int) % 2 == 1) == (people["gender"] == "M")).all()


def test_pinyin_is_how_names_are_spoken():
    unusual = {"曾": "Zeng", "吕": "Lv"}
    for name, spoken in zip(*names.family_names()[:2], strict=True):
        assert spoken == unusual.get(name, "".join(lazy_pinyin(name)).capitalize())
    for gender in "MF":
        characters, spoken, weights = names.given_names(gender)
        single = zip(characters[: len(weights)], spoken[: len(weights)], strict=True)
        assert all(sound == lazy_pinyin(character)[0].capitalize() for character, sound in single)


def test_families_live_together_and_children_have_a_parents_name():
    people = frame("people")
    homes = people[["family", "road", "compound", "room"]].astype(str).drop_duplicates()
    assert homes["family"].is_unique
    children = people[people["family_role"] == "child"]
    parents = people[people["family_role"].isin(["head", "spouse"]) & (people["gender"] == "M")]
    both = children.merge(parents, on="family", suffixes=("", "_father"))
    assert len(both) > 100
    assert (both["family_name_zh"].astype(str) == both["family_name_zh_father"].astype(str)).all()
    assert (pd.to_datetime(both["birth_date"]) > pd.to_datetime(both["birth_date_father"])).all()


def test_tickets_are_in_both_languages_and_mislabelled_now_and_then():
    tickets = frame("tickets").merge(frame("truth.tickets").query("place == 0"), on="ticket")
    english = tickets["language"] == "en"
    assert within(english.mean(), 0.15, np.sqrt(0.15 * 0.85 / len(tickets)))
    wrong = tickets["topic"].astype(str) != tickets["intent"].astype(str)
    assert within(wrong.mean(), 0.08 * 11 / 12, np.sqrt(0.08 / len(tickets)))
    chinese = tickets["text"].str.contains(r"[\u4e00-\u9fff]")
    assert chinese[~english].all()
    assert 0.01 < chinese[english].mean() < 0.12  # both scripts in one text


def test_offers_have_no_effect_on_those_who_may_not_have_them():
    rows = frame("truth.effects").query("not eligible")
    assert (rows["response_with"] == rows["response_without"]).all()
    assert (rows["net_gain"] == 0).all()


def test_every_offer_is_worth_it_for_some_and_a_waste_on_others():
    rows = frame("truth.effects").query("eligible and offer > 0")
    share = (rows["net_gain"] > 0).groupby(rows["offer"]).mean()
    assert share.between(0.02, 0.9).all()


def test_an_offer_helps_or_harms_as_it_should():
    rows = frame("truth.effects").query("eligible")
    rows = rows.assign(
        spend=rows["spend_with"] - rows["spend_without"],
        leaving=rows["leaving_with"] - rows["leaving_without"],
        default=rows["default_with"] - rows["default_without"],
    )
    mean = rows.groupby("offer")[["spend", "leaving", "default"]].mean()
    assert mean.loc[0].abs().max() == pytest.approx(0, abs=1e-9)
    assert (mean.loc[1:, "spend"] > 0).all()
    assert mean.loc[8, "default"] > 0 > mean.loc[7, "default"]
    assert (rows["leaving"] > 0).any()
    assert (rows.query("offer == 9")["leaving"] < -0.02).any()


def test_the_stage_of_the_last_month_follows_the_one_before():
    stages = _followed()
    allowed = {
        "prospect": {"prospect", "applicant", "approved", "declined", "default"},  # in trouble when booked
        "approved": {"approved", "growing", "closed", "default"},
        "mature": {"mature", "drifting", "closed", "default"},
        "lost": {"lost", "won_back", "closed"},
        "closed": {"closed"},
        "default": {"default"},
    }
    for stage, following in allowed.items():
        assert set(stages.loc[stages["stage"] == stage, "following"].astype(str)) <= following, stage


def test_a_world_knows_how_large_it_is():
    assert world().tables["people"].num_rows == world().customers
