"""A first description of a business, written from the files that it delivers: ``insight new``.

It is meant to be read and corrected by a person: every guess that the data does not prove says
CHECK, and what could not be guessed stands as ??? and is refused until it is filled in.
"""

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from insight.config.source import UNDECIDED, Files
from insight.errors import ParameterError, SourceError, listed, printable
from insight.sources.drafting.database import survey_database
from insight.sources.drafting.described import (
    about_flat,
    guess_currency,
    known_orders,
    write_costs,
    write_customers,
    write_documented,
    write_flat,
    write_products,
)
from insight.sources.drafting.layout import (
    HINTS,
    HINTS_OF_DATABASES,
    HINTS_OF_FILES,
    NUMERIC,
    write_columns,
    write_format,
    write_joins,
    write_left_out,
    write_mapping,
    write_place,
)
from insight.sources.drafting.people import (
    are_records,
    day_orders,
    find_people,
    sample_values,
    write_people,
    write_system,
)
from insight.sources.drafting.roles import FEW, YES, Roles, assign_roles
from insight.sources.drafting.rules import (
    Line,
    amount_line,
    date_options,
    id_rule,
    kind_line,
    listed_inline,
    number_rule,
    product_of,
    quoted,
    refund_prefixes,
    rule,
)
from insight.sources.drafting.survey import Survey, survey_folder
from insight.sources.drafting.tables import Decided, decide
from insight.sources.drafting.words import score
from insight.sources.reading.database import address_of
from insight.sources.reading.folder import raw_folder

_PLAIN = ("merchant", "channel")


