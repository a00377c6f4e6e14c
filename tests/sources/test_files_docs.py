"""The pages about one's own data and about linking say only what can be said."""

import re
from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter

from insight.config.parameters import Parameters, _in_full
from insight.config.source import (
    ColumnRule,
    Database,
    DatabaseJoin,
    DatabaseTable,
    FileFormat,
    Files,
    FileTable,
    Join,
    RecordTable,
    Refunds,
    Source,
)
from insight.sources.mapping.canonical import mapping_problems

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "your-own-data.md").read_text("utf-8")
LINKING = (DOCS / "linking.md").read_text("utf-8")
EXAMPLES = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE + LINKING, flags=re.DOTALL)]
SOURCES, OTHERS = ([one for one in EXAMPLES if ("source" in _in_full(one)) is told] for told in (True, False))


@pytest.mark.parametrize("example", SOURCES, ids=range(len(SOURCES)))
def test_every_example_is_a_description(example):
    source = TypeAdapter(Source).validate_python(_in_full(example)["source"])
    assert [problem for name, table in source.tables.items() for problem in mapping_problems(name, table)] == []


@pytest.mark.parametrize("example", OTHERS, ids=range(len(OTHERS)))
def test_an_example_of_other_parameters_is_one(example):
    for name, value in example.items():
        TypeAdapter(Parameters.model_fields[name].annotation).validate_python(value)


def test_every_key_of_a_format_is_explained():
    assert {key for key in FileFormat.model_fields if f"`{key}`" not in PAGE} == set()


@pytest.mark.parametrize("model", [Files, FileTable, Join, ColumnRule, Refunds])
def test_every_key_of_files_and_columns_is_explained(model):
    keys = set(model.model_fields) - {"records", "truth"}  # by the page on linking
    assert {key for key in keys if f"{key}:" not in PAGE and f"`{key}`" not in PAGE} == set()


@pytest.mark.parametrize("model", [Database, DatabaseTable, DatabaseJoin])
def test_every_key_of_a_database_is_explained(model):
    told = PAGE.partition("### Tables of a database")[2]
    keys = {field.alias or key for key, field in model.model_fields.items()}
    elsewhere = {"system", "refunds", "repeated_rows", "personal"}
    assert {key for key in keys - elsewhere if f"{key}:" not in told and f"`{key}`" not in told} == set()


def test_every_key_of_a_record_table_is_explained():
    told = {key for key in RecordTable.model_fields if f"{key}:" not in LINKING}
    assert told == {"renamed"}, "it is explained with the other tables"
