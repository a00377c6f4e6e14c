"""The parts of a description as YAML text: files and their format, columns with comments, what is left out."""

from collections.abc import Sequence
from pathlib import Path

from insight.config.source import BLANKS
from insight.sources.drafting.links import AT_MOST, Link, Rates
from insight.sources.drafting.roles import Roles
from insight.sources.drafting.rules import Line, listed_inline, quoted, shared_numbers
from insight.sources.drafting.survey import Survey
from insight.sources.drafting.values import Column
from insight.sources.reading.damage import Use, found_in_values
from insight.sources.reading.folder import BOOKS, PARQUET, kind_of
from insight.sources.reading.text_reader import usual_delimiter

_MOMENTS = ("occurred", "first_seen", "birth")
NUMERIC = ("amount", "quantity", "unit_price", "discount", "debit", "credit")


def write_place(survey: Survey, *, indent: int, more: Sequence[str] = ()) -> list[str]:
    """Write which files, or which tables of a database, are read; ``more`` are other files of the same table."""
    margin = " " * indent
    if not survey.relations:
        return [f"{margin}files: {listed_inline([*survey.files, *more])}"]
    names = [relation.name for relation in survey.relations]
    schema = survey.relations[0].schema
    said = {"table": quoted(names[0]) if len(names) == 1 else listed_inline(names)}
    said |= {"schema": quoted(schema)} if schema else {}
    return [f"{margin}{key}: {value}" for key, value in said.items()]


def write_format(
    roles: Roles, numbers: Sequence[Column], *, indent: int, is_joined: bool = False, dates: Sequence[str] = ()
) -> list[str]:
    """Write how the files are laid out, as far as they, or the table that they are joined to, do not say it."""
    form = roles.survey.form
    is_text = not roles.survey.relations and kind_of(Path(roles.survey.files[0])) not in (*PARQUET, *BOOKS)
    said: dict[str, str] = {}
    if is_text:
        said["encoding"] = quoted(form.encoding[0]) if len(form.encoding) == 1 else listed_inline(form.encoding)
        said["encoding"] += f"  # CHECK: {roles.survey.doubt}" if roles.survey.doubt else ""
        is_usual = all(form.delimiter == usual_delimiter(Path(name)) for name in roles.survey.files)
        if form.delimiter and (is_joined or not is_usual):
            said["delimiter"] = {"\t": "tab", BLANKS: BLANKS}.get(form.delimiter, f'"{form.delimiter}"')
        said |= {"widths": f"[{', '.join(map(str, form.widths))}]"} if form.widths else {}
        said |= {"quote": '""'} if not form.quote and not form.widths else {}
    if form.skip_lines:
        said["skip_lines"] = str(form.skip_lines)
    if not form.header:
        said |= {"header": "false", "column_names": listed_inline(form.column_names)}
    if form.sheet:
        said["sheet"] = quoted(form.sheet[0]) if len(form.sheet) == 1 else listed_inline(form.sheet)
    if marks := shared_numbers(numbers):
        said |= {"decimal": f'"{marks.decimal}"'} if marks.decimal != "." or is_joined else {}
        said |= {"thousands": f'"{marks.thousands}"'} if marks.thousands or is_joined else {}
        said |= {"currency_sign": listed_inline(marks.signs)} if marks.signs else {}
        said |= {"accounting_negatives": "true"} if marks.accounting else {}
    said |= {"dates": listed_inline(dates)} if dates else {}
    margin = " " * indent
    return [f"{margin}format:", *(f"{margin}  {key}: {value}" for key, value in said.items())] if said else []


def write_joins(links: Sequence[Link], rates: Rates | None = None) -> list[str]:
    """Write the files or tables that are looked up for each row, daily rates among them."""
    lines = ["      join:"] if links or rates else []
    if rates:
        place = write_place(rates.other.survey, indent=10)
        lines += ["        rates:", *place, f"          by: {write_mapping(rates.by)}"]
        lines += [f"          last_before: {AT_MOST}  # {rates.doubt}"] if rates.dates else []
        lines += [] if rates.is_quoted else [f"          one_for: {rates.into}  # it has no rates of its own"]
        lines += write_format(rates.other, rates.other.survey.columns, indent=10, dates=rates.dates)
    for link in links:
        by = write_mapping({link.ours: link.theirs.name})
        lines += [
            f"        {link.name}:" + (f"  # {link.doubt}" if link.doubt else ""),
            *write_place(link.other.survey, indent=10),
            f"          by: {by}",
        ]
        numbers = [link.other.of[role] for role in NUMERIC if role in link.other.of]
        lines += write_format(link.other, numbers, indent=10, is_joined=True)
    return lines


