"""Findings in the languages of a run, and the pages made of them.

What draws is imported when first used, so that making pages of finished notebooks stays quick.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from insight.report.display import glance, show, without

__all__ = ["glance", "show", "without"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"insight.report has no {name!r}")
    return getattr(importlib.import_module(f"{__name__}.display"), name)
