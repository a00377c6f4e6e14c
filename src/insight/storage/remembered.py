"""Parameters that remember which of them a notebook read, so that a run knows what it follows from."""

from datetime import date
from typing import Any

from insight.config.parameters import Parameters


class Remembered:
    """Parameters as they are, with a note of each that is read.

    Parameters
    ----------
    parameters
        What is read.
    read
        Filled with the name and the value of each, as JSON has it.
    """

    def __init__(self, parameters: Parameters, read: dict[str, Any]) -> None:
        self._parameters, self._read = parameters, read

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._parameters, name)
        if name in Parameters.model_fields:
            self._read[name] = self._parameters.model_dump(mode="json", include={name})[name]
        return value

    def __dir__(self) -> list[str]:
        return list(Parameters.model_fields)

    def follow_from(self, name: str, value: str) -> None:
        """Note the value that was taken for a parameter of which none is said."""
        if getattr(self, name) is None:
            self._read[name] = value


def take_for_today(params: Parameters | Remembered, day: date) -> None:
    """Let what a notebook made be out of date on any other day, unless the parameters say what day it is."""
    if isinstance(params, Remembered):
        params.follow_from("today", day.isoformat())