def write_mapping(pairs: dict[str, str]) -> str:
    """Write a mapping on one line."""
    return "{" + ", ".join(f"{quoted(key)}: {quoted(value)}" for key, value in pairs.items()) + "}"


def write_columns(lines: Sequence[Line]) -> list[str]:
    """Write columns with their rules and comments."""
    return [f"        {line.name}: {line.rule}" + (f"  # {line.comment}" if line.comment else "") for line in lines]


def write_left_out(roles: Roles, links: Sequence[Link]) -> list[str]:
    """Write which columns are personal, which have no use, and which a spreadsheet seems to have damaged."""
    personal = list(dict.fromkeys([*roles.personal, *(name for link in links for name in link.other.personal)]))
    lines = [f"      personal: {listed_inline(personal)}  # identify a person: never read"] if personal else []
    if spare := [column.name for column in roles.free() if column.name not in personal]:
        lines.append(f"      # not used: {', '.join(spare[:20])}" + (" …" if len(spare) > 20 else ""))
    return lines + [f"      # CHECK, damaged by a spreadsheet? {said}" for said in _damaged(roles, links)]


def _damaged(roles: Roles, links: Sequence[Link]) -> list[str]:
    """Say of which columns that are used values look damaged, and how."""
    said = []
    for part in (roles, *(link.other for link in links)):
        roles_of = {column.name: role for role, column in part.of.items()}
        for column in part.survey.columns:
            role = roles_of.get(column.name, "")
            use: Use = "id" if role.endswith("_id") else "moment" if role in _MOMENTS and column.dates else "other"
            values = {**column.some, **{text: column.counts[text] for text in column.missing}}
            said += [f"{column.name}: {words}" for words in found_in_values(values).in_words(use)]
    return said


HINTS_OF_FILES = """
# What else can be said, at `source.format` for all files or at a table's own `format`:
#   encoding: gb18030                  or several: [utf-8, cp1252]; each file is read by the one that fits best
#   delimiter: ";"                     header: false with column_names: [a, b]     skip_lines: 2     sheet: Sales
#   delimiter: blanks                  for runs of blanks    widths: [6, 16, 10]   quote: ""   where " means inches
"""
HINTS_OF_DATABASES = """
# What else can be said, at `source.format` for all tables or at a table's own `format`, of values that are text there:
"""
HINTS = """\
#   decimal: ","  thousands: "."       currency_sign: ["€"]     accounting_negatives: true   for (100) and 100-
#   dates: ["%d.%m.%Y %H:%M"]          also iso, excel (serial days), epoch, epoch_ms
#   dates_in: {"paris-*": ["%d/%m/%Y"]}     forms of some files alone
#   time_zone: UTC                     what the times are written in, where it is not the business's own
#   missing: ["", "NULL"]              what stands for no value
# and at a column:
#   amount: {product: [Quantity, UnitPrice]}                     amount: {plus: [Debit], minus: [Credit]}
#   currency: {constant: EUR}          kind: {column: Type, values: {S: purchase, R: refund}, otherwise: other}
#   occurred_at: {columns: [Date, Time], dates: ["%d/%m/%Y %H:%M"]}
#   customer_id: {column: Customer, drop_ending: ".0", missing: ["0"]}      age_band: {column: Age, bands: [18, 35, 65]}
# and at a table:
#   refunds: {column: InvoiceNo, starts_with: C}     or equals: [R], or below_zero: true
#   renamed: {amt: Amount}             where some of the files or tables call a column otherwise
#   join: {orders: {files: [orders.csv], by: {order_id: id}}}    then columns may be written as orders.date;
#                                      of a database {table: orders, by: {order_id: id}}
#   personal: [Name, Email]            columns that identify a person: never read
# Year 9999 in a day that may be missing means "open end". A run stops when over 1 % of a table is quarantined:
# quarantine_rows_share: 0.01 and quarantine_amount_share: 0.01 at the top say otherwise.
"""
