"""One customer's page in JupyterLab: pseudonymous, for the screen of whoever works with them, never in a report."""

import base64
from collections.abc import Callable, Iterator
from functools import partial
from html import escape
from typing import Any

import pandas as pd
from IPython.display import HTML, display
from matplotlib.axes import Axes

from insight.contracts.tables.features import FEATURES
from insight.customer360 import facts
from insight.customer360.facts import Facts
from insight.errors import InsightError
from insight.report.display import in_lab
from insight.report.plot import PALETTE, figure
from insight.report.tables import Col, grid, to_html
from insight.words.context import Context, using
from insight.words.names import column_name, delivered_name, known_name
from insight.words.numerals import count, day, language, percent
from insight.words.text import Text, formatted, has_text, text, word

_FEATURES = {column.name: column for column in FEATURES}
_MARKS = {
    "contact": ("v", PALETTE[2]),
    "response": ("^", PALETTE[4]),
    "ticket": ("s", PALETTE[1]),
    "late": ("x", PALETTE[3]),
}
_ACCOUNTS = {"product": "text", "opened_on": "day", "closed_on": "day", "credit_limit": "money", "autopay": "text"}
_LOOK = """<style>
.one-customer table {border-collapse: collapse; margin-bottom: 1em}
.one-customer caption {text-align: left; font-weight: bold; padding: .6em 0}
.one-customer :is(th, td) {text-align: left !important; vertical-align: top; font-weight: normal}
.one-customer :is(th, td) {padding: .15em 1.2em .15em 0}
.one-customer thead th {font-weight: bold}
.one-customer :is(th, td).r {text-align: right !important}
</style>"""


def show(dataset: str, customer_id: str, *, lang: str = "en") -> None:
    """Show everything that tables say of one customer.

    Parameters
    ----------
    dataset
        The business: ``params/<dataset>.yaml``; its notebooks must have run.
    customer_id
        As ``customers`` has it: a pseudonym. Names and texts of tickets are not shown.
    lang
        ``en`` or ``zh``.

    Raises
    ------
    InsightError
        In a run of notebooks, since a report shows no single customer; or where there is no such customer.

    Examples
    --------
    In a cell of JupyterLab::

        from insight import customer360
        customer360.show("cardbank", "C01JGXN83")
    """
    if not in_lab():
        raise InsightError("customer360: a report shows no single customer. Take this cell out of the notebook.")
    display(HTML(as_html(facts.read(dataset, customer_id), lang=lang)))


def as_html(found: Facts, *, lang: str) -> str:
    """Lay the facts out in one language."""
    params = found.params
    about = Context(params.customers, params.currency, params.min_cell, params.vocabulary, as_of=found.as_of)
    with using(about), language(lang):
        parts = "\n".join(_parts(found, lang))
    return f'{_LOOK}<div class="one-customer">\n{parts}\n</div>'


def _parts(found: Facts, lang: str) -> Iterator[str]:
    yield f"<h2>{escape(str(text('one.title', customer=found.customer_id)))}</h2>"
    yield _table("one.known", {"what": "text", "value": "text"}, _known(found))
    if len(found.accounts):
        filled = found.accounts.dropna(axis=1, how="all")
        kept = {name: how for name, how in _ACCOUNTS.items() if name in filled}
        words = {name: filled[name].map(_word) for name, how in kept.items() if how == "text"}
        words["product"] = filled["product"].map(_product)
        yield _table("one.accounts", kept, filled.assign(**words))
    if found.standing:
        yield _table("one.standing", {"what": "text", "value": "text"}, _standing(found, lang))
    if found.months["spend"].any() or len(found.history):
        yield _picture(found, lang)
    if len(found.unusual):
        yield _table("one.unusual", {"feature": "text", "value": "text", "below": "percent"}, _unusual(found, lang))
    if found.tags:
        told = [(_whole(getattr(tag.label, lang)), _whole(getattr(tag.meaning, lang))) for tag in found.tags]
        yield _table("one.tags", {"tag": "text", "meaning": "text"}, pd.DataFrame(told, columns=["tag", "meaning"]))
    if len(found.history):
        rows = [(each.on, _event(each)) for each in found.history.itertuples()]
        yield _table("one.history", {"on": "day", "happened": "text"}, pd.DataFrame(rows, columns=["on", "happened"]))


def _table(name: str, columns: dict[str, str], rows: pd.DataFrame) -> str:
    cols = {column: Col(text(f"{name}.column.{column}"), kind) for column, kind in columns.items()}
    return to_html(grid(rows, title=text(f"{name}.title"), columns=cols))


def _whole(said: str) -> Text:
    """Let a sentence stand whole, which a table would cut where it took it for a value."""
    return text("one.whole", said=said)


