"""The pages of four departments, and the picture of a card's life from which each is reached.

A department's page holds findings of the reports as they stand there, put together by what the department asks.
Nothing is calculated for it, so no number of it can differ from its report's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from insight.card.moments import MOMENTS
from insight.decide.brief import Headlines, Line, choose
from insight.pages.stand_in import put_out
from insight.report.tiles import Tile, tiles_of
from insight.words.names import notebook_name
from insight.words.stated import Repeated
from insight.words.text import LANGUAGES, text, word


@dataclass(frozen=True)
class Department:
    """What a department's page holds.

    Attributes
    ----------
    figures
        Headlines by number of the report and name: its large figures, of which the first two lead in words.
    asks
        Its questions, each with the findings that answer it.
    """

    figures: tuple[str, ...]
    asks: Mapping[str, tuple[str, ...]]


#: The page of each department, by the name that it has among the reports.
DEPARTMENTS = {
    "81_risk": Department(
        ("72.expected_loss", "72.arrears_90", "74.fraud_saved"),
        {
            "accept": ("applied.channels", "scorecard.values", "scorecard.cut_off", "applied.why", "care.applicants"),
            "lose": ("risk.standing", "risk.expected", "risk.backtest"),
            "behind": ("risk.rolls", "behaviour.grades"),
            "stolen": ("fraud.compared", "fraud.worth"),
        },
    ),
    "82_marketing": Department(
        ("50.list_gain", "60.campaign_answers_added", "40.spend_at_risk"),
        {
            "offer": ("trials.uplift", "trials.offer_list"),
            "brought": ("readout.offers", "ledger.months"),
            "won": ("margin.by_channel", "applied.channels"),
            "keep": ("keep.curve", "survival.curve"),
        },
    ),
    "83_service": Department(
        ("76.faq_precision", "76.faq_coverage", "70.card_serve", "74.fraud_alert_precision"),
        {
            "ask": ("service.asked", "service.back"),
            "wait": ("service.waiting", "service.drivers"),
            "machine": ("service.precision", "service.gaps"),
            "bothered": ("fraud.worth",),
        },
    ),
    "84_product": Department(
        ("73.activation_uplift", "73.points_liability", "70.card_use", "70.card_activate", "70.card_redeem"),
        {
            "use": ("activation.curve", "usage.categories"),
            "owe": ("points.ledger", "points.breakage"),
            "missing": ("profile.opportunities",),
            "worth": ("margin.kinds", "margin.concentration"),
            "new": ("risk.vintages", "margin.by_cohort"),
        },
    ),
}
#: What stands on the pages of all four: a headline, and findings.
SHARED = Department(("45.margin_expected",), {"shared": ("margin.account", "card.portfolio")})
#: Who asks first at each moment of a card's life, and the headlines that may stand for it, before the count of 70.
_LIFE = {
    "apply": ("82_marketing", ()),
    "decide": ("81_risk", ("71.default_rate",)),
    "activate": ("84_product", ("73.activation_uplift",)),
    "use": ("84_product", ()),
    "pay": ("81_risk", ("72.arrears_30",)),
    "redeem": ("84_product", ("73.points_liability",)),
    "serve": ("83_service", ()),
    "protect": ("81_risk", ("74.fraud_saved",)),
    "keep": ("82_marketing", ("40.spend_at_risk",)),
}


@dataclass(frozen=True)
class Step:
    """A moment of a card's life: its name, its figure (none where none was stated), and the page that asks first."""

    name: str
    tile: Tile | None
    department: str


def departments_of(stated: Headlines) -> list[str]:
    """Name the departments that have a page: those of whose figures one was stated, where there are cards."""
    if not choose(stated, ["70.card_accounts"]):
        return []
    return [name for name, department in DEPARTMENTS.items() if choose(stated, department.figures)]


def figures_of(name: str, stated: Headlines) -> list[Line]:
    """Give the headlines that a department's page shows large: the shared one, then its own."""
    return choose(stated, (*SHARED.figures, *DEPARTMENTS[name].figures))


def life(stated: Headlines, *, lang: str) -> list[Step]:
    """Give the moments of a card's life in order, each with its figure; nothing where no department has a page."""
    if not departments_of(stated):
        return []
    steps = []
    for moment in MOMENTS:
        department, places = _LIFE[moment.name]
        tiles = tiles_of(choose(stated, (*places, f"70.card_{moment.name}")), lang=lang)
        name = word("card.moment", moment.name).in_language(lang)
        steps.append(Step(name, next(iter(tiles), None), department))
    return steps


def compose(name: str, executed: Mapping[str, NotebookNode], stated: Headlines) -> NotebookNode:
    """Put a department's page together: its questions, each with the findings of executed notebooks that answer it."""
    number, _, department = name.partition("_")
    found = _findings(executed)
    told = [Repeated.of(line, "sentence") for line in choose(stated, DEPARTMENTS[name].figures)[:2]]
    lead = [output for words in told for output in put_out(words, "lead", key="department.lead")]
    cells = [*_markdown(f"# {number} · {{}}", f"department.title.{department}"), new_code_cell(outputs=lead)]
    place = 0
    for question, keys in (*DEPARTMENTS[name].asks.items(), *SHARED.asks.items()):
        answers = [found[key] for key in keys if key in found]
        if not answers:
            continue
        place += 1
        behind = dict.fromkeys(text("common.report", name=notebook_name(report)) for report, _outputs in answers)
        outputs = [output for _report, outputs in answers for output in outputs]
        outputs += put_out(text("department.behind", reports=list(behind)), key="department.behind")
        cells += [*_markdown(f"## {place} · {{}}", f"department.ask.{question}"), new_code_cell(outputs=outputs)]
    return new_notebook(cells=cells)


def _findings(executed: Mapping[str, NotebookNode]) -> dict[str, tuple[str, list[NotebookNode]]]:
    """Give by its key the report in which a finding stands first, and what it put out there beneath the lead."""
    found: dict[str, tuple[str, list[NotebookNode]]] = {}
    for report, notebook in executed.items():
        for output in (output for cell in notebook.cells for output in cell.get("outputs", ())):
            about = output.get("metadata", {}).get("insight", {})
            if about.get("key") and about.get("role") not in ("lead", "cards"):
                first, outputs = found.setdefault(about["key"], (report, []))
                if first == report:
                    outputs.append(output)
    return found


def _markdown(form: str, key: str) -> Iterable[NotebookNode]:
    words = text(key).translations()
    return [new_markdown_cell(form.format(words[lang]), metadata={"tags": [lang]}) for lang in LANGUAGES]
