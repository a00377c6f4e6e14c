"""The rule of each column as the parameters write it, with what is to be checked about it."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow.compute as pc

from insight.config import yaml_text
from insight.config.source import UNDECIDED
from insight.sources.drafting.roles import Roles
from insight.sources.drafting.values import Column, NumberForm, currencies_of, number_form
from insight.sources.drafting.words import meaning, words
from insight.sources.reading.personal import words_of

_RESERVED = {"yes", "no", "on", "off", "true", "false", "null", "y", "n", "~"}
_DEBIT = {"d", "dr", "debit", "s", "soll", "借", "支出", "out", "-"}
_CREDIT = {"c", "cr", "credit", "h", "haben", "贷", "收入", "in", "+"}
_REFUND_PREFIXES = {"C", "CN", "CR", "R", "RE", "RET", "RF", "GS", "ST", "REF", "RTN"}
_NOBODY = r"0+|9{4,}|-1|x{3,}"


@dataclass(frozen=True)
class Line:
    """One line of a mapping: the canonical column, its rule, and a comment."""

    name: str
    rule: str
    comment: str = ""


def quoted(text: str) -> str:
    """Write a text for YAML, in quotes where it needs them.

    Examples
    --------
    >>> quoted("Unit Price"), quoted("NO"), quoted("0012"), quoted("a: b"), quoted("金额")
    ('Unit Price', '"NO"', '"0012"', '"a: b"', '金额')
    """
    is_plain = re.fullmatch(r"[^\W\d_]([\w .()/%€-]*[\w.)%€])?", text) and text.lower() not in _RESERVED
    return text if is_plain else yaml_text.quoted(text)


def listed_inline(texts: Sequence[str]) -> str:
    """Write a list on one line."""
    return "[" + ", ".join(quoted(text) for text in texts) + "]"


def rule(reference: str, column: Column | None = None, **options: str) -> str:
    """Write a column's rule: its name alone where nothing more is to be said.

    Examples
    --------
    >>> rule("Datum", dates='["%d.%m.%Y"]')
    '{column: Datum, dates: ["%d.%m.%Y"]}'
    """
    if column is not None and column.missing and "missing" not in options:
        options["missing"] = listed_inline(column.missing)
    if not options:
        return quoted(reference)
    return (
        "{" + ", ".join([f"column: {quoted(reference)}", *(f"{key}: {value}" for key, value in options.items())]) + "}"
    )


def id_rule(reference: str, column: Column) -> Line:
    """Write an id's rule: ids that a spreadsheet made decimal, and ids that stand for nobody."""
    options, notes = {}, []
    # files of one table may be saved by several programs: what some call 17.0 the others call 17
    made_decimal = column.share(r"\d+\.0")
    if made_decimal > 0.5 or (made_decimal > 0 and column.share(r"\d+(\.0)?") > 0.9):
        options["drop_ending"] = '".0"'
    nobody = [text for text in column.held if re.fullmatch(_NOBODY, text) and _is_on_very_many_rows(text, column)]
    if column.missing or nobody:
        options["missing"] = listed_inline([*column.missing, *nobody])
    if nobody:
        notes.append("CHECK: taken for nobody, as it is on very many rows")
    return Line("", rule(reference, None, **options), "; ".join(notes))


def _is_on_very_many_rows(text: str, column: Column) -> bool:
    others = (column.filled - column.held[text]) / max(1, len(column.held) - 1)
    return column.held[text] > max(20, 20 * others)


def date_options(column: Column, orders: set[str]) -> tuple[dict[str, str], str]:
    """Give a date column's forms, and what to check: a day and month that could be swapped."""
    if column.dates is None:
        length = max(len(text) for text in column.some)
        form = "excel" if column.share(r"[34]\d{4}([.,]\d+)?") > 0.99 else "epoch_ms" if length > 10 else "epoch"
        return {"dates": listed_inline([form])}, f"CHECK: numbers, taken for {form}"
    forms, rival = column.dates.forms, column.dates.rival
    if not rival:
        zone = {"time_zone": "UTC"} if any(form.endswith("UTC") for form in forms) else {}
        doubt = "" if column.dates.is_proven else "CHECK: only the order of the rows tells day from month"
        return {"dates": listed_inline(forms), **zone}, doubt
    if rival in forms:
        return {"dates": f'["{UNDECIDED}"]'}, (
            f"the files are in several orders, and one does not tell which: write {listed_inline(forms)}, "
            "and its own form under dates_in"
        )
    # other columns of this business tell which comes first
    if len(orders) == 1:
        first = f"%{next(iter(orders))}"
        chosen = [form for form in (forms[0], rival) if form.startswith(first)]
        return {"dates": listed_inline([*chosen, *forms[1:]])}, "CHECK: day and month as in the other dates"
    return {"dates": f'["{UNDECIDED}"]'}, (
        f"no value tells whether day or month comes first: write {quoted(forms[0])} or {quoted(rival)}"
    )