def draft(dataset: str, root: Path, *, url: str | None = None) -> str:
    """Give the text of ``params/<dataset>.yaml`` for the files in ``data/raw/<dataset>/``, or for a database's tables.

    Raises
    ------
    ParameterError
        If the name cannot be one, or the file is there already.
    SourceError
        If there is nothing to describe, none of it can be read, or the database does not answer.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,60}", dataset):
        raise ParameterError("dataset: expected a name of lower-case letters, digits and _, beginning with a letter.")
    if (root / "params" / f"{dataset}.yaml").exists():
        raise ParameterError(
            f"params/{dataset}.yaml is there already and is not overwritten. Edit it, or move it away first."
        )
    surveys, unread = survey_database(url) if url else _survey_folder(dataset, root)
    place = "database" if url else f"data/raw/{dataset}"
    if unread and not surveys:
        raise SourceError(f"{place}: nothing could be read" + listed(unread))
    if not surveys:
        raise SourceError(
            f"{place}: no table or view with rows there that this user may read."
            if url
            else f"{place}: no CSV, TSV, TXT, Parquet or Excel file there. Put the delivered files into it."
        )
    surveyed = [assign_roles(survey) for survey in surveys]
    decided = decide(surveyed) if url else _with_people(surveyed, _folder(dataset, root))
    problems = [f"    # Not read: {line}" for message in unread for line in message.splitlines()[:1]]
    source = _source(decided, url, dataset)
    lines = [*_head(dataset, decided, surveys), *source, *problems, *_tail(decided, url)]
    return "".join(f"{printable(line)}\n" for line in lines)  # a name with a line break stays in its comment


def _survey_folder(dataset: str, root: Path) -> tuple[list[Survey], list[str]]:
    folder = _folder(dataset, root)
    surveys, unread = survey_folder(folder)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and (url := address_of(path, root)):
            unread.append(
                f"{path.name}: is a database. Describe it by its tables: insight new {dataset} --database {url}"
            )
    return surveys, unread


def _folder(dataset: str, root: Path) -> Path:
    return raw_folder(Files.model_construct(kind="files", folder=None), dataset, root)


def _with_people(surveyed: Sequence[Roles], folder: Path) -> Decided:
    """Decide what the tables are; files of people that no id brings together are records, and no customers."""
    people = find_people(surveyed, partial(sample_values, folder))
    others = [roles for roles in surveyed if not any(roles is system.roles for system in people)]
    decided = decide(others)
    bought = decided.column("customer_id")
    if not are_records(people, bought[1] if bought else None):
        return decide(surveyed)
    decided.people = people
    return decided


# --- the business


def _head(dataset: str, decided: Decided, surveys: Sequence[Survey]) -> list[str]:
    title = dataset.replace("_", " ").capitalize()
    currency, zone, why = guess_currency(surveys, decided)
    return [
        f"# {title}: what `insight new` read out of {sum(len(survey.files) for survey in surveys)} "
        + ("table(s)." if surveys[0].relations else "delivered file(s)."),
        "# Read it through: CHECK marks what the data does not prove, ??? what has to be filled in.",
        f"# Then: insight check {dataset}. docs/your-own-data.md explains every key.",
        "",
        f"title: {{en: {quoted(title)}, zh: {quoted(title)}}}  # CHECK: the name in the reports",
        "customers: {en: customers, zh: 客户}  # what they are called: customers, households, members …",
        f"currency: {currency}  # CHECK: {why}",
        f"time_zone: {zone}  # CHECK: days and hours of the business are counted in it",
        *write_costs(currency),
        "",
    ]


# --- the tables


def _source(decided: Decided, url: str | None, dataset: str) -> list[str]:
    kind = ["  kind: database", f"  url: {quoted(url)}"] if url else ["  kind: files"]
    if flat := write_flat(decided, dataset):
        return ["source:", *kind, *flat, *(line.removeprefix("  ") for line in _unused(decided))]
    lines = ["source:", *kind, *write_people(decided.people, day_orders(decided.people))]
    if not decided.people or decided.transactions or decided.products or decided.documented:
        lines.append("  tables:")
    if decided.transactions is not None:
        lines += _transactions(decided, decided.transactions)
    elif decided.flat is not None:
        lines += about_flat(decided, decided.flat, dataset)
    elif not decided.people:
        lines += [
            f"    # No {'table' if url else 'file'} with a date and an amount was recognised: "
            + "say which columns hold them.",
            "    transactions:",
            f'      {"table" if url else "files"}: ["{UNDECIDED}"]',
            *_formats(decided),
            "      columns:",
            *(f'        {name}: "{UNDECIDED}"' for name in ("customer_id", "occurred_at", "amount")),
        ]
    lines += [*write_customers(decided), *write_products(decided), *write_documented(decided)]
    lines += _unused(decided)
    if url and not decided.column("customer_id") and any(len(roles.survey.personal) > 1 for roles, _ in decided.unused):
        lines += [
            "    # People whom no id brings together are linked from files alone: export their tables into data/raw,",
            "    # and let `insight new` draft them as `records` (docs/linking.md).",
        ]
    return lines


def _unused(decided: Decided) -> list[str]:
    headed = ((roles, ", ".join(roles.survey.header[:12]), why) for roles, why in decided.unused)
    return [
        f"    # Not used: {', '.join(roles.survey.files)} ({header})" + (f": {why}" if why else "")
        for roles, header, why in headed
    ]


def _formats(decided: Decided) -> list[str]:
    """Write how the file with most rows is laid out, so that what was found is not lost."""
    most = max((roles for roles, _ in decided.unused), key=lambda roles: roles.survey.rows, default=None)
    return write_format(most, most.survey.columns, indent=6) if most else []


def _transactions(decided: Decided, roles: Roles) -> list[str]:
    found = _transaction_lines(decided, roles)
    more = [name for other, _ in decided.also for name in other.survey.files]
    lines = ["    transactions:", *write_place(roles.survey, indent=6, more=more)]
    lines += write_format(roles, [roles.of[role] for role in NUMERIC if role in roles.of], indent=6)
    if decided.also:
        pairs = {theirs: ours for _, renamed in decided.also for theirs, ours in renamed.items()}
        lines.append(f"      renamed: {write_mapping(pairs)}  # columns that some of the files call otherwise")
    lines += write_joins(decided.links, decided.rates)
    named = decided.column("customer_id")
    lines += write_system(decided.people, named[1] if named else roles.get("account_id"))
    lines += ["      columns:", *write_columns(found), *_doubts(decided, roles)]
    lines += _refunds(roles, has_kind=any(line.name == "kind" for line in found))
    alike = f"  # {roles.survey.repeated:,} row(s) are alike in every column to one before: one event, delivered twice?"
    lines.append(
        "      repeated_rows: remove" + (alike if roles.survey.repeated else "  # or keep, where alike is not the same")
    )
    return lines + write_left_out(roles, decided.links)


def _transaction_lines(decided: Decided, roles: Roles) -> list[Line]:
    lines: list[Line] = []
    for role in ("transaction_id", "basket_id", "customer_id"):
        if found := decided.column(role):
            line = id_rule(found[0], found[1])
            comment = line.comment
            if role == "customer_id" and (nobody := found[1].rows - found[1].filled):
                comment = comment or f"{nobody:,} row(s) without: kept as unassigned"
            lines.append(Line(role, line.rule, comment))
        elif role == "customer_id" and (account := roles.get("account_id")):
            lines.append(Line(role, id_rule(account.name, account).rule, "CHECK: each account counts as a customer"))
        elif role == "customer_id":
            personal = (
                f"; {', '.join(map(repr, roles.personal))} is personal: deliver an id instead" if roles.personal else ""
            )
            lines.append(Line(role, f'"{UNDECIDED}"', f"no column tells customers apart{personal}"))
    lines.append(_occurred(decided))
    amount = decided.column("amount") if roles.get("amount") or not _priced(roles) else None
    made = amount_line(roles, reference=amount[0] if amount else None, column=amount[1] if amount else None)
    if decided.rates and amount and made and made.rule.startswith(quoted(amount[0])):
        rate = f"rates.{decided.rates.rate}"
        written = product_of([amount[0]], rate) if decided.rates.is_divisor else product_of([amount[0], rate])
        made = Line("amount", written, decided.rates.doubt)
    lines.append(made or Line("amount", f'"{UNDECIDED}"', "no column of amounts was recognised"))
    for role in ("quantity", "discount"):
        column = roles.get(role)
        if column is not None and (text := number_rule(column, is_discount=role == "discount")):
            lines.append(Line(role, text))
    lines += _kind(decided, roles)
    flag = roles.get("returned")
    if flag is not None and "cancel" in flag.name.lower() and not any(line.name == "kind" for line in lines):
        values = ", ".join(f"{quoted(text)}: other" for text in sorted(flag.held) if text.lower() in YES)
        lines.append(Line("kind", f"{{column: {quoted(flag.name)}, values: {{{values}}}, otherwise: purchase}}"))
    return lines + _described(decided, roles)


def _kind(decided: Decided, roles: Roles) -> list[Line]:
    """Write what the codes of kinds or states mean; kinds that nobody understands are asked for."""
    signs = [held for role in ("amount", "quantity") if (held := roles.get(role)) and held.numbers]
    tells_itself = any(held.numbers and held.numbers.negative for held in signs) or refund_prefixes(roles) is not None
    for role in ("kind", "status"):
        found = decided.column(role)
        if found is None or len(found[1].held) < 2:
            continue
        if made := kind_line(found[1], found[0], is_asked=role == "kind" and not tells_itself):
            return [made]
        roles.doubts.append(
            f"kind: {found[0]!r} was not understood ({', '.join(list(found[1].held)[:6])}); all rows count"
        )
    return []


def _described(decided: Decided, roles: Roles) -> list[Line]:
    """Say where the transaction's currency, product, category and place stand."""
    lines = []
    if decided.rates:
        lines.append(Line("currency", f"{{constant: {decided.rates.into}}}"))
    elif found := decided.column("currency"):
        codes = sorted({text.upper() for text in found[1].held})
        told = f"CHECK: {', '.join(codes[:5])} are never added up; docs: Mixed currencies" if len(codes) > 1 else ""
        if not all(re.fullmatch(r"[A-Z]{3}", code) for code in codes):
            told = "CHECK: write as {column: …, values: {…: USD}}"
        lines.append(Line("currency", rule(found[0]), told))
    product = roles.get("product_id") or roles.get("product_name")
    if product is not None:
        lines.append(Line("product_id", id_rule(product.name, product).rule))
    if found := decided.column("category"):
        lines.append(Line("category", rule(found[0])))
    lines += [Line(role, rule(found[0])) for role in _PLAIN if (found := decided.column(role))]
    if (column := roles.get("account_id")) is not None:
        lines.append(Line("account_id", id_rule(column.name, column).rule))
    if (column := roles.get("promoted")) is not None:
        lines.append(Line("promoted", rule(column.name)))
    return lines


