"""A run's parameters: read once from ``params/<dataset>.yaml``, checked once, then frozen.

What cannot be right stops here, before any work: an unknown or misspelt key, a wrong type, a
path outside the project. The error names the key and the nearest one that exists.
"""

import json
import os
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, TypeAdapter, ValidationError, field_validator, model_validator

from insight.config.aims import Aims
from insight.config.limits import CreditLimits
from insight.config.linking import Linking
from insight.config.offers import ChannelCapacity, Economics, GroupShare, OfferTerms
from insight.config.source import Files, Source
from insight.config.strict import Strict
from insight.config.triggers import Triggers
from insight.config.yaml_text import as_written, read_yaml
from insight.errors import ParameterError, did_you_mean, listed

LANGUAGES: tuple[Literal["en", "zh"], ...] = ("en", "zh")
_TAG = re.compile(r"^- *(?:\{ *)?id: *[\"']?(\w+)", re.MULTILINE)
_SECRET = re.compile(r"pass(word|wd)?|secret|token|api_?key", re.IGNORECASE)


class Bilingual(Strict):
    """A text in every language of the reports.

    Examples
    --------
    >>> Bilingual(en="households", zh="家庭").in_language("zh")
    '家庭'
    """

    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)

    def in_language(self, lang: str) -> str:
        """Give the text in ``lang``: ``en`` or ``zh``."""
        return getattr(self, lang)


