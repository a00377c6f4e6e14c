"""Which files make which table, and the columns by which they are joined."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from insight.sources.drafting.documented import Documented, booked_ahead, recognise
from insight.sources.drafting.flat import is_of_rows
from insight.sources.drafting.links import Link, Meeting, Rates, find_rates, link, look_up, meet
from insight.sources.drafting.people import System
from insight.sources.drafting.roles import OF_A_CUSTOMER, Roles
from insight.sources.drafting.values import Column
from insight.sources.drafting.words import meaning


@dataclass
class Decided:
    """Which surveys make the tables of a business.

    Attributes
    ----------
    transactions, customers, products
        The files of each; None where none was recognised.
    links
        What is looked up for each transaction.
    documented
        Tables recognised by the names of their columns: campaigns, contacts, accounts …
    also
        More files of transactions, whose columns are called otherwise: ``{their name: our name}``.
    flat
        Files of one row per customer, where there are no transactions.
    rates
        Daily rates that turn amounts of several currencies into one.
    people
        Files of people that are linked, as systems; there are no customers then.
    unused
        Files without a use, and why where there is a reason.
    """

    transactions: Roles | None = None
    customers: Roles | None = None
    products: Roles | None = None
    links: list[Link] = field(default_factory=list)
    documented: list[Documented] = field(default_factory=list)
    also: list[tuple[Roles, dict[str, str]]] = field(default_factory=list)
    flat: Roles | None = None
    rates: Rates | None = None
    people: list[System] = field(default_factory=list)
    unused: list[tuple[Roles, str]] = field(default_factory=list)

    def column(self, role: str) -> tuple[str, Column, Roles] | None:
        """Give the column of a role for a transaction: its own, or one that is looked up."""
        if self.transactions is None:
            return None
        own = self.transactions.get(role)
        if own and role not in self.transactions.doubtful:
            return own.name, own, self.transactions
        for one in self.links:
            of_owner = one.name.startswith("accounts")  # they tell whose it is, nothing of what happened
            if (found := one.other.get(role)) and (role == "customer_id" or not of_owner):
                return f"{one.name}.{found.name}", found, one.other
        return (own.name, own, self.transactions) if own else None

    @property
    def keys_of_customers(self) -> Meeting | None:
        """How the customers of transactions meet those that their file describes; accounts are no customers."""
        known = self.customers.get("customer_id") if self.customers else None
        bought = self.column("customer_id")
        account = self.transactions.get("account_id") if self.transactions else None
        ours = bought[1] if bought else account
        return meet(ours, known, is_same_name=bought is not None) if ours and known else None


def decide(surveys: Sequence[Roles]) -> Decided:
    """Choose the files of transactions, customers and products among all that are there."""
    decided = Decided()
    decided.documented = [found for roles in surveys if (found := recognise(roles))]
    told = [found.roles for found in decided.documented if found.table != "accounts"]
    surveys = [roles for roles in surveys if not any(roles is one for one in told)]
    options = [option for roles in surveys if (option := _as_transactions(roles, surveys))]
    options = options or [(roles, _links(roles, surveys)) for roles in _nearest(surveys)]
    if options:
        decided.transactions, decided.links = max(options, key=lambda option: _rank(*option))
        if found := booked_ahead(decided.transactions):
            decided.documented.append(found)
        decided.rates = find_rates(decided.transactions, surveys)
    taken = [decided.transactions, *(one.other for one in decided.links if one.name == "orders")]
    rest = [roles for roles in surveys if not any(roles is one for one in taken)]
    decided.customers = _best([roles for roles in rest if _names_each(roles, "customer_id")], "customers")
    products = [roles for roles in rest if roles is not decided.customers and _names_each(roles, "product_id")]
    decided.products = _best(products, "products")
    _add_category(decided)
    decided.documented = [_with_owners(found, surveys) for found in decided.documented]
    reasons = _refuse_strangers(decided)
    known = [decided.transactions, decided.customers, decided.products, *(one.other for one in decided.links)]
    known += [found.roles for found in decided.documented]
    known += [found.owners.other for found in decided.documented if found.owners]
    decided.flat = _flat(decided, surveys)
    known += [decided.flat, decided.rates.other if decided.rates else None]
    for roles in surveys:
        if any(roles is one for one in known):
            continue
        renamed = _renamed(decided.transactions, roles)
        if renamed is None:
            decided.unused.append((roles, reasons.get(id(roles), _left_out(roles, decided.transactions))))
        else:
            decided.also.append((roles, renamed))
    return decided


def _as_transactions(roles: Roles, surveys: Sequence[Roles]) -> tuple[Roles, list[Link]] | None:
    """Take a survey for transactions, with the orders or accounts that it needs to be looked up; else None."""
    if not roles.has_amount or _names_each(roles, "product_id") or roles.one_row_each:
        return None
    links = _links(roles, surveys)
    has_day = "occurred" in roles.of or any("occurred" in one.other.of for one in links if one.name == "orders")
    return (roles, links) if has_day else None


def _links(roles: Roles, surveys: Sequence[Roles]) -> list[Link]:
    links: list[Link] = []
    while found := look_up(roles, links, surveys):
        links.append(found)
    return links


def _rank(roles: Roles, links: list[Link]) -> tuple:
    held = set(roles.of) | {role for one in links for role in one.other.of}
    own_day = "occurred" in roles.of and "occurred" not in roles.doubtful
    has_day = own_day or any(one.name == "orders" for one in links)
    is_refunds = _is_of_refunds(roles)
    return (
        not is_refunds,
        "customer_id" in held,
        has_day,
        "product_id" in roles.of,
        "basket_id" in held,
        roles.survey.rows,
    )


def _nearest(surveys: Sequence[Roles]) -> list[Roles]:
    """Give the files that come near to transactions: they lack the amount, the customer or the day, and no more."""
    return [
        roles
        for roles in surveys
        if not roles.one_row_each and roles.hint not in ("customers", "products") and _nearness(roles) >= 2
    ]


def _nearness(roles: Roles) -> int:
    is_order = roles.hint == "events" and bool({"basket_id", "transaction_id"} & set(roles.of))
    names_buyer = bool({"customer_id", "account_id"} & set(roles.of))
    return ("occurred" in roles.of or is_order) + roles.has_amount + names_buyer


def _refuse_strangers(decided: Decided) -> dict[int, str]:
    """Leave out customers whose keys are those of something else; say why."""
    met, known = decided.keys_of_customers, decided.customers
    if met is None or known is None or met.is_same_name or met.holds:
        return {}
    decided.customers = None
    return {
        id(known): f"its keys meet our accounts by chance alone ({met.ours:.0%}); a file that links them is missing"
    }


def _with_owners(found: Documented, surveys: Sequence[Roles]) -> Documented:
    """Look up whose each row is in a file of two keys, where the files do not say it."""
    if "customer_id" not in found.lacking:
        return found
    linking = [other for other in surveys if "customer_id" in other.of and other is not found.roles]
    return replace(found, owners=next((one for other in linking if (one := link(found.roles, other, "owners"))), None))


def _flat(decided: Decided, surveys: Sequence[Roles]) -> Roles | None:
    """Find files of one row per customer, also without a key: what customers are, or what they did afterwards."""
    if decided.transactions is not None:
        return None
    known = decided.customers
    if known is not None and (known.one_row_each or known.label or len(surveys) == 1):
        return known
    told = [
        roles
        for roles in surveys
        if "occurred" not in roles.of and sum(role in roles.of for role in OF_A_CUSTOMER) + 2 * bool(roles.label) >= 2
    ]
    if not told and len(surveys) == 1 and decided.products is None:
        told = [roles for roles in surveys if is_of_rows(roles)]
    return max(told, key=lambda roles: roles.survey.rows, default=None)


def _names_each(roles: Roles, role: str) -> bool:
    column = roles.get(role)
    if column is None or roles.is_event or len(roles.survey.header) < 2:
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
    if {"product_id", "product_name"} & set(bought.of) and (found := link(bought, products, "products")):
        decided.links.append(found)


def _renamed(transactions: Roles | None, other: Roles) -> dict[str, str] | None:
    """Say how another file of transactions calls our columns, where it has them all."""
    if transactions is None or not transactions.is_event or not other.is_event or _is_of_refunds(other):
        return None
    if transactions.survey.form.delimiter != other.survey.form.delimiter:
        return None
    if transactions.survey.form.sheet or other.survey.form.sheet or other.survey.relations:
        return None  # another table may be a view of the same rows
    renamed = {}
    for role, column in transactions.of.items():
        theirs = other.get(role)
        if theirs is None:
            return None
        if theirs.name != column.name:
            renamed[theirs.name] = column.name
    return renamed


def _left_out(roles: Roles, transactions: Roles | None) -> str:
    """Say where a file that is not used holds amounts, so that they are in no sum."""
    if _is_of_refunds(roles) and roles.has_amount:
        return "CHECK: named after what is no purchase, so that its amounts are in no sum"
    if transactions and not roles.survey.relations and {*roles.survey.header} == {*transactions.survey.header}:
        return "CHECK: it has the columns of the transactions, otherwise laid out, and is in no sum: deliver it alike"
    return ""


def _is_of_refunds(roles: Roles) -> bool:
    """Whether a file is named after what was given back, so that its amounts are no purchases."""
    return any(meaning(name) in ("refund", "other", "payment") for name in roles.survey.files)
