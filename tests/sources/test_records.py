"""Tables of people as several systems know them, described by one YAML."""

import pandas as pd
import pytest

from insight.config.parameters import load
from insight.contracts import contract_of
from insight.contracts.quarantine import check
from insight.engine import connect
from insight.errors import ParameterError, SourceError
from insight.sources import registry
from insight.sources.checkup import check as check_business

SHORT = "source: files\nrecords: {one: one.csv, two: two.csv}\ntruth: {column: rec, pattern: 'rec-(\\d+)'}\n"
LONG = """
title: {en: Bank, zh: 银行}
currency: CNY
time_zone: Asia/Shanghai
source:
  kind: files
  format: {encoding: gb18030}
  records:
    core:
      files: [core*.csv]
      key: Nr
      format: {dates: ["%Y%m%d"]}
      columns: {full_name: Name, birth_date: Born, consent: {column: OK, values: {Y: "true", N: "false"}}}
      ignored: [Teller]
"""


@pytest.fixture
def raw(tmp_path, monkeypatch):
    for name in ("params", "notebooks", "data/raw/people"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setenv("INSIGHT_HOME", str(tmp_path))
    return tmp_path / "data" / "raw" / "people"


def described(raw, yaml: str):
    (raw.parents[2] / "params" / "people.yaml").write_text(yaml, encoding="utf-8")
    return load("people")


def accepted(params) -> pd.DataFrame:
    table = registry.deliver(params, connect())["customer_records"]
    rows = check(table, contract_of("customer_records", table.columns)).accepted.to_pandas()
    return rows.sort_values(["source_system", "source_record_id"], ignore_index=True)


@pytest.fixture
def two(raw):
    (raw / "one.csv").write_text("rec, First Name ,dob\nrec-1-org, Ada ,1815-12-10\nrec-2-org,Bob,1790-02-30\n")
    (raw / "two.csv").write_text("rec,Surname,born\nrec-1-dup,Lovelace,10.12.1815\n")
    return described(raw, SHORT)


def test_a_name_of_a_file_is_enough(two):
    rows = accepted(two)
    assert rows["source_system"].tolist() == ["one", "one", "two"]
    assert rows["source_record_id"].tolist() == ["one.csv:2", "one.csv:3", "two.csv:2"]
    assert rows["first_name"].dropna().tolist() == ["Ada", "Bob"]
    assert rows["surname"].dropna().tolist() == ["Lovelace"]


def test_a_date_that_no_calendar_has_loses_nobody(two):
    assert accepted(two)["dob"].tolist()[1] == "1790-02-30"


def test_the_truth_is_told_apart_from_what_is_linked_by(two):
    told = registry.truth(two, connect()).order_by("source_record_id").to_pandas()
    assert told["person"].tolist() == ["1", "2", "1"]
    assert "rec" not in accepted(two).columns


def test_people_alone_need_no_currency_and_no_hours(two):
    assert (two.time_zone, two.title.zh) == ("UTC", "people")


def test_known_columns_are_typed_others_come_along_and_some_are_never_read(raw):
    text = "Nr,Name,Born,OK,Teller,Street\n7,张伟,19910731,Y,t9,南京路\n8,李娜,19919999,,t9,\n"
    (raw / "core_1.csv").write_bytes(text.encode("gb18030"))
    (raw / "core_2.csv").write_bytes("Street,OK,Born,Name,Nr,Teller\n,N,20000101,王芳,9,t1\n".encode("gb18030"))
    rows = accepted(described(raw, LONG)).set_index("source_record_id")
    assert rows.loc["7", ["full_name", "street"]].tolist() == ["张伟", "南京路"]
    assert str(rows.loc["7", "birth_date"])[:10] == "1991-07-31"
    assert pd.isna(rows.loc["8", "birth_date"])
    assert rows["consent"].tolist() == [True, None, False]
    assert "teller" not in rows.columns


def test_a_key_that_repeats_with_other_content_is_set_aside_and_said(raw):
    text = "Nr,Name,Born,OK,Teller\n" + "7,张伟,19910731,Y,t\n7,李娜,19920731,Y,t\n"
    (raw / "core.csv").write_bytes(text.encode("gb18030"))
    report = check_business(described(raw, LONG))
    assert not report.is_sound
    said = "\n".join(report.lines)
    assert "repeats with other content" in said
    assert "张伟" not in said


def test_a_column_that_a_later_file_lacks_is_named(raw):
    (raw / "core_1.csv").write_bytes(b"Nr,Name,Born,OK,Teller,Street\n")
    (raw / "core_2.csv").write_bytes(b"Nr,Name,Born,OK,Teller\n")
    with pytest.raises(SourceError, match=r"core_2\.csv: expected 1 column\(s\) that are not there: 'Street'"):
        registry.deliver(described(raw, LONG), connect())


@pytest.mark.parametrize(
    ("yaml", "said"),
    [
        ("source: {kind: files}\n", "expected tables, records of people, or the label of a flat table; there is none"),
        ("source: files\ntruth: who\n", "expected tables, records of people, or"),
        (SHORT + "linking: {treshold: 0.3}\n", "`linking.treshold`: there is no such key; did you mean `threshold`"),
        (SHORT + "linking: {columns: {dob: birthdate}}\n", "linking.columns.dob"),
        ("source: files\nrecords: a.csv\ntruth: {column: w, pattern: 'rec-'}\n", "expected a group in parentheses"),
    ],
)
def test_what_cannot_be_right_is_refused_with_its_place(raw, yaml, said):
    full = yaml if "records" in yaml else "title: {en: a, zh: b}\ncurrency: CNY\ntime_zone: UTC\n" + yaml
    with pytest.raises(ParameterError) as refused:
        described(raw, full)
    assert said in str(refused.value)


def test_whose_keys_a_table_holds_must_be_said(raw):
    table = "  tables: {transactions: {files: [t.csv], columns: {customer_id: w, occurred_on: d, amount: a}}}\n"
    with pytest.raises(ParameterError, match="say under `system` whose keys its customer_id holds"):
        described(raw, LONG + table)


@pytest.mark.parametrize("first", ["4711,Ada Lovelace,1815-12-10,Y,T1", "C,Ada Lovelace,today,Y,Miss Teller"])
def test_a_file_without_a_header_is_refused_without_a_word_of_its_first_record(raw, first):
    (raw / "core1.csv").write_text(f"{first}\n4712,Bob,17900230,N,T2\n", encoding="gb18030")
    said = "\n".join(check_business(described(raw, LONG)).lines)
    assert "core1.csv: " in said
    assert "say `header: false`" in said
    assert "Ada" not in said
    assert "Teller" not in said.replace("'Teller'", "")


def test_what_is_checked_of_people_is_read_in_their_vault_and_swept(two, raw):
    assert check_business(two).is_sound
    vault = raw.parents[1] / "vault" / "people"
    assert vault.stat().st_mode & 0o077 == 0
    assert list((vault / ".spill").iterdir()) == []


def test_one_person_delivered_many_times_is_pointed_out_without_a_value(raw):
    (raw / "one.csv").write_text("name,phone\n" + "Ada Quill,13871925046\n" * 300)
    report = check_business(
        described(raw, "source: files\nrecords: {one: {files: one.csv, columns: {full_name: name, phone: phone}}}\n")
    )
    said = "\n".join(report.lines)
    assert (
        "WARNING: phone: 300 records share 1 value(s); the most frequent stands in 300 of them, first in one.csv, line"
        in said
    )
    assert "13871925046" not in said


def test_a_birth_date_that_is_still_to_come_goes_and_is_named(raw):
    (raw / "core.csv").write_text(
        "Nr,Name,Born,OK,Teller\n7,Ada,20990101,Y,t\n8,Bob,19990101,Y,t\n", encoding="gb18030"
    )
    assert "birth_date: lies after the last day that counts in 1 row(s), first in core.csv, line 2" in "\n".join(
        check_business(described(raw, LONG)).lines
    )
