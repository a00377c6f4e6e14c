"""Words that every page needs: short names of the notebooks, headings, labels."""

from typing import Any

from insight.report.language import Message, _

NOTEBOOKS: dict[str, Message] = {
    "00": _("Start here"),
    "10": _("Data unification"),
    "20": _("Customer profile"),
    "30": _("Segmentation"),
    "40": _("Churn and value"),
    "50": _("Next best offer"),
    "60": _("Campaign review"),
    "70": _("Card lifecycle"),
    "80": _("The brief"),
}

WORDS: dict[str, Message] = {
    "about": _("About this report"),
    "all_reports": _("All reports"),
    "code": _("Calculation"),
    "mind": _("Mind"),
    "next": _("Next"),
    "not_available": _("Not for this business"),
    "numbers": _("Show the numbers"),
    "on_this_page": _("On this page"),
    "previous": _("Previous"),
    "read": _("Read the report"),
    "reports": _("The reports"),
    "skip": _("Skip to the content"),
    "so_what": _("So what"),
    "start": _("What the data says, and what to do about it"),
}

#: Each language by its own name, as the switch between languages shows it.
OWN_NAMES = {"en": "English", "zh": "中文"}
HTML_LANG = {"en": "en", "zh": "zh-CN"}


def notebook_name(notebook: str) -> Any:
    """Name a notebook in a word or two, by its number; a new one by its file name.

    Examples
    --------
    >>> str(notebook_name("20_customer_profile")), str(notebook_name("25_baskets_of_tea"))
    ('Customer profile', 'Baskets of tea')
    """
    number, _rest, subject = notebook.partition("_")
    return NOTEBOOKS.get(number) or subject.replace("_", " ").capitalize() or notebook
