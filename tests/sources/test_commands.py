"""What comes in cannot command: delivered databases, names, YAML, and ids that name people."""

import duckdb
import pytest
import yaml

from insight import cli
from insight.config.parameters import Parameters, load
from insight.config.yaml_text import quoted, read_yaml
from insight.errors import ParameterError, SourceError
from insight.sources import checkup, draft, personal_values
from insight.sources.reading.database import Relation, opened
from insight.unify.privacy import free_text

HOSTILE = "note\nquarantine_rows_share: 1.0\u2028min_cell: 2\x85\x1b[31mred\u202e: [{#\"'"
CARD = "4111111111111111"
ROWS = "".join(f"C{n % 9},2024-03-{n % 28 + 1:02d},{n % 7 + 1}.50,x\n" for n in range(300))
BY_NAME = {"customer_id": "who", "occurred_on": {"column": "day", "dates": "iso"}, "amount": "paid"}


@pytest.fixture
def delivered(project):
    """Give the address of a delivered database with a sound table, and its connection to put views in."""
    folder = project / "data" / "raw" / "shop"
    folder.mkdir(parents=True)
    (project / "secret.csv").write_text("a line\nof another file\n")
    with duckdb.connect(str(folder / "shop.duckdb")) as con:
        con.execute("CREATE TABLE sales AS SELECT 'C1' AS who, DATE '2024-01-02' AS day, 2.5 AS paid")
        yield con, f"duckdb:///{folder / 'shop.duckdb'}"


@pytest.fixture
def project(tmp_path, monkeypatch):
    for name in ("params", "notebooks"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("INSIGHT_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    "reaching",
    ["(SELECT content FROM read_text('{file}'))", "(SELECT max(a) FROM read_csv('{file}') t(a))", "FROM '{file}'"],
)
def test_a_view_of_a_delivered_database_reaches_nothing_outside_of_it(delivered, project, reaching):
    con, url = delivered
    told = reaching.format(file=project / "secret.csv")
    con.execute(f"CREATE VIEW bad AS {f'SELECT {told} AS x, * FROM sales' if told[0] == '(' else told}")
    con.close()
    with pytest.raises(SourceError, match="bad: could not be read") as error, opened(url) as database:
        database.dump(database.find(Relation("bad")), project / "out.parquet", place=Relation("bad"))
    assert "another file" not in str(error.value)


def test_the_name_of_a_file_is_no_table_of_a_database(delivered, project):
    con, url = delivered
    con.close()
    with opened(url) as database:
        with pytest.raises(SourceError, match="no such table or view"):
            database.find(Relation(str(project / "secret.csv")))
        for setting in ("enable_external_access = true", "lock_configuration = false"):
            with pytest.raises(duckdb.Error, match=r"locked|database is running"):
                database.con.raw_sql(f"SET {setting}")


def test_a_variable_of_the_program_is_no_table_that_a_view_could_read(delivered, project):
    con, url = delivered
    import pandas as pd

    secrets = pd.DataFrame({"a": ["of the program"]})
    con.execute("CREATE VIEW bad AS FROM sales")
    con.close()
    with opened(url) as database, pytest.raises(duckdb.Error, match="secrets does not exist"):
        database.con.con.sql("FROM secrets")
    assert len(secrets) == 1


def test_what_a_header_says_is_no_line_of_the_description(shop):
    header = ",".join(f'"{name}"' for name in ("customer_id", "day", "paid", HOSTILE.replace('"', '""')))
    shop.put("s.csv", f"{header}\n{ROWS}")
    text = draft.draft("shop", shop.root)
    assert set(yaml.safe_load(text)) <= set(Parameters.model_fields)
    assert "\x1b" not in text
    assert "quarantine_rows_share: 1.0\n" not in text.partition("# What else")[0]
    (shop.root / "params" / "shop.yaml").write_text(text, "utf-8")
    assert load("shop", root=shop.root).quarantine_rows_share == 0.01


def test_a_quoted_text_is_that_text_whatever_it_holds():
    for text in (HOSTILE, "", "'", "\\", "0012", "yes", "\ufeff", "a" * 300, "🙂", "#"):
        assert yaml.safe_load(f"a: {{b: {quoted(text)}, c: 1}}") == {"a": {"b": text, "c": 1}}


def test_names_are_shown_without_what_would_command_a_terminal(capsys):
    cli._say(HOSTILE)
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "\\x1b[31mred" in shown
    assert "\x1b" not in str(SourceError(HOSTILE))


def test_a_file_whose_name_holds_signs_that_are_not_shown_is_refused(shop):
    shop.put("a\nb\x1b[1m.csv", f"who,day,paid,x\n{ROWS}")
    with pytest.raises(SourceError, match=r"a\\nb\\x1b\[1m\.csv: its name holds signs"):
        shop.read(shop.describe(columns=BY_NAME))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: " + "[" * 3000 + "]" * 3000, "nested more than"),
        ("a: &a [1]\nb: *a\n", "write it out"),
        ("a: &a [*a]\n", "write it out"),
    ],
)
def test_yaml_that_could_grow_without_end_is_refused(tmp_path, text, said):
    file = tmp_path / "shop.yaml"
    file.write_text(text)
    with pytest.raises(ParameterError, match=said):
        read_yaml(file)


