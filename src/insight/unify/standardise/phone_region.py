"""Which country's phones a business writes without a country code, told by its time zone."""

from functools import cache
from importlib import resources


def region_of(time_zone: str) -> str | None:
    """Give the ISO country of a time zone; None for one that is no country's.

    Examples
    --------
    >>> region_of("Asia/Shanghai"), region_of("Europe/London"), region_of("UTC")
    ('CN', 'GB', None)
    """
    return _countries().get(time_zone)


@cache
def _countries() -> dict[str, str]:
    text = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return {row[2]: row[0] for row in rows}
