"""Sentences that every subject needs: what is not shown, and why."""

from insight.report.language import Message, _, count


def fewer_than(minimum: int) -> Message:
    """Name a group too small to show, as it stands in a table's cell.

    Examples
    --------
    >>> str(fewer_than(10))
    'fewer than 10'
    """
    return _("fewer than {n}", n=count(minimum))


def too_few(n: int, minimum: int) -> Message:
    """Say that nothing is shown, because it would be about too few customers.

    Examples
    --------
    >>> str(too_few(3, 10))
    'Not shown: this would be about fewer than 10 customers.'
    >>> str(too_few(0, 10))
    'Not shown: there is nothing to count here.'
    """
    if n == 0:
        return _("Not shown: there is nothing to count here.")
    return _("Not shown: this would be about fewer than {minimum} customers.", minimum=count(minimum))


def not_delivered(table: str) -> Message:
    """Say that a part of the report needs data that this business does not have.

    Examples
    --------
    >>> str(not_delivered("contacts"))
    'Not shown: this business delivers no “contacts”.'
    """
    return _("Not shown: this business delivers no “{table}”.", table=table)
