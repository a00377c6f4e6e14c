"""What ``--set`` takes: each parameter with its type in words, its value, its default and its meaning."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import yaml

from insight.config.parameters import Parameters

_TYPES = {
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "string": "text",
    "null": "null",
    "array": "list",
}
_WIDEST = 48


@dataclass(frozen=True)
class Setting:
    """One parameter as a business has it.

    Attributes
    ----------
    name
        What stands before the ``=``.
    type
        What may stand behind it, in words.
    value, default
        As one would write them in YAML, long ones cut; an empty default where a business must give the value.
    meaning
        What it does.
    read_by
        Notebooks that read it in the last run; ``None`` before the first one.
    """

    name: str
    type: str
    value: str
    default: str
    meaning: str
    read_by: list[str] | None = field(default=None)

    def lines(self) -> list[str]:
        """Lay it out for a terminal: name, value and type, then the meaning and who reads it."""
        default = f"default {self.default}" if self.default else "needed"
        read = "not run yet" if self.read_by is None else f"read by {', '.join(self.read_by) or 'none'}"
        return [f"{self.name} = {self.value}  ({self.type}; {default})", f"    {self.meaning} [{read}]"]

    def as_row(self) -> dict[str, Any]:
        """Give it as one row of a table."""
        return asdict(self)


def list_settings(params: Parameters, steps: Mapping[str, Mapping[str, Any]]) -> list[Setting]:
    """List everything that ``--set`` takes, as one business has it.

    Parameters
    ----------
    params
        The business's parameters.
    steps
        The notebooks of its last run, as the manifest has them: each with the ``parameters`` that it read.
    """
    shapes = Parameters.model_json_schema()["properties"]
    given, defaults = params.model_dump(mode="json", exclude_unset=True), params.model_dump(mode="json")
    listed = []
    for name, about in Parameters.model_fields.items():
        if name == "dataset":  # the file's name, which a run cannot change
            continue
        default = "" if about.is_required() else _short(_plain(about.get_default(call_default_factory=True)))
        listed.append(
            Setting(
                name=name,
                type=_in_words(shapes[name]),
                value=_short(given.get(name, defaults[name])),
                default=default,
                meaning=str(about.description),
                read_by=_readers(name, steps) if steps else None,
            )
        )
    return listed


def _readers(name: str, steps: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return sorted(step[:2] for step, about in steps.items() if name in about["parameters"])


def _in_words(shape: Mapping[str, Any]) -> str:
    """Say what a value of a JSON schema looks like.

    Examples
    --------
    >>> _in_words({"type": "integer", "minimum": 1, "maximum": 730})
    'whole number, 1 to 730'
    >>> _in_words({"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]})
    'day, as 2024-12-31, or null'
    """
    if "anyOf" in shape:
        return ", or ".join(_in_words(kind) for kind in shape["anyOf"])
    if "enum" in shape:
        return " or ".join(shape["enum"])
    if shape.get("format") == "date":
        return "day, as 2024-12-31"
    words = _TYPES.get(shape.get("type", ""), "mapping, as in params/")
    if shape.get("type") == "array":
        return f"{words} of {_in_words(shape['items'])}"
    low = str(shape["minimum"]) if "minimum" in shape else f"above {shape.get('exclusiveMinimum')}"
    if "maximum" in shape:
        return f"{words}, {low} to {shape['maximum']}"
    return words if "minimum" not in shape and "exclusiveMinimum" not in shape else f"{words}, {_from(low)}"


def _from(low: str) -> str:
    return low if low.startswith("above") else f"from {low}"


def _plain(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value


def _short(value: Any) -> str:
    written = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10_000)
    written = written.removesuffix("\n").removesuffix("\n...")
    return written if len(written) <= _WIDEST else f"{written[: _WIDEST - 1]}…"