class Parameters(Strict):
    """Everything that a run can be told, with its default and its bounds."""

    # --- the business
    dataset: str = Field(pattern=r"^[a-z][a-z0-9_]{0,60}$", description="name of the business and of its folders")
    title: Bilingual = Field(description="the business as the reports name it")
    customers: Bilingual = Field(
        default=Bilingual(en="customers", zh="客户"), description="what its customers are called, in the plural"
    )
    vocabulary: Literal["bank", "shop", "clinic", "travel"] = Field(
        default="shop", description="what its pages call a purchase, a refund, a place; a bank where there are cards"
    )
    currency: str = Field(pattern=r"^[A-Z]{3}$", description="ISO 4217 code of the amounts, e.g. USD, CNY")
    time_zone: str = Field(description="business time zone (IANA); days and hours are counted in it")
    source: Source = Field(description="where the raw data is and how it is to be read")

    # --- every run
    engine: Literal["duckdb", "spark"] = Field(default="duckdb", description="where row-level work is done")
    languages: tuple[Literal["en", "zh"], ...] = Field(
        default=LANGUAGES, min_length=1, description="languages of the reports"
    )
    as_of: date | None = Field(
        default=None, description="last day that counts, inclusive; none: the last complete day with transactions"
    )
    today: date | None = Field(
        default=None, description="day that a run takes for today, after which nothing can have happened; none: its own"
    )
    seed: int = Field(default=20240229, ge=0, le=2**31 - 1, description="start of every random draw")
    min_cell: int = Field(default=10, ge=2, le=1000, description="groups with fewer customers are not shown")
    quarantine_rows_share: float = Field(
        default=0.01, ge=0, le=1, description="stop when more than this share of a table's rows is quarantined"
    )
    quarantine_amount_share: float = Field(
        default=0.01, ge=0, le=1, description="stop when more than this share of the amounts is quarantined"
    )

    # --- 10 data unification
    linking: Linking = Field(default=Linking(), description="how records of people become customers")

    # --- 20 customer profile
    trend_days: int = Field(default=90, ge=7, le=730, description="days that the spending trend compares")
    return_days: int = Field(default=28, ge=1, le=365, description="days within which a silent customer may come back")
    quiet_days: int | None = Field(
        default=None, ge=1, le=1095, description="days of silence that count as quiet; none: read from the returns"
    )
    portrait_of: str = Field(
        default="best_fifth", pattern=r"^[a-z][a-z0-9_]{0,40}$", description="tag whose customers are portrayed"
    )

    # --- 30 segmentation
    tiers: int = Field(default=5, ge=2, le=10, description="value tiers, cut by recency, frequency and money")
    max_groups: int = Field(default=12, ge=2, le=20, description="behaviour groups at most")
    bootstrap_rounds: int = Field(default=40, ge=20, le=2000, description="resamples that test whether the groups hold")
    migration_days: int = Field(
        default=90, ge=7, le=730, description="days between the two days whose stages are compared"
    )

    # --- 40 churn and value
    free_purchases: bool = Field(
        default=False, description="whether a day on which nothing had to be paid counts as a purchase in 40"
    )
    churn_window: int | None = Field(
        default=None, ge=1, le=730, description="days without a purchase that count as churn; none: argued from data"
    )
    churn_return_days: int = Field(
        default=28, ge=1, le=365, description="days within which a silent customer may still come back soon"
    )
    churn_history_days: int = Field(
        default=180, ge=7, le=1095, description="days that the churn models look back; less where the data is shorter"
    )
    refused_features: tuple[str, ...] = Field(
        default=(), description="what a model of leaving is not given: names of features, or columns of a flat table"
    )
    keep_effect: float = Field(
        default=0.1, gt=0, le=1, description="share by which a contact is taken to lower the odds of leaving"
    )
    value_horizon_days: int = Field(default=90, ge=7, le=1095, description="days ahead that value looks")
    value_holdout_days: int | None = Field(
        default=None, ge=7, le=1095, description="last days that test value; none: as the horizon, at most a third"
    )

    # --- 50 next best offer
    campaign_budget: float = Field(
        default=500.0, ge=0, le=1e12, description="what contacts and expected responses may cost, in currency units"
    )
    contact_cost: float = Field(default=1.0, gt=0, le=1e9, description="cost of one contact, in currency units")
    response_cost: float | None = Field(
        default=None, ge=0, le=1e9, description="cost of one response; none: as the offers sent so far cost"
    )
    contact_rest_days: int = Field(
        default=14, ge=0, le=365, description="days after any contact before a customer is contacted again; 0: at once"
    )
    consent_assumed: bool = Field(
        default=False, description="whether customers may be contacted of whom no consent is on record, nor a refusal"
    )
    holdout_share: float = Field(default=0.1, ge=0, le=0.9, description="share of the list that is not contacted")
    list_k: int = Field(default=5, ge=1, le=20, description="length of the ranked list that MAP@k looks at")
    offer_weeks: int = Field(default=4, ge=1, le=26, description="weeks ahead in which a purchase is predicted")
    offer_groups: int = Field(default=40, ge=2, le=200, description="product groups that are considered at most")
    offer_rest_weeks: int = Field(
        default=8, ge=0, le=52, description="weeks without a purchase before a group is offered; 0: at once"
    )
    offer_excluded: tuple[str, ...] = Field(default=(), description="categories, as delivered, that are never offered")

    # --- 50 offers on trial
    economics: Economics = Field(default=Economics(), description="what money brings and costs beside what tables show")
    offer_terms: dict[str, OfferTerms] = Field(
        default={}, description="by an offer's product: what a response sets going, and who may have it"
    )
    offer_exclusions: tuple[dict[str, Any], ...] = Field(
        default=(), description="conditions as tags have them; who meets one is offered nothing on trial"
    )
    channel_capacity: ChannelCapacity = Field(default={}, description="by channel: contacts through it at most")
    group_shares: dict[str, GroupShare] = Field(default={}, description="groups of whom a list must hold enough")

    # --- 55 triggers
    triggers: Triggers = Field(default=Triggers(), description="which events set off a message, and when it is due")

    # --- 71 applications and labelled default, 72 credit risk, 74 fraud, 76 service
    scorecard_monotone: dict[str, Literal["rising", "falling", "either"]] = Field(
        default={}, description="columns whose share of defaults must go one way from band to band of the scorecard"
    )
    credit_limits: CreditLimits = Field(default=CreditLimits(), description="which limits are proposed to a person")
    alerts_a_day: int | None = Field(default=None, ge=1, description="cards looked at a day; none: as cases so far")
    answered_share: float = Field(default=0.3, gt=0, le=1, description="share of tickets that a machine is to answer")

    # --- 60 campaign review
    review_pre_days: int = Field(default=56, ge=14, le=365, description="days before that tell who is comparable")
    aims: Aims = Field(default=Aims(), description="what is aimed at in a quarter, beside which it is laid")

    @model_validator(mode="before")
    @classmethod
    def _bank_where_there_are_cards(cls, given: Any) -> Any:
        source = given.get("source") if isinstance(given, dict) else None
        if not isinstance(source, dict) or "vocabulary" in given:
            return given
        tables = source.get("tables")
        has_cards = source.get("kind") == "cardbank" or (isinstance(tables, dict) and "cards" in tables)
        return {**given, "vocabulary": "bank"} if has_cards else given

    @field_validator("languages", mode="before")
    @classmethod
    def _one_or_several(cls, given: Any) -> Any:
        return re.split(r"[\s,]+", given.strip()) if isinstance(given, str) else given

    @field_validator("offer_excluded", "refused_features", mode="before")
    @classmethod
    def _one_is_a_list(cls, given: Any) -> Any:
        return [given] if isinstance(given, str) else given

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("not an IANA time zone; write e.g. Europe/London or Asia/Shanghai") from None
        return name


