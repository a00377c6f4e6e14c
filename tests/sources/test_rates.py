"""Amounts that are converted by daily rates: which rate a day takes, and what is rounded when."""

from decimal import ROUND_HALF_UP, Decimal
from random import Random

import pytest

from insight.config.parameters import load
from insight.contracts import CONTRACTS
from insight.contracts.quarantine import check as sort_out
from insight.contracts.quarantine import faults_in_words
from insight.errors import ParameterError, SourceError
from insight.sources.checkup import check
from insight.sources.readers import files

CENT = Decimal("0.01")
COLUMNS = {"customer_id": "who", "occurred_on": "day", "amount": {"product": ["paid", "fx.rate"]}}
# Friday, and the Monday after; francs are quoted on a holiday as N/A; a third currency is not quoted
RATES = "date,code,rate\n2024-03-01,USD,0.92345678\n2024-03-04,USD,0.91\n2024-03-01,CHF,1.05\n2024-03-04,CHF,N/A\n"
SALES = ["2024-03-01,USD", "2024-03-03,USD", "2024-03-04,USD", "2024-03-12,USD", "2024-02-29,USD", "2024-03-04,CHF"]


def described(shop, rates=RATES, *, sales=(*SALES, "2024-03-04,SEK"), columns=None, form=None, **lookup):
    shop.put("sales.csv", "who,day,code,paid\n" + "".join(f"ada,{sale},100\n" for sale in sales))
    shop.put("fx.csv", rates)
    by = {"day": "date", "code": "code"}
    join = {"fx": {"files": "fx.csv", "by": by, "last_before": 7, **lookup}}
    missing = {"missing": ["", "N/A"]}
    return shop.describe(files="sales.csv", columns=columns or COLUMNS, join=join, form=missing | (form or {}))


def amounts(shop, params) -> list[Decimal | None]:
    return [row["amount"] for row in shop.read(params)]


def sorted_out(shop, params):
    return sort_out(files.deliver(params, shop.con)["transactions"], CONTRACTS["transactions"], currency="EUR")


def test_a_day_without_a_rate_takes_the_last_one_before_within_the_bound(shop):
    of_friday, of_monday, francs = Decimal("92.35"), Decimal("91.00"), Decimal("105.00")
    assert amounts(shop, described(shop)) == [of_friday, of_friday, of_monday, None, None, francs, None]
    assert amounts(shop, described(shop, last_before=8))[3] == of_monday
    assert amounts(shop, described(shop, last_before=0)) == [of_friday, None, of_monday, None, None, None, None]


def test_older_rates_and_missing_ones_are_counted_by_name(shop):
    found = sorted_out(shop, described(shop))
    assert faults_in_words(found.remarks) == [
        "amount: takes the last fx.rate before its day, which has none in 2 row(s), first in sales.csv, line 3"
    ]
    assert faults_in_words(found.broken) == [
        "amount: finds no fx.rate to calculate it from in 3 row(s), first in sales.csv, line 5"
    ]
    lines = "\n".join(check(load("shop", root=shop.root)).lines)
    assert "kept: amount: takes the last fx.rate before its day" in lines


def test_several_rates_of_one_day_are_pointed_out_where_they_differ(shop):
    twice = "date,code,rate\n2024-03-01,USD,0.9\n2024-03-01,USD,0.8\n2024-03-04,USD,0.7\n2024-03-04,USD,0.7\n"
    params = described(shop, twice, sales=("2024-03-01,USD", "2024-03-04,USD"))
    assert amounts(shop, params) == [Decimal(90), Decimal(70)]
    assert faults_in_words(sorted_out(shop, params).remarks) == [
        "amount: takes the first fx.rate of several that its day has in 1 row(s), first in sales.csv, line 2"
    ]


def test_days_meet_as_days_however_they_are_written(shop):
    columns = COLUMNS | {"occurred_on": {"column": "day", "dates": ["%d.%m.%Y"]}}
    rates = RATES.replace("2024-03-01", "03/01/2024").replace("2024-03-04", "03/04/2024")
    form = {"format": {"dates": ["%m/%d/%Y"]}}
    params = described(shop, rates, sales=("01.03.2024,USD", "3.3.2024,USD"), columns=columns, **form)
    assert amounts(shop, params) == [Decimal("92.35")] * 2


def test_the_day_of_a_column_of_times_is_looked_up(shop):
    columns = COLUMNS | {"occurred_at": {"column": "day", "dates": ["%d.%m.%Y %H:%M"]}}
    del columns["occurred_on"]
    params = described(shop, sales=("03.03.2024 23:59,USD", "04.03.2024 00:00,USD"), columns=columns)
    assert amounts(shop, params) == [Decimal("92.35"), Decimal(91)]


def test_rates_of_which_no_day_can_be_read_are_refused(shop):
    rates = RATES.replace("2024-03-01", "March 1").replace("2024-03-04", "March 4")
    with pytest.raises(SourceError, match=r"join\.fx: last_before needs one column of days"):
        shop.read(described(shop, rates))


def test_rates_by_the_day_alone_need_no_currency(shop):
    params = described(shop, "date,rate\n2024-03-01,0.5\n", sales=("2024-03-02,USD",), by={"day": "date"})
    assert amounts(shop, params) == [Decimal(50)]


@pytest.mark.parametrize("before", [{"last_before": 7}, {"last_before": None}])
def test_the_own_currency_needs_no_rates(shop, before):
    sales = ("2024-03-01,USD", "2024-03-01,EUR", "2024-02-01,EUR", "2024-03-01,SEK")
    params = described(shop, sales=sales, one_for="EUR", **before)
    assert amounts(shop, params) == [Decimal("92.35"), 100, 100, None]
    found = sorted_out(shop, params)
    assert (len(found.remarks), found.broken["rows"].sum()) == (0, 1)


