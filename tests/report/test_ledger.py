"""Promises beside what was measured are said in both languages, with what surely differs."""

from datetime import date

import pandas as pd
import pytest

from insight.errors import Unavailable
from insight.report.findings.reviewed import ledger as told
from insight.review.ledger import Ledger
from insight.words.context import Context, using

MEASURED = ["contacts", "promised", "measured", "measured_low", "measured_high", "verdict"]


@pytest.fixture(autouse=True)
def dollars():
    with using(Context(currency="USD", as_of=date(2024, 6, 30))):
        yield


def table(name: str, keys: list, verdicts: list[str]) -> pd.DataFrame:
    rows = [(key, 600, 0.05 + 0.01 * place, 0.01 * (4 + place), 0.0, 0.09, verdict)
            for place, (key, verdict) in enumerate(zip(keys, verdicts, strict=True))]  # fmt: skip
    return pd.DataFrame(rows, columns=[name, *MEASURED])


def ledger(verdict: str = "kept", *, of_wine: str = "kept", order: tuple = (0.06, 0.02, 0.1)) -> Ledger:
    total = pd.Series(dict(zip(MEASURED, (1200, 0.051, 0.06, 0.039, 0.079, verdict), strict=True)))
    months = table("month", [date(2024, 5, 1), date(2024, 6, 1)], ["kept", verdict])
    offers, tenths = table("offer_id", ["1", "2"], ["kept", of_wine]), table("tenth", [1, 2], ["kept"] * 2)
    return Ledger(months, offers, tenths, total, pd.Series(dict(zip(("value", "low", "high"), order, strict=True))))


def said(finding, part: str) -> tuple[str, str]:
    words = finding.part(part)
    return words.in_language("en"), words.in_language("zh")


def test_what_was_promised_stands_beside_what_was_measured():
    found = told.months(ledger())
    english, chinese = said(found, "title")
    assert english.startswith("Of 100 contacts, 5.1 additional responses were promised and 6.0 measured: no difference")
    assert chinese.startswith("每 100 次触达承诺净增 5.1 次响应，实测 6.0 次")
    assert said(found, "so_what")[0].startswith("Plan with what is promised in all")
    assert said(found, "says")[0].startswith("Promised is what the model")
    [headline] = found.headlines
    assert (headline.name, headline.value, headline.low, headline.high) == ("promise_measured", 0.06, 0.039, 0.079)
    assert found.figure(found.table).draw("zh").digest


@pytest.mark.parametrize(("verdict", "advice"), [("too much", "Plan with less"), ("too little", "More came than")])
def test_what_surely_differs_is_said(verdict, advice):
    found = told.months(ledger(verdict))
    assert "no difference" not in said(found, "title")[0]
    assert said(found, "so_what")[0].startswith(advice)


def test_offers_that_differ_are_named():
    names = {"1": "tea", "2": "wine"}
    assert said(told.offers(ledger(), names), "title")[0].startswith("No offer was measured otherwise")
    assert said(told.offers(ledger(of_wine="too much"), names), "title") == (
        "Promised otherwise than measured: wine", "承诺与实测不符：wine",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("order", "end"),
    [
        ((0.06, 0.02, 0.1), "the order holds for months that it had not seen."),
        ((0.06, -0.02, 0.1), "so few contacts do not show whether the order holds."),
        ((-0.06, -0.1, -0.02), "so fewer: do not rely on the order."),
    ],
)
def test_an_order_that_holds_is_told_from_one_that_does_not(order, end):
    assert said(told.tenths(ledger(order=order)), "note")[0].endswith(end)


@pytest.mark.parametrize(("verdict", "advice"), [("kept", "Budgets may be"), ("too much", "Plan budgets with less")])
def test_money_that_was_promised_stands_beside_what_responses_left(verdict, advice):
    found = told.money(ledger(verdict, order=(6.0, 2.0, 10.0)))
    english, chinese = said(found, "title")
    assert english.startswith("After its costs a contact was promised to leave $0.05 within a year")
    assert chinese.startswith("每次触达扣除成本后")
    assert said(found, "says")[0].endswith("choosing by the promise pays.")
    assert said(found, "so_what")[0].startswith(advice)
    assert [(one.name, one.unit) for one in found.headlines] == [("promise_money_measured", "currency")]
    assert found.figure(found.table).draw("zh").digest


def test_the_list_in_hand_stands_beside_the_truth():
    found = told.truth(ledger("too much"))
    assert said(found, "title")[0] == "The list in hand promises $0.05 of a contact; in truth $0.06 is left"
    assert said(found, "so_what")[0].startswith("What responses bring is thought too high")


def test_without_randomised_contacts_it_says_so():
    missing = told.months(Unavailable("ledger", "not_randomised"))
    assert "no contact is on record" in said(missing, "says")[0]
    assert [one.value for one in missing.headlines] == [None]
