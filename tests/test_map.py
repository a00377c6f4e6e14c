"""Rooms import leftwards only: this redraws the map from the imports."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "insight"
MAP = [
    *("errors", "config", "engine", "contracts", "storage"),
    *("simulate", "sources", "unify", "profile", "segment", "predict", "decide", "review", "card", "report"),
    *("runner", "cli"),
]


def imported_rooms(path: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module] if node.module != "insight" else [f"insight.{a.name}" for a in node.names]
        rooms |= {name.split(".")[1] for name in names if name.startswith("insight.")}
    return rooms


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


FILES = [path for path in sorted(PACKAGE.rglob("*.py")) if room_of(path) != "__init__"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_leftwards(path):
    room = room_of(path)
    assert room in MAP, "a new room: put it into the map"
    rightwards = {other for other in imported_rooms(path) - {room} if MAP.index(other) > MAP.index(room)}
    assert not rightwards


def test_only_the_roof_imports_the_report():
    roof = MAP[MAP.index("report") :]
    users = {room_of(path) for path in FILES if "report" in imported_rooms(path)}
    assert users <= set(roof)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_and_functions_can_be_held_in_the_head(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 80, f"{node.name} is long: look for its second idea"
