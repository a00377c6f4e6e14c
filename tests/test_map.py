"""Rooms and their sub-packages import leftwards only: this redraws the map from the imports."""

import ast
import importlib.util
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
PACKAGE = PROJECT / "src" / "insight"
#: The rooms, each of which may import those before it.
ROOMS = [
    *("errors", "config", "engine", "intervals", "contracts", "storage"),
    *("simulate", "sources", "unify", "profile", "segment", "predict", "decide", "review", "card"),
    *("words", "report", "customer360", "pages", "lab", "runner", "cli"),
]
#: What stands in the rooms that have sub-packages, in the same order.
INSIDE = {
    "config": [
        *("strict", "source", "linking", "offers", "limits", "triggers", "aims", "yaml_text", "parameters", "settings"),
        "definitions",
    ],
    "card": [
        "moments",
        "arrears",
        "losses",
        "portfolio",
        "applications",
        "key_figures",
        "truth",
        "seen",
        "behaviour",
        "limits",
        "purchases",
        "fraud",
        "alerts",
        "worth",
        "service",
        "use",
    ],
    "contracts": ["table", "tables", "rules", "quarantine", "dictionary"],
    "predict": [
        *("histories", "measures", "columns", "reasons", "value", "churn", "scorecard", "labelled", "propensity"),
        *("uplift", "leaving", "survival", "care"),
    ],
    "profile": [
        *("features", "known", "measured", "planned", "described", "habits", "concentration", "silence", "kpis"),
        *("communities", "portrait", "opportunities", "tagging"),
    ],
    "segment": [
        *("tiers", "change", "stages", "migration", "traits", "mix", "mixture", "claims", "stability", "groups"),
        *("flat", "rules", "known", "outcomes", "playbook"),
    ],
    "simulate": [
        *("schemas", "draws", "population", "engine", "marketing", "events", "fraud"),
        *("outlook", "month", "world", "next_month", "futures", "delivery"),
    ],
    "sources": [
        *("clock", "reading", "mapping", "records", "labelled", "readers", "registry", "keys"),
        *("personal_values", "intake", "inventory", "checkup", "drafting", "draft", "public"),
    ],
    "customer360": ["facts", "page"],
    "unify": [
        *("standardise", "pairs", "model", "clusters", "privacy", "identity", "link", "evaluate"),
        *("events", "resolve", "truth"),
    ],
}
MOST_MODULES = 14


def imports_of(path: Path) -> set[str]:
    """Name the modules of the package that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in found if name in MODULES}


def module_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}
MODULES = set(FILES)
IMPORTS = {name: imports_of(path) - {name, "insight"} for name, path in FILES.items()}
INNER = sorted(MODULES - {"insight"})


@pytest.mark.parametrize("name", INNER)
def test_imports_point_leftwards(name):
    room, *inside = name.split(".")[1:]
    assert room in ROOMS, "a new room: put it into the map"
    for other in IMPORTS[name]:
        other_room, *other_inside = other.split(".")[1:]
        assert ROOMS.index(other_room) <= ROOMS.index(room), f"{name} imports {other}, which stands to its right"
        if other_room == room and room in INSIDE and inside and other_inside and inside[0] != other_inside[0]:
            order = INSIDE[room]
            assert inside[0] in order, "a new part of the room: put it into the map"
            assert order.index(other_inside[0]) < order.index(inside[0]), f"{name} imports {other}, to its right"


def test_no_module_imports_itself_by_a_detour():
    modules = {name: {other for other in IMPORTS[name] if FILES[other].name != "__init__.py"} for name in MODULES}
    try:
        list(TopologicalSorter(modules).static_order())
    except CycleError as cycle:
        pytest.fail(f"a circle of imports: {' → '.join(cycle.args[1])}")


def test_only_the_roof_imports_the_report():
    users = {name.split(".")[1] for name in INNER if any(o.startswith("insight.report") for o in IMPORTS[name])}
    assert users <= set(ROOMS[ROOMS.index("words") :])


@pytest.mark.parametrize("folder", sorted({path.parent for path in FILES.values()}), ids=lambda folder: folder.name)
def test_no_package_is_a_flat_slab(folder):
    modules = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
    assert len(modules) <= MOST_MODULES, "find its sub-packages"


@pytest.mark.parametrize("name", INNER)
def test_files_and_functions_can_be_held_in_the_head(name):
    text = FILES[name].read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 80, f"{node.name} is long: look for its second idea"


def test_the_picture_of_the_rooms_is_drawn_from_the_imports():
    spec = importlib.util.spec_from_file_location("rooms", PROJECT / "scripts" / "rooms.py")
    drawing = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(drawing)
    kept = (PROJECT / "docs" / "rooms.svg").read_text(encoding="utf-8")
    assert kept == drawing.picture(ROOMS, INSIDE, IMPORTS), "renew it by `make picture`"
