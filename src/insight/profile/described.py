"""Every customer as of a day, in one row: what purchases tell, what is planned, and the features asked for."""

from collections.abc import Collection
from datetime import date

import ibis

from insight.contracts.tables.features import Feature
from insight.profile.features import summarise_customers
from insight.profile.known import Seen
from insight.profile.measured import measure
from insight.profile.planned import next_planned


def describe(
    seen: Seen, features: Collection[Feature], *, trend_days: int, planned: ibis.Table | None, last_day: date
) -> ibis.Table:
    """Describe every customer who has bought by the day of what is seen: the ``profile``, with the features asked for.

    Parameters
    ----------
    seen
        As for `measure`; the transactions among the tables.
    features
        Of ``contracts.tables.features``; those of the summary are there without being asked for.
    trend_days
        As for `features.summarise_customers`.
    planned
        The ``interactions`` of a business that delivers planned days.
    last_day
        Of the data: on it all that is delivered of planned days is known.
    """
    ahead = next_planned(planned, as_of=seen.as_of, last_day=last_day) if planned is not None else None
    options = {"as_of": seen.as_of, "trend_days": trend_days, "baskets": seen.baskets, "planned": ahead}
    return measure(summarise_customers(seen.tables["transactions"], **options), seen, features)


def sources(features: Collection[Feature]) -> list[str]:
    """Name the tables that features are counted over, and that of the purchases."""
    return list(dict.fromkeys(["transactions", *(name for feature in features for name in feature.sources)]))
