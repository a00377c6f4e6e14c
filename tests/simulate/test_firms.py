"""Small firms among the customers: how many, whose, under which code, what they buy, and that their books balance."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from stdnum.cn import uscc

from insight.config.source import Dirt, Rates
from insight.simulate.delivery import systems
from insight.simulate.delivery.records import Members, make_records, people_fields
from insight.simulate.events.ledger import OWNERS_PURCHASES
from insight.simulate.marketing.offers import CATALOGUE, FOR_PEOPLE
from insight.simulate.population import firms as rules
from insight.simulate.population.behaviour import draw_traits
from insight.simulate.population.families import draw_kin
from insight.simulate.world import make_world
from simulate.made import CUSTOMERS, SEED, frame, small

PERSONAL = ["family_name_zh", "given_name_zh", "family_name_pinyin", "given_name_pinyin", "gender", "birth_date"]


@cache
def firms():
    return frame("people").query("customer_type == 'firm'").merge(frame("truth.firms"), on=["person", "owner"])


def bought():
    lines = frame("card_transactions").query("kind == 'purchase' and status == 'cleared'")
    return lines.assign(firm=lines["person"].isin(firms()["person"]))


def test_three_in_a_hundred_customers_are_firms():
    assert len(firms()) == round(rules.SHARE * CUSTOMERS)
    assert len(make_world(SEED, 0, 300, 1, rates=Rates(firms=2)).truth["firms"]) == 18


def test_a_bank_without_firms_is_sound():
    made = make_world(SEED, 0, 300, 3, rates=Rates(firms=0))
    assert not len(made.truth["firms"])
    assert set(made.tables["people"]["customer_type"].to_pylist()) == {"person"}
    assert set(made.tables["cards"]["card"].to_pylist()) == {1}
    assert made.tables["card_transactions"].num_rows > 1_000


def test_people_are_who_they_were_whatever_the_share_of_firms():
    some, none = (draw_kin(SEED, 0, 3_000, year=2023, firms=share) for share in (1, 0))
    with_firms, without = (draw_traits(SEED, 0, kin, Rates()) for kin in (some, none))
    people = np.setdiff1d(np.arange(3_000), some.firms.at)
    for name in ("income", "risk", "rates", "favourite", "reach", "cycle_day", "group"):
        assert np.array_equal(getattr(with_firms, name)[people], getattr(without, name)[people]), name
    assert (with_firms.group[some.firms.at] != without.group[some.firms.at]).all()


def test_owners_are_grown_people_of_the_same_city_and_two_in_three_hold_a_card():
    people = frame("people").set_index("person")
    owners = people.loc[firms()["owner"]]
    assert (owners["customer_type"] == "person").all()
    assert (owners["city"].to_numpy() == firms()["city"].to_numpy()).all()
    age = (pd.Timestamp("2024-01-01") - pd.to_datetime(owners["birth_date"])).dt.days / 365.25
    assert age.between(rules.OWNERS_AGED[0] - 0.1, rules.OWNERS_AGED[1] + 0.1).all()
    holders = frame("accounts").query("kind == 'credit_card'")["person"]
    assert 0.5 < owners.index.isin(holders).mean() < 0.85


def test_firms_share_address_and_telephone_with_their_owners_as_often_as_said():
    owners = frame("people").set_index("person").loc[firms()["owner"]]
    place = ["road", "road_number", "compound", "building", "room"]
    at_home = (owners[place].astype(str).to_numpy() == firms()[place].astype(str).to_numpy()).all(axis=1)
    lent = firms()["shares_phone_with"].to_numpy() == firms()["owner"].to_numpy()
    for seen, share in ((at_home, rules.AT_HOME), (lent, rules.OWNERS_PHONE)):
        assert abs(seen.mean() - share) < 4 * np.sqrt(share * (1 - share) / len(seen))


def test_firms_have_a_code_with_right_check_digits_and_nothing_that_only_people_have():
    assert all(map(uscc.is_valid, firms()["id_number"]))
    assert frame("people")["id_number"].is_unique
    other = make_world(SEED, 1, 300, 1).tables["people"]["id_number"].to_pylist()
    assert not set(other) & set(frame("people")["id_number"])
    assert firms()[PERSONAL].isna().all(axis=None)
    assert frame("people").query("customer_type == 'person'")[PERSONAL].notna().all(axis=None)
    assert firms()[["firm_name_zh", "firm_name_en", "founded_on", "trade", "employees"]].notna().all(axis=None)


def test_a_code_says_whether_a_company_or_a_trader_is_registered_and_where():
    company = firms()["firm_name_zh"].str.endswith("有限公司")
    assert (firms()["id_number"].str[:2] == np.where(company, "91", "92")).all()
    assert 0.4 < company.mean() < 0.8
    assert firms()["id_number"].str[2:8].str.fullmatch(r"[1-6]\d{5}").all()
    assert all(name.startswith(city[:2]) for name, city in zip(firms()["firm_name_zh"], firms()["city"], strict=True))


def test_the_check_digit_tells_a_slip():
    [code] = rules.credit_codes(np.array(["91"]), np.array([330106]), np.array([7]))
    wrong = [code[:at] + str((int(code[at]) + 1) % 10) + code[at + 1 :] for at in range(2, 16) if code[at].isdigit()]
    assert not any(map(uscc.is_valid, wrong))


def test_several_cards_lie_on_a_firm_s_account_and_pay():
    cards = frame("cards").groupby("account")["holder"].agg(["size", "first", "last"])
    person = frame("accounts").query("kind == 'credit_card'").set_index("account")["person"]
    several = firms().set_index("person")["cards"].reindex(person).fillna(1).to_numpy()
    assert (cards["size"].reindex(person.index).to_numpy() == several).all()
    own = firms()["person"]
    of_firms = cards.loc[person[person.isin(own)].index]
    assert set(of_firms["first"]) == {"owner"}
    assert set(of_firms["last"]) == {"employee"}
    assert set(cards.loc[person[~person.isin(own)].index, "first"]) == {"holder"}
    used = bought().query("firm").merge(cards["size"].rename("cards"), left_on="account", right_index=True)
    assert used["card"].between(1, used["cards"]).all()
    assert used["card"].nunique() == rules.MOST_CARDS
    expected = OWNERS_PURCHASES + (1 - OWNERS_PURCHASES) * (1 / used["cards"]).mean()
    assert (used["card"] == 1).mean() == pytest.approx(expected, abs=0.02)


def test_a_refund_goes_to_the_card_that_paid_and_the_bank_books_on_none():
    lines = frame("card_transactions")
    both = lines.query("kind == 'refund'").merge(
        lines[["transaction", "card"]], left_on="original", right_on="transaction"
    )
    assert (both["card_x"] == both["card_y"]).all()
    assert both["card_x"].max() > 1
    assert lines.loc[lines["kind"].isin(["fee", "interest"]), "card"].isna().all()


def test_firms_spend_more_on_workdays_on_what_firms_need():
    rows = bought()
    each = rows.groupby("firm").agg(spent=("amount", "sum"), amount=("amount", "median"), who=("person", "nunique"))
    assert each["spent"][True] / each["who"][True] > 2 * each["spent"][False] / each["who"][False]
    assert each["amount"][True] > 2 * each["amount"][False]
    weekend = (rows["occurred_at"].dt.weekday >= 5).groupby(rows["firm"]).mean()
    assert weekend[True] == pytest.approx(0.4 / 5.4, abs=0.02)
    share = rows[rows["firm"]]["category"].value_counts(normalize=True)
    assert share[["suppliers", "office", "fuel", "air_travel", "hotel", "transport", "utilities"]].sum() > 0.6
    assert share["suppliers"] > 0.1
    assert set(rows.loc[~rows["firm"], "category"].unique()).isdisjoint({"suppliers", "office"})


def test_firms_pay_in_full_more_often_than_people():
    paid = frame("payments").query("kind != 'autopay'")
    full = (paid["kind"] == "full").groupby(paid["person"].isin(firms()["person"])).mean()
    assert full[True] > 0.7 > full[False]


def test_no_campaign_for_people_reaches_a_firm():
    sent = frame("contacts")[["person", "offer"]]
    to_firms = sent[sent["person"].isin(firms()["person"])]
    assert not to_firms["offer"].isin(FOR_PEOPLE).any()
    assert len(to_firms) > 100
    assert set(to_firms["offer"]) == set(range(1, len(CATALOGUE))) - set(FOR_PEOPLE)
    may = frame("truth.effects").query("eligible")
    assert not may[may["person"].isin(firms()["person"])]["offer"].isin(FOR_PEOPLE).any()


def test_the_books_of_firms_balance_in_every_month():
    own = firms()["person"]
    months = frame("statements")[frame("statements")["person"].isin(own)]
    parts = ["previous_balance", "purchases", "cash_advances", "fees", "interest"]
    left = months[parts].sum(axis=1) - months["refunds"] - months["payments"] - months["balance"]
    assert len(months) > 1_000
    assert left.abs().max() < 0.005
    books = frame("truth.books")
    books = books[books["person"].isin(own)].drop(columns=["person", "month"])
    assert (books.drop(columns="margin").sum(axis=1) - books["margin"]).abs().max() < 0.005
    assert books["margin"].sum() > 0


@pytest.mark.parametrize("system", systems.SYSTEMS, ids=lambda system: system.name)
def test_records_of_firms_say_who_they_are_and_who_speaks_for_them(system):
    people = small().tables["people"]
    fields = people_fields(people)
    clean = Dirt(**dict.fromkeys(Dirt.model_fields, 0.0))
    members = Members(np.arange(250), np.full(250, "2024-02-01", "datetime64[D]"))
    made = make_records(system, members, fields, chunk=0, last_day=np.datetime64("2024-04-30"), dirt=clean,
                        rng=np.random.default_rng(3)).texts  # fmt: skip
    firm = fields["firm"]
    assert firm.sum() == 8
    row = {number: at for at, number in enumerate(people["person"].to_pylist())}
    owner = np.array([row[number] for number in people["owner"].filter(firm).to_pylist()])
    assert (made["type"] == np.where(firm, system.types[1], system.types[0])).all()
    assert (made["name"][firm] == np.array(people["firm_name_zh"].to_pylist(), object)[firm]).all()
    assert (made["contact"][firm] == np.strings.add(fields["family_zh"], fields["given_zh"])[owner]).all()
    assert (made["contact_key"][firm] == made["key"][owner]).all()
    assert all(made[name][firm].tolist() == [""] * 8 for name in ("sex", "birth", "family", "given"))
    assert all(
        not made[name][~firm].any() for name in ("company", "contact", "contact_phone", "contact_key", "founded")
    )
