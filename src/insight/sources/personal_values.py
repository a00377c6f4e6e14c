"""Card numbers and e-mail addresses where an id or a group is expected: known by their form and check digit.

They would travel on into every table, so they are refused on the way in, with the column named.
"""

from collections.abc import Collection, Mapping

from ibis.expr.types import BooleanValue, StringValue, Table
from stdnum import luhn

from insight.contracts import contract_of
from insight.sources.records import PEOPLE

#: Tables whose free text is redacted once records are linked (`insight.unify.privacy.free_text`).
REDACTED_WITH_PEOPLE = ("customers", "interactions", "service_tickets")
_E_MAIL = r"[^\s@<>(),;:]+@[^\s@<>(),;:]+\.[A-Za-z]{2,}"
#: Runs of 14 to 19 digits that begin as the numbers of a card network do, single blanks or dashes within.
_CARD = r"(?:^|[^0-9])((?:3[0-9]|4[0-9]|5[0-9]|6[0-9]|2[2-7])[0-9](?:[ -]?[0-9]){11,16})(?:[^0-9]|$)"
_LENGTHS = {"3": (14, 15, 16), "4": (16, 19), "6": (16, 17, 18, 19)}
_MOST_LOOKED_AT = 2_000  # of the distinct values that look like cards; a tenth of any others has a right check digit
_MORE_THAN_CHANCE = 0.5


def problems_of(tables: Mapping[str, Table], described: Mapping[str, Collection[str]]) -> list[str]:
    """Say which columns of delivered tables hold card numbers or e-mail addresses, of those that the source describes.

    Ids and free text of a business whose records of people are linked are replaced and redacted after that.
    """
    linked = PEOPLE in tables
    return [
        said
        for name, rows in tables.items()
        if not (linked and name in (PEOPLE, *REDACTED_WITH_PEOPLE))
        for column in _suspects(rows, [c for c in _columns(name, rows, linked=linked) if c in described.get(name, ())])
        if (said := _problem(rows, name, column))
    ]


def _suspects(rows: Table, columns: list[str]) -> list[str]:
    """Name the columns with a value of the form looked for: one pass over the rows, however many columns."""
    if not columns:
        return []
    [seen] = rows.aggregate([_is_like(rows[column]).any().name(column) for column in columns]).to_pyarrow().to_pylist()
    return [column for column in columns if seen[column]]


def _is_like(value: StringValue) -> BooleanValue:
    return (value.length() > 5) & (value.contains("@") | ((value.length() > 13) & value.re_search(_CARD)))


def _columns(name: str, rows: Table, *, linked: bool) -> list[str]:
    """Name the columns of text; not what names an event, nor one of a person by its contract."""
    contract = contract_of(name, rows.columns)
    texts = [column for column in contract.columns if column.type == "text" and not column.allowed]
    own = set(contract.key) - {"customer_id"}
    return [
        column.name
        for column in texts
        if column.name in rows.columns and column.name not in own and not (linked and column.name.endswith("_id"))
    ]


def _problem(rows: Table, name: str, column: str) -> str:
    values = rows.select(value=rows[column])
    like = values.filter(_is_like(values.value))
    counted = like.group_by("value").aggregate(rows=lambda t: t.count()).cache()
    n_mails = int(counted.filter(counted.value.re_search(_E_MAIL)).rows.sum().execute() or 0)
    digits = counted.filter(counted.value.re_search(_CARD))
    cards = _card_rows(digits, is_id=column.endswith("_id"))
    found = [f"{n:,} {what}" for n, what in ((n_mails, "e-mail address(es)"), (cards, "card number(s)")) if n]
    if not found:
        return ""
    return (
        f"{name}.{column}: {' and '.join(found)} where an id or a group is expected. "
        "They would name people in every table: deliver another value in this column, or leave it out in params/"
    )


def _card_rows(digits: Table, *, is_id: bool) -> int:
    """Count the rows with card numbers; none where no more have a right check digit than of any numbers."""
    run: StringValue = digits.value.re_extract(_CARD, 1)
    looked_at = digits.mutate(run=run).order_by("value").limit(_MOST_LOOKED_AT).select("run", "rows")
    numbers = [(_digits_of(one["run"]), one["rows"]) for one in looked_at.to_pyarrow().to_pylist()]
    like = [(number, times) for number, times in numbers if len(number) in _LENGTHS.get(number[0], (16,))]
    right = [times for number, times in like if luhn.is_valid(number)]
    enough = len(right) >= (2 if is_id else 1) and len(right) > _MORE_THAN_CHANCE * len(like)
    return sum(right) if enough else 0


def _digits_of(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())
