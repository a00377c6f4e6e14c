"""Many texts changed at once: as a matrix of code points, one row a text, no loop over them.

Texts are numpy arrays of fixed width (``U``); an empty text stands for a missing one and stays so.
"""

import numpy as np

from insight.simulate.delivery.characters import HOMOPHONES, TRADITIONAL

_PLANE = 0x10000
_KEYBOARD = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")


def as_texts(values: object) -> np.ndarray:
    """Give texts as an array of fixed width; what is missing becomes empty.

    Examples
    --------
    >>> as_texts(["ab", None]).tolist()
    ['ab', '']
    """
    held = np.asarray(values, dtype=object)
    return np.where(held == None, "", held).astype("U")  # noqa: E711 - element by element


def codes_of(texts: np.ndarray, *, room: int = 0) -> np.ndarray:
    """Give texts as a matrix of code points, zero after each text's end, with ``room`` more columns."""
    width = max(texts.dtype.itemsize // 4, 1) + room
    return np.ascontiguousarray(texts.astype(f"U{width}")).view(np.uint32).reshape(len(texts), width)


def texts_of(codes: np.ndarray) -> np.ndarray:
    """Give the texts of a matrix of code points."""
    codes = np.ascontiguousarray(codes, dtype=np.uint32)
    return codes.view(f"U{codes.shape[1]}").reshape(len(codes))


def slip(texts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Put one typing error into each text: a letter left out, doubled, swapped with the next, or replaced.

    Chinese characters are typed by their sound, so another one of the same sound is written; other
    characters become their neighbour on the keyboard. Texts of one letter keep their length.

    Examples
    --------
    >>> slip(np.array(["13800138000", ""]), np.random.default_rng(5)).tolist()
    ['13800139000', '']
    """
    if not len(texts):
        return texts
    codes = codes_of(texts, room=1)
    length = (codes != 0).sum(axis=1)
    place = rng.integers(0, np.maximum(length, 1))
    kind = np.where(length > 2, rng.choice(4, len(texts), p=(0.2, 0.15, 0.25, 0.4)), 3)
    place = np.where(kind == 2, np.minimum(place, np.maximum(length - 2, 0)), place)
    column = np.arange(codes.shape[1])
    at = place[:, None]
    taken = np.choose(
        kind[:, None],
        (
            np.minimum(column + (column >= at), codes.shape[1] - 1),
            column - (column > at),
            column + (column == at) - 1 * (column == at + 1),
            np.broadcast_to(column, codes.shape),
        ),
    )
    changed = np.take_along_axis(codes, taken, axis=1)
    rows = np.flatnonzero(kind == 3)
    letters = changed[rows, place[rows]]
    changed[rows, place[rows]] = _neighbour(letters, rng)
    changed[length == 0] = 0
    return texts_of(changed)


def misheard(texts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Write one Chinese character of each text, or one Latin sound, as another that sounds alike.

    Examples
    --------
    >>> misheard(np.array(["李伟", "Zhang Bin"]), np.random.default_rng(1)).tolist()
    ['李苇', 'Zhang Bing']
    """
    if not len(texts):
        return texts
    codes = codes_of(texts)
    can = _SOUNDS.count[np.minimum(codes, _PLANE - 1)] > 0
    place = _one_of(can, rng)
    rows = np.flatnonzero(can.any(axis=1))
    heard = codes.copy()
    heard[rows, place[rows]] = _SOUNDS.draw(codes[rows, place[rows]], rng)
    return _in_latin_misheard(texts_of(heard), ~can.any(axis=1))


def traditional(texts: np.ndarray) -> np.ndarray:
    """Write simplified characters as traditional ones.

    Examples
    --------
    >>> traditional(np.array(["张伟", "Zhang Wei"])).tolist()
    ['張偉', 'Zhang Wei']
    """
    return texts_of(_TRADITIONAL[np.minimum(codes_of(texts), _PLANE - 1)])


def full_width(texts: np.ndarray) -> np.ndarray:
    """Write digits as a Chinese keyboard does in its wide mode.

    Examples
    --------
    >>> full_width(np.array(["138-00"])).tolist()
    ['１３８-００']
    """
    codes = codes_of(texts)
    is_digit = (codes >= ord("0")) & (codes <= ord("9"))
    return texts_of(np.where(is_digit, codes + 0xFEE0, codes))


def join(*parts: np.ndarray | str) -> np.ndarray:
    """Write texts one after another, row by row."""
    whole = np.asarray(parts[0])
    for part in parts[1:]:
        whole = np.strings.add(whole, part)
    return whole


class _Alike:
    """Which characters a character can be taken for: lists of them, laid one after another."""

    def __init__(self, groups: list[str]) -> None:
        # of several groups that hold a letter the first counts
        others = {letter: [other for other in group if other != letter] for group in groups[::-1] for letter in group}
        self.first = np.zeros(_PLANE, dtype=np.int32)
        self.count = np.zeros(_PLANE, dtype=np.int32)
        flat: list[int] = []
        for letter, alike in others.items():
            self.first[ord(letter)], self.count[ord(letter)] = len(flat), len(alike)
            flat += [ord(other) for other in alike]
        self.flat = np.array(flat, dtype=np.uint32)

    def draw(self, codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Give for each character another that it can be taken for, or itself where there is none."""
        held = np.minimum(codes, _PLANE - 1)
        count = self.count[held]
        drawn = self.flat[np.minimum(self.first[held] + rng.integers(0, np.maximum(count, 1)), len(self.flat) - 1)]
        return np.where(count > 0, drawn, codes)


def _keys() -> list[str]:
    """Pair each key with its neighbours, in both cases: groups of two."""
    rows = [*_KEYBOARD, *(row.upper() for row in _KEYBOARD[1:])]
    return [row[at : at + 3] for row in rows for at in range(0, len(row) - 1, 2)]


_G = [ord("g"), ord("G")]
_N = [ord("n"), ord("N")]
_SOUNDS = _Alike(HOMOPHONES.split())
_KEYS = _Alike(_keys())
_TRADITIONAL = np.arange(_PLANE, dtype=np.uint32)
_TRADITIONAL[[ord(simple) for simple in TRADITIONAL]] = [ord(other) for other in TRADITIONAL.values()]


def _neighbour(letters: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.where(letters < 0x80, _KEYS.draw(letters, rng), _SOUNDS.draw(letters, rng))


def _one_of(can: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Choose one true column per row, each as likely."""
    return np.where(can, rng.random(can.shape), -1.0).argmax(axis=1)


def _in_latin_misheard(texts: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Take ng for n, or n for ng, at the end of a name in Latin letters."""
    codes = codes_of(texts, room=1)
    rows = np.arange(len(texts))
    length = (codes != 0).sum(axis=1)
    last, before = codes[rows, np.maximum(length - 1, 0)], codes[rows, np.maximum(length - 2, 0)]
    is_ng = where & np.isin(last, _G) & np.isin(before, _N)
    codes[rows[is_ng], length[is_ng] - 1] = 0
    is_n = where & np.isin(last, _N)
    codes[rows[is_n], length[is_n]] = last[is_n] - ord("n") + ord("g")
    return texts_of(codes)
