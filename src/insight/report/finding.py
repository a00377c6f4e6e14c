"""Findings: what is drawn or laid out, what it says, and the headline it states, in one object.

A finding has a key, ``churn.gains`` where the function ``gains`` of ``findings/churn.py`` makes it, and its words stand
in the catalogue beneath that, each where the finding needs it:

=================  =============================================================================
``title``          what a figure or table says, in a sentence made from the numbers
``caption``        what a figure plots, with its unit
``alt``            what a picture shows, for those who cannot see it
``axis.x``         what the values across mean, with their unit; ``axis.y`` what those upwards do
``source``         which data, up to which day, how many (else ``source`` of its subject)
``note``           what stands beneath a table
``columns``        which columns of the table are shown, in order, each with its format
``counts``         which of its columns counts customers: small groups are suppressed by it; ``none`` where none does
``column.<name>``  the head of a column (else of its subject, else of ``common``)
``says``           a plain sentence
``so_what``        what follows from it
``caution``        what must not be concluded
``lead``           the page's answer, beneath its title
``headline.<name>.sentence``, ``.label``, ``.note``  a headline in words, large, and beneath
=================  =============================================================================

All of them are filled from the same facts: the arguments of its function, by their names (`finding`), and what that
adds. ``variants`` chooses among several wordings of one part:
``variants={"title": "limited"}`` takes ``title.limited``.
"""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from insight.config.definitions import share
from insight.errors import NUMERICAL, Unavailable, failed
from insight.intervals import wilson
from insight.report import tables
from insight.words.context import context
from insight.words.numerals import Rounded
from insight.words.stated import Stated
from insight.words.text import Text, chain, entry_of, has_text, text

if TYPE_CHECKING:
    import pandas as pd

    from insight.report.plot import Figure

#: Unit of a headline that is an amount: the currency of the business.
CURRENCY = "currency"
#: ``counts`` of a table whose rows are no groups of customers: there is nothing to suppress.
NO_CUSTOMERS = "none"
#: ``counts`` of a table each number of which counts customers.
EVERY_CELL = "every cell"

#: What is said beneath a figure or table, in this order; ``lead`` goes up to the page's title.
STATEMENTS = ("says", "so_what", "caution", "lead")
_SHARED = ("source", "column.")  # parts that may stand with their subject, too


@dataclass(frozen=True)
class Headline:
    """One of the figures that a notebook stands for; its words are its finding's.

    Attributes
    ----------
    name
        A stable name, e.g. ``churn_auc``.
    value
        The figure; ``None`` where it could not be had, and the sentence says why.
    unit
        E.g. ``rows``, ``customers``, ``share``, ``per 100`` of a difference of shares, a currency code, `CURRENCY`;
        empty for a plain number.
    low, high
        Bounds of its 95% interval; ``None`` where there is nothing to estimate.
    variant
        Which of several wordings of its sentence, label and note is said.
    sentence, label, note
        Words that stand elsewhere in the catalogue than beneath the finding.
    change
        The figure in earlier periods, as `insight.profile.kpis.latest` gives it.
    what
        The measure that it states, where ``words/measures`` does not say so.
    """

    name: str
    value: Any
    unit: str = ""
    low: Any = None
    high: Any = None
    variant: str | None = None
    sentence: Text | None = None
    label: Text | None = None
    note: Text | None = None
    change: Mapping[str, Any] | None = None
    what: Stated | None = None

    def unless(self, reason: str | Text | None) -> "Headline":
        """Give it as it is, or without its value where there is a reason: a wording of its own, or another text."""
        words: dict[str, Any] = {"sentence": reason} if isinstance(reason, Text) else {"variant": reason}
        return self if reason is None else Headline(self.name, None, **words)


