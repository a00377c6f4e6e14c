"""Which column is what: by its name, as far as its values agree."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

from insight.sources.drafting.survey import Survey
from insight.sources.drafting.values import Column
from insight.sources.drafting.words import file_kinds, is_general, is_never, score, words
from insight.sources.reading.personal import looks_personal

_NUMBERS = ("amount", "quantity", "unit_price", "discount", "debit", "credit")
_DATES = ("occurred", "first_seen")
_IDS = ("customer_id", "transaction_id", "basket_id", "product_id", "account_id")
_CODES = ("kind", "status", "currency", "channel", "gender")
_FLAGS = ("promoted", "consent", "returned")
YES = {"true", "yes", "y", "1", "t", "ja", "j", "是", "oui", "1.0"}
_YES_NO = YES | {"false", "no", "n", "0", "f", "nein", "否", "non", "0.0"}
_PERSONAL_VALUE = (
    r"[^@\s]+@[^@\s]+\.[a-zA-Z]{2,}|\+\d[\d ()/-]{7,}|1[3-9]\d{9}|\d{17}[\dXx]|[A-Z]{2}\d{2}[A-Z0-9]{11,30}"
)
_ENTITIES = ("customer_id", "account_id", "product_id")
_TABLES = {"customers": "customer_id", "accounts": "account_id", "products": "product_id"}
OF_A_CUSTOMER = ("region", "gender", "birth", "age", "income", "household_size", "origin", "first_seen", "consent")
#: Of so few rows each may well be another customer's purchase.
FEW = 30
_LEAST_WITH_NAME = 0.6


@dataclass
class Roles:
    """What the columns of a survey are.

    Attributes
    ----------
    survey
        The files.
    of
        Role to column.
    personal
        Columns that identify a person by their names or their values: left out.
    doubts
        What was decided without certainty, in words.
    doubtful
        The roles of columns that another file may fill better.
    """

    survey: Survey
    of: dict[str, Column]
    personal: list[str]
    doubts: list[str] = field(default_factory=list)
    doubtful: set[str] = field(default_factory=set)

    def get(self, role: str) -> Column | None:
        """Give the column of a role, if there is one."""
        return self.of.get(role)

    @property
    def has_amount(self) -> bool:
        """Whether it is told what was paid."""
        return bool({"amount", "debit", "credit"} & set(self.of)) or {"quantity", "unit_price"} <= set(self.of)

    @property
    def is_event(self) -> bool:
        """Whether each row says when something was paid."""
        return "occurred" in self.of and self.has_amount and self.one_row_each is None

    @property
    def one_row_each(self) -> str | None:
        """The role whose column names each row, where rows are no events: customers, accounts or products."""
        lines = [self.of[role] for role in ("transaction_id", "basket_id") if role in self.of]
        if any(_is_key(column) for column in lines) or self.tells_when:
            return None
        named = _TABLES.get(self.hint or "")
        for role in _ENTITIES:
            column = self.of.get(role)
            if column and column.is_unique and (role == named or column.rows >= FEW):
                return role
        return None

    @property
    def tells_when(self) -> bool:
        """Whether a column is named after the day of an event; a mere `date` counts in a file named after events."""
        day = self.of.get("occurred")
        if day is None or "occurred" in self.doubtful or (len(day.held) < 2 and day.rows > 1):
            return False
        return not is_general(day.name, "occurred") or self.hint == "events"

    @property
    def labels(self) -> list[Column]:
        """The columns that say what a customer did afterwards, by their names: a few values that one could predict."""
        said = re.compile(re.sub(r"\s+", "", words()["label"]))
        named = [column for column in self.survey.columns if said.search(re.sub(r"[\W_]+", "", column.name.lower()))]
        return [column for column in named if 2 <= len(column.held) <= 5]

    @property
    def label(self) -> Column | None:
        """The last of them: outcomes stand behind what they are predicted by."""
        return next(reversed(self.labels), None)

    @cached_property
    def hint(self) -> str | None:
        """What the file's name speaks of first: events, customers, products or campaigns, among others."""
        return next(iter(file_kinds(" ".join([*self.survey.files, *self.survey.form.sheet]))), None)

    def free(self) -> list[Column]:
        """Columns that have no role and are not personal."""
        taken = {column.name for column in self.of.values()}
        return [column for column in self.survey.columns if column.name not in taken | set(self.personal)]


def assign_roles(survey: Survey) -> Roles:
    """Give each column the role that its name fits best, if its values agree; each role to one column."""
    personal = [*survey.personal, *_personal_by_values(survey.columns)]
    columns = [_read_by_name(column) for column in survey.columns if column.name not in personal]
    ranked = sorted(
        (
            (-score(column.name, role), _tells_little(column, role), order, position, role, column)
            for order, role in enumerate(words()["roles"])
            for position, column in enumerate(columns)
            if score(column.name, role) and agrees(column, role)
        ),
        key=lambda found: found[:4],
    )
    of: dict[str, Column] = {}
    taken: set[str] = set()
    for *_, role, column in ranked:
        if role not in of and column.name not in taken:
            of[role] = column
            taken.add(column.name)
    roles = Roles(survey, of, personal)
    _settle_ids(roles)
    _fill_gaps(roles)
    _settle_names(roles)
    return roles


def _read_by_name(column: Column) -> Column:
    """Give a column that is named after an amount as numbers, though many of its values are none."""
    if column.numbers or column.dates or not any(score(column.name, role) == 100 for role in _NUMBERS):
        return column
    return replace(column, least=_LEAST_WITH_NAME)


