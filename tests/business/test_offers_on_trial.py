"""A shop from files whose offers were drawn by lot, and the same where nothing was: the list, or why there is none."""

import json
import re

import pandas as pd
import pytest

from business.conftest import make_home
from on_trial import made, spends_much

YAML = """
title: {en: Tea house, zh: 茶馆}
currency: EUR
time_zone: Europe/Berlin
campaign_budget: 300
economics: {spend_margin: 0.3}
offer_terms: {letter: {when: [{column: spend, is: at least, value: 10}]}}
source:
  kind: files
  format: {dates: ["%Y-%m-%d"]}
  tables:
    customers: {files: [customers.csv], columns: {customer_id: customer_id, consent: consent}}
    transactions:
      files: [transactions.csv]
      columns:
        {transaction_id: line, basket_id: line, customer_id: customer_id, occurred_at: occurred_on, amount: amount,
         category: category}
    campaigns:
      files: [campaigns.csv]
      columns: {campaign_id: campaign_id, name: campaign_id, starts_on: starts_on, ends_on: ends_on}
    offers:
      files: [offers.csv]
      columns:
        {offer_id: offer_id, product: product, cost: cost, margin: margin, contact_cost: contact_cost,
         cooldown_days: cooldown_days}
    contacts:
      files: [contacts.csv]
      columns:
        {contact_id: contact_id, customer_id: customer_id, campaign_id: campaign_id, offer_id: offer_id,
         sent_at: sent_on, is_holdout: is_holdout, propensity: propensity, is_random: is_random}
    responses:
      files: [responses.csv]
      columns:
        {response_id: contact_id, contact_id: contact_id, customer_id: customer_id, responded_at: responded_on,
         kind: {constant: came}}
"""


@pytest.fixture(scope="module")
def houses(tmp_path_factory):
    """Two tea houses: in one lots decided, in the other nobody knows who decided."""
    home = make_home(tmp_path_factory.mktemp("houses"))
    frames = {name: table.to_pandas() for name, table in made().items()}
    frames["transactions"] = frames["transactions"].assign(line=range(len(frames["transactions"])))
    frames["campaigns"] = pd.DataFrame(
        {"campaign_id": ["trial"], "starts_on": ["2023-04-01"], "ends_on": ["2023-12-31"]}
    )
    for name, random in (("drawn", True), ("undrawn", False)):
        folder = home.folder / "data" / "raw" / name
        folder.mkdir(parents=True)
        for table, frame in frames.items():
            frame = frame.assign(is_random=random) if table == "contacts" else frame
            frame.to_csv(folder / f"{table}.csv", index=False)
        (home.folder / "params" / f"{name}.yaml").write_text(YAML, encoding="utf-8")
        home.report(name, "--only", "10", "--only", "50")
    return home


def headlines(houses, name: str) -> dict[str, dict]:
    path = houses.processed(name) / "headlines" / "50_offers_on_trial.json"
    return {one["name"]: one for one in json.loads(path.read_text(encoding="utf-8"))}


def test_the_list_goes_to_those_whom_the_gift_persuades(houses):
    stated = headlines(houses, "drawn")
    rows = pd.read_parquet(houses.processed("drawn") / "offer_list.parquet")
    assert stated["list_contacts"]["value"] == (~rows["is_holdout"]).sum() > 50
    assert pd.Series([spends_much(int(name[1:])) for name in rows["customer_id"]]).mean() > 0.95
    assert (rows["offer_id"] == "gift").mean() > 0.95
    assert stated["qini_gift"]["low"] > 0 > stated["qini_letter"]["low"]
    assert stated["additional_responses_against_random"]["low"] > 2
    assert stated["off_policy_value"]["low"] > 0
    assert "policy_share_of_oracle" not in stated


def test_where_nothing_was_randomised_nothing_is_called_uplift(houses):
    assert all(one["value"] is None for one in headlines(houses, "undrawn").values())
    assert not (houses.processed("undrawn") / "offer_list.parquet").exists()
    page = (houses.reports("undrawn") / "en" / "50_offers_on_trial.html").read_text(encoding="utf-8")
    assert "Nothing here was randomised" in re.sub(r"<[^>]+>", "", page)
