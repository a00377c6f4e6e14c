"""Figures, one module per subject, imported when first used: ``figures.profile.recency(…)``."""

import importlib
from types import ModuleType


def __getattr__(subject: str) -> ModuleType:
    if subject.startswith("_"):
        raise AttributeError(subject)
    try:
        return importlib.import_module(f"{__name__}.{subject}")
    except ModuleNotFoundError as error:
        if error.name != f"{__name__}.{subject}":
            raise
        raise AttributeError(f"there are no figures about {subject!r}") from None