@dataclass(frozen=True)
class Finding:
    """What one cell of a notebook shows.

    Parameters
    ----------
    key
        Where its words stand in the catalogue: ``churn.gains``. Without it as its function is called (`finding`).
    facts
        What the words are filled with, beside the arguments of its function.
    figure
        A figure, or a function that makes one of the table as it may be shown.
    table
        The numbers: beneath a figure, or by themselves.
    columns
        Which columns are shown, in order, and how: a format (``count``, ``percent1``, ``number3 to high`` for an
        interval up to another column), or a `Col`. Without it as the catalogue lays them out, else all.
    counts
        The column that counts customers: small groups are suppressed by it. `EVERY_CELL` or `NO_CUSTOMERS`
        where there is no such column. Without it as the catalogue says; one of both is needed with a table.
    overlapping
        Customers in all, where one may be in several rows: each row is then suppressed by itself, also where few
        customers are left out of it.
    beside
        Whether another table of the page hides groups that one of the rows of these may hold: they are then rounded.
    rounded
        Whether its counts are rounded even where none is hidden, as a page does that divides the same customers often.
    variants
        Of each part that has several wordings, which one is said; ``None`` leaves the part out.
    headlines
        What it states for the index, the tiles and the brief.
    main
        Whether its figure stands for the report where the report is named with a picture.
    cards
        Whether the rows of its table stand first on the page, beneath the lead, as a card each.
    words
        Parts in words of your own (a `Bilingual` each) instead of the catalogue's, for a notebook of your own.
    """

    key: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    figure: "Figure | Callable[[pd.DataFrame], Figure] | None" = None
    table: "pd.DataFrame | None" = None
    columns: Mapping[str, str | tables.Col] | None = None
    counts: str | None = None
    overlapping: int | None = None
    beside: bool = False
    rounded: bool = False
    variants: Mapping[str, str | None] = field(default_factory=dict)
    headlines: Sequence[Headline] = ()
    main: bool = False
    cards: bool = False
    words: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.key and self.table is not None and self._laid_out("counts") is None:
            raise ValueError(
                f"{self.key}: a table says which of its columns counts customers ({self.key}.counts in the words, or "
                f"counts=...), so that small groups can be suppressed; {NO_CUSTOMERS!r} where no row is a group."
            )

    def unless(self, reason: Text | None) -> "Finding":
        """Give it as it is, or where there is a reason, that in place of its figure and table; headlines stay."""
        return self if reason is None else replace(self, figure=None, table=None, words={"says": reason})

    def _laid_out(self, what: str) -> Any:
        """Give how its table is laid out: as given, else as the catalogue says."""
        given, key = getattr(self, what), f"{self.key}.{what}"
        return entry_of(key) if given is None and has_text(key) else given

    def part(self, name: str) -> Any:
        """Give one part of its words, in the wording chosen; none where the catalogue has none for it."""
        if name in self.words:
            return self.words[name]
        if name in self.variants:
            variant = self.variants[name]
            return None if variant is None else text(f"{self.key}.{name}.{variant}", **self.facts)
        keys = [f"{self.key}.{name}"]
        if name.startswith(_SHARED):
            keys += [f"{self.key.partition('.')[0]}.{name}", f"common.{name}"]
        return next((text(key, **self.facts) for key in keys if has_text(key)), None)

    def shown_table(self) -> "pd.DataFrame | None":
        """Give its table with small groups suppressed."""
        if self.table is None:
            return None
        counts = self._laid_out("counts")
        return as_shown(self.table, counts, overlapping=self.overlapping, beside=self.beside, rounded=self.rounded)

    def grid(self, shown: "pd.DataFrame", *, title: Any, note: Any = "") -> tables.Grid:
        """Render its table as it may be shown, in the current language."""
        laid_out = (self._laid_out("columns") or {}).items()
        columns = {name: tables.Col.of(how, self.part(f"column.{name}")) for name, how in laid_out}
        rounded = self._laid_out("counts") if self.is_rounded(shown) else None
        note = with_rounding(note) if rounded and self.figure is None else note
        return tables.grid(shown, title=title, columns=columns or None, note=note, key=self.key, rounded=rounded)

    def is_rounded(self, shown: "pd.DataFrame | None") -> bool:
        """Say whether the counts of its table as it may be shown are rounded."""
        if self.table is None or shown is None or (self.overlapping is not None and not self.beside):
            return False
        return self.rounded or not shown.equals(self.table)

    def states(self, headline: Headline) -> Stated | None:
        """Give the measure that a headline states."""
        return headline.what or Text(f"{self.key}.headline", self.facts).states(headline.name)

    def in_words(self, headline: Headline) -> dict[str, Text]:
        """Give a headline's sentence, label and note, those that there are; without a value, its sentence alone."""
        own = {"sentence": headline.sentence, "label": headline.label, "note": headline.note}
        for part, given in own.items():
            plain = f"{self.key}.headline.{headline.name}.{part}"
            chosen = f"{plain}.{headline.variant}" if has_text(f"{plain}.{headline.variant}") else plain
            if given is None and has_text(chosen) and (part == "sentence" or headline.value is not None):
                own[part] = text(chosen, **self.facts)
        return {part: words for part, words in own.items() if words is not None}