def is_reliable(column: Column) -> bool:
    """Whether nearly all values are what most are: otherwise an optional column would cost whole rows."""
    return all(form.share > 0.995 for form in (column.dates, column.numbers) if form is not None)


def number_rule(column: Column, *, is_discount: bool) -> str | None:
    """Write a column of numbers; of discounts the amounts, turned where they are below zero, and no rates."""
    form = column.numbers
    if form is None or not is_reliable(column):
        return None
    if not is_discount:
        return rule(column.name, column)
    plain = [
        float(text.replace(form.thousands or " ", "").replace(",", ".")) for text in column.some if text[-1].isdigit()
    ]
    is_rate = form.fractional > 0 and all(abs(number) <= 1 for number in plain)
    if is_rate or (form.negative and max(plain, default=0) > 0):
        return None
    return f"{{minus: {listed_inline([column.name])}}}" if form.negative else rule(column.name, column)


def band_options(column: Column) -> tuple[dict[str, str], str]:
    """Give bounds where a column holds numbers; texts are bands already."""
    if column.numbers is None or len(column.held) <= 8:
        return {}, ""
    values = sorted(float(text.replace(",", ".")) for text in column.some if re.fullmatch(r"\d+([.,]\d+)?", text))
    if not values or values[-1] <= 120:
        return {"bands": "[18, 25, 35, 45, 55, 65]"}, ""
    cuts = sorted({float(f"{values[int(share * (len(values) - 1))]:.1g}") for share in (0.2, 0.4, 0.6, 0.8)})
    return {"bands": "[" + ", ".join(f"{cut:g}" if cut < 1e6 else str(int(cut)) for cut in cuts) + "]"}, ""


def amount_line(roles: Roles, *, reference: str | None, column: Column | None) -> Line | None:
    """Write what was paid: an amount, quantity times price, or debit less credit."""
    of = roles.of
    priced = column or roles.get("unit_price")
    codes = currencies_of(priced.numbers.signs) if priced and priced.numbers else []
    if len(codes) > 1:
        said = f"{', '.join(codes)} in one column are never added up: let them be delivered with a column of currency"
        return Line("amount", f'"{UNDECIDED}"', said)
    if column is not None and reference is not None and column.numbers:
        if column.numbers.negative > 0.5:
            return Line(
                "amount", f"{{minus: {listed_inline([reference])}}}", "CHECK: spending is below zero here: sign turned"
            )
        if is_in_cents(column):
            return Line("amount", product_of([reference], "100"), f"CHECK: {column.name!r} is taken for hundredths")
        return Line("amount", rule(reference, column), unreadable(column))
    if {"quantity", "unit_price"} <= set(of):
        names = [of["quantity"].name, of["unit_price"].name]
        doubts = [said for role in ("quantity", "unit_price") if (said := unreadable(of[role]))]
        if is_in_cents(of["unit_price"]):
            doubts.append(f"CHECK: {names[1]!r} is taken for hundredths")
        hundred = ["100"] * is_in_cents(of["unit_price"])
        return Line("amount", product_of(names, *hundred), "; ".join(["multiplied exactly", *doubts]))
    if "debit" in of or "credit" in of:
        parts = [
            f"{way}: {listed_inline([of[role].name])}"
            for way, role in (("plus", "debit"), ("minus", "credit"))
            if role in of
        ]
        return Line("amount", "{" + ", ".join(parts) + "}", "CHECK: what customers spend counts above zero")
    return None


def product_of(factors: Sequence[str], *divisors: str) -> str:
    """Write a product, and what it is divided by."""
    below = f", divided_by: [{', '.join(map(quoted, divisors))}]" if divisors else ""
    return f"{{product: {listed_inline(factors)}{below}}}"


