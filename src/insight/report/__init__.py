"""Findings in the languages of a run, and the pages made of them.

What draws is imported when first used, so that making pages of finished notebooks stays quick.
"""

import importlib
from typing import TYPE_CHECKING, Any

from insight.report import figures, sentences

if TYPE_CHECKING:
    from insight.report.display import glance, show, without

__all__ = ["Col", "figures", "glance", "say", "sentences", "setup", "show", "table", "without"]

_HOMES = {"Col": "tables", "say": "old_display", "table": "old_display"}
_HOMES |= dict.fromkeys(("glance", "setup", "show", "without"), "display")


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"insight.report has no {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
