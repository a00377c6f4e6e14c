"""A first description of a business, written from the files that it delivers: ``insight new``.

It is meant to be read and corrected by a person: every guess that the data does not prove says
CHECK, and what could not be guessed stands as ??? and is refused until it is filled in.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from insight.config.source import UNDECIDED, Files
from insight.errors import ParameterError, SourceError, listed
from insight.sources.drafting.currency import guess_currency
from insight.sources.drafting.layout import (
    HINTS,
    NUMERIC,
    write_columns,
    write_format,
    write_joins,
    write_left_out,
    write_mapping,
)
from insight.sources.drafting.roles import YES, Roles, assign_roles
from insight.sources.drafting.rules import (
    Line,
    amount_line,
    band_options,
    date_options,
    id_rule,
    is_reliable,
    kind_line,
    listed_inline,
    number_rule,
    quoted,
    refund_prefixes,
    rule,
)
from insight.sources.drafting.survey import Survey, survey_folder
from insight.sources.drafting.tables import Decided, customer_roles, decide
from insight.sources.reading.folder import raw_folder

_PLAIN = ("merchant", "channel")


def draft(dataset: str, root: Path) -> str:
    """Give the text of ``params/<dataset>.yaml`` for the files in ``data/raw/<dataset>/``.

    Raises
    ------
    ParameterError
        If the name cannot be one, or the file is there already.
    SourceError
        If there are no files to describe, or one of them cannot be read at all.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,60}", dataset):
        raise ParameterError("dataset: expected a name of lower-case letters, digits and _, beginning with a letter.")
    if (root / "params" / f"{dataset}.yaml").exists():
        raise ParameterError(
            f"params/{dataset}.yaml is there already and is not overwritten. Edit it, or move it away first."
        )
    folder = raw_folder(Files.model_construct(kind="files", folder=None), dataset, root)
    surveys, unread = survey_folder(folder)
    if unread and not surveys:
        raise SourceError(f"data/raw/{dataset}: no file could be read" + listed(unread))
    if not surveys:
        raise SourceError(
            f"data/raw/{dataset}: no CSV, TSV, TXT, Parquet or Excel file there. Put the delivered files into it."
        )
    decided = decide([assign_roles(survey) for survey in surveys])
    problems = [f"    # Not read: {line}" for message in unread for line in message.splitlines()[:1]]
    return "\n".join([*_head(dataset, decided, surveys), *_source(decided), *problems, *_tail(decided)]) + "\n"


# --- the business


def _head(dataset: str, decided: Decided, surveys: Sequence[Survey]) -> list[str]:
    title = dataset.replace("_", " ").capitalize()
    currency, zone, why = guess_currency(surveys, decided)
    return [
        f"# {title}: what `insight new` read out of {sum(len(survey.files) for survey in surveys)} delivered file(s).",
        "# Read it through: CHECK marks what the data does not prove, ??? what has to be filled in.",
        f"# Then: insight check {dataset}. docs/your-own-data.md explains every key.",
        "",
        f"title: {{en: {quoted(title)}, zh: {quoted(title)}}}  # CHECK: the name in the reports",
        "customers: {en: customers, zh: 客户}  # what they are called: customers, households, members …",
        f"currency: {currency}  # CHECK: {why}",
        f"time_zone: {zone}  # CHECK: days and hours of the business are counted in it",
        "",
    ]


# --- the tables


def _source(decided: Decided) -> list[str]:
    lines = ["source:", "  kind: files", "  tables:"]
    if decided.transactions is None:
        lines += [
            "    # No file with a date and an amount was recognised: say which columns hold them.",
            "    transactions:",
            f'      files: ["{UNDECIDED}"]',
            "      columns:",
            *(f'        {name}: "{UNDECIDED}"' for name in ("customer_id", "occurred_at", "amount")),
        ]
    else:
        lines += _transactions(decided, decided.transactions)
    lines += _customers(decided)
    lines += _products(decided)
    for roles in decided.unused:
        lines.append(f"    # Not used: {', '.join(roles.survey.files)} ({', '.join(roles.survey.header[:12])})")
    return lines


