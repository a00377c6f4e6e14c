"""What a column is, told by its name, and what a code in it means; the words are in ``column_names.yaml``."""

import re
import unicodedata
from functools import cache
from importlib import resources
from typing import Any

import yaml


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
    >>> 0 < score("sales_order_date", "occurred") < 100, score("Country", "amount")
    (True, 0)
    """
    return max((_score(plain, role) for plain in _plain_names(column)), default=0)


@cache
def _names(role: str) -> tuple[frozenset[str], tuple[str, ...]]:
    names = words()["roles"][role].split()
    whole = frozenset(name.removeprefix("=") for name in names)
    return whole, tuple(name for name in names if not name.startswith("="))


def _score(plain: str, role: str) -> int:
    whole, parts = _names(role)
    if plain in whole:
        return 100
    least = 2 if re.search(r"[\u4e00-\u9fff]", plain) else 4
    inside = [len(word) for word in parts if len(word) >= least and word in plain]
    return min(95, 40 + 50 * max(inside) // len(plain)) if inside else 0


def _plain_names(column: str) -> list[str]:
    """Give a name without marks and spaces, also without what stands in brackets (a unit)."""
    text = unicodedata.normalize("NFKC", column).lower()
    return [re.sub(r"[\W_]+", "", form) for form in (text, re.sub(r"[\(\[（【].*?[\)\]）】]", "", text))]


def meaning(code: str) -> str | None:
    """Say what kind of transaction a code means: purchase, refund, payment, fee, other, or None.

    Examples
    --------
    >>> [meaning(code) for code in ("Completed", "Storniert", "已退款", "X7")]
    ['purchase', 'other', 'refund', None]
    """
    return next((kind for kind, said in words()["meanings"].items() if re.search("|".join(said), code.lower())), None)