@pytest.mark.parametrize("factors", [2, 3, 4])
def test_products_are_exact_and_rounded_once(shop, factors):
    draw = Random(factors)
    digits = [5, 7, 9, 6]
    lines = []
    for _ in range(400):
        line = [f"{draw.choice(['', '-'])}{draw.randint(0, 10**8) / 10**6:.{digits[at]}f}" for at in range(factors)]
        lines.append(line)
    lines += [
        ["0.5", "0.01", "1", "1"][:factors],
        ["-0.5", "0.01", "1", "1"][:factors],
        ["3", "1e-2", "1", ".5"][:factors],
    ]
    names = ["quantity", "price", "rate", "share"][:factors]
    rows = "".join(f"ada,2024-03-01,{','.join(line)}\n" for line in lines)
    shop.put("sales.csv", f"who,day,{','.join(names)}\n{rows}")
    exact = []
    for line in lines:
        one = Decimal(1)
        for factor in line:
            one *= Decimal(factor)
        exact.append(one)
    for decimals in (None, 2):
        rule = {"product": names} | ({"decimals": 2} if decimals else {})
        params = shop.describe(
            files="sales.csv",
            columns={"customer_id": "who", "occurred_on": "day", "amount": rule, "kind": {"constant": "purchase"}},
            repeated_rows="keep",
        )
        unit = CENT if decimals else Decimal("0.0001")
        assert amounts(shop, params) == [one.quantize(unit, ROUND_HALF_UP) for one in exact]


def test_quantity_price_and_rate_make_one_amount_to_the_cent(shop):
    columns = COLUMNS | {"amount": {"product": ["n", "price", "fx.rate"]}}
    shop.put("fx.csv", "date,code,rate\n2024-03-01,USD,0.92345678\n")
    shop.put("sales.csv", "who,day,code,n,price\nada,2024-03-01,USD,3,19.99\nada,2024-03-02,USD,-7,0.333\n")
    join = {"fx": {"files": "fx.csv", "by": {"day": "date", "code": "code"}, "last_before": 1}}
    params = shop.describe(files="sales.csv", columns=columns, join=join)
    made = [Decimal(3) * Decimal("19.99"), Decimal(-7) * Decimal("0.333")]
    assert amounts(shop, params) == [(one * Decimal("0.92345678")).quantize(CENT, ROUND_HALF_UP) for one in made]


def test_money_is_divided_by_rates_that_say_what_one_of_ours_costs(shop):
    """1.1 dollars a euro: as the European Central Bank quotes; a rate of zero is none."""
    columns = COLUMNS | {"amount": {"product": ["n", "price"], "divided_by": ["fx.rate", 100]}}
    draw = Random(7)
    lines = [(draw.randint(-9, 99), draw.randint(1, 10**7) / 100) for _ in range(300)]
    shop.put("fx.csv", "code,day,rate\nUSD,2024-03-01,1.0873\nSEK,2024-03-01,0\n")
    said = "".join(f"ada,2024-03-01,USD,{n},{cents:.2f}\n" for n, cents in lines)
    shop.put("sales.csv", f"who,day,code,n,price\n{said}ada,2024-03-01,SEK,1,5\nada,2024-03-01,CHF,1,5\n")
    join = {"fx": {"files": "fx.csv", "by": {"day": "day", "code": "code"}}}
    params = shop.describe(files="sales.csv", columns=columns, join=join, repeated_rows="keep")
    exact = [Decimal(n) * Decimal(f"{cents:.2f}") / Decimal("1.0873") / 100 for n, cents in lines]
    assert amounts(shop, params) == [one.quantize(CENT, ROUND_HALF_UP) for one in exact] + [None, None]
    assert [fault.split(" in ")[0] for fault in faults_in_words(sorted_out(shop, params).broken)] == [
        "amount: finds no fx.rate to calculate it from",
        "amount: would be divided by zero",
    ]


def test_a_quotient_is_rounded_once_and_half_up(shop):
    shop.put("sales.csv", "who,day,cents\nada,2024-03-01,0.5\nada,2024-03-01,-0.5\nada,2024-03-01,0.49999\n")
    rule = {"product": ["cents"], "divided_by": 100, "decimals": 2}
    params = shop.describe(columns=COLUMNS | {"amount": rule, "kind": {"constant": "purchase"}})
    assert amounts(shop, params) == [CENT, -CENT, Decimal(0)]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"column": "paid", "divided_by": 100}, "divided_by is for a product"),
        ({"product": ["paid"], "divided_by": 0}, "must not be zero"),
    ],
)
def test_what_cannot_be_divided_is_refused(shop, rule, said):
    with pytest.raises(ParameterError, match=said):
        shop.describe(columns=COLUMNS | {"amount": rule})


def test_a_product_of_too_many_digits_is_named_and_never_rounded_on_the_way(shop):
    shop.put("sales.csv", "who,day,a,b\nada,2024-03-01,1.12345678901234567891,1.1234567890123456789\n")
    params = shop.describe(columns=COLUMNS | {"amount": {"product": ["a", "b"]}})
    assert faults_in_words(sorted_out(shop, params).broken)[0].startswith("amount: is too large a number")


def test_decimals_are_said_of_products_alone(shop):
    with pytest.raises(ParameterError, match="decimals is for a product"):
        shop.describe(columns=COLUMNS | {"amount": {"column": "paid", "decimals": 2}})
    with pytest.raises(ParameterError, match="two columns or more"):
        shop.describe(columns=COLUMNS | {"amount": {"product": ["paid"]}})
