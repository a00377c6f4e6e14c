"""Which files make which table, and the columns by which they are joined."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from insight.sources.drafting.roles import Roles
from insight.sources.drafting.values import Column
from insight.sources.drafting.words import meaning

_LEAST_OVERLAP = 0.3
_CUSTOMER_ROLES = ("region", "gender", "birth", "age", "income", "household_size", "origin", "first_seen", "consent")


@dataclass(frozen=True)
class Link:
    """Other files whose columns are looked up for each row.

    Attributes
    ----------
    name
        What their columns are called by.
    other
        The files.
    ours, theirs
        The columns that must be the same.
    """

    name: str
    other: Roles
    ours: Column
    theirs: Column


@dataclass
class Decided:
    """Which surveys make the tables of a business.

    Attributes
    ----------
    transactions, customers, products
        The files of each; None where none was recognised.
    links
        What is looked up for each transaction.
    also
        More files of transactions, whose columns are called otherwise: ``{their name: our name}``.
    unused
        Files without a use.
    """

    transactions: Roles | None = None
    customers: Roles | None = None
    products: Roles | None = None
    links: list[Link] = field(default_factory=list)
    also: list[tuple[Roles, dict[str, str]]] = field(default_factory=list)
    unused: list[Roles] = field(default_factory=list)

    def column(self, role: str) -> tuple[str, Column, Roles] | None:
        """Give the column of a role for a transaction: its own, or one that is looked up."""
        if self.transactions is None:
            return None
        own = self.transactions.get(role)
        if own and role not in self.transactions.doubtful:
            return own.name, own, self.transactions
        for link in self.links:
            if found := link.other.get(role):
                return f"{link.name}.{found.name}", found, link.other
        return (own.name, own, self.transactions) if own else None


def decide(surveys: Sequence[Roles]) -> Decided:
    """Choose the files of transactions, customers and products among all that are there."""
    decided = Decided()
    options = [option for roles in surveys if (option := _as_transactions(roles, surveys))]
    options = options or [(roles, []) for roles in surveys if roles.has_amount and "customer_id" in roles.of]
    if options:
        best = max(options, key=lambda option: _rank(*option))
        decided.transactions, decided.links = best
    taken = [decided.transactions, *(link.other for link in decided.links if link.name == "orders")]
    rest = [roles for roles in surveys if not any(roles is one for one in taken)]
    decided.customers = _best([roles for roles in rest if _names_each(roles, "customer_id")], "customers")
    decided.products = _best(
        [roles for roles in rest if roles is not decided.customers and _names_each(roles, "product_id")], "products"
    )
    _add_category(decided)
    known = [decided.transactions, decided.customers, decided.products, *(link.other for link in decided.links)]
    for roles in surveys:
        if any(roles is one for one in known):
            continue
        renamed = _renamed(decided.transactions, roles)
        if renamed is None:
            decided.unused.append(roles)
        else:
            decided.also.append((roles, renamed))
    return decided


def link(left: Roles, right: Roles, role: str, name: str) -> Link | None:
    """Find a column that names each row of ``right`` and whose values stand in ``left`` too."""
    theirs = right.get(role)
    if theirs is None or not theirs.is_unique:
        theirs = next(
            (column for column in right.survey.columns if column.is_unique and _same_name(left, column)), None
        )
    if theirs is None or left is right:
        return None
    same = [left.get(role), *(column for column in left.survey.columns if _plain(column.name) == _plain(theirs.name))]
    for ours in filter(None, same):
        if overlap(ours, theirs) >= _LEAST_OVERLAP:
            return Link(name, right, ours, theirs)
    return None


def overlap(ours: Column, theirs: Column) -> float:
    """Give the share of our different values that stand in their column too."""
    return len(ours.held.keys() & theirs.held.keys()) / max(1, len(ours.held))


def _same_name(left: Roles, column: Column) -> bool:
    return any(_plain(column.name) == _plain(other.name) for other in left.survey.columns)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.lower())


def _as_transactions(roles: Roles, surveys: Sequence[Roles]) -> tuple[Roles, list[Link]] | None:
    """Take a survey for transactions, with the orders or accounts that it needs to be looked up; else None."""
    if not roles.has_amount or _names_each(roles, "product_id"):
        return None
    links: list[Link] = []
    for other in surveys:
        if other is roles:
            continue
        own = set(roles.of) - roles.doubtful
        lacks = [role for role in ("occurred", "customer_id") if role not in own and role in other.of]
        if not lacks:
            continue
        for role in ("basket_id", "transaction_id", "account_id"):
            found = link(roles, other, role, "orders" if "occurred" in other.of else "accounts")
            if found and found.name not in [one.name for one in links]:
                links.append(found)
                break
    has_date = "occurred" in roles.of or any("occurred" in one.other.of for one in links)
    return (roles, links) if has_date else None


def _rank(roles: Roles, links: list[Link]) -> tuple:
    held = set(roles.of) | {role for one in links for role in one.other.of}
    return ("customer_id" in held, "product_id" in roles.of, "basket_id" in held, roles.survey.rows)


def _names_each(roles: Roles, role: str) -> bool:
    column = roles.get(role)
    if column is None or roles.is_event:
        return False
    table = "customers" if role == "customer_id" else "products"
    # a file that is named after them may hold some twice
    return column.is_unique or (roles.hint == table and len(column.held) > 0.8 * column.filled)


def _best(options: list[Roles], table: str) -> Roles | None:
    return max(options, key=lambda roles: (roles.hint == table, roles.survey.rows), default=None)


def _add_category(decided: Decided) -> None:
    """Look the category up where transactions name a product and products have one."""
    bought, products = decided.transactions, decided.products
    if bought is None or products is None or "category" in bought.of or "category" not in products.of:
        return
    if {"product_id", "product_name"} & set(bought.of) and (found := link(bought, products, "product_id", "products")):
        decided.links.append(found)


def _renamed(transactions: Roles | None, other: Roles) -> dict[str, str] | None:
    """Say how another file of transactions calls our columns, where it has them all."""
    if transactions is None or not transactions.is_event or not other.is_event or _is_of_refunds(other):
        return None
    if transactions.survey.form.delimiter != other.survey.form.delimiter:
        return None
    if transactions.survey.form.sheet or other.survey.form.sheet:
        return None
    renamed = {}
    for role, column in transactions.of.items():
        theirs = other.get(role)
        if theirs is None:
            return None
        if theirs.name != column.name:
            renamed[theirs.name] = column.name
    return renamed


def _is_of_refunds(roles: Roles) -> bool:
    """Whether a file is named after what was given back, so that its amounts are no purchases."""
    return any(meaning(name) in ("refund", "other", "payment") for name in roles.survey.files)


def customer_roles(roles: Roles) -> list[str]:
    """Name the roles that describe a customer."""
    return [role for role in _CUSTOMER_ROLES if role in roles.of]
