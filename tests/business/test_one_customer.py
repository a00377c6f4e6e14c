"""One customer's page: what tables say of them and of nobody else, in both languages, never in a run."""

import re

import pandas as pd
import pytest

from insight import customer360
from insight.customer360 import facts, page
from insight.errors import InsightError
from small_project import bytes_below


@pytest.fixture
def bank(small_bank, monkeypatch):
    monkeypatch.setenv("INSIGHT_HOME", str(small_bank.folder))
    monkeypatch.delenv("INSIGHT_LANGUAGES", raising=False)
    return small_bank.processed("tiny")


def rows(folder, table: str) -> pd.DataFrame:
    return pd.read_parquet(folder / f"{table}.parquet")


def busiest(folder) -> str:
    """Who has a ticket, a contact and most purchases."""
    bought = rows(folder, "transactions")["customer_id"].value_counts()
    known = set(rows(folder, "service_tickets")["customer_id"]) & set(rows(folder, "contacts")["customer_id"])
    return next(customer for customer in bought.index if customer in known)


def test_what_is_told_is_what_stands_in_the_tables(bank):
    customer = busiest(bank)
    found = facts.read("tiny", customer)
    lines = rows(bank, "transactions")
    mine = lines[(lines["customer_id"] == customer) & lines["kind"].isin(["purchase", "refund"])]
    days = pd.to_datetime(mine["occurred_on"])
    since = pd.Timestamp(found.months["month"].iloc[0])
    spent = mine.loc[(days >= since) & (days <= pd.Timestamp(found.as_of)), "amount"].astype(float).sum()
    assert found.months["spend"].sum() == pytest.approx(spent)
    assert len(found.months) == facts.MONTHS
    profile = rows(bank, "profile").set_index("customer_id")
    assert len(found.unusual) == facts.UNUSUAL
    for each in found.unusual.itertuples():
        values = profile[each.feature].astype(float)
        assert each.value == pytest.approx(values[customer])
        assert each.below == pytest.approx((values < values[customer]).sum() / values.notna().sum())
    carried = set(rows(bank, "tags").query("customer_id == @customer")["tag"])
    assert carried <= {tag.id for tag in found.tags}
    tickets = rows(bank, "service_tickets").query("customer_id == @customer")
    told = found.history[found.history["kind"] == "ticket"]
    assert set(told["what"]) <= set(tickets["topic"])
    sent = rows(bank, "contacts").query("customer_id == @customer and not is_holdout")
    assert found.history["kind"].eq("contact").sum() <= len(sent)
    assert found.history["on"].is_monotonic_decreasing
    assert found.standing["stage"] == rows(bank, "segments").set_index("customer_id").loc[customer, "stage"]


def test_every_customer_can_be_shown_in_both_languages_and_nothing_is_written(bank):
    before = bytes_below(bank)
    customers = [busiest(bank), *rows(bank, "customers")["customer_id"].iloc[::60]]
    for customer in customers:
        found = facts.read("tiny", customer)
        for lang in ("en", "zh"):
            html = page.as_html(found, lang=lang)
            assert customer in html
            assert not re.search(r"\bone\.\w+\.|\{\w+\}|\bNone\b|\bnan\b", html)
    assert bytes_below(bank) == before


def test_texts_of_tickets_and_names_stay_where_they_are(bank):
    customer = busiest(bank)
    texts = rows(bank, "service_tickets").query("customer_id == @customer")["text"].dropna()
    html = page.as_html(facts.read("tiny", customer), lang="en")
    assert len(texts)
    assert not [text for text in texts if text[:20] in html]


def test_a_shop_without_accounts_has_its_page_too(grocer, monkeypatch):
    monkeypatch.setenv("INSIGHT_HOME", str(grocer.folder))
    customers = rows(grocer.processed("complete_journey"), "segments")["customer_id"].iloc[::250]
    told = set()
    for customer in customers:
        found = facts.read("complete_journey", customer)
        assert found.accounts.empty
        told |= set(found.standing)
        for lang in ("en", "zh"):
            assert customer in page.as_html(found, lang=lang)
    assert {"tier", "stage", "group_en", "churn"} <= told


def test_a_run_shows_nobody(bank, monkeypatch):
    monkeypatch.setenv("INSIGHT_LANGUAGES", "en,zh")
    with pytest.raises(InsightError, match="a report shows no single customer"):
        customer360.show("tiny", busiest(bank))


def test_who_is_not_there_is_not_named(bank):
    with pytest.raises(InsightError, match=r"customers\.customer_id: tiny has no customer") as refused:
        customer360.show("tiny", "Ada Lovelace")
    assert "Lovelace" not in str(refused.value)
