"""Which column is what: by its name, as far as its values agree."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from insight.sources.drafting.survey import Survey
from insight.sources.drafting.values import Column
from insight.sources.drafting.words import score, words
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
_FILE_HINTS = {
    "customers": r"custom|client|member|user|kunde|household|people|person|demograph|客户|客戶|会员|會員|顾客|用户",
    "products": r"product|item|article|artikel|produkt|sku|catalog|katalog|商品|产品|產品",
}  # fmt: skip


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
        return "occurred" in self.of and self.has_amount

    @property
    def describes_customers(self) -> bool:
        """Whether each row is another customer, in a file named after them, and no day of a payment is named."""
        column = self.get("customer_id")
        return self.hint == "customers" and column is not None and column.is_unique and "occurred" not in self.of

    @cached_property
    def hint(self) -> str | None:
        """The table that the file's name speaks of."""
        names = " ".join([*self.survey.files, *self.survey.form.sheet]).lower()
        return next((table for table, said in _FILE_HINTS.items() if re.search(said, names)), None)

    def free(self) -> list[Column]:
        """Columns that have no role and are not personal."""
        taken = {column.name for column in self.of.values()}
        return [column for column in self.survey.columns if column.name not in taken | set(self.personal)]


def assign_roles(survey: Survey) -> Roles:
    """Give each column the role that its name fits best, if its values agree; each role to one column."""
    personal = [*survey.personal, *_personal_by_values(survey.columns)]
    columns = [column for column in survey.columns if column.name not in personal]
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


def agrees(column: Column, role: str) -> bool:
    """Whether a column's values can be what a role means."""
    if not column.filled:
        return False
    if role == "time_of_day":
        return column.is_time_of_day
    if role in _DATES:
        return column.dates is not None or is_counted_time(column)
    if role in _NUMBERS:
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
    return role not in _FLAGS or {text.lower() for text in column.held} <= _YES_NO


def _tells_little(column: Column, role: str) -> bool:
    """Whether another column of the same fit is better: one value only, numbers where names are wanted."""
    return len(column.held) < 2 or (role == "category" and column.numbers is not None)


def is_counted_time(column: Column) -> bool:
    """Whether values are Excel's serial days or seconds since 1970."""
    return column.share(r"[34]\d{4}([.,]\d+)?") > 0.99 or column.share(r"1[0-9]{9}(\d{3})?") > 0.99


def _personal_by_values(columns: Iterable[Column]) -> list[str]:
    return [column.name for column in columns if column.held and column.share(_PERSONAL_VALUE) > 0.5]


def _fill_gaps(roles: Roles) -> None:
    """Settle what names alone leave open."""
    of = roles.of
    if "quantity" not in of and "unit_price" in of and "amount" not in of:
        of["amount"] = of.pop("unit_price")
        roles.doubts.append(f"amount: taken from {of['amount'].name!r}, for want of quantities")
    dated = [column for column in roles.free() if column.dates is not None]
    if roles.describes_customers:
        return
    if "occurred" not in of and (roles.has_amount or not roles.survey.form.header):
        if dated:
            of["occurred"] = dated[0]
            roles.doubtful.add("occurred")
            roles.doubts.append(f"occurred_at: {dated[0].name!r} is the first column with dates")
        elif "first_seen" in of:
            of["occurred"] = of.pop("first_seen")
    broken = [column for column in roles.free() if column.numbers and column.numbers.fractional > 0.1]
    if not roles.has_amount and "occurred" in of and len(broken) == 1:
        of["amount"] = broken[0]
        roles.doubts.append(f"amount: {broken[0].name!r} is the only column of broken numbers")


def _settle_ids(roles: Roles) -> None:
    """Say whose key a column called `id` is, by the file's name, and whether it names lines or orders."""
    of = roles.of
    for table, role in (("customers", "customer_id"), ("products", "product_id")):
        if role not in of and roles.hint == table and not roles.is_event and "transaction_id" in of:
            of[role] = of.pop("transaction_id")
    # an id that repeats names an order of several lines, an order's number that does not names the line
    line = of.get("transaction_id")
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
