"""What every page calls the notebooks, the languages, and what businesses deliver as codes."""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from insight.report.text import Text, has_text, text, word

if TYPE_CHECKING:
    import pandas as pd

#: Each language by its own name, as the switch between languages shows it.
OWN_NAMES = {"en": "English", "zh": "中文"}
HTML_LANG = {"en": "en", "zh": "zh-CN"}


def notebook_name(notebook: str) -> Text | str:
    """Name a notebook in a word or two, by its number; a new one by its file name.

    Examples
    --------
    >>> str(notebook_name("20_customer_profile")), str(notebook_name("25_baskets_of_tea"))
    ('Customer profile', 'Baskets of tea')
    """
    number, _rest, subject = notebook.partition("_")
    key = f"common.notebook.{number}"
    return text(key) if has_text(key) else subject.replace("_", " ").capitalize() or notebook


def delivered_name(name: str) -> Text | str:
    """Name a category, offer, system or city in the language of the page; an unlisted one as it was delivered.

    Examples
    --------
    >>> str(delivered_name("online_retail")), delivered_name("BEEF")
    ('online retail', 'BEEF')
    """
    key = f"known.{name}"
    return text(key) if has_text(key) else name


def table_name(table: str) -> Text | str:
    """Name a table in words; one of a business's own by its name.

    Examples
    --------
    >>> str(table_name("offer_products")), table_name("loyalty_cards")
    ('products of offers', 'loyalty_cards')
    """
    key = f"tables.table.{table}"
    return text(key) if has_text(key) else table


def column_name(column: str) -> Text | str:
    """Name a column in words; one of a business's own by its name.

    Examples
    --------
    >>> str(column_name("customer_id")), column_name("shoe_size")
    ('customer', 'shoe_size')
    """
    key = f"tables.column.{column}"
    return text(key) if has_text(key) else column


def named(frame: "pd.DataFrame", **names: str | Callable[[Any], Any]) -> "pd.DataFrame":
    """Put the codes in columns of a table into words: by their kind in the catalogue, or by what names them."""
    how = {column: functools.partial(word, kind) if isinstance(kind, str) else kind for column, kind in names.items()}
    return frame.assign(**{column: [name(code) for code in frame[column]] for column, name in how.items()})
