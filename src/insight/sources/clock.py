"""Days and instants in the business time zone, in the engine.

Sources are read on a local DuckDB, whose ``timezone`` knows every IANA zone and its summer times.
"""

from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.datatypes as dt
from ibis.expr.types import TimestampValue

_INSTANT, _CLOCK = dt.Timestamp(timezone="UTC"), dt.Timestamp(scale=6)


@ibis.udf.scalar.builtin(name="timezone", signature=((dt.string, _INSTANT), _CLOCK))
def _wall_clock(zone, instant): ...


@ibis.udf.scalar.builtin(name="timezone", signature=((dt.string, _CLOCK), _INSTANT))
def _instant(zone, wall_clock): ...


def local_time(instant: TimestampValue, *, zone: str) -> TimestampValue:
    """Give what a clock in ``zone`` showed at a UTC instant.

    Examples
    --------
    >>> local_time(ibis.timestamp("2018-01-01 04:01:20"), zone="America/New_York").execute()
    Timestamp('2017-12-31 23:01:20')
    """
    return _wall_clock(zone, _instant("UTC", instant.cast(dt.Timestamp(scale=6))))


def utc(wall_clock: TimestampValue, *, zone: str) -> TimestampValue:
    """Give the UTC instant at which a clock in ``zone`` showed this; for days, the day's beginning.

    Examples
    --------
    >>> utc(ibis.timestamp("2017-07-01 00:00:00"), zone="America/New_York").execute()
    Timestamp('2017-07-01 04:00:00')
    """
    return _wall_clock("UTC", _instant(zone, wall_clock.cast(dt.Timestamp(scale=6))))


@cache
def set_back(zone: str) -> tuple[timedelta, ...]:
    """Say by how much clocks in a zone have been set back since 1970, so that times came twice; empty where never.

    Examples
    --------
    >>> set_back("Europe/Berlin"), set_back("Asia/Kolkata")
    ((datetime.timedelta(seconds=3600),), ())
    """
    months = [datetime(year, month, 15, tzinfo=ZoneInfo(zone)) for year in range(1970, 2038) for month in range(1, 13)]
    offsets = [moment.utcoffset() or timedelta() for moment in months]
    return tuple(sorted({before - after for before, after in pairwise(offsets) if after < before}))
