"""The files around the code say what is true."""

import ast
import importlib.util
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer
import yaml
from typer.testing import CliRunner

from insight.cli import app
from insight.contracts import CONTRACTS
from insight.contracts.dictionary import as_markdown, features_as_markdown
from insight.contracts.tables.features import FEATURES
from insight.profile.tagging import dictionary as tag_dictionary
from insight.profile.tagging import tags

PROJECT = Path(__file__).resolve().parents[1]
README = (PROJECT / "README.md").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))


def pins(text: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^\W*([A-Za-z0-9][\w.-]*)(?:\[[\w,-]+\])?==([^\s;\"'\\]+)", text, re.MULTILINE):
        found.setdefault(name.lower().replace("_", "-"), set()).add(version)
    return found


def named(requirements: list[str]) -> set[str]:
    return {re.match(r"[\w.-]+", text)[0].lower().replace("_", "-") for text in requirements}


def environment_yml() -> str:
    return (PROJECT / "environment.yml").read_text(encoding="utf-8")


def lock() -> str:
    return (PROJECT / "requirements.lock").read_text(encoding="utf-8")


def test_conda_users_get_what_the_lock_says():
    assert pins(environment_yml()) == pins(lock())
    spec = importlib.util.spec_from_file_location("environment", PROJECT / "scripts" / "environment.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert environment_yml() == module.environment(lock()), "renew it by `make lock`"


def test_conda_users_get_every_dependency_of_the_project():
    wanted = named(PYPROJECT["project"]["dependencies"] + PYPROJECT["project"]["optional-dependencies"]["test"])
    assert wanted <= pins(environment_yml()).keys()
    assert yaml.safe_load(environment_yml())["dependencies"][0] == "python>=3.11,<3.14"


def test_every_locked_package_has_a_hash_and_no_address():
    text = lock()
    assert text.count("==") <= text.count("--hash=sha256:")
    assert "://" not in text


SHIPPED_YAML = [
    *sorted((PROJECT / "src").rglob("*.yaml")),
    *(PROJECT / "params" / f"{name}.yaml" for name in ("definitions", "playbook")),
]


@pytest.mark.parametrize("path", SHIPPED_YAML, ids=lambda path: path.stem)
def test_no_key_stands_twice_in_a_shipped_yaml(path):
    def twice(node: yaml.Node | None) -> list[str]:
        inner = [each for pair in node.value for each in pair] if isinstance(node, yaml.MappingNode) else []
        keys = [key.value for key, _ in node.value] if inner else []
        inner = node.value if isinstance(node, yaml.SequenceNode) else inner
        return [key for key in {*map(str, keys)} if keys.count(key) > 1] + [
            key for each in inner for key in twice(each)
        ]

    text = path.read_text(encoding="utf-8")
    assert not [key for node in yaml.compose_all(text, Loader=yaml.CSafeLoader) for key in twice(node)]


def test_make_alone_says_what_can_be_asked_for():
    said = subprocess.run(["make"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    assert all(f"make {target}" in said for target in ("report", "test", "lab", "record"))


def test_every_command_of_the_readme_exists():
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"\bmake ([a-z]+)", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"
    for command in set(re.findall(r"\binsight ((?:data )?[a-z]+)\b", "\n".join(re.findall(r"`([^`]+)`", README)))):
        result = CliRunner().invoke(app, [*command.split(), "--help"])
        assert result.exit_code == 0, f"insight {command}"


def commands(group, *names: str):
    """Every command and group of commands, with the words that call it."""
    yield names, group
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, *names, name)


COMMANDS = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("names", COMMANDS, ids=" ".join)
def test_every_help_is_asked_for_in_short_and_ends_in_examples_that_parse(names):
    short, long = (CliRunner().invoke(app, [*names, flag], prog_name="insight").output for flag in ("-h", "--help"))
    assert short == long
    examples = re.findall(r"^ +insight (.+)$", short[short.index("Examples:") :], re.MULTILINE)
    assert examples
    for example in examples:
        words = shlex.split(example.partition("|")[0])
        called = max((known for known in COMMANDS if words[: len(known)] == list(known)), key=len)
        assert called[: len(names)] == names
        if "--help" not in words:
            COMMANDS[called].make_context("insight", words[len(called) :])


def test_the_version_is_that_of_the_package():
    assert CliRunner().invoke(app, ["--version"]).output == f"insight {PYPROJECT['project']['version']}\n"


def test_every_path_of_the_readme_exists():
    for path in re.findall(r"\]\((?!https?:|#)([^)#]+)", README):
        assert (PROJECT / path).exists(), path


def test_the_data_dictionary_is_what_the_contracts_say():
    kept = (PROJECT / "docs" / "data-dictionary.md").read_text(encoding="utf-8")
    assert kept == as_markdown(CONTRACTS.values()), "renew it by `insight dictionary`"
    of_features = (PROJECT / "docs" / "features.md").read_text(encoding="utf-8")
    assert of_features == features_as_markdown(FEATURES), "renew it by `insight dictionary`"


def test_the_dictionary_of_tags_is_what_the_library_says():
    kept = (PROJECT / "docs" / "tags.md").read_text(encoding="utf-8")
    assert kept == tag_dictionary.as_markdown(tags.read_library(), tags.read_themes()), (
        "renew it by `insight dictionary`"
    )


@pytest.mark.parametrize("table", CONTRACTS.values(), ids=lambda table: table.name)
def test_every_column_has_a_meaning_in_both_languages(table):
    for column in table.columns:
        assert column.meaning.endswith((".", "…"))
        assert re.search(r"[\u4e00-\u9fff]", column.meaning_zh)


@pytest.mark.parametrize("table", CONTRACTS.values(), ids=lambda table: table.name)
def test_references_name_tables_and_columns_that_exist(table):
    for column, other in table.references.items():
        assert column in table.names
        assert other in CONTRACTS


#: What a distribution calls itself where its import has another name.
DISTRIBUTIONS = {
    "IPython": "ipython",
    "PIL": "pillow",
    "fontTools": "fonttools",
    "ibis": "ibis-framework",
    "sklearn": "scikit-learn",
    "stdnum": "python-stdnum",
    "websocket": "websocket-client",
    "yaml": "pyyaml",
}


def imported(folder: str) -> set[str]:
    own = {"insight"} | {path.stem for where in (folder, "benchmarks") for path in (PROJECT / where).iterdir()}
    found = set()
    for path in (PROJECT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
    return {DISTRIBUTIONS.get(name, name).replace("_", "-") for name in found - own - sys.stdlib_module_names}


def test_everything_imported_is_declared():
    extras = PYPROJECT["project"]["optional-dependencies"]
    declared = named(PYPROJECT["project"]["dependencies"])
    assert imported("src/insight") <= declared | named(extras["spark"]) | named(extras["postgres"])
    assert imported("tests") <= declared | named(extras["test"]) | named(extras["spark"])


def test_no_file_names_a_package_registry():
    files = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout.split()
    hosts = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com", "deb." + "debian.org"]
    for file in files:
        path = PROJECT / file
        if path.is_file() and path.suffix in {
            ".py",
            ".md",
            ".toml",
            ".yaml",
            ".yml",
            ".lock",
            ".ipynb",
            "",
            ".txt",
        }:
            text = path.read_text(encoding="utf-8", errors="ignore")
            assert not any(host in text for host in hosts), file


def test_nothing_in_the_package_runs_text_as_code():
    runs = {"eval", "exec", "query", "compile"}
    found = [
        f"{path.name}, line {node.lineno}"
        for path in (PROJECT / "src").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id in runs)
            or (isinstance(node.func, ast.Attribute) and node.func.attr in runs - {"compile"})
        )
    ]
    assert found == []


def test_every_case_of_the_locks_names_tests_that_there_are():
    lines = (PROJECT / "docs" / "doors-and-locks.md").read_text(encoding="utf-8").splitlines()
    cases = [line.strip("| ").split(" | ") for line in lines if re.match(r"\| \d+ ", line)]
    there = {
        found
        for path in (PROJECT / "tests").rglob("test_*.py")
        for found in re.findall(r"^def test_(\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert [int(case[0]) for case in cases] == list(range(1, 81))
    named = {int(case[0]): re.findall(r"`(\w+)`", case[3]) for case in cases}
    assert all(named.values())
    assert not {name for tests in named.values() for name in tests} - there