def _word(value: Any) -> Any:
    """Name a value: a flag, whatever type has it, as yes or no."""
    flag = str(value).lower()
    return known_name("one.value", flag) if has_text(f"one.value.{flag}") else delivered_name(value)


def _product(code: Any) -> Any:
    return known_name("applied.level.product", code) if has_text(f"applied.level.product.{code}") else _word(code)


def _known(found: Facts) -> pd.DataFrame:
    rows = [(column_name(name), _valued(value)) for name, value in found.known.items()]
    return pd.DataFrame(rows, columns=["what", "value"])


def _valued(value: Any) -> Any:
    if hasattr(value, "strftime"):
        return day(value)
    return str(int(value)) if isinstance(value, float) and value.is_integer() else _word(value)


def _unusual(found: Facts, lang: str) -> pd.DataFrame:
    """Say what is counted in a sentence, and its value in its own unit."""
    rows = []
    for each in found.unusual.itertuples():
        feature = _FEATURES[each.feature]
        how = {"share": "percent", "currency": "money"}.get(feature.unit, "number")
        meaning = feature.meaning if lang == "en" else feature.meaning_zh
        rows.append((_whole(meaning.rstrip(".。")), formatted(each.value, how), each.below))
    return pd.DataFrame(rows, columns=["feature", "value", "below"])


def _standing(found: Facts, lang: str) -> pd.DataFrame:
    """Say where the customer stands and what is expected, as far as notebooks have told it."""
    at = found.standing
    told: dict[str, tuple[str, Callable[[Any], Any]]] = {
        "stage": ("stage", partial(word, "segment.stage")),
        "tier": ("tier", partial(word, "segment.tier")),
        "group": (f"group_{lang}", _whole),
        "churn": ("churn", partial(percent, digits=1)),
        "reasons": (f"reasons_{lang}", _whole),
        "margin": ("margin", lambda _: _margin(at)),
        "default": ("default", partial(percent, digits=1)),
        "value": ("value", lambda value: formatted(value, "money0")),
        "offer": ("offer", lambda _: _offered(at)),
    }
    rows = [(word("one.standing", name), write(at[fact])) for name, (fact, write) in told.items() if fact in at]
    return pd.DataFrame(rows, columns=["what", "value"])


def _margin(at: dict[str, Any]) -> Text:
    return text("one.within", **{name: formatted(at[name], "money0") for name in ("margin", "low", "high")})


def _offered(at: dict[str, Any]) -> Text:
    named = {"offer": delivered_name(at["offer"]), "channel": delivered_name(at.get("channel"))}
    if "send_on" in at:
        return text("one.offered_on", on=day(at["send_on"]), **named)
    return text("one.offered", **named)


def _event(each: Any) -> Text:
    """Say what happened: whom it concerns is the customer."""
    if each.kind == "ticket":
        topic, channel, end = (known_name("service.name", code) for code in (each.what, each.how, each.end))
        return text("one.did.ticket", topic=topic, channel=channel, end=end)
    if each.kind == "change":
        return text(
            "one.did.change", what=known_name("one.change", each.what), old=_word(each.how), new=_word(each.end)
        )
    if each.kind == "late":
        return text("one.did.late", days=count(each.days))
    did = {"contact": "one.did.contact", "response": "one.did.response"}[each.kind]
    return text(did, offer=delivered_name(each.what), channel=delivered_name(each.how))


def _picture(found: Facts, lang: str) -> str:
    drawn = _draw(found).picture(lang, y=text("one.months.y"))
    words = escape(str(text("one.months.title")))
    return f'<h4>{words}</h4><img alt="{words}" src="data:image/png;base64,{base64.b64encode(drawn).decode()}">'


@figure(height=3.6)
def _draw(ax: Axes, found: Facts) -> None:
    """Draw spending by month, with what else happened above the bars."""
    months = found.months
    ax.bar(months["month"], months["spend"], width=24, align="edge", color=PALETTE[0])
    top = max(float(months["spend"].max()), 1.0)
    happened = found.history[found.history["on"] >= months["month"].iloc[0]]
    kinds = [kind for kind in _MARKS if happened["kind"].eq(kind).any()]
    for row, kind in enumerate(kinds, 1):
        mark, colour = _MARKS[kind]
        days = happened.loc[happened["kind"] == kind, "on"]
        ax.plot(days, [top * (1 + 0.1 * row)] * len(days), mark, color=colour, label=str(word("one.mark", kind)))
    if kinds:
        ax.legend(ncols=len(kinds), loc="lower left", bbox_to_anchor=(0, 1), frameon=False)
    ax.set_ylim(min(0.0, float(months["spend"].min()) * 1.1), top * (1.15 + 0.1 * len(kinds)))