def as_shown(
    table: "pd.DataFrame",
    counts: str,
    *,
    overlapping: int | None = None,
    beside: bool = False,
    rounded: bool = False,
) -> "pd.DataFrame":
    """Give a table with small groups suppressed: the one gate that numbers about customers pass.

    A `Finding` suppresses its own table; this is for words that may only say what the table shows. ``counts``,
    ``overlapping``, ``beside`` and ``rounded`` are those of a `Finding`.
    """
    from insight.report.disclosure import suppress, suppress_matrix, suppress_overlapping

    if counts == NO_CUSTOMERS:
        return table
    min_cell = context().min_cell  # a page says that it keeps this limit where it was read
    if counts == EVERY_CELL:
        return suppress_matrix(table, min_cell, rounded=rounded)
    if overlapping is not None:
        return suppress_overlapping(table, counts, min_cell, everyone=overlapping, rounded=beside)
    return suppress(table, counts, min_cell, rounded=rounded)


def hides(table: "pd.DataFrame", counts: str) -> bool:
    """Say whether a table hides a group of customers, so that what is said of its groups has to be rounded."""
    return not as_shown(table, counts).equals(table)


def as_told(some: int, everyone: int, *, rounded: bool) -> Any:
    """Give a count of customers as words may have it: see `disclosure.as_told`."""
    from insight.report import disclosure

    return disclosure.as_told(some, everyone, rounded=rounded, min_cell=context().min_cell)


def share_as_told(measure: str, some: Any, everyone: int) -> tuple[Any, Any, Any]:
    """Give the share of a measure that a count as told is of all, with its 95% interval: of no more than it says."""
    kind = type(some) if isinstance(some, Rounded) else float
    low, high = wilson(some, everyone)
    return kind(share(measure, some, everyone)), kind(low), kind(high)


def with_rounding(words: Any) -> Text:
    """Say behind a source or a note that counts are rounded."""
    return chain("common.and_then", [*([words] if words else []), text("common.rounded")])


def is_few(customers: Any) -> Any:
    """Say whether so few customers may not be counted on a page; nor may a number that is not known.

    Examples
    --------
    >>> is_few(9), is_few(10), is_few(float("nan"))
    (True, False, True)
    """
    return (customers < context().min_cell) | (customers != customers)


def extent(part: Any, whole: Any) -> str:
    """Say how much of something there is: ``none``, ``some`` or ``all``.

    Examples
    --------
    >>> extent(0, 5), extent(2, 5), extent(5, 5)
    ('none', 'some', 'all')
    """
    return "none" if not part else "all" if part >= whole else "some"


def finding(
    make: Callable[..., Any] | None = None,
    *,
    headlines: Mapping[str, str] | Callable[[], Mapping[str, str]] | None = None,
) -> Any:
    """Make a function of results into one that says why where a result cannot be had.

    The finding's key is the function's name behind that of its module, unless it has one; the arguments are facts.
    Where an argument is `Unavailable`, nothing is called: the finding is its reason, and ``headlines``, those that
    the function would have stated, with their units, are stated without a value. So it is where the function gives
    a reason itself, and where the results are such that the finding cannot be made of them. Where the names of
    ``headlines`` depend on the business, a function gives them.
    """
    if make is None:
        return functools.partial(finding, headlines=headlines)

    signature, own_key = inspect.signature(make), f"{make.__module__.rpartition('.')[2]}.{make.__name__}"

    @functools.wraps(make)
    def made(*results: Any, **options: Any) -> Any:
        found = next((item for item in (*results, *options.values()) if isinstance(item, Unavailable)), None)
        try:
            found = make(*results, **options) if found is None else found
        except NUMERICAL as error:
            found = failed(error)
        if not isinstance(found, Unavailable):
            facts = {**signature.bind(*results, **options).arguments, **found.facts}
            return replace(found, key=found.key or own_key, facts=facts)
        reason = reason_of(found)
        named = headlines() if callable(headlines) else headlines or {}
        stated = [Headline(name, None, unit=unit, sentence=reason) for name, unit in named.items()]
        return Finding(reason.key, words={"says": reason}, headlines=stated)

    return made


def reason_of(missing: Unavailable) -> Text:
    """Say why a result cannot be had: ``<subject>.unavailable.says.<reason>``."""
    return text(f"{missing.subject}.unavailable.says.{missing.reason}", **missing.facts)
