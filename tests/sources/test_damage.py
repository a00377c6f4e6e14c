"""What a spreadsheet did to values is named as damage, in a draft and in a check."""

import pytest

from insight.sources.checkup import check
from insight.sources.reading.damage import found_in_values

HEAD = "customer_id,order_date,amount,product_id\n"
COLUMNS = {
    "customer_id": "customer_id",
    "occurred_on": {"column": "order_date", "dates": ["%d/%m/%Y", "excel"]},
    "amount": "amount",
    "product_id": "product_id",
}


def said_of(shop, *, columns=None, **written) -> list[str]:
    """Give what is said of forty lines whose columns are written so, in the draft and in the check alike."""
    usual = {"customer_id": "C{0}", "order_date": "{1:02}/03/2024", "amount": "{0}.50", "product_id": "P{0}"}
    forms = [written.get(name, form) for name, form in usual.items()]
    lines = [
        ",".join(form(at) if callable(form) else form.format(at, at % 28 + 1) for form in forms) for at in range(40)
    ]
    shop.put("a.csv", HEAD + "\n".join(lines) + "\n")
    shop.draft()
    drafted = [
        line for line in (shop.root / "params" / "shop.yaml").read_text("utf-8").splitlines() if "damaged" in line
    ]
    checked = [line for line in check(shop.describe(columns=columns or COLUMNS)).lines if "damaged" in line]
    assert len(drafted) == len(checked)
    return checked


def test_sound_values_are_not_called_damaged(shop):
    assert said_of(shop) == []


def test_shortened_ids_cannot_be_told_apart(shop):
    (said,) = said_of(shop, customer_id=lambda at: f"{2 + at % 7}.21E+11")
    assert "'customer_id': 40 value(s) are numbers shortened to the form 1.23E+11" in said
    assert "cannot be told apart" in said


def test_shortened_amounts_have_lost_digits(shop):
    (said,) = said_of(shop, amount=lambda at: "1.2E+05" if at == 3 else f"{at}.50")
    assert "'amount': 1 value(s) are numbers shortened" in said


@pytest.mark.parametrize("error", ["#N/A", "#####", "#WERT!"])
def test_errors_of_formulas_are_named(shop, error):
    (said,) = said_of(shop, product_id=lambda at: error if at % 9 == 0 else f"P{at}")
    assert "'product_id': 5 value(s) are errors of formulas" in said


def test_codes_that_became_days(shop):
    (said,) = said_of(shop, product_id=lambda at: "3-Mar" if at % 9 == 0 else f"{at}-A")
    assert "5 code(s) became days" in said


def test_zeros_that_were_lost(shop):
    (said,) = said_of(shop, product_id=lambda at: str(at * 7919 + (123_456_789 if at % 10 == 0 else 7_000_000_000)))
    assert "4 of 40 numbers have fewer than 10 digits" in said


def test_numbers_of_sixteen_digits_that_were_rounded(shop):
    (said,) = said_of(shop, customer_id=lambda at: f"{4_111_111_111_111_11 + at}0")
    assert "40 number(s) have nothing but 0 after their fifteenth digit" in said


def test_days_that_became_serial_numbers(shop):
    columns = {**COLUMNS, "occurred_on": {"column": "order_date", "dates": ["%d/%m/%Y"]}}
    (said,) = said_of(
        shop, order_date=lambda at: str(45000 + at) if at % 3 == 0 else f"{at % 28 + 1:02}/03/2024", columns=columns
    )
    assert "'order_date': 14 day(s) are serial numbers" in said


def test_days_that_were_taken_for_months(shop):
    def written(at: int) -> str:
        return f"{at % 28 + 1:02}/03/2024" if at % 28 > 11 else f"2024-{at % 28 + 1:02}-03"

    columns = {**COLUMNS, "occurred_on": {"column": "order_date", "dates": ["%d/%m/%Y"]}}
    (said,) = said_of(shop, order_date=written, columns=columns)
    assert "it took days for months" in said


@pytest.mark.parametrize(
    "values", [["1", "20", "300"], ["1.5E-05"], ["E11"], ["10000000", "10000001"], ["0012", "12345678"]]
)
def test_plain_values_are_left_alone(values):
    assert found_in_values(dict.fromkeys(values, 50)).in_words("id") == []


def test_customer_numbers_from_an_export(shop, cases):
    shop.put("export.csv", (cases / "scientific_ids" / "sciids2" / "export.csv").read_bytes())
    shop.draft()
    text = (shop.root / "params" / "shop.yaml").read_text("utf-8")
    assert "CHECK, damaged by a spreadsheet? CustomerNumber: 1,787 value(s) are numbers shortened" in text
    columns = {"customer_id": "CustomerNumber", "occurred_on": "OrderDate", "amount": "Amount"}
    assert any("'CustomerNumber': 1,787 value(s)" in line for line in check(shop.describe(columns=columns)).lines)
