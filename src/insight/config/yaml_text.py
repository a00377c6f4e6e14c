"""YAML read so that nothing is lost: what is written twice is refused, and ids and days stay text."""

import re
from pathlib import Path
from typing import Any

import yaml

from insight.errors import ParameterError


class _Plain(yaml.SafeLoader):
    """A safe loader that loses nothing: a key given twice is refused, days and 0012 stay the text that was written."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for position, key in enumerate(keys):
            if key in keys[:position]:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key `{key}` is given twice", node.value[position][0].start_mark
                )
        return super().construct_mapping(node, deep)


_KINDS = yaml.SafeLoader.yaml_implicit_resolvers
_Plain.yaml_implicit_resolvers = {
    first: [(tag, shape) for tag, shape in kinds if tag.rpartition(":")[2] not in ("timestamp", "int", "float")]
    for first, kinds in _KINDS.items()
}
_Plain.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?(0|[1-9]\d*)$"), [*"-+0123456789"])
_Plain.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?(0|[1-9]\d*)?\.\d+([eE][-+]?\d+)?$"), [*"-+0123456789."]
)


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a business's YAML; what is not ``key: value`` lines is refused."""
    try:
        given = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_Plain)
    except UnicodeDecodeError:
        raise ParameterError(f"params/{path.name}: expected UTF-8. Save the file as UTF-8.") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        reason = getattr(error, "problem", None) or "not readable as YAML"
        raise ParameterError(f"params/{path.name}{where}: {reason}. Mend the YAML there.") from None
    if not isinstance(given, dict):
        raise ParameterError(f"params/{path.name}: expected `key: value` lines. `insight new NAME` writes an example.")
    return given


def as_written(value: str) -> Any:
    """Read one value as it would be read from the YAML; what is no YAML is text."""
    try:
        return yaml.load(value, Loader=_Plain)
    except yaml.YAMLError:
        return value
