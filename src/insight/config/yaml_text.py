"""YAML read so that nothing is lost: what is written twice is refused, and ids and days stay text."""

import re
from pathlib import Path
from typing import Any

import yaml

from insight.errors import ParameterError, printable

_DEEPEST, _LONGEST = 30, 4_000_000  # levels, and characters, beyond which nobody describes a business


class _Plain(yaml.SafeLoader):
    """A safe loader that loses nothing: a key given twice is refused, days and 0012 stay the text that was written.

    It is refused where it refers to itself or goes deep, which could grow without end.
    """

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        mark = self.peek_event().start_mark
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "refers to another place by *; write it out", mark)
        self.depth += 1
        if self.depth > _DEEPEST:
            raise yaml.composer.ComposerError(None, None, f"is nested more than {_DEEPEST} levels deep", mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

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
        text = path.read_text(encoding="utf-8-sig")
        if len(text) > _LONGEST:
            raise ParameterError(f"params/{path.name}: holds more than {_LONGEST:,} characters. Is it a description?")
        given = yaml.load(text, Loader=_Plain)
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


def quoted(text: str) -> str:
    r"""Write a text as one scalar of YAML, which can be nothing but that text.

    Examples
    --------
    >>> quoted("Unit Price"), quoted("金额"), quoted("a\nb: 1"), quoted("x\u2028y"), quoted("x\u202ey")
    ('"Unit Price"', '"金额"', '"a\\nb: 1"', '"x\\Ly"', '"x\\u202ey"')
    """
    written = yaml.dump(text, default_style='"', allow_unicode=True, width=float("inf")).removesuffix("\n")
    return printable(written)