def _transactions(decided: Decided, roles: Roles) -> list[str]:
    found = _transaction_lines(decided, roles)
    lines = ["    transactions:", *_files(roles, decided)]
    lines += write_format(roles, [roles.of[role] for role in NUMERIC if role in roles.of], indent=6)
    if decided.also:
        pairs = {theirs: ours for _, renamed in decided.also for theirs, ours in renamed.items()}
        lines.append(f"      renamed: {write_mapping(pairs)}  # columns that some of the files call otherwise")
    lines += write_joins(decided.links)
    lines += ["      columns:", *write_columns(found), *_doubts(roles)]
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
    lines.append(made or Line("amount", f'"{UNDECIDED}"', "no column of amounts was recognised"))
    for role in ("quantity", "discount"):
        column = roles.get(role)
        if column is not None and (text := number_rule(column, is_discount=role == "discount")):
            lines.append(Line(role, text))
    for role in ("kind", "status"):
        found = decided.column(role)
        kind = kind_line(found[1], found[0]) if found else None
        if kind and not any(line.name == "kind" for line in lines):
            lines.append(kind)
    flag = roles.get("returned")
    if flag is not None and "cancel" in flag.name.lower() and not any(line.name == "kind" for line in lines):
        values = ", ".join(f"{quoted(text)}: other" for text in sorted(flag.held) if text.lower() in YES)
        lines.append(Line("kind", f"{{column: {quoted(flag.name)}, values: {{{values}}}, otherwise: purchase}}"))
    return lines + _described(decided, roles)


def _described(decided: Decided, roles: Roles) -> list[Line]:
    """Say where the transaction's currency, product, category and place stand."""
    lines = []
    if found := decided.column("currency"):
        codes = {text: text.upper() for text in found[1].held}
        odd = any(not re.fullmatch(r"[A-Z]{3}", code) for code in codes.values())
        lines.append(Line("currency", rule(found[0]), "CHECK: write as {column: …, values: {…: USD}}" if odd else ""))
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
    options, comment = date_options(column, _orders(decided))
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


def _orders(decided: Decided) -> set[str]:
    """Say which of day and month comes first in the dates that tell."""
    surveys = [roles for roles in (decided.transactions, decided.customers, decided.products) if roles]
    surveys += [link.other for link in decided.links]
    told = [
        column.dates for roles in surveys for column in roles.survey.columns if column.dates and not column.dates.rival
    ]
    forms = [form for dates in told for form in dates.forms]
    return {found[1] for form in forms if (found := re.match(r"%([dm])[/.-]%[dm]", form))}


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


def _customers(decided: Decided) -> list[str]:
    if (roles := decided.customers) is not None:
        head = [
            "    customers:",
            f"      files: {listed_inline(roles.survey.files)}",
            *write_format(roles, [], indent=6),
        ]
        return [*head, "      columns:", *write_columns(_customer_lines(roles, decided)), *write_left_out(roles, [])]
    bought = decided.transactions
    if bought is None or "customer_id" not in bought.of or not customer_roles(bought):
        return []
    lines = [line for line in _customer_lines(bought, decided) if line.name != "first_seen_on"]
    return [
        "    customers:",
        "      found_in: transactions  # one row per customer; of several values the most frequent counts",
        "      columns:",
        *write_columns(lines),
    ]


def _customer_lines(roles: Roles, decided: Decided) -> list[Line]:
    of = roles.of
    lines = [Line("customer_id", id_rule(of["customer_id"].name, of["customer_id"]).rule)]
    for name, role in (("birth_year", "birth"), ("first_seen_on", "first_seen")):
        if role in of and is_reliable(of[role]):
            dated = of[role].dates is not None or role == "first_seen"
            options, comment = date_options(of[role], _orders(decided)) if dated else ({}, "")
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


def _products(decided: Decided) -> list[str]:
    named = (("name", "product_name"), ("category", "category"), ("department", "department"), ("brand", "brand"))
    roles = decided.products or decided.transactions
    if roles is None or "product_id" not in roles.of or not any(role in roles.of for _, role in named):
        return []
    product = roles.of["product_id"]
    lines = [Line("product_id", id_rule(product.name, product).rule)]
    lines += [Line(name, rule(roles.of[role].name)) for name, role in named if role in roles.of]
    if decided.products is None:
        return ["    products:", "      found_in: transactions", "      columns:", *write_columns(lines)]
    head = ["    products:", f"      files: {listed_inline(roles.survey.files)}", *write_format(roles, [], indent=6)]
    return [*head, "      columns:", *write_columns(lines), *write_left_out(roles, [])]


# --- small decisions


def _priced(roles: Roles) -> bool:
    return {"quantity", "unit_price"} <= set(roles.of)


def _doubts(roles: Roles) -> list[str]:
    return [f"        # CHECK: {doubt}" for doubt in roles.doubts]


def _files(roles: Roles, decided: Decided) -> list[str]:
    names = [*roles.survey.files, *(name for other, _ in decided.also for name in other.survey.files)]
    return [f"      files: {listed_inline(names)}"]


def _tail(decided: Decided) -> list[str]:
    surveys = [roles for roles in (decided.transactions, decided.customers, decided.products) if roles]
    cut = [name for roles in surveys if roles.survey.is_cut for name in roles.survey.files]
    seen = [f"# Not all rows were looked at of {', '.join(cut)}."] if cut else []
    return [*seen, "", *HINTS.strip("\n").split("\n")]