#: Names of the files in ``params/`` that are no business: measures, and what each customer should get.
DICTIONARY, PLAYBOOK = "definitions", "playbook"


def project_root() -> Path:
    """Find the project: ``INSIGHT_HOME``, else the nearest folder upwards that has ``params/`` and ``notebooks/``."""
    if home := os.environ.get("INSIGHT_HOME"):
        return Path(home).resolve()
    for start in (Path.cwd(), Path(__file__).resolve().parent):
        for folder in (start, *start.parents):
            if (folder / "params").is_dir() and (folder / "notebooks").is_dir():
                return folder.resolve()
    raise ParameterError(
        "project: no folder with params/ and notebooks/ here or above. Start in the project, or set INSIGHT_HOME to it."
    )


def known_datasets(root: Path | None = None) -> list[str]:
    """List the businesses that have a YAML in ``params/``, beside which the definitions and the playbook stand."""
    files = ((root or project_root()) / "params").glob("*.yaml")
    return sorted(path.stem for path in files if path.stem not in (DICTIONARY, PLAYBOOK))


def load(
    dataset: str,
    overrides: dict[str, str] | None = None,
    *,
    knobs: Mapping[str, Any] | None = None,
    cell: str = "",
    root: Path | None = None,
) -> Parameters:
    """Read and check the parameters of one business.

    Parameters
    ----------
    dataset
        The name of ``params/<dataset>.yaml``.
    overrides
        Values that count for this run instead, as text (``--set KEY=VALUE``); read as YAML.
    knobs
        Values that a notebook's own cell gives and that count before all others; of the right type, and none where
        they are ``None``.
    cell
        How messages name that cell.
    root
        The project's folder; found by itself when not given.

    Raises
    ------
    ParameterError
        Listing every problem at once, with the nearest allowed name.
    """
    root = root or project_root()
    path = root / "params" / f"{dataset}.yaml"
    if not isinstance(dataset, str) or not re.fullmatch(r"[a-z][a-z0-9_]{0,60}", dataset) or not path.is_file():
        known = known_datasets(root)
        near = did_you_mean(str(dataset), known) or "."
        raise ParameterError(
            f"dataset: params/ has no file of this name{near} Known: {', '.join(known) or 'none'}. "
            "Put your files into data/raw/NAME (lower-case letters, digits, _) and write one by `insight new NAME`."
        )
    given = {**_without_amounts(dataset), **given} if _has_no_amounts(given := _in_full(read_yaml(path))) else given
    given.setdefault("dataset", dataset)
    changed = {key: as_written(value) for key, value in (overrides or {}).items()}
    turned = {key: _plain(value) for key, value in (knobs or {}).items() if value is not None}
    places = dict.fromkeys(changed, "--set") | dict.fromkeys(turned, cell)
    own = f"params/{path.name}"
    unknown = [*_unknown_keys(given, own), *_unknown_keys(changed, "--set"), *_unknown_keys(turned, cell)]
    if unknown:
        raise ParameterError("parameters: what is not known cannot be set" + listed(unknown))
    _refuse_wrong_types(turned, cell)
    try:
        read = Parameters.model_validate({**given, **changed, **turned})
    except ValidationError as error:
        raise ParameterError(_said_by_place(_problems(error), places, own)) from None
    if read.dataset != dataset:
        raise ParameterError(f"{own}: `dataset` is another name than the file's. Make them the same.")
    if (tags := _known_tags(root)) and read.portrait_of not in tags:
        raise ParameterError(
            f"{places.get('portrait_of', own)}: `portrait_of`: expected a tag of params/tags, found "
            f"{read.portrait_of!r}{did_you_mean(read.portrait_of, tags)} Tags: {', '.join(tags)}."
        )
    return read


def _plain(value: Any) -> Any:
    """Turn a number of numpy's into one of Python's."""
    return value.item() if hasattr(value, "item") else value