def _occurred(decided: Decided) -> Line:
    found = decided.column("occurred")
    if found is None:
        return Line("occurred_at", f'"{UNDECIDED}"', "no column of dates was recognised")
    reference, column, roles = found
    options, comment = date_options(column, known_orders(decided))
    if not comment and roles is not decided.transactions and score(column.name, "first_seen") == 100:
        comment = "CHECK: the day on which an order was made counts"
    clock = roles.get("time_of_day")
    has_time = column.dates is None or column.dates.has_time
    if clock is not None and not has_time and column.dates is not None:
        prefix = reference.removesuffix(column.name)
        times = "%H:%M:%S" if clock.share(r"\d{1,2}:\d{2}:\d{2}") > 0.5 else "%H:%M"
        forms = [f"{form} {times}" for form in column.dates.forms]
        both = listed_inline([reference, prefix + clock.name])
        return Line("occurred_at", f"{{columns: {both}, dates: {listed_inline(forms)}}}", comment)
    if has_time and column.share(r".*[ T]0?0:00(:00)?(\.0+)?") > 0.999:
        has_time = False  # midnight everywhere: days that were stored as times
    return Line("occurred_at" if has_time else "occurred_on", rule(reference, column, **options), comment)


def _refunds(roles: Roles, *, has_kind: bool) -> list[str]:
    found = refund_prefixes(roles)
    if found:
        column, starts, why = found
        return [f"      refunds: {{column: {quoted(column)}, starts_with: {listed_inline(starts)}}}  # {why}"]
    if (flag := roles.get("returned")) is not None and "cancel" not in flag.name.lower():
        yes = sorted(text for text in flag.held if text.lower() in YES)
        return [f"      refunds: {{column: {quoted(flag.name)}, equals: {listed_inline(yes)}}}"] if yes else []
    if has_kind:
        return []
    amounts = [held for role in ("amount", "quantity") if (held := roles.get(role))]
    below = any(held.numbers and held.numbers.negative for held in amounts)
    return ["      # refunds: amounts or quantities below zero, as nothing else tells them"] if below else []


# --- small decisions


def _priced(roles: Roles) -> bool:
    return {"quantity", "unit_price"} <= set(roles.of)


def _doubts(decided: Decided, roles: Roles) -> list[str]:
    """Write what was decided without certainty about the rows' own columns."""
    found = decided.column("occurred")
    looked_up = found is not None and found[2] is not roles
    doubts = [doubt for doubt in roles.doubts if not (looked_up and doubt.startswith("occurred_at"))]
    named = decided.column("customer_id")
    if named and named[1].is_unique and named[1].rows >= FEW:
        doubts.append(f"customer_id: {named[0]!r} is another in every row: does it name the person, or the order?")
    return [f"        # CHECK: {doubt}" for doubt in doubts]


def _tail(decided: Decided, url: str | None) -> list[str]:
    surveys = [roles for roles in (decided.transactions, decided.customers, decided.products) if roles]
    cut = [name for roles in surveys if roles.survey.is_cut for name in roles.survey.files]
    seen = [f"# Not all rows were looked at of {', '.join(cut)}."] if cut else []
    hints = (HINTS_OF_DATABASES if url else HINTS_OF_FILES) + HINTS
    return [*seen, "", *hints.strip("\n").split("\n")]
