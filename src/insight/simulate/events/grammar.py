"""What customers write in tickets, by a grammar of sentences and of what stands around them; the bank's answers."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import yaml

from insight.simulate.draws import Draws
from insight.simulate.engine.vocabulary import INTENTS
from insight.simulate.schemas import TABLES

LANGUAGES = ("zh", "en")
#: Month from which a family of sentences is in use, by its place; how much more one of the last months is used.
SINCE, NEW_FOR, OFTENER = np.array([0, 0, 0, 6, 12, 18]), 6, 6
SECOND, THIRD = 0.22, 0.04  # share of tickets with two wishes, with three
ANGRY, MIXED, SLIPS = 0.15, 0.12, 0.25  # share of texts with anger, with a word of the other language, with slips
_SLOT = re.compile(r"\{([^{}]*)\}")


@cache
def phrases() -> dict[str, Any]:
    """Give the data file: ``intents``, what stands ``around`` sentences, and the ``faq``."""
    return yaml.safe_load(Path(__file__).with_name("tickets.yaml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Wishes:
    """What tickets ask for, up to three columns: intents (-1: none) and the family of the sentence of each."""

    intent: np.ndarray
    family: np.ndarray


def wishes(draws: Draws, first: np.ndarray, month: int) -> Wishes:
    """Draw further wishes beside the first one, and a family for each in its month's proportions."""
    u = draws.random()
    count = 1 + (u < SECOND + THIRD) + (u < THIRD)
    others = [(first + draws.integers(1, len(INTENTS))) % len(INTENTS) for _ in range(2)]
    others[1] = np.where(others[1] == others[0], -1, others[1])
    intent = np.stack([first, *others], axis=1)
    intent = np.where(np.arange(3) < count[:, None], intent, -1)
    weight = np.where(month - SINCE < NEW_FOR, OFTENER, 1) * (max(month, 0) >= SINCE)
    return Wishes(intent, np.stack([draws.pick(weight) for _ in range(3)], axis=1))


def texts(draws: Draws, asked: Wishes, english: np.ndarray) -> np.ndarray:
    """Write a text for each ticket: its sentences, what stands around them, slips of the keys, mixed scripts."""
    luck = np.stack([draws.random() for _ in range(24)], axis=1)
    rows = zip(asked.intent.tolist(), asked.family.tolist(), english.tolist(), luck.tolist(), strict=True)
    return np.array([_text(*row) for row in rows], object)


def _text(intents: list[int], families: list[int], english: bool, luck: list[float]) -> str:
    language = LANGUAGES[english]
    around = phrases()["around"][language]
    next_luck = iter(luck)
    text = _one_of(around["open"], next(next_luck))
    for place, (intent, family) in enumerate(zip(intents, families, strict=True)):
        if intent < 0:
            continue
        sentence = phrases()["intents"][INTENTS[intent]][family][language]
        text += _one_of(around["and"], next(next_luck)) * (place > 0) + _filled(sentence, next(next_luck))
    if next(next_luck) < ANGRY:
        text += _one_of(around["angry"], next(next_luck))
    text += _one_of(around["close"], next(next_luck))
    if next(next_luck) < MIXED:
        text = _replaced(text, around["mixed"], next(next_luck))
    if next(next_luck) < SLIPS:
        at = next(next_luck)
        text = _mistyped(text, at, next(next_luck)) if english else _replaced(text, around["slips"], at)
    return text[:1].upper() + text[1:] if english and next(next_luck) < 0.7 else text


def _one_of(several: list[str], u: float) -> str:
    return several[int(u * len(several))]


def _filled(sentence: str, u: float) -> str:
    """Choose one of each slot's phrases, and an amount of 20 to 5,000, by the digits of one number."""
    state = int(u * 2**53)

    def chosen(count: int) -> int:
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (state >> 33) % count

    text = _SLOT.sub(lambda slot: _nth(slot[1].split("|"), chosen), sentence)
    return text.replace("#", str(20 + chosen(4980)))


def _nth(several: list[str], chosen: Any) -> str:
    return several[chosen(len(several))]


def _replaced(text: str, pairs: dict[str, str], u: float) -> str:
    """Replace one of the words or characters that stand there."""
    found = [word for word in pairs if word in text]
    if not found:
        return text
    word = _one_of(found, u)
    return text.replace(word, pairs[word], 1)


def _mistyped(text: str, u: float, kind: float) -> str:
    """Leave out, double or swap one letter."""
    at = int(u * (len(text) - 1))
    if kind < 0.4:
        return text[:at] + text[at + 1 :]
    return text[:at] + text[at] + text[at:] if kind < 0.6 else text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def answers(asked: Wishes) -> tuple[np.ndarray, np.ndarray]:
    """Give each wish's right answer of the FAQ (-1: none) and whether a machine may give it; columns as in `Wishes`."""
    told = [phrases()["intents"][intent] for intent in INTENTS]
    right = np.array([[family.get("faq", -1) for family in families] for families in told])
    machine = np.array([[family["machine"] and "faq" in family for family in families] for families in told])
    some = asked.intent >= 0
    return np.where(some, right[asked.intent, asked.family], -1), some & machine[asked.intent, asked.family]


def faq_table(start: np.datetime64) -> pa.Table:
    """Make the ``faq`` table: each answer in both languages; the last one was written four weeks before the start."""
    told, weeks = phrases()["faq"], np.timedelta64(28, "D")
    rows = [
        {"number": one["number"], "topic": one["topic"], "language": language, "question": one[language][0],
         "answer": one[language][1], "since": (start - weeks * (len(told) - place)).item()}
        for place, one in enumerate(told)
        for language in LANGUAGES
    ]  # fmt: skip
    plain = pa.table({name: [row[name] for row in rows] for name in TABLES["faq"].names})
    return plain.cast(TABLES["faq"])