def _refuse_wrong_types(knobs: Mapping[str, Any], cell: str) -> None:
    """Refuse text for a number and the like: in a cell, as on no command line, a value has a type."""
    problems: list[str] = []
    for name, value in knobs.items():
        kind: TypeAdapter = TypeAdapter(cast(Any, Parameters.model_fields[name].annotation))
        try:
            kind.validate_json(json.dumps(value, default=str), strict=True)
        except ValidationError as error:
            problems += [f"`{name}`: {_message(problem)}" for problem in _problems(error)[:1]]
    if problems:
        raise ParameterError(f"{cell}: {len(problems)} problem(s)" + listed(problems))


def _said_by_place(problems: Sequence[Mapping[str, Any]], places: Mapping[str, str], own: str) -> str:
    """List problems under the place of each: the YAML, the command line, or the notebook's cell."""
    by_place: dict[str, list[str]] = {}
    for problem in problems:
        place = places.get(str(problem["loc"][0]) if problem["loc"] else "", own)
        by_place.setdefault(place, []).append(_problem_in_words(problem))
    return "\n".join(f"{place}: {len(words)} problem(s)" + listed(words) for place, words in by_place.items())


def _known_tags(root: Path) -> list[str]:
    """List the tags that the library names; what is wrong with it is said by who reads it."""
    files = (root / "params" / "tags").glob("*.yaml")
    return sorted({name for file in files for name in _TAG.findall(file.read_text(encoding="utf-8", errors="replace"))})


def _in_full(given: dict[str, Any]) -> dict[str, Any]:
    """Write ``source: files`` with what describes it beside it as one section."""
    kind = given.get("source")
    if not isinstance(kind, str):
        return given
    own = {key: value for key, value in given.items() if key in Files.model_fields and key != "kind"}
    rest = {key: value for key, value in given.items() if key not in own}
    return {**rest, "source": {"kind": kind, **own}}


def _has_no_amounts(given: dict[str, Any]) -> bool:
    source = given.get("source")
    own = ("records", "label", "treatment", "one_row_per")
    return isinstance(source, dict) and any(map(source.get, own)) and not source.get("tables")


def day_of(time_zone: str) -> date:
    """Give the day that it is now in a time zone."""
    return datetime.now(ZoneInfo(time_zone)).date()


def last_possible_day(params: Parameters) -> date:
    """Give the day after which nothing can have happened: today, or the last day that counts if that is later."""
    today = params.today or day_of(params.time_zone)
    return max(today, params.as_of or today)


def _without_amounts(dataset: str) -> dict[str, Any]:
    """Give what need not be said where people are linked, or a flat table is read: no hours, and seldom amounts."""
    return {"title": {"en": dataset, "zh": dataset}, "currency": "XXX", "time_zone": "UTC"}


def _unknown_keys(given: dict[str, Any], place: str) -> list[str]:
    allowed = list(Parameters.model_fields)
    found = [str(key) for key in given if key not in allowed]
    return [
        f"{place}: `{key}` holds a secret by its name; secrets come from the environment, never from parameters"
        if _SECRET.search(key)
        else f"{place}: there is no parameter `{key}`{did_you_mean(key, allowed)}"
        for key in found
    ]


def _problems(error: ValidationError) -> list[Mapping[str, Any]]:
    """List what is wrong; not what follows from it: a list is too short where its only item is wrong."""
    found = error.errors(include_url=False, include_context=False)
    inner = {problem["loc"][:1] for problem in found if len(problem["loc"]) > 1}
    return [problem for problem in found if problem["type"] != "too_short" or problem["loc"] not in inner]


def _problem_in_words(problem: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in problem["loc"]) or "file"
    if problem["type"] == "extra_forbidden":
        return f"`{where}`: there is no such key{did_you_mean(str(problem['loc'][-1]), _keys_of_mappings())}"
    if problem["type"] == "missing":
        return f"`{where}`: is needed and missing"
    return f"`{where}`: {_message(problem)}"


def _message(problem: Mapping[str, Any]) -> str:
    message = problem["msg"].removeprefix("Value error, ")
    given = problem["input"]
    shown = f" (found {given!r})" if isinstance(given, str | int | float | bool) and len(str(given)) < 60 else ""
    return f"{message[:1].lower()}{message[1:]}{shown}"


@cache
def _keys_of_mappings() -> list[str]:
    """Every key that the YAML may hold at any depth, from the models' own schema."""
    schema = Parameters.model_json_schema()
    models = [schema, *schema.get("$defs", {}).values()]
    return sorted({key for model in models for key in model.get("properties", {})})
