"""Records of people become customers: ids that stay, decisions that are honoured, tables under issued ids."""

import base64
from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from insight.engine import connect
from insight.errors import LinkError, ParameterError, VaultError, no_values
from insight.sources import intake
from insight.storage.workspace import Workspace
from insight.unify import resolve as resolving
from insight.unify.evaluate import review
from insight.unify.events import one_stream, reconcile
from insight.unify.identity.issued import customers_from
from insight.unify.privacy.staged import stage, staged
from insight.unify.privacy.vault_session import open_session
from insight.unify.resolve import keep, resolve
from unify.test_link import make_people

YAML = """
title: {en: People, zh: 人}
currency: CNY
time_zone: Asia/Shanghai
source:
  kind: files
  records:
    core: {files: ["core*.csv"], key: number, columns: {phone: phone}}
    app: {files: app.csv, key: number}
  truth: truth
  tables:
    transactions:
      files: [lines.csv]
      system: core
      columns: {customer_id: who, occurred_on: day, amount: amount, transaction_id: line}
"""


def deliver(folder, people: pd.DataFrame) -> None:
    for system, rows in people.groupby("source_system"):
        rows.drop(columns="source_system").rename(columns={"source_record_id": "number"}).to_csv(
            folder / f"{system}.csv", index=False
        )


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A project whose shop knows 150 people in two systems; the key of its vault is in the environment."""
    for name in ("params", "notebooks", "data/raw/shop"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setenv("INSIGHT_HOME", str(tmp_path))
    monkeypatch.setenv("INSIGHT_VAULT_KEY", base64.urlsafe_b64encode(b"k" * 32).decode())
    (tmp_path / "params" / "shop.yaml").write_text(YAML, encoding="utf-8")
    raw = tmp_path / "data" / "raw" / "shop"
    deliver(raw, make_people())
    lines = [(f"t{n}", n % 100, "2024-03-01", 10 + n) for n in range(300)] + [("t300", "nobody", "2024-03-02", 5)]
    pd.DataFrame(lines, columns=["line", "who", "day", "amount"]).to_csv(raw / "lines.csv", index=False)
    return raw


def take_in() -> None:
    ws = Workspace("shop", "10_data_intake")
    session = open_session(ws.params)
    intake.write(stage(intake.take_in(ws, con=session.con), session, ws.params), ws)
    session.close()
    ws.publish()


def run():
    """Do what notebooks 10 and 15 do; without publishing, the vault knows of the ids and the workspace does not."""
    take_in()
    ws = Workspace("shop", "15_data_unification")
    session = open_session(ws.params)
    people = resolve(staged(ws, session), session, ws.params)
    tables = {name: table.to_pandas() for name, table in people.tables.items()}
    stream = one_stream(people.tables)
    tables |= {"events": stream.to_pandas(), "reconciled": reconcile(people.tables, stream)}
    golden = people.golden.to_pandas()
    keep(people, session)
    session.close()
    return people, tables, golden


def crosswalk(people) -> dict:
    return people.memory.now.crosswalk.set_index(["source_system", "source_record_id"])["customer_id"].to_dict()


def test_tables_bear_issued_ids_and_no_key_of_a_source(shop):
    people, tables, golden = run()
    ids = set(crosswalk(people).values())
    assert set(tables["transactions"]["customer_id"]) <= ids
    assert set(tables["customers"]["customer_id"]) == ids
    assert tables["transactions"]["amount"].sum() == sum(10 + n for n in range(300)) + 5
    assert len(golden) == people.customers
    assert people.truth is not None
    assert "truth" not in people.records.columns


def test_what_names_nobody_is_published_at_once_and_the_rest_lies_in_the_vault(shop):
    take_in()
    ws = Workspace("shop", "15_data_unification")
    assert not ws.has("transactions")
    session = open_session(ws.params)
    assert set(session.vault.tables()) == {
        f"delivered_{name}" for name in ("customer_records", "transactions", "truth")
    }
    assert staged(ws, session)["transactions"].count().execute() == 301
    session.close()


def test_staged_rows_that_are_not_those_of_the_account_are_refused(shop):
    take_in()
    ws = Workspace("shop", "15_data_unification")
    session = open_session(ws.params)
    session.vault.write(delivered_transactions=session.vault.read("delivered_transactions").slice(1))
    with pytest.raises(VaultError, match="Take the delivery in again: insight run shop --only 10"):
        staged(ws, session)
    session.close()


def test_a_key_that_no_record_describes_is_a_customer_of_its_own(shop):
    people, tables, _ = run()
    assert people.known_by_key == 1
    own = crosswalk(people)["core", "nobody"]
    assert (tables["transactions"]["customer_id"] == own).sum() == 1
    assert tables["customers"].set_index("customer_id").loc[own].isna().all()


def test_the_stream_holds_what_the_tables_hold_to_the_cent(shop):
    _, tables, _ = run()
    told = tables["reconciled"].set_index("stream").loc["transactions"]
    assert told["rows"] == told["events"] == 301
    assert told["amount"] == told["amount_of_events"]
    assert tables["events"]["event_id"].is_unique


def test_running_again_changes_no_id_and_writes_no_log(shop):
    first, _, _ = run()
    again, _, _ = run()
    assert crosswalk(again) == crosswalk(first)
    pd.testing.assert_frame_equal(again.memory.now.log, first.memory.now.log, check_dtype=False)
    assert again.linked.model.sessions.empty, "it was trained again"


def test_a_tenth_of_new_records_changes_no_id_of_those_left_alone(shop):
    people = make_people()
    before, _, _ = run()
    more = make_people(165).query("truth >= 150")
    deliver(shop, pd.concat([people, more]))
    after, tables, _ = run()
    kept, untouched = after.ids_kept
    assert untouched >= 0.9 * before.customers
    assert kept == untouched
    changed = {(old, crosswalk(after)[key]) for key, old in crosswalk(before).items() if crosswalk(after)[key] != old}
    log = after.memory.now.log.query("kind != 'issued'")
    assert changed == set(zip(log["old_customer_id"], log["new_customer_id"], strict=True))
    assert len(tables["customers"]) > before.customers


def test_records_that_are_gone_keep_their_id_and_are_no_customers_of_today(shop):
    people = make_people()
    first, _, _ = run()
    deliver(shop, people.query("truth < 140"))
    later, tables, _ = run()
    gone = crosswalk(later)["core", "149"]
    assert gone == crosswalk(first)["core", "149"]
    assert gone not in set(tables["customers"]["customer_id"])
    deliver(shop, people)
    back, _, _ = run()
    assert crosswalk(back) == crosswalk(first)


def test_what_people_decided_is_honoured_by_the_next_run(shop):
    first, _, _ = run()
    joined = first.linked.pairs.query("probability > 0.99").iloc[0]
    keys = [tuple(first.linked.records.iloc[int(joined[side])]) for side in ("left", "right")]
    session = open_session(Workspace("shop", "15_data_unification").params)
    row = (1, *keys[0], *keys[1], 0.99, True, "uncertain", "", "")
    queue = pd.DataFrame([row], columns=["number", *review._SIDES, *first.review.columns[5:]])
    session.vault.write(review=queue)
    review.decide(session.vault, apart=[1])
    assert review.open_pairs(session.vault).empty
    session.close()
    after, _, _ = run()
    assert crosswalk(after)[keys[0]] != crosswalk(after)[keys[1]]
    assert "split" in set(after.memory.now.log["kind"])
    assert crosswalk(run()[0]) == crosswalk(after)


def test_a_decision_about_nothing_is_refused_with_its_number(shop):
    run()
    session = open_session(Workspace("shop", "15_data_unification").params)
    with pytest.raises(ParameterError, match="pair 99999: is not in the queue"):
        review.decide(session.vault, same=[99_999])
    with pytest.raises(ParameterError, match="id C0: was not merged"):
        review.decide(session.vault, undo=["C0"])
    session.close()


def test_a_run_killed_after_ids_were_issued_ends_as_if_it_had_not_been(shop):
    first, tables, _ = run()  # the vault has it; nothing else was kept
    again, same, _ = run()
    pd.testing.assert_frame_equal(again.memory.now.log, first.memory.now.log, check_dtype=False)
    assert again.ids_kept == first.ids_kept
    before, after = (made["customers"].sort_values("customer_id", ignore_index=True) for made in (tables, same))
    pd.testing.assert_frame_equal(before, after)


def test_a_model_that_the_records_have_outgrown_is_learned_again(shop):
    people = make_people()
    deliver(shop, people.query("truth < 60"))
    run()
    deliver(shop, people)
    assert not run()[0].linked.model.sessions.empty


def test_a_library_s_message_does_not_get_out():
    with pytest.raises(LinkError, match="linking: failed with ValueError") as refused, no_values("linking"):
        raise ValueError("Ada Lovelace, 13912345678")
    assert "Ada" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_the_last_day_of_the_data_dates_the_log(shop):
    people, _, _ = run()
    assert {str(day) for day in people.memory.now.log["day"]} == {"2024-03-02"}


def test_phones_are_read_as_the_time_zone_s_country_writes_them(shop):
    ws = Workspace("shop", "15_data_unification")
    assert resolving.link_settings(ws.params).region == "CN"


def test_truth_is_known_of_every_record_and_used_for_nothing(shop):
    people, _, _ = run()
    assert len(people.truth) == len(people.linked.records) == 300
    assert not [column.name for column in people.linked.columns if column.name == "truth"]
    assert np.unique(people.truth).size == 150


def test_ages_count_on_the_last_day_and_places_are_spelled_as_most_do():
    con = connect()
    people = [
        ("C1", "2000-03-02", "广州市"),
        ("C2", "2000-03-03", "廣州市"),
        ("C3", None, "广州市"),
        ("C4", "1930-01-01", None),
    ]
    frame = pd.DataFrame(people, columns=["customer_id", "birth_date", "city"])
    frame["birth_date"] = pd.to_datetime(frame["birth_date"]).dt.date
    golden = con.create_table("golden", frame)
    records = golden.mutate(
        source_system=ibis.literal("a"), source_record_id=golden.customer_id, first_seen_on=golden.birth_date
    )
    made = customers_from(golden, records, golden, until=date(2025, 3, 2)).order_by("customer_id").to_pandas()
    assert made["age_band"].tolist()[:2] == ["25-34", "18-24"]
    assert made["age_band"].tolist()[3] == "65+"
    assert made["region"].tolist()[:3] == ["广州市"] * 3
    assert pd.isna(made["age_band"][2])
