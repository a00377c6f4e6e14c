"""The card bank's files against a plain reading of the same files."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from insight.config.parameters import load
from insight.contracts import BESIDE, CONTRACTS
from insight.contracts.quarantine import check
from insight.engine import connect
from insight.errors import SourceError
from insight.sources import registry
from insight.sources.readers import cardbank

PROJECT = Path(__file__).resolve().parents[2]
PLACE = set(BESIDE)
TABLES = {
    *("customer_records", "accounts", "transactions", "interactions", "campaigns", "offers", "contacts", "responses"),
    *("service_tickets", "applications", "statements", "payments", "rewards", "fraud_cases", "bureau_scores"),
    *("application_checks", "referrals", "authorisations", "limit_changes", "account_changes", "merchants", "consents"),
    *("cards", "faq"),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    root = tmp_path_factory.mktemp("home")
    (root / "params").mkdir()
    shutil.copy(PROJECT / "params" / "cardbank.yaml", root / "params")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INSIGHT_HOME", str(root))
        yield root


@pytest.fixture(scope="module")
def params(home):
    return load("cardbank", {"source": "{kind: cardbank, customers: 200, months: 6, seed: 3}"})


@pytest.fixture(scope="module")
def con():
    return connect()


@pytest.fixture(scope="module")
def delivered(params, con):
    return registry.deliver(params, con)


@pytest.fixture(scope="module")
def checked(delivered):
    return {name: check(table, CONTRACTS[name]) for name, table in delivered.items()}


@pytest.fixture(scope="module")
def folder(params, delivered):
    return cardbank.inputs(params)[0].parents[1]


def accepted(checked, name):
    return checked[name].accepted.to_pandas()


def test_every_table_of_a_card_bank_is_delivered(delivered):
    assert set(delivered) == TABLES
    for name, table in delivered.items():
        assert set(table.columns) - PLACE <= set(CONTRACTS[name].names)
        assert set(table.columns) >= PLACE


def test_nothing_is_set_aside_and_nothing_is_lost(checked):
    for name, one in checked.items():
        counts = one.counts.filter(regex="^rows_").sum()
        assert counts.rows_delivered == counts.rows_accepted > 0, name


def test_every_posting_arrives_and_amounts_agree_to_the_cent(checked, folder):
    raw = pd.concat(pd.read_parquet(path) for path in sorted((folder / "card").glob("card_postings-*.parquet")))
    lines = checked["transactions"].accepted
    told = lines.aggregate(rows=lines.count(), amount=lines.amount.sum()).to_pyarrow().to_pylist()[0]
    assert told == {"rows": len(raw), "amount": sum(raw.AMOUNT)}
    kinds = lines.kind.value_counts().to_pandas().set_index("kind").iloc[:, 0]
    assert kinds["purchase"] == (raw.TXN_TYPE == "PUR").sum()


def test_times_are_utc_and_days_are_the_banks(checked):
    lines = checked["transactions"].accepted
    late = lines.filter(lines.hour < 8)
    assert late.count().execute() > 0
    assert (late.occurred_at.date() != late.occurred_on).all().execute()
    app = checked["interactions"].accepted.filter(lambda t: t.channel == "app")
    gap = app.occurred_on.epoch_seconds() - app.occurred_at.date().epoch_seconds()
    assert set(gap.to_pandas().unique()) == {0, 86400}


def test_every_line_of_a_text_file_is_a_record(checked, folder):
    for name, file, encoding in (
        ("customer_records", "core/cif.csv", "gb18030"),
        ("customer_records", "call_centre/callers_2.csv", "utf-8"),
        ("accounts", "card/card_accounts.csv", "utf-8"),
    ):
        rows = checked[name].counts.set_index("source_file").rows_delivered
        assert rows[file] == len((folder / file).read_text(encoding).splitlines()) - 1


def test_a_file_with_drifted_columns_says_the_same(checked):
    callers = accepted(checked, "customer_records").query("source_system == 'call_centre'")
    assert callers.full_name.notna().all()
    assert callers.phone.notna().mean() > 0.9


def test_people_of_the_encoded_source_are_readable(checked):
    records = accepted(checked, "customer_records").query("source_system == 'core'")
    people, firms = (records[records.customer_type == kind] for kind in ("person", "firm"))
    assert people.full_name.str.fullmatch(r"[\u4e00-\u9fff]{2,4}|[A-Za-z ,.-]+").mean() > 0.98
    assert people.birth_date.notna().mean() > 0.95
    assert len(firms) + len(people) == len(records)
    assert firms.full_name.str.fullmatch(r"[\u4e00-\u9fff]{8,12}|[A-Za-z ,.']+").all()


def test_what_belongs_to_a_customer_names_a_record(checked):
    records = accepted(checked, "customer_records")
    known = set(records.source_system + ":" + records.source_record_id)
    for name in ("transactions", "interactions", "contacts", "responses", "service_tickets", "applications", "rewards"):
        assert set(accepted(checked, name).customer_id) <= known, name
    assert set(accepted(checked, "accounts").customer_id) <= known
    accounts = set(accepted(checked, "accounts").account_id)
    for name in ("transactions", "statements", "payments", "fraud_cases"):
        assert set(accepted(checked, name).account_id) <= accounts, name


def test_the_truth_names_every_record_once(checked, params, con):
    truth = cardbank.truth(params, con).to_pandas()
    records = accepted(checked, "customer_records")
    key = ["source_system", "source_record_id"]
    assert len(truth) == len(records) == len(truth[key].merge(records[key]))
    assert truth.person.nunique() <= 200


def test_the_truth_knows_what_each_offer_brings_to_whom_it_is_open(params, con):
    truth = cardbank.truth(params, con).to_pandas().drop_duplicates("person").set_index("person")
    folder = next(path for path in cardbank.inputs(params) if path.parent.name == "marketing").parents[1]
    effects = pd.concat([pd.read_parquet(path) for path in sorted((folder / "truth").glob("true_effects-*.parquet"))])
    is_open = effects[effects["eligible"] & (effects["offer"] == 8) & effects["person"].isin(truth.index)]
    known = truth["net_gain_8"].dropna().astype(float)
    assert known.to_dict() == pytest.approx(is_open.set_index("person")["net_gain"].to_dict())


def test_the_truth_knows_the_chance_of_default_of_applications_and_of_card_holders_by_month(params, con):
    truth = cardbank.truth(params, con).to_pandas()
    folder = next(path for path in cardbank.inputs(params) if path.parent.name == "marketing").parents[1] / "truth"
    asked = pd.read_parquet(next(folder.glob("true_applications-*.parquet")))
    told = truth.loc[truth["default_12"].notna(), ["source_system", "default_12"]]
    assert set(told["source_system"]) == {"applications"}
    assert sorted(told["default_12"]) == pytest.approx(sorted(asked["pd_12"]))
    ahead = pd.read_parquet(next(folder.glob("true_ahead-*.parquet")))
    credit = pd.read_parquet(next(folder.glob("true_credit-*.parquet")))
    begun = credit[credit["event"].isin(["default", "in_trouble_when_booked"])].groupby("person")["day"].min()
    first = ahead[ahead["month"] == ahead["month"].min()].set_index("person")["default_12"]
    first[first.index.isin(begun[begun < ahead["month"].min()].index)] = 1.0
    column = f"default_12_{ahead['month'].min():%Y_%m}"
    of_people = truth.drop_duplicates("person").set_index("person")[column].dropna().astype(float)
    assert of_people.to_dict() == pytest.approx(first[first.index.isin(truth["person"])].to_dict())


def test_the_truth_knows_the_chance_of_purchases_that_may_be_a_thiefs(params, con, delivered):
    told = registry.true_frauds(params, con).to_pandas()
    assert told["purchase_id"].is_unique
    assert told["chance"].between(0, 1).all()
    lines = set(delivered["transactions"].transaction_id.to_pandas())
    others = set(delivered["authorisations"].authorisation_id.to_pandas())
    assert set(told["purchase_id"]) <= lines | others


def test_the_truth_knows_what_each_ticket_asks_for(params, con, delivered):
    told = registry.true_tickets(params, con).to_pandas()
    assert not told.duplicated(["ticket_id", "place"]).any()
    assert set(told["ticket_id"]) == set(delivered["service_tickets"].ticket_id.to_pandas())
    known = set(delivered["faq"].answer_id.to_pandas().astype(str))
    assert set(told["answer"].dropna()) <= known
    assert not told.loc[told["answer"].isna(), "machine_may"].any()


def test_the_truth_knows_what_each_contact_does(params, con, delivered):
    told = registry.true_contacts(params, con).to_pandas()
    assert set(told["contact_id"]) == set(delivered["contacts"].contact_id.to_pandas())
    assert (told["chance_without"] <= told["chance_with"]).all()
    assert told["chance_with"].between(0, 1).all()


def test_the_truth_knows_how_likely_each_holder_is_to_leave_from_the_last_month_on(params, con):
    told = cardbank.truth(params, con).to_pandas().drop_duplicates("person").set_index("person")
    folder = next(path for path in cardbank.inputs(params) if path.parent.name == "marketing").parents[1]
    ahead = pd.concat([pd.read_parquet(path) for path in sorted((folder / "truth").glob("true_ahead-*.parquet"))])
    last = ahead[(ahead["month"] == ahead["month"].max()) & ahead["person"].isin(told.index)].set_index("person")
    for name in ("leaving_3", "closing_6", "silent_3"):
        known = told[f"chance_{name}"].dropna().astype(float)
        assert known.to_dict() == pytest.approx(last[name].to_dict()), name
    assert set(pd.to_datetime(told["chances_on"]).dropna()) == {pd.Timestamp(ahead["month"].max())}
    margin = told["expected_margin"].dropna().astype(float)
    assert margin.to_dict() == pytest.approx(last["margin"].to_dict())


def test_a_bank_whose_contacts_say_what_lots_decided_has_trials(params):
    assert "trials" in registry.described(params)


def test_the_truth_is_no_input(params):
    files = cardbank.inputs(params)
    assert not [path for path in files if "truth" in path.parts]
    assert len({path.name for path in files}) == len(files)


def test_the_files_are_made_again_only_when_something_changed(params, folder, monkeypatch):
    stamp = folder / "made_from.json"
    before = stamp.stat().st_mtime_ns
    cardbank.inputs(params)
    assert stamp.stat().st_mtime_ns == before
    made = json.loads(stamp.read_text())
    stamp.write_text(json.dumps(made | {"code": "older"}))
    cardbank.inputs(params)
    assert json.loads(stamp.read_text()) == made


def test_files_of_others_are_never_replaced(home):
    folder = home / "data" / "raw" / "cardbank_of_mine"
    folder.mkdir(parents=True)
    (folder / "sales.csv").write_text("a\n1\n")
    text = (home / "params" / "cardbank.yaml").read_text("utf-8")
    (home / "params" / "cardbank_of_mine.yaml").write_text(text, "utf-8")
    with pytest.raises(SourceError, match=r"data/raw/cardbank_of_mine: expected the files that the card bank makes"):
        registry.inputs(load("cardbank_of_mine"))
    assert (folder / "sales.csv").exists()


def delivered_columns(folder):
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).with_suffix("").as_posix()
        if path.suffix == ".parquet" and path.parent.name != "truth":
            found.setdefault(name.rpartition("-")[0], set()).update(pq.read_schema(path).names)
        elif path.suffix == ".csv":
            encoding = {"core": "gb18030", "crm": "utf-8-sig"}.get(path.parent.name, "utf-8")
            columns = pd.read_csv(path, nrows=0, encoding=encoding).columns
            found.setdefault(name.removesuffix("_1").removesuffix("_2"), set()).update(columns)
    return found


def test_each_delivered_column_is_read_or_left_out_for_a_reason(folder):
    read, left = cardbank.read_columns(), cardbank.not_read()
    lost = {
        name: sorted(columns - read.get(name, set()) - set(left.get(name, ())))
        for name, columns in delivered_columns(folder).items()
    }
    assert {name: columns for name, columns in lost.items() if columns} == {}


def test_what_is_left_out_was_delivered_is_not_read_and_has_a_reason(folder):
    delivered, read = delivered_columns(folder), cardbank.read_columns()
    for name, columns in cardbank.not_read().items():
        assert set(columns) <= delivered[name] - read[name], name
        assert all(isinstance(reason, str) and len(reason) > 10 for reason in columns.values()), name