def agrees(column: Column, role: str) -> bool:
    """Whether a column's values can be what a role means."""
    if not column.filled:
        return False
    if role == "time_of_day":
        return column.is_time_of_day
    if role in _DATES:
        return column.dates is not None or is_counted_time(column)
    if role in _NUMBERS or role == "household_size":
        return column.numbers is not None and column.dates is None
    if role == "birth":
        return column.dates is not None or column.share(r"(19|20)\d{2}(\.0)?") > 0.9
    if column.dates is not None or column.is_time_of_day:
        return False
    if role in _IDS:
        return column.numbers is None or column.numbers.fractional == 0
    if role == "product_name" and column.numbers is not None:
        return False
    if role in _CODES:
        return len(column.held) <= 30
    return role not in _FLAGS or is_yes_or_no(column)


def is_yes_or_no(column: Column) -> bool:
    """Whether a column's values say yes or no."""
    return bool(column.held) and {text.lower() for text in column.held} <= _YES_NO


def _tells_little(column: Column, role: str) -> bool:
    """Whether another column of the same fit is better: one value only, numbers where names are wanted."""
    return len(column.held) < 2 or (role == "category" and column.numbers is not None)


def is_counted_time(column: Column) -> bool:
    """Whether values are Excel's serial days or seconds since 1970."""
    return column.share(r"[34]\d{4}([.,]\d+)?") > 0.99 or column.share(r"1[0-9]{9}(\d{3})?") > 0.99


def _personal_by_values(columns: Iterable[Column]) -> list[str]:
    return [column.name for column in columns if column.held and column.share(_PERSONAL_VALUE) > 0.5]


def _fill_gaps(roles: Roles) -> None:
    """Settle what names alone leave open; never by what is named after something else."""
    of = roles.of
    if "quantity" not in of and "unit_price" in of and "amount" not in of:
        of["amount"] = of.pop("unit_price")
        roles.doubts.append(f"amount: taken from {of['amount'].name!r}, for want of quantities")
    if roles.one_row_each:
        return
    if "occurred" not in of and (roles.has_amount or not roles.survey.form.header):
        _guess_day(roles)
    elif (
        "occurred" not in of
        and roles.hint == "events"
        and {"first_seen", "customer_id"} <= set(of)
        and not is_never(of["first_seen"].name, "occurred")
    ):
        of["occurred"] = of.pop("first_seen")  # an order's `created_at`, whose lines hold the amounts
    broken = [
        column
        for column in roles.free()
        if column.numbers and column.numbers.fractional > 0.1 and not is_never(column.name, "amount")
    ]
    if not roles.has_amount and "occurred" in of and len(broken) == 1:
        of["amount"] = broken[0]
        roles.doubts.append(f"amount: {broken[0].name!r} is the only column of broken numbers")
    for column in roles.free() if "amount" in of else []:
        if score(column.name, "amount") == 100 and agrees(column, "amount"):
            roles.doubts.append(f"amount: {column.name!r} could be it too")
    if not roles.survey.form.header and roles.is_event and "customer_id" not in of:
        again = [column for column in roles.free() if 1 < len(column.held) < column.filled and not _is_broken(column)]
        if again:
            of["customer_id"] = max(again, key=lambda column: len(column.held))
            roles.doubts.append(f"customer_id: {of['customer_id'].name!r} repeats, as customers do")


def _guess_day(roles: Roles) -> None:
    """Take the first day that may be an event's, also that on which a row was made."""
    of = roles.of
    dated = [column for column in roles.free() if column.dates is not None and not is_never(column.name, "occurred")]
    if dated:
        of["occurred"] = dated[0]
        roles.doubtful.add("occurred")
        roles.doubts.append(f"occurred_at: {dated[0].name!r} is the first column with dates")
    elif "first_seen" in of and not is_never(of["first_seen"].name, "occurred"):
        of["occurred"] = of.pop("first_seen")
        roles.doubts.append(f"occurred_at: {of['occurred'].name!r} is taken for the day of the purchase")


def _is_broken(column: Column) -> bool:
    return column.dates is not None or (column.numbers is not None and column.numbers.fractional > 0)


def _settle_ids(roles: Roles) -> None:
    """Say whose key a column called `id` is, by the file's name, and whether it names lines or orders."""
    of = roles.of
    line = of.get("transaction_id")
    for table, role in _TABLES.items():
        if (
            line
            and role not in of
            and roles.hint == table
            and not roles.is_event
            and is_general(line.name, "transaction_id")
        ):
            of[role] = of.pop("transaction_id")
            return
    described = sum(role in of for role in OF_A_CUSTOMER) + 2 * (roles.label is not None)
    if (
        line
        and line.is_unique
        and is_general(line.name, "transaction_id")
        and described >= 2
        and not {*_ENTITIES, "occurred"} & set(of)
    ):
        of["customer_id"] = of.pop("transaction_id")
        return
    # an id that repeats names an order of several lines, an order's number that does not names the line
    if line is not None and not _is_key(line):
        of.setdefault("basket_id", of.pop("transaction_id"))


def _settle_names(roles: Roles) -> None:
    """Say what a column called `name` names, by the file's name."""
    of = roles.of
    if roles.hint == "products" and "product_id" not in of and "product_name" in of and of["product_name"].is_unique:
        of["product_id"] = of.pop("product_name")
    if roles.hint == "products" and "product_name" not in of:
        named = [column for column in roles.free() if column.name.lower() in ("name", "title", "titel", "名称", "名稱")]
        if named:
            of["product_name"] = named[0]
    if roles.hint == "customers" and not roles.is_event:
        roles.personal += [column.name for column in roles.free() if looks_personal(column.name, of_customers=True)]


def _is_key(column: Column) -> bool:
    return column.filled == column.rows and len(column.held) == column.filled
