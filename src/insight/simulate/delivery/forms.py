"""How source systems write names, phones, dates: each its own way, for many records at once."""

from collections.abc import Callable, Sequence

import numpy as np

from insight.simulate.delivery.corruption import Fields
from insight.simulate.delivery.letters import codes_of, join, texts_of

#: Ways to write a date: ``Y``, ``M`` and ``D`` stand for its parts, with leading zeros.
_PARTS = {"Y": slice(0, 4), "M": slice(5, 7), "D": slice(8, 10)}


def written_days(days: np.ndarray, form: str) -> np.ndarray:
    """Write days as ``form`` says; no day becomes an empty text.

    Examples
    --------
    >>> written_days(np.array(["2024-03-09", "NaT"], dtype="datetime64[D]"), "D/M/Y").tolist()
    ['09/03/2024', '']
    """
    iso = codes_of(np.datetime_as_string(days.astype("datetime64[D]")).astype("U10"))
    pieces = [iso[:, _PARTS[sign]] if sign in _PARTS else np.full((len(days), 1), ord(sign)) for sign in form]
    written = texts_of(np.concatenate(pieces, axis=1))
    return np.where(np.isnat(days), "", written)


def written_phones(phones: np.ndarray, forms: Sequence[str], rng: np.random.Generator) -> np.ndarray:
    """Write each phone in one of the forms, of which the first is as frequent as all the others.

    A form holds ``3``, ``4``, ``e``: the first three digits, the next four, what is left.

    Examples
    --------
    >>> written_phones(np.array(["13800138000", ""]), ["+86 3-4-e"], np.random.default_rng(0)).tolist()
    ['+86 138-0013-8000', '']
    """
    weights = np.array([max(len(forms) - 1, 1), *[1] * (len(forms) - 1)], dtype=float)
    chosen = rng.choice(len(forms), len(phones), p=weights / weights.sum())
    codes = codes_of(phones, room=7)
    pieces = {"3": codes[:, :3], "4": codes[:, 3:7], "e": codes[:, 7:]}
    written = np.zeros(len(phones), dtype="U32")
    for at, form in enumerate(forms):
        head, rest = (form[:3], form[3:]) if form.startswith(("+86", "008")) else ("", form)
        parts = [np.full((len(phones), 1), ord(sign), dtype=np.uint32) for sign in head]
        parts += [pieces.get(sign, np.full((len(phones), 1), ord(sign), dtype=np.uint32)) for sign in rest]
        written = np.where(chosen == at, _packed(np.concatenate(parts, axis=1)), written)
    return np.where(phones == "", "", written)


def _packed(codes: np.ndarray) -> np.ndarray:
    """Close the gaps that parts of different length leave."""
    order = np.argsort(codes == 0, axis=1, kind="stable")
    return texts_of(np.take_along_axis(codes, order, axis=1))


def written_names(fields: Fields, forms: dict[str, float], rng: np.random.Generator) -> np.ndarray:
    """Write each name in one of the forms of `NAMES`, drawn by their weights.

    Examples
    --------
    >>> parts = {"family_zh": "张", "given_zh": "小明", "family_latin": "Zhang", "given_latin": "Xiaoming"}
    >>> fields = {name: np.array([value]) for name, value in (parts | {"male": True}).items()}
    >>> drawn = np.random.default_rng(0)
    >>> [written_names(fields, {form: 1.0}, drawn).item() for form in ("chinese", "comma", "address")]
    ['张小明', 'ZHANG, XIAOMING', '张先生']
    """
    names = list(forms)
    weights = np.array([forms[name] for name in names])
    chosen = rng.choice(len(names), len(fields["family_zh"]), p=weights / weights.sum())
    written = np.zeros(len(chosen), dtype="U1")
    for at, name in enumerate(names):
        one = NAMES[name](fields)
        written = np.where(chosen == at, one, written)
    return written


def _latin(fields: Fields) -> tuple[np.ndarray, np.ndarray]:
    return fields["family_latin"], fields["given_latin"]


def _by_sex(fields: Fields, male: str, female: str) -> np.ndarray:
    return np.where(fields["male"], male, female)


NAMES: dict[str, Callable[[Fields], np.ndarray]] = {
    "chinese": lambda f: join(f["family_zh"], f["given_zh"]),
    "chinese_title": lambda f: join(f["family_zh"], f["given_zh"], _by_sex(f, "先生", "女士")),
    "address": lambda f: join(f["family_zh"], _by_sex(f, "先生", "女士")),
    "latin": lambda f: join(_latin(f)[0], " ", _latin(f)[1]),
    "latin_title": lambda f: join(_by_sex(f, "Mr. ", "Ms. "), _latin(f)[0], " ", _latin(f)[1]),
    "given_first": lambda f: join(_latin(f)[1], " ", _latin(f)[0]),
    "upper": lambda f: np.strings.upper(join(_latin(f)[0], " ", _latin(f)[1])),
    "upper_given_first": lambda f: np.strings.upper(join(_latin(f)[1], " ", _latin(f)[0])),
    "slash": lambda f: np.strings.upper(join(_latin(f)[0], "/", _latin(f)[1])),
    "comma": lambda f: np.strings.upper(join(_latin(f)[0], ", ", _latin(f)[1])),
    "initial": lambda f: join(np.strings.upper(_first_letter(_latin(f)[1])), ". ", _latin(f)[0]),
    "nickname": lambda f: join("阿", _last_letter(f["given_zh"])),
}


def _first_letter(texts: np.ndarray) -> np.ndarray:
    return texts_of(codes_of(texts)[:, :1])


def _last_letter(texts: np.ndarray) -> np.ndarray:
    codes = codes_of(texts)
    last = np.maximum((codes != 0).sum(axis=1) - 1, 0)
    return texts_of(codes[np.arange(len(codes)), last][:, None])