@pytest.mark.parametrize(
    "line",
    [
        *("contact_cost: .inf", "contact_cost: 1.0e400", "contact_cost: .nan", "contact_cost: 1.0e+300"),
        *("min_cell: yes", "linking: {threshold: yes}", "linking: {review: [no, yes]}", "as_of: yes"),
        *("linking: {pairs_per_record: 1.0e400}", "seed: 9999999999999999999999", "churn_window: true"),
    ],
)
def test_a_number_is_a_number_with_an_end(shop, line):
    shop.describe(columns=BY_NAME)
    file = shop.root / "params" / "shop.yaml"
    file.write_text(f"{file.read_text()}\n{line}\n")
    with pytest.raises(ParameterError, match=line.split(":")[0]):
        load("shop", root=shop.root)


@pytest.mark.parametrize("number", [CARD, "4111 1111 1111 1111", "ref 5500-0055-5555-5559 paid", "378282246310005"])
def test_a_card_number_is_no_category(shop, number):
    shop.put("s.csv", "who,day,paid,group\n" + ROWS.replace(",x\n", f",{number}\n", 1))
    report = _checked(shop, category="group")
    assert not report.is_sound
    assert "transactions.category: 1 card number" in "\n".join(report.lines)
    assert number not in "\n".join(report.lines)


@pytest.mark.parametrize(("one", "other"), [("ada@example.org", "b.c@x.co.uk"), (CARD, "5500005555555559")])
def test_an_address_or_a_card_number_is_no_id(shop, one, other):
    shop.put("s.csv", "who,day,paid,group\n" + ROWS.replace("C1,", f"{one},").replace("C2,", f"{other},"))
    report = _checked(shop)
    assert not report.is_sound
    assert "transactions.customer_id: " in "\n".join(report.lines)
    assert one not in "\n".join(report.lines)


def test_long_numbers_whose_check_digit_is_right_by_chance_are_ids(shop):
    rows = "".join(f"{4 * 10**15 + n * 7919},2024-03-{n % 28 + 1:02d},2.50,{10**13 + n}\n" for n in range(500))
    shop.put("s.csv", "who,day,paid,group\n" + rows)
    assert _checked(shop, category="group").is_sound


def test_what_is_redacted_once_records_are_linked_is_what_is_not_looked_at_before():
    assert set(personal_values.REDACTED_WITH_PEOPLE) == set(free_text.FREE_TEXT)


def test_a_first_line_that_is_a_record_is_never_repeated(shop):
    shop.put("s.csv", "C1,Zofia Kowalewska,600555012,2024-03-01,2.50\n" + ROWS)
    with pytest.raises(SourceError, match=r"none of its 5 column\(s\).*looks like data") as error:
        shop.read(shop.describe(columns=BY_NAME))
    assert "Zofia" not in str(error.value)
    assert "600555012" not in str(error.value)


def _checked(shop, **more):
    return checkup.check(shop.describe(columns={**BY_NAME, **more}))


def test_one_damaged_byte_is_named_by_its_line_and_not_taken_for_another_encoding(shop):
    lines = "".join(f"Zo\u00e9{n % 9},2024-03-{n % 28 + 1:02d},{n % 7 + 1}.50\n" for n in range(300))
    shop.put("s.csv", b"who,day,paid\n" + lines.encode() + b"Zo\xe9,2024-03-01,2.50\n")
    with pytest.raises(SourceError, match=r"1 line\(s\) hold other bytes, first line 302\. All others are: mend or"):
        shop.read(shop.describe(columns=BY_NAME))