def is_in_cents(column: Column) -> bool:
    """Whether a column's name says that it counts the hundredths of a currency, and its values can be that."""
    is_whole = column.numbers is not None and column.numbers.fractional == 0
    return is_whole and not set(words()["hundredths"].split()).isdisjoint(words_of(column.name))


def unreadable(column: Column) -> str:
    """Say how many values are no numbers as most are written, where there are any."""
    if column.numbers is None or column.numbers.share > 0.9999:
        return ""
    rows = round((1 - column.numbers.share) * column.filled)
    return f"CHECK: {rows:,} of {column.filled:,} values are no numbers as the others are written" if rows else ""


def kind_line(column: Column, reference: str, *, is_asked: bool) -> Line | None:
    """Write what the codes of a column of kinds or states mean; where none is understood nothing, or ask."""
    codes = sorted(column.held, key=lambda text: (-column.held[text], text))
    if {code.lower() for code in codes} <= _DEBIT | _CREDIT:
        meant = {code: "purchase" if code.lower() in _DEBIT else "payment" for code in codes}
        return Line("kind", _kind_rule(reference, meant), "CHECK: debits are purchases, credits are payments")
    understood = {code: kind for code in codes if (kind := meaning(code))}
    if not understood and is_asked:
        asked = _kind_rule(reference, dict.fromkeys(codes, f'"{UNDECIDED}"'))
        return Line("kind", asked, "what does each mean? purchase, refund, payment, fee or other")
    if not understood:
        return None
    meant = {code: understood.get(code, "purchase") for code in codes}
    unknown = [code for code in codes if code not in understood]
    note = f"CHECK: not understood, taken for purchases: {', '.join(unknown)}" if unknown else "CHECK what each means"
    return Line("kind", _kind_rule(reference, meant), note + " (other: neither bought nor given back)")


def _kind_rule(reference: str, meant: dict[str, str]) -> str:
    values = ", ".join(f"{quoted(code)}: {kind}" for code, kind in meant.items())
    return f"{{column: {quoted(reference)}, values: {{{values}}}, otherwise: other}}"


def refund_prefixes(roles: Roles) -> tuple[str, list[str], str] | None:
    """Find beginnings of order numbers that mean a refund: their rows are below zero, or they are well-known.

    Returns
    -------
    tuple or None
        The column, the beginnings, and how that was told.
    """
    for role in ("basket_id", "transaction_id"):
        column = roles.get(role)
        if column is None:
            continue
        rows: Counter[str] = Counter()
        for text, times in column.held.items():
            rows[_prefix(text)] += times
        rare = [prefix for prefix, times in rows.items() if prefix and times < 0.3 * column.filled]
        told = {prefix: _share_below_zero(roles, column, prefix) for prefix in rare}
        below = sorted(prefix for prefix, share in told.items() if share is not None and share >= 0.95)
        if below:
            return column.name, below, "their rows are below zero"
        known = sorted(prefix for prefix, share in told.items() if share is None and prefix.upper() in _REFUND_PREFIXES)
        if known:
            return column.name, known, "CHECK: taken for refunds by the letter"
    return None


def _prefix(text: str) -> str:
    found = re.match(r"([A-Za-z]{1,3})[-_ ]?\d", text)
    return found[1] if found else ""


def _share_below_zero(roles: Roles, column: Column, prefix: str) -> float | None:
    """Give the share of rows below zero among those with a beginning; None where nothing is below zero at all."""
    told = [
        held for role in ("quantity", "amount") if (held := roles.get(role)) and held.numbers and held.numbers.negative
    ]
    if not told:
        return None
    rows = roles.survey.texts
    has_prefix = pc.fill_null(pc.match_substring_regex(rows[column.name], f"^{prefix}[-_ ]?[0-9]"), False)
    signs = pc.fill_null(pc.match_substring_regex(rows[told[0].name].filter(has_prefix), r"^\s*[-−(]"), False)
    return (pc.sum(signs).as_py() or 0) / max(1, len(signs))


def shared_numbers(columns: Sequence[Column]) -> NumberForm | None:
    """Find the marks that all columns of numbers share."""
    values: Counter[str] = Counter()
    for column in columns:
        if column.numbers:
            values.update(column.some)
    least = min((column.least for column in columns if column.numbers), default=1.0)
    return number_form(dict(values), least=least) if values else None
