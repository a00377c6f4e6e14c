"""What stands beside transactions: customers, products, campaigns, accounts, one row per customer, the currency."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from insight.config.parameters import Parameters
from insight.config.source import UNDECIDED
from insight.contracts import CONTRACTS
from insight.sources.drafting.documented import Documented, outcomes
from insight.sources.drafting.flat import Form, write_form
from insight.sources.drafting.layout import write_columns, write_format, write_joins, write_left_out, write_place
from insight.sources.drafting.people import write_system
from insight.sources.drafting.roles import OF_A_CUSTOMER, YES, Roles, is_yes_or_no
from insight.sources.drafting.rules import (
    Line,
    band_options,
    date_options,
    id_rule,
    is_reliable,
    listed_inline,
    quoted,
    rule,
)
from insight.sources.drafting.survey import Survey
from insight.sources.drafting.tables import Decided
from insight.sources.drafting.values import Column
from insight.sources.drafting.words import score, words
from insight.sources.reading.personal import words_of

_OF_A_PRODUCT = (("name", "product_name"), ("category", "category"), ("department", "department"), ("brand", "brand"))


def known_orders(decided: Decided) -> set[str]:
    """Say which of day and month comes first in the dates that tell."""
    surveys = [roles for roles in (decided.transactions, decided.customers, decided.products) if roles]
    surveys += [link.other for link in decided.links] + [found.roles for found in decided.documented]
    told = [
        column.dates for roles in surveys for column in roles.survey.columns if column.dates and not column.dates.rival
    ]
    forms = [form for dates in told for form in dates.forms]
    return {found[1] for form in forms if (found := re.match(r"%([dm])[/.-]%[dm]", form))}


def write_customers(decided: Decided) -> list[str]:
    """Write the customers: their files, or who appears in transactions with something told of them."""
    if decided.people:
        return []
    if (roles := decided.customers or decided.flat) is not None:
        head = _head("customers", roles)
        lines = [*head, "      columns:", *write_columns(_customer_lines(roles, decided)), *write_left_out(roles, [])]
        return [*lines, *_about_keys(decided)]
    bought = decided.transactions
    if bought is None or "customer_id" not in bought.of or not any(role in bought.of for role in OF_A_CUSTOMER):
        return []
    found = [line for line in _customer_lines(bought, decided) if line.name != "first_seen_on"]
    return [
        "    customers:",
        "      found_in: transactions  # one row per customer; of several values the most frequent counts",
        "      columns:",
        *write_columns(found),
    ]


def _head(table: str, roles: Roles) -> list[str]:
    return [f"    {table}:", *write_place(roles.survey, indent=6), *write_format(roles, [], indent=6)]


def _about_keys(decided: Decided) -> list[str]:
    """Say where the customers of transactions and those described are not the same."""
    met = decided.keys_of_customers
    if met is None or met.ours >= 0.99:
        return []
    told = f"      # CHECK: {met.ours:.1%} of the customers of transactions stand here as they are written"
    zeros = f"; {met.without_zeros:.1%} without leading zeros: one of the files lost them" if met.lost_zeros else ""
    return [told + zeros]


def _customer_lines(roles: Roles, decided: Decided) -> list[Line]:
    of = roles.of
    named = of.get("customer_id")
    key = named or _key_of_rows(roles)
    made = id_rule(key.name, key) if key else Line("", f'"{UNDECIDED}"', "no column names the rows")
    comment = made.comment if named or not key else f"CHECK: {key.name!r} is another in each row"
    lines = [Line("customer_id", made.rule, comment)]
    for name, role in (("birth_year", "birth"), ("first_seen_on", "first_seen")):
        if role in of and is_reliable(of[role]):
            dated = of[role].dates is not None or role == "first_seen"
            options, comment = date_options(of[role], known_orders(decided)) if dated else ({}, "")
            lines.append(Line(name, rule(of[role].name, of[role], **options), comment))
    for name, role in (("age_band", "age"), ("income_band", "income")):
        if role in of and not (role == "age" and "birth" in of):
            options, comment = band_options(of[role])
            lines.append(Line(name, rule(of[role].name, of[role], **options), comment))
    lines += [
        Line(role, rule(of[role].name)) for role in ("gender", "region", "origin", "household_size") if role in of
    ]
    if "consent" in of:
        lines.append(Line("consent", rule(of["consent"].name)))
    return lines


def _key_of_rows(roles: Roles) -> Column | None:
    """Find the column that is another in each row and stands first, or is named after a number or a key."""
    keys = set(words()["words"]["key"].split())
    for column in roles.survey.columns:
        is_another = column.is_unique and column.filled == column.rows and column.name not in roles.personal
        is_measured = column.dates is not None or (column.numbers is not None and column.numbers.fractional > 0)
        is_called_so = column.name == roles.survey.header[0] or not keys.isdisjoint(words_of(column.name))
        if is_another and is_called_so and not is_measured:
            return column
    return None


def write_products(decided: Decided) -> list[str]:
    """Write the products: their files, or what transactions tell of them."""
    roles = decided.products or decided.transactions
    if roles is None or "product_id" not in roles.of or not any(role in roles.of for _, role in _OF_A_PRODUCT):
        return []
    product = roles.of["product_id"]
    lines = [Line("product_id", id_rule(product.name, product).rule)]
    lines += [Line(name, rule(roles.of[role].name)) for name, role in _OF_A_PRODUCT if role in roles.of]
    if decided.products is None:
        return ["    products:", "      found_in: transactions", "      columns:", *write_columns(lines)]
    return [*_head("products", roles), "      columns:", *write_columns(lines), *write_left_out(roles, [])]


def write_documented(decided: Decided) -> list[str]:
    """Write the tables that were recognised by the names of their columns."""
    return [line for found in decided.documented for line in _documented(found, decided)]


def _documented(found: Documented, decided: Decided) -> list[str]:
    lines = [_documented_line(name, held, found, decided) for name, held in found.columns.items()]
    for name in found.lacking:
        link = found.owners if name == "customer_id" else None
        if link is not None:
            lines.append(Line(name, quoted(f"{link.name}.{link.other.of[name].name}")))
        elif name == "is_holdout":
            lines.append(Line(name, '{constant: "false"}', "CHECK: no column tells who was left out on purpose"))
        else:
            lines.append(Line(name, f'"{UNDECIDED}"', "every row needs it, and no column is named after it"))
    has_customer = "customer_id" in (*found.columns, *found.lacking)
    told = {held.name for held in found.columns.values()}
    personal = [name for name in found.roles.personal if name not in told]
    return [
        *_head(found.table, found.roles),
        *write_joins([found.owners] if found.owners else []),
        *(write_system(decided.people, found.columns.get("customer_id")) if has_customer else []),
        "      columns:",
        *write_columns(lines),
        *([f"      personal: {listed_inline(personal)}  # identify a person: never read"] if personal else []),
    ]


def _documented_line(name: str, held: Column, found: Documented, decided: Decided) -> Line:
    kind = CONTRACTS[found.table].column(name).type
    if kind in ("day", "instant"):
        options, comment = date_options(held, known_orders(decided))
        stem = name.rpartition("_")[0]
        if f"{stem}_on" in CONTRACTS[found.table].names and held.dates and not held.dates.has_time:
            name = f"{stem}_on"
        return Line(name, rule(held.name, held, **options), comment)
    if name == "outcome":
        told = outcomes(held)
        unknown = [text for text in sorted(held.held) if text not in told]
        values = ", ".join(f"{quoted(text)}: {became}" for text, became in told.items())
        comment = f"; not understood, left empty: {', '.join(unknown)}" if unknown else ""
        return Line(name, rule(held.name, held, values=f"{{{values}}}"), "CHECK what became of it" + comment)
    if kind == "flag" and is_yes_or_no(held):
        codes = ", ".join(f'{quoted(text)}: "{str(text.lower() in YES).lower()}"' for text in sorted(held.held))
        return Line(name, rule(held.name, None, values=f"{{{codes}}}"))
    return Line(name, id_rule(held.name, held).rule if name.endswith("_id") else rule(held.name, held))


def write_flat(decided: Decided, dataset: str) -> list[str] | None:
    """Write files of one row per customer as a flat table where its form may stand, the other form as a comment."""
    roles = decided.flat
    if roles is None or decided.transactions is not None or roles.survey.relations:
        return None
    form = _form(roles, decided, dataset)
    if not form.stands or decided.products or decided.documented or decided.people:
        return None
    customers = [line for line in write_customers(decided) if not line.strip().startswith("#")]
    return [
        f"  # One row per customer: what they are, not what they did and when.{_constant_day(roles)}",
        *(f"  {line}" for line in form.lines),
        "  # Other notebooks need transactions: a customer, a day and an amount in each row. Beside files of those,",
        "  # this one is described in place of the lines above as",
        *(f"  #{line}" for line in ["  tables:", *customers]),
    ]


def about_flat(decided: Decided, roles: Roles, dataset: str) -> list[str]:
    """Say what files of one row per customer can serve for, and that they hold no history."""
    form = _form(roles, decided, dataset)
    return [
        "    # One row per customer: what they are, not what they did and when. It serves as `customers`:",
        f"    # notebook 10 counts them and how full each column is.{_constant_day(roles)}",
        "    # Churn, value and offers need transactions: a customer, a day and an amount in each row.",
        "    # A page of its own has this file alone, as a flat table: delete `tables` and write here",
        *(f"    #   {line}" for line in form.lines),
    ]


def _form(roles: Roles, decided: Decided, dataset: str) -> Form:
    has_key = bool(roles.of.get("customer_id") or _key_of_rows(roles))
    among = bool(decided.unused or decided.documented or decided.products)
    return write_form(roles, dataset, has_key=has_key, among=among)


def _constant_day(roles: Roles) -> str:
    days = [column.name for column in roles.survey.columns if column.dates and len(column.held) == 1]
    return f" {days[0]!r} is the same day in every row: that is no history." if days else ""


def guess_currency(surveys: Sequence[Survey], decided: Decided) -> tuple[str, str, str]:
    """Give currency, time zone, and what told them: a column, signs, names, places.

    Letters beyond ASCII tell nothing where the encoding that makes them is itself a guess, unless it makes most
    columns' names words that tables have.
    """
    found: Counter[str] = Counter()
    surveys = [_in_ascii(survey) if survey.doubt and not _is_borne_out(survey) else survey for survey in surveys]
    written = decided.column("currency")
    codes = {text.upper() for text in written[1].held} if written else set()
    for code, told in words()["currencies"].items():
        signs = told["signs"].split()
        for survey in surveys:
            names = " ".join(survey.header).lower()
            found[code] += 3 * any(re.search(rf"(?<![a-z]){re.escape(sign)}(?![a-z])", names) for sign in signs)
            found[code] += sum(_tells(column, signs, told["places"]) for column in survey.columns)
        found[code] += 10**9 * (decided.rates is not None and decided.rates.into == code)
        found[code] += 1000 * (code in codes) * (written[1].held.get(code, 1) if written else 1)
    code, weight = max(found.items(), key=lambda pair: pair[1])
    if not weight:
        code = _of_language(surveys)
        why = "the files do not tell; guessed from the language of the columns"
    else:
        why = "as the files seem to tell (signs, codes, places)"
    return code, words()["currencies"][code]["time_zone"], why


def write_costs(currency: str) -> list[str]:
    """Write what a campaign may cost by default, which means something else in each currency."""
    about = words()["currencies"].get(currency, {}).get("about", 1)
    fields = Parameters.model_fields
    return [
        f"{name}: {fields[name].default * about:g}  # CHECK: {said}, in {currency}"
        for name, said in (
            ("campaign_budget", "what the contacts of one campaign may cost"),
            ("contact_cost", "what one contact costs"),
        )
    ]


def _of_language(surveys: Sequence[Survey]) -> str:
    """Give the currency of the language that columns are named in: of kana Japan's, of Chinese by its script."""
    names = "".join(name for survey in surveys for name in survey.header).lower()
    texts = "".join(text for survey in surveys for column in survey.columns for text in [*column.held][:20])
    if re.search("[\u3041-\u30fe]|番号|購入|売上|税込", names + texts):
        return "JPY"
    if re.search("[\u4e00-\u9fff]", names) and not re.search("[\uac00-\ud7a3]", names + texts):
        return "TWD" if len(names.encode("gb2312", "ignore")) < len(names.encode("gb18030")) else "CNY"
    return next(
        (code for code, said in words()["languages"].items() if re.search(re.sub(r"\s+", "", said), names)), "USD"
    )


def _is_borne_out(survey: Survey) -> bool:
    """Say whether a guessed Chinese encoding makes words that are known of most names of columns beyond ASCII."""
    beyond = [name for name in survey.header if not name.isascii()]
    known = [name for name in beyond if any(score(name, role) == 100 for role in words()["roles"])]
    is_chinese = not {*survey.form.encoding}.isdisjoint({"gb18030", "big5"})
    return is_chinese and len(known) > 1 and 2 * len(known) > len(beyond)


def _in_ascii(survey: Survey) -> Survey:
    """Leave out every name and value that a guessed encoding has made."""
    header = tuple(name for name in survey.header if name.isascii())
    columns = [
        Column(column.name, {text: times for text, times in column.counts.items() if text.isascii()}, column.rows)
        for column in survey.columns
    ]
    return replace(survey, header=header, columns=tuple(columns))


def _tells(column: Column, signs: Sequence[str], places: str) -> int:
    if column.numbers and any(sign.lower() in signs for sign in column.numbers.signs):
        return 10
    common = [text.lower() for text, _ in Counter(column.held).most_common(3)]
    return 2 * any(re.search(places, text) for text in common) if column.numbers is None else 0
