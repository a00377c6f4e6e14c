"""The words for fields of people, degrees of likeness, reasons of review, source systems."""

import re

from insight.report.language import Message, _, count
from insight.report.sentences.data_names import column_name

FIELDS: dict[str, Message] = {
    "given_name": _("given name"),
    "family_name": _("family name"),
    "middle_name": _("middle name"),
    "birth_date": _("date of birth"),
    "birth_year": _("year of birth"),
    "age": _("age"),
    "sex": _("gender"),
    "phone": _("telephone"),
    "email": _("e-mail"),
    "document": _("document number"),
    "code": _("id in another system"),
    "address": _("address"),
    "street": _("street"),
    "house_number": _("house number"),
    "unit": _("door"),
    "postcode": _("postcode"),
    "locality": _("place"),
    "region": _("region"),
    "text": _("other text"),
    "category": _("category"),
}

_LIKENESS: dict[str, Message] = {
    message.text: message
    for message in (
        _("the same"),
        _("sounds the same, written otherwise"),
        _("the same name in another order"),
        _("spelled nearly the same"),
        _("spelled alike"),
        _("somewhat alike"),
        _("entirely different"),
        _("day and month change places"),
        _("one figure differs"),
        _("two figures differ"),
        _("the same year"),
        _("the same year, no day to compare"),
        _("a year apart, no day to compare"),
        _("within ten years"),
        _("a year apart"),
        _("up to five years apart"),
        _("the same before the @"),
        _("spelled alike before the @"),
        _("the same initial"),
        _("one character differs"),
        _("two characters differ"),
        _("the same postcode"),
        _("one character of the postcode differs"),
        _("the same place"),
        _("nearly the same place"),
        _("the same region"),
        _("the same door"),
        _("the same house"),
        _("the same number in the same place"),
        _("the same street"),
        _("a street of the same name"),
    )
}

_DONE: dict[str, Message] = {
    message.text: message
    for message in (
        _("written in one form"),
        _("stands for nothing"),
        _("cut into given and family name"),
        _("read as pinyin"),
        _("check digit does not fit"),
        _("default date"),
        _("shared by many people"),
        _("no phone number"),
        _("not a valid phone number"),
        _("no e-mail address"),
        _("no date"),
        _("a year alone"),
        _("a month alone"),
        _("no day of the calendar"),
        _("too short"),
        _("one digit repeated"),
        _("not a number"),
    )
}

REVIEW: dict[str, Message] = {
    message.text: message
    for message in (
        _("uncertain"),
        _("one household"),
        _("contradicting documents"),
        _("joined by the others"),
        _("kept apart by the others"),
    )
}

SYSTEMS: dict[str, Message] = {
    "core": _("core banking"),
    "card": _("card system"),
    "applications": _("applications"),
    "app": _("mobile app"),
    "crm": _("CRM"),
    "call_centre": _("call centre"),
    "bureau": _("credit bureau"),
    "rewards": _("rewards"),
    "wecom": _("WeCom"),
}


def field_name(field: str) -> Message | str:
    """Name a field; the second of a kind is counted.

    Examples
    --------
    >>> str(field_name("email")), str(field_name("phone_2"))
    ('e-mail', 'telephone 2')
    """
    stem, _underscore, number = field.rpartition("_")
    if number.isdigit() and stem in FIELDS:
        return _("{field} {n}", field=FIELDS[stem], n=count(int(number)))
    return FIELDS.get(field) or column_name(field)


def likeness_name(words: str) -> Message | str:
    """Name a degree of likeness."""
    return _LIKENESS.get(words, words)


def done_name(what: str) -> Message | str:
    """Name what standardising did to a value, or found of it."""
    return _DONE.get(what, what)


def system_name(system: str) -> Message | str:
    """Name a source system; one that nobody has named stays as it is called."""
    return SYSTEMS.get(system, system)


def reasons(text: str) -> list[tuple[Message | str, Message | str]]:
    """Read the reasons of a review row, ``field: words; field: words``, in words.

    Examples
    --------
    >>> [(str(field), str(words)) for field, words in reasons("phone: the same; email: spelled alike")]
    [('telephone', 'the same'), ('e-mail', 'spelled alike')]
    """
    parts = [part.partition(": ") for part in re.split(r"; ", text) if part]
    return [(field_name(field), likeness_name(words)) for field, _colon, words in parts]
