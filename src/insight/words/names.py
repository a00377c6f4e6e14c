"""What every page calls the notebooks, the languages, and what businesses deliver as codes."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from insight.words.numerals import NOTHING, is_missing
from insight.words.text import Text, has_text, text, word

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
    key = next((key for name in (notebook, number) if has_text(key := f"common.notebook.{name}")), "")
    return text(key) if key else subject.replace("_", " ").capitalize() or notebook


def known_name(kind: str, code: Any) -> Text | str:
    """Name a code in words: the entry ``<kind>.<code>``; one that the catalogue does not have as it was delivered.

    What has no code is a dash.

    Examples
    --------
    >>> str(delivered_name("online_retail")), delivered_name("BEEF")
    ('online retail', 'BEEF')
    >>> str(table_name("offer_products")), table_name("loyalty_cards"), str(column_name("customer_id"))
    ('products of offers', 'loyalty_cards', 'customer')
    """
    return NOTHING if is_missing(code) else word(kind, code) if has_text(f"{kind}.{code}") else code


#: Name a category, offer, system or city; a table; a column.
delivered_name = partial(known_name, "known")
table_name = partial(known_name, "tables.table")
column_name = partial(known_name, "tables.column")


def missing_name(item: str) -> Any:
    """Name what a business does not deliver: a table, or a column of one.

    Examples
    --------
    >>> str(missing_name("contacts")), str(missing_name("transactions.category"))
    ('contacts', 'category of transactions')
    """
    table, dot, column = item.partition(".")
    return text("guide.column_of", column=column_name(column), table=table_name(table)) if dot else table_name(table)


def named(frame: "pd.DataFrame", **names: str | Callable[[Any], Any]) -> "pd.DataFrame":
    """Put the codes in columns of a table into words: by their kind in the catalogue, or by what names them."""
    how = {column: partial(word, kind) if isinstance(kind, str) else kind for column, kind in names.items()}
    return frame.assign(**{column: [name(code) for code in frame[column]] for column, name in how.items()})
