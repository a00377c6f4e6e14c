"""The offers on trial with their terms: what each costs and works through, how long, and who may have it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import ibis
import pandas as pd
from pydantic import ValidationError

from insight.config.offers import OfferTerms
from insight.config.yaml_text import as_written
from insight.errors import ParameterError, did_you_mean, unless_unavailable
from insight.predict.uplift.trials import Trials
from insight.profile.tagging.conditions import Comparison

_LASTS = 3  # months that an effect lasts where an offer does not say
_NAMES = ("product", "name", "offer_id")


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The offers on trial.

    Attributes
    ----------
    offers
        By ``offer_id``: ``code, name, contact_cost, response_cost, cooldown_days, lasts, margin``.
    terms
        By ``offer_id``.
    listed
        Categories that an offer lists itself, by ``offer_id``.
    """

    offers: pd.DataFrame
    terms: Mapping[str, OfferTerms]
    listed: Mapping[str, tuple[str, ...]]

    @cached_property
    def categories(self) -> dict[str, tuple[str, ...]]:
        """The categories whose spending an offer raises, by ``offer_id``; those of others are not among them."""
        found = {offer: term.categories or self.listed.get(offer, ()) for offer, term in self.terms.items()}
        return {offer: some for offer, some in found.items() if some}

    @property
    def covered(self) -> dict[str, str]:
        """The sum of `insight.predict.uplift.months.Months` that an offer raises, where it is not all spending."""
        return {offer: f"spend_{offer}" for offer in self.categories}

    @property
    def lasts(self) -> dict[str, int]:
        """Months that an offer's effect lasts."""
        return {str(offer): int(months) for offer, months in self.offers["lasts"].items()}

    @property
    def margins(self) -> dict[str, float]:
        """What a response brings, of the offers that are delivered with it."""
        return {str(offer): float(margin) for offer, margin in self.offers["margin"].dropna().items()}

    @property
    def shares(self) -> dict[str, float]:
        """The share of a list that an offer may take at most, where it is limited."""
        return {offer: term.share for offer, term in self.terms.items() if term.share is not None}

    @property
    def capacities(self) -> dict[str, int]:
        """The contacts that may carry an offer at most, where they are limited."""
        return {offer: term.capacity for offer, term in self.terms.items() if term.capacity is not None}

    def only(self, offers: tuple[str, ...]) -> "Catalogue":
        """Keep some offers, in their order."""
        terms = {offer: self.terms[offer] for offer in offers}
        return Catalogue(self.offers.loc[list(offers)], terms, self.listed)


@unless_unavailable
def on_trial(catalogue: Catalogue, trials: Trials) -> Catalogue:
    """Keep the offers that are on trial."""
    return catalogue.only(trials.offers)


def read_catalogue(
    offers: ibis.Table,
    given: Mapping[str, OfferTerms],
    *,
    contact_cost: float,
    response_cost: float | None = None,
    listed: pd.DataFrame | None = None,
) -> Catalogue:
    """Read the offers that are delivered, and join the terms that the parameters give under an offer's product or name.

    Parameters
    ----------
    given
        The parameter ``offer_terms``.
    contact_cost, response_cost
        Of offers that say nothing of it; where ``response_cost`` is given it counts for all.
    listed
        ``offer_id, product_group`` of the categories that offers list.

    Raises
    ------
    ParameterError
        Where terms are given for an offer that there is not, or conditions cannot be read.
    """
    frame = offers.order_by("offer_id").to_pandas()
    frame["offer_id"] = frame["offer_id"].astype(str)
    names = {offer: _names_of(row) for offer, row in zip(frame["offer_id"], frame.to_dict("records"), strict=True)}
    known = {name for some in names.values() for name in some}
    for name in given:
        if name not in known:
            raise ParameterError(f"offer_terms: there is no offer `{name}`{did_you_mean(name, sorted(known))}")
    terms = {}
    for offer, some in names.items():
        own = next((given[name] for name in some if name in given), OfferTerms())
        delivered = _delivered_conditions(frame.set_index("offer_id").loc[offer], offer)
        terms[offer] = own.model_copy(update={"when": (*own.when, *delivered)})
        read_conditions(terms[offer].when, place=f"offer_terms.{some[0]}")
    kept = pd.DataFrame({
        "code": [some[0] for some in names.values()],
        "name": [str(row["name"]) if pd.notna(row.get("name")) else some[0]
                 for row, some in zip(frame.to_dict("records"), names.values(), strict=True)],
        "contact_cost": _numbers(frame, "contact_cost").fillna(contact_cost),
        "response_cost": _numbers(frame, "cost").fillna(0.0) if response_cost is None else response_cost,
        "cooldown_days": _numbers(frame, "cooldown_days").fillna(0).astype(int),
        "lasts": _numbers(frame, "horizon_months").fillna(_LASTS).clip(1, 12).astype(int),
        "margin": _numbers(frame, "margin"),
    })  # fmt: skip
    covers = {} if listed is None else {str(offer): tuple(sorted(set(of["product_group"].dropna())))
                                        for offer, of in listed.groupby("offer_id")}  # fmt: skip
    return Catalogue(kept.set_index(pd.Index(list(names), name="offer_id")), terms, covers)


def _names_of(row: dict) -> list[str]:
    return [str(row[name]) for name in _NAMES if name in row and pd.notna(row[name])]


def _numbers(frame: pd.DataFrame, name: str) -> pd.Series:
    return frame[name].astype(float) if name in frame else pd.Series(float("nan"), index=frame.index)


def _delivered_conditions(row: pd.Series, offer: str) -> tuple[dict, ...]:
    """Read the conditions that are delivered with an offer, written as those of tags are.

    An offer whose conditions cannot be read may go to nobody, so it stops the run.
    """
    said = row.get("eligibility")
    if not isinstance(said, str) or not said.strip():
        return ()
    read = as_written(said)
    read = [read] if isinstance(read, dict) else read
    if not isinstance(read, list) or not all(isinstance(one, dict) for one in read):
        raise ParameterError(
            f"offers.eligibility: offer {offer}: expected conditions as tags have them, such as "
            "[{column: days_past_due, is: equal to, value: 0}]. Deliver them so, or leave them out and write them "
            "under `offer_terms`."
        )
    return tuple(read)


def read_conditions(when: tuple[dict, ...], *, place: str) -> list[Comparison]:
    """Read conditions, each a comparison of one column with a value, a text or a flag.

    Raises
    ------
    ParameterError
        Naming the place.
    """
    found = []
    for one in when:
        try:
            read = Comparison.model_validate(one)
        except ValidationError as error:
            raise ParameterError(f"{place}: {error.errors()[0]['msg']}. See docs/tags.md for conditions.") from None
        if read.column is None or all(getattr(read, kind) is None for kind in ("value", "text", "flag")):
            raise ParameterError(f"{place}: expected a column compared with a value, a text or a flag.")
        found.append(read)
    return found
