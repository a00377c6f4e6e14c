"""What a column or a file is, told by its name, and what a code means; the words are in ``column_names.yaml``."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

import yaml

from insight.sources.reading.personal import words_of

_SHORT = 6
_CJK = r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"


@cache
def words() -> dict[str, Any]:
    """Give the names of roles, the meanings of codes, words for nothing, and what tells a currency."""
    return yaml.safe_load(resources.files("insight.sources.drafting").joinpath("column_names.yaml").read_text("utf-8"))


def score(column: str, role: str) -> int:
    """Say how well a column's name fits a role: 0 not at all, 100 exactly.

    Examples
    --------
    >>> score("InvoiceNo", "basket_id"), score("金额(元)", "amount"), score("Kunden-Nr.", "customer_id")
    (100, 100, 100)
    >>> [score(name, "customer_id") for name in ("CLIENTNUM", "users_id", "PatientNo", "N° client", "顧客番号")]
    [100, 100, 100, 100, 100]
    >>> score("Номер клиента", "customer_id"), score("Kwota brutto (zł)", "amount"), score("주문일자", "occurred")
    (100, 100, 100)
    >>> 0 < score("sales_order_date", "occurred") < 100, score("Country", "amount"), score("Account Balance", "amount")
    (True, 0, 0)
    """
    said = words_of(column)
    return max((_score(plain, role, said) for plain in _plain_names(column)), default=0)


def is_never(column: str, role: str) -> bool:
    """Whether a column's name says that it is something else than the role: a balance is no amount paid."""
    refused = _refused(role)
    return refused is not None and any(refused.search(plain) for plain in _plain_names(column))


def is_general(column: str, role: str) -> bool:
    """Whether a name fits a role only as long as nothing else is said: `date`, `id`, `type`.

    Examples
    --------
    >>> is_general("Date", "occurred"), is_general("Order Date", "occurred")
    (True, False)
    """
    names = words()["roles"][role].split()
    return any(f"={plain}" in names for plain in _plain_names(column))


def names_in(column: str, names: str, *, whole: bool) -> bool:
    """Whether a column's name is one of a list; those after `=` count only where ``whole`` says so.

    Examples
    --------
    >>> names_in("Start Date", "startdate =start", whole=False), names_in("Start", "startdate =start", whole=False)
    (True, False)
    """
    listed = {name.removeprefix("=") if whole else name for name in names.split()}
    return any(plain in listed for plain in _plain_names(column))


@cache
def _refused(role: str) -> re.Pattern[str] | None:
    said = words()["never"].get(role)
    return re.compile(re.sub(r"\s+", "", said)) if said else None


@cache
def _names(role: str) -> tuple[frozenset[str], tuple[str, ...]]:
    names = words()["roles"].get(role, "").split()
    whole = frozenset(name.removeprefix("=") for name in names)
    return whole, tuple(name for name in names if not name.startswith("="))


@cache
def _made(role: str) -> re.Pattern[str] | None:
    """Give the pattern of names that are made of a thing and what is told of it, in either order."""
    if role not in words()["made_of"]:
        return None
    thing, told = ("|".join(_longest_first(words()["words"][part])) for part in words()["made_of"][role])
    between = "|".join(words()["words"]["between"].split())
    return re.compile(f"(?:{thing})s?(?:{between})?(?:{told})|(?:{told})(?:{between})?(?:{thing})s?")


def _longest_first(texts: str) -> list[str]:
    return sorted({re.sub(r"[\W_]+", "", text.lower()) for text in texts.split()}, key=len, reverse=True)


def _score(plain: str, role: str, said: Sequence[str]) -> int:
    refused = _refused(role)
    if refused and refused.search(plain):
        return 0
    whole, parts = _names(role)
    made = _made(role)
    if plain in whole or (made and made.fullmatch(plain)):
        return 100
    least = 2 if re.search(_CJK, plain) else 4
    inside = [len(word) for word in parts if len(word) >= least and word in plain and _stands_alone(word, said)]
    found = made.search(plain) if made else None
    inside += [len(found[0])] if found and len(found[0]) >= 2 * least else []
    return min(95, 40 + 50 * max(inside) // len(plain)) if inside else 0


def _stands_alone(word: str, said: Sequence[str]) -> bool:
    """Whether a short word begins one of a name's words: a city is in no capacity, a nation in no destination."""
    return len(word) > _SHORT or not word.isascii() or any(other.startswith(word) for other in said)


def _plain_names(column: str) -> list[str]:
    """Give a name without marks and spaces, also without its unit: what stands in brackets, or says hundredths."""
    text = unicodedata.normalize("NFKC", column).lower()
    hundredths = words()["hundredths"].split()
    whole = " ".join(word for word in words_of(column) if word not in hundredths)
    forms = (text, re.sub(r"[\(\[（【].*?[\)\]）】]", "", text), unicodedata.normalize("NFKC", whole))
    return [re.sub(r"[\W_]+", "", form) for form in forms]


def file_kinds(names: str) -> list[str]:
    """Say what a file's or sheet's name speaks of: customers, products, events, campaigns …; the surest first.

    Examples
    --------
    >>> file_kinds("customer_orders.csv"), file_kinds("顧客.csv"), file_kinds("2024-03.csv")
    (['events', 'customers'], ['customers'], [])
    """
    plain = unicodedata.normalize("NFKC", names).lower()
    return [kind for kind, said in words()["files"].items() if re.search(re.sub(r"\s+", "", said), plain)]


def meaning(code: str) -> str | None:
    """Say what kind of transaction a code means: purchase, refund, payment, fee, other, or None.

    Examples
    --------
    >>> [meaning(code) for code in ("Completed", "Storniert", "已退款", "X7")]
    ['purchase', 'other', 'refund', None]
    """
    return next((kind for kind, said in words()["meanings"].items() if re.search("|".join(said), code.lower())), None)
