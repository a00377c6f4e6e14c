"""Free text with names, numbers and addresses of people redacted."""

import re
from collections.abc import Iterable, Mapping

import ibis
import pandas as pd
from ibis.expr.types import Table

from insight.contracts import CONTRACTS

#: Columns that hold whatever somebody typed. In `customers` they are meant to hold a group that many share.
FREE_TEXT = {
    "service_tickets": ("topic", "text"),
    "interactions": ("kind",),
    "customers": ("region", "gender", "age_band", "income_band", "household_size", "trade"),
}
BLANK = "***"
_BETWEEN = r"[^a-z0-9_-]+"
_NAMES = ("full_name", "family_name", "given_name", "latin_name", "nickname", "representative_name")
_WHOLE = ("document_number", "phone", "representative_phone", "email", "wechat_id", "address", "source_record_id")
_E_MAIL = r"[^\s@<>(),;:]+@[^\s@<>(),;:]+"
_DIGITS = r"[A-Za-z]{0,2}\+?[0-9０-９](?:[ -]?[0-9０-９]){5,}[Xx]?"


def without_people(tables: Mapping[str, Table], records: Table) -> dict[str, Table]:
    """Redact in free text the customer's own values, and what looks like a number or address of anybody.

    Parameters
    ----------
    tables
        Under issued ids.
    records
        The records with their ``customer_id``: names, numbers and addresses to look for.

    Returns
    -------
    dict
        E-mail addresses, runs of six digits or more, the customer's own names, numbers and addresses,
        and everybody's ids and numbers that stand there as one word are ``***``. What names others in
        other ways is not known, and stays. In ``customers`` a value that holds any of it is empty.
    """
    words = _words_of(records)
    return {name: _blanked(name, table, words) if name in FREE_TEXT else table for name, table in tables.items()}


def _blanked(name: str, table: Table, words: Table) -> Table:
    columns = [column for column in FREE_TEXT[name] if column in table.columns]
    for column in columns:
        clean = _said_without(table, column, words)
        rows = table.left_join(clean, [table.customer_id == clean.whose, table[column] == clean.said])
        value = ibis.coalesce(rows.instead, rows[column]).re_replace(_E_MAIL, BLANK).re_replace(_DIGITS, BLANK)
        if name == "customers":
            value = (value == rows[column]).ifelse(rows[column], ibis.null("string"))
        table = rows.select(**{other: value if other == column else rows[other] for other in table.columns})
    return table


def _said_without(table: Table, column: str, words: Table) -> Table:
    """Give the redacted form of each text that holds a word of its customer, or a value of anybody."""
    said = table.select(whose=table.customer_id, said=table[column]).filter(lambda t: t.said.notnull()).distinct()
    met = said.join(words, said.whose == words.customer_id)
    own = met.filter(met.said.lower().contains(met.word.lower())).select("whose", "said", "word")
    parts = said.mutate(part=said.said.lower().re_split(_BETWEEN).unnest())
    values = words.filter(words.is_value).select(part=words.word.lower(), word=words.word).distinct()
    anybodys = parts.join(values, "part").select("whose", "said", "word")
    found = ibis.union(own, anybodys, distinct=True).to_pyarrow().to_pandas().astype(object)
    rows = [(*key, blank(key[1], group)) for key, group in found.groupby(["whose", "said"])["word"]]
    frame = pd.DataFrame(rows, columns=["whose", "said", "instead"], dtype="str")
    return table.get_backend().create_table(ibis.util.gen_name("blanked"), frame, temp=True)


def blank(text: str, words: Iterable[str]) -> str:
    """Redact words in a text; Latin ones only where they stand alone and begin with a capital as the word does.

    Examples
    --------
    >>> blank("Will WILL SMITH will call 王小明的电话", ["Will", "smith", "王小明"])
    '*** *** *** will call ***的电话'
    """
    for word in sorted(set(words), key=lambda word: (-len(word), word)):
        is_part = word.isascii() and word.isalpha()
        edge = r"(?<![A-Za-z0-9_])(?:{})(?![A-Za-z0-9_])" if word.isascii() else "{}"
        forms = {word.capitalize(), word.upper(), word} if is_part else {word}
        pattern = edge.format("|".join(sorted(map(re.escape, forms))))
        text = re.sub(pattern, BLANK, text, flags=0 if is_part else re.IGNORECASE)
    return text


def words_of_name(name: str) -> list[str]:
    """Give a name whole, and its parts of three letters or more.

    Examples
    --------
    >>> words_of_name("Ada  King-Noel"), words_of_name("王小明"), words_of_name("Li")
    (['Ada King-Noel', 'Ada', 'King', 'Noel'], ['王小明'], [])
    """
    name = " ".join(name.split())
    parts = [part for part in re.split(r"[\W\d_]+", name) if len(part) >= (3 if part.isascii() else 2)]
    whole = [name] if len(name) >= (3 if name.isascii() else 2) else []
    return list(dict.fromkeys([*whole, *parts]))


def _words_of(records: Table) -> Table:
    """Give the names, numbers and addresses of each customer, one word or value a row; ``is_value``: no name."""
    known = CONTRACTS["customer_records"].names
    columns = [name for name in (*_NAMES, *_WHOLE) if name in known and name in records.columns]
    frame = records.select("customer_id", *columns).to_pyarrow().to_pandas().astype(object)
    parts = [_words_in(frame[["customer_id", column]].dropna().drop_duplicates(), column) for column in columns]
    words = pd.concat(parts, ignore_index=True).drop_duplicates().astype({"customer_id": "str", "word": "str"})
    return records.get_backend().create_table(ibis.util.gen_name("words"), words, temp=True, overwrite=True)


def _words_in(values: pd.DataFrame, column: str) -> pd.DataFrame:
    split = words_of_name if column in _NAMES else _value_alone
    words = values[column].map(split)
    listed = pd.DataFrame({"customer_id": values["customer_id"], "word": words}).explode("word").dropna()
    return listed.assign(is_value=column in _WHOLE)


def _value_alone(value: str) -> list[str]:
    """Give a value that names somebody by itself; a place without a number is no address."""
    value = value.strip()
    return [value] if len(value) >= 6 and re.search(r"\d|@", value) else []
