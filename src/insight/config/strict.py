"""What every section of the parameters shares: nothing unknown, nothing endless, no answer for a number."""

from datetime import date
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, model_validator


class Strict(BaseModel):
    """A section in which an unknown key is an error, and so is yes or no for a number, or a number without an end."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _no_answer_for_a_number(cls, given: Any) -> Any:
        """Let yes and no, which would count as 1 and 0, be words where numbers are expected; these are then refused."""
        if not isinstance(given, dict):
            return given
        counted = {name for name, field in cls.model_fields.items() if _is_counted(field.annotation)}
        return {key: _as_words(value) if key in counted else value for key, value in given.items()}


def _is_counted(annotation: Any) -> bool:
    return annotation in (int, float, date) or any(map(_is_counted, get_args(annotation)))


def _as_words(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_as_words(one) for one in value]
    return ("no", "yes")[value] if isinstance(value, bool) else value
