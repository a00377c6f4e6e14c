import base64
import hashlib
import json
import multiprocessing
import os
import re
import shutil
import signal
import stat
import time
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from insight.storage.spill import spill_folder
from insight.storage.store import Store, sha256_of
from insight.unify.privacy import vault_key
from insight.unify.privacy.vault import Vault, VaultError, import_key
from insight.unify.privacy.vault_key import VARIABLE, VaultKey

PEOPLE = pa.table(
    {
        "source_system": ["crm", "crm", "core"],
        "source_record_id": ["a", "b", "7"],
        "full_name": ["王小明", "Bob Canary", "WANG XIAOMING"],
    }
)
CROSSWALK = PEOPLE.select(["source_system", "source_record_id"]).append_column(
    "customer_id", pa.array(["C1", "C2", "C1"])
)


@pytest.fixture(autouse=True)
def _no_key_outside(monkeypatch, tmp_path):
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "vault"


@pytest.fixture
def vault(folder) -> Vault:
    vault = Vault(folder, "shop")
    vault.write(customer_records=PEOPLE, crosswalk=CROSSWALK)
    return vault


def key_of(home: Path) -> Path:
    [path] = (home / "home" / ".config" / "insight").glob("shop-*.key")
    return path


def fresh_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def repair_hash(folder: Path, name: str, *, key: VaultKey | None = None) -> None:
    """Do what an attacker would: make the manifest agree with the changed file; its seal too, if they had the key."""
    manifest = json.loads((folder / "manifest.json").read_text())
    entry = manifest["steps"]["vault"]
    entry["outputs"][name]["sha256"] = sha256_of(folder / name)
    if key:
        entry["seal"] = key.seal({told: entry[told] for told in ("outputs", "generation")})
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_what_was_written_is_read(vault, folder):
    assert vault.read("customer_records").equals(PEOPLE)
    assert Vault(folder, "shop").tables() == ["crosswalk", "customer_records"]


def test_frames_and_expressions_are_written_too(vault):
    vault.write(frame=pd.DataFrame({"name": ["Ada"]}))
    with vault.connection() as con:
        vault.write(expression=vault.table("customer_records", con).full_name.upper().name("n").as_table())
    assert vault.read("frame")["name"].to_pylist() == ["Ada"]
    assert "BOB CANARY" in vault.read("expression")["n"].to_pylist()


def test_nothing_in_the_folder_can_be_read_without_the_key(vault, folder):
    inside = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for canary in ("王小明", "Bob Canary", "WANG", "full_name"):
        for encoding in ("utf-8", "gbk", "utf-16-le"):
            assert canary.encode(encoding) not in inside
        assert base64.b64encode(canary.encode())[:8] not in inside
        assert canary.encode().hex().encode() not in inside


def test_folder_files_and_key_are_the_owners_alone(vault, folder, tmp_path):
    assert mode(folder) == 0o700
    assert {mode(path) for path in folder.rglob("*") if path.is_file()} == {0o600}
    assert {mode(path) for path in folder.rglob("*") if path.is_dir()} <= {0o700}
    assert mode(key_of(tmp_path)) == 0o600


def test_a_folder_left_open_is_closed(vault, folder):
    folder.chmod(0o755)
    (folder / "crosswalk.parquet").chmod(0o644)
    Vault(folder, "shop")
    assert (mode(folder), mode(folder / "crosswalk.parquet")) == (0o700, 0o600)


def test_the_key_is_named_in_the_file_and_never_told(vault, folder, tmp_path):
    secret = key_of(tmp_path).read_text().strip()
    content = (folder / "crosswalk.parquet").read_bytes()
    assert vault.key_id.encode() in content
    assert secret.encode() not in content
    assert base64.urlsafe_b64decode(secret) not in content
    assert secret not in repr(vault._key)


def test_a_missing_key_is_not_replaced(vault, folder, tmp_path):
    key = key_of(tmp_path)
    key.unlink()
    with pytest.raises(VaultError, match=r"shop-\w+.key: the key of the vault .* is missing. Bring it back"):
        Vault(folder, "shop")
    assert not key.exists()


def test_another_key_is_refused_before_anything_is_read(vault, folder, monkeypatch):
    monkeypatch.setenv(VARIABLE, fresh_key())
    with pytest.raises(VaultError, match=f"written with the key {vault.key_id}; the key at hand is .* Bring that key"):
        Vault(folder, "shop")


def test_another_key_is_refused_by_the_file_even_if_the_manifest_lies(vault, folder, monkeypatch):
    mine = vault.key_id
    monkeypatch.setenv(VARIABLE, fresh_key())
    other = Vault(folder.parent / "empty", "shop")
    manifest = (folder / "manifest.json").read_text().replace(mine, other.key_id)
    (folder / "manifest.json").write_text(manifest)
    with pytest.raises(VaultError, match=r"manifest.json: is missing or not as it was written"):
        Vault(folder, "shop")
    entry = json.loads(manifest)["steps"]["vault"]
    entry["seal"] = other._key.seal({told: entry[told] for told in ("outputs", "generation")})
    (folder / "manifest.json").write_text(json.dumps(json.loads(manifest) | {"steps": {"vault": entry}}))
    with pytest.raises(VaultError, match=f"the file was written with the key {mine}"):
        Vault(folder, "shop").read("crosswalk")


def test_the_environment_goes_before_the_file(folder, monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, fresh_key())
    Vault(folder, "shop").write(people=PEOPLE)
    assert not (tmp_path / "home" / ".config").exists()
    assert Vault(folder, "shop").read("people").equals(PEOPLE)


def test_what_is_no_key_is_refused_without_telling_it(folder, monkeypatch):
    monkeypatch.setenv(VARIABLE, "hunter2")
    with pytest.raises(VaultError, match="expected a key of 32 bytes in base64") as caught:
        Vault(folder, "shop")
    assert "hunter2" not in str(caught.value)


def test_a_key_that_others_may_read_is_refused(vault, folder, tmp_path):
    key_of(tmp_path).chmod(0o644)
    with pytest.raises(VaultError, match=r"others may read it \(mode 0644\). Run: chmod 600"):
        Vault(folder, "shop")


def test_a_key_within_the_vault_is_refused(folder):
    with pytest.raises(VaultError, match="the key may not lie in"):
        Vault(folder, "shop", key_file=folder / "shop.key")


def test_a_key_within_the_project_is_refused(folder, monkeypatch, tmp_path):
    monkeypatch.setenv("INSIGHT_HOME", str(tmp_path / "project"))
    with pytest.raises(VaultError, match="the key may not lie in"):
        Vault(folder, "shop", key_file=tmp_path / "project" / "params" / "shop.key")


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def test_a_changed_file_is_refused(vault, folder):
    flip(folder / "crosswalk.parquet", 60)
    with pytest.raises(VaultError, match=r"crosswalk.parquet: is missing or not as it was written"):
        vault.read("crosswalk")


@pytest.mark.parametrize("at", [60, -60])
def test_a_changed_file_is_refused_even_if_the_manifest_agrees(vault, folder, at):
    flip(folder / "crosswalk.parquet", at)
    repair_hash(folder, "crosswalk.parquet", key=vault._key)
    with pytest.raises(
        VaultError, match=r"crosswalk.*not as it was|the file's own key was changed|written with the key"
    ):
        vault.read("crosswalk")


def test_files_cannot_be_exchanged(vault, folder):
    shutil.copyfile(folder / "customer_records.parquet", folder / "crosswalk.parquet")
    repair_hash(folder, "crosswalk.parquet", key=vault._key)
    with pytest.raises(VaultError, match="is of another table"):
        vault.read("crosswalk")


def test_a_table_that_is_not_there_says_what_makes_it(vault):
    with pytest.raises(VaultError, match=r"golden: is not in the vault of shop. Fill it: insight run shop"):
        vault.read("golden")


def test_a_column_that_is_not_there_is_refused(vault):
    with pytest.raises(VaultError, match="crosswalk: has no column fax"):
        vault.read("crosswalk", columns=["fax"])


def test_a_write_that_fails_leaves_all_tables_as_they_were(vault):
    def broken():
        yield PEOPLE.to_batches()[0]
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError, match="the source broke"):
        vault.write(
            crosswalk=CROSSWALK.slice(0, 1), customer_records=pa.RecordBatchReader.from_batches(PEOPLE.schema, broken())
        )
    assert vault.read("crosswalk").equals(CROSSWALK)
    assert vault.read("customer_records").equals(PEOPLE)


def test_one_table_is_written_and_the_others_stay(vault):
    vault.write(crosswalk=CROSSWALK.slice(0, 1))
    assert vault.read("crosswalk").num_rows == 1
    assert vault.read("customer_records").equals(PEOPLE)


def test_a_person_is_erased_everywhere(vault, folder):
    assert vault.erase("C1") == {"crosswalk": 2, "customer_records": 2}
    assert vault.read("customer_records")["full_name"].to_pylist() == ["Bob Canary"]
    assert vault.read("crosswalk")["customer_id"].to_pylist() == ["C2"]
    assert vault.erase("C1") == {}
    assert not list((folder / ".staging").iterdir())


def test_what_was_delivered_under_an_erased_persons_key_goes_too(vault):
    called = [":".join(str(CROSSWALK[key][0]) for key in ("source_system", "source_record_id")), "core:somebody else"]
    vault.write(delivered_transactions=pa.table({"transaction_id": ["t1", "t2"], "customer_id": called}))
    assert vault.erase(CROSSWALK["customer_id"][0].as_py())["delivered_transactions"] == 1
    assert vault.read("delivered_transactions")["transaction_id"].to_pylist() == ["t2"]


def test_pairs_with_an_erased_person_go_and_the_log_of_ids_stays(vault):
    pairs = pa.table(
        {
            **{"source_system_1": ["crm", "crm"], "source_record_id_1": ["b", "b"]},
            **{"source_system_2": ["core", "core"], "source_record_id_2": ["7", "8"]},
        }
    )
    vault.write(review=pairs, log=pa.table({"kind": ["issued"], "new_customer_id": ["C1"]}))
    assert vault.erase("C1") == {"crosswalk": 2, "customer_records": 2, "review": 1}
    assert vault.read("log").num_rows == 1


def test_what_bears_the_name_of_an_erased_persons_account_goes_and_a_shared_one_stays(vault):
    called = ["crm:a", "crm:b", "crm:a"]
    transactions = {"transaction_id": ["t1", "t2", "t3"], "account_id": ["A1", "A2", "A2"], "customer_id": called}
    vault.write(
        delivered_accounts=pa.table({"account_id": ["A1", "A2"], "customer_id": called[:2]}),
        delivered_transactions=pa.table(transactions),
        delivered_statements=pa.table({"account_id": ["A1", "A2"], "statement_on": ["2024-01-31", "2024-01-31"]}),
    )
    lost = vault.erase("C1")
    assert (lost["delivered_accounts"], lost["delivered_statements"], lost["delivered_transactions"]) == (1, 1, 2)
    assert vault.read("delivered_statements")["account_id"].to_pylist() == ["A2"]


def kept_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def put_back(folder: Path, kept: dict[str, bytes], *names: str) -> None:
    for name in names or kept:
        (folder / name).write_bytes(kept[name])


def test_an_older_table_with_a_mended_hash_is_refused(vault, folder):
    older = kept_of(folder)
    vault.write(crosswalk=CROSSWALK.slice(0, 1))
    put_back(folder, older, "crosswalk.parquet")
    repair_hash(folder, "crosswalk.parquet")
    with pytest.raises(VaultError, match=r"manifest.json: is missing or not as it was written"):
        Vault(folder, "shop")
    with pytest.raises(VaultError, match=r"manifest.json: is missing or not as it was written"):
        vault.read("crosswalk")


def test_an_older_vault_as_a_whole_is_refused_unless_its_owner_says_so(vault, folder, tmp_path):
    older = kept_of(folder)
    vault.write(crosswalk=CROSSWALK.slice(0, 1))
    put_back(folder, older)
    with pytest.raises(VaultError, match=r"is of generation 1, and 2 was written last. Restore the newest backup"):
        Vault(folder, "shop")
    key_of(tmp_path).with_suffix(".generation").unlink()
    assert Vault(folder, "shop").read("crosswalk").equals(CROSSWALK)


def test_a_deleted_manifest_does_not_start_the_vault_anew(vault, folder):
    (folder / "manifest.json").unlink()
    with pytest.raises(VaultError, match=r"manifest.json: is missing or not as it was written"):
        Vault(folder, "shop")
    for path in folder.glob("*.parquet"):
        path.unlink()
    with pytest.raises(VaultError, match="is of generation 0, and 1 was written last"):
        Vault(folder, "shop")


def test_a_manifest_without_a_seal_is_refused_until_it_is_sealed_on_purpose(vault, folder, tmp_path):
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["steps"]["vault"]["seal"], manifest["steps"]["vault"]["generation"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    key_of(tmp_path).with_suffix(".generation").unlink()
    with pytest.raises(VaultError, match=r"has no seal.* insight vault seal shop"):
        Vault(folder, "shop")
    Vault(folder, "shop", may_be_unsealed=True).write()
    assert Vault(folder, "shop").read("crosswalk").equals(CROSSWALK)


def test_after_a_rotation_the_old_key_opens_nothing(vault, folder, tmp_path, monkeypatch):
    old, old_id = key_of(tmp_path).read_text(), vault.key_id
    vault.rotate()
    assert vault.key_id != old_id
    assert vault.read("customer_records").equals(PEOPLE)
    assert Vault(folder, "shop").read("crosswalk").equals(CROSSWALK)
    assert old_id.encode() not in b"".join(kept_of(folder).values())
    monkeypatch.setenv(VARIABLE, old.strip())
    with pytest.raises(VaultError, match=f"was written with the key {vault.key_id}; the key at hand is {old_id}"):
        Vault(folder, "shop")


@pytest.mark.parametrize("is_committed", [False, True])
def test_a_rotation_that_is_cut_short_leaves_one_key_that_opens_all(vault, folder, is_committed):
    commit = Store.commit

    def dies(store: Store, step: str, entry: dict) -> None:
        if is_committed:
            commit(store, step, entry)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "commit", dies)
        with pytest.raises(KeyboardInterrupt):
            vault.rotate()
    again = Vault(folder, "shop")
    assert (again.key_id != vault.key_id) == is_committed
    assert again.read("customer_records").equals(PEOPLE)
    again.rotate()
    assert Vault(folder, "shop").read("crosswalk").equals(CROSSWALK)


def test_a_key_of_the_environment_cannot_be_rotated_from_here(folder, monkeypatch):
    monkeypatch.setenv(VARIABLE, fresh_key())
    vault = Vault(folder, "shop")
    vault.write(people=PEOPLE)
    with pytest.raises(VaultError, match="cannot change what its environment says"):
        vault.rotate()


def test_a_key_is_exported_and_brought_back(vault, folder, tmp_path):
    copy, place = tmp_path / "safe" / "shop.key", key_of(tmp_path)
    vault.export_key(copy)
    assert mode(copy) == 0o600
    place.unlink()
    assert import_key("shop", folder, copy) == place
    assert Vault(folder, "shop").read("crosswalk").equals(CROSSWALK)
    with pytest.raises(VaultError, match="the key may not lie in"):
        vault.export_key(folder / "shop.key")
    other = tmp_path / "other.key"
    other.write_text(fresh_key())
    other.chmod(0o600)
    with pytest.raises(VaultError, match=f"was written with the key {vault.key_id}; the key at hand is "):
        import_key("shop", folder, other)
    with pytest.raises(VaultError, match=r"there is another key. Move it away"):
        vault.export_key(other)


def test_two_projects_of_one_name_share_no_key(vault, tmp_path):
    other = Vault(tmp_path / "elsewhere" / "vault", "shop")
    assert other.key_id != vault.key_id
    assert Vault(tmp_path / "vault", "shop").key_id == vault.key_id


def test_a_vault_from_before_vaults_had_names_keeps_its_key(vault, folder, tmp_path):
    place = key_of(tmp_path)
    place.rename(place.with_name("shop.key"))
    place.with_suffix(".generation").unlink()
    (folder / "name").unlink()
    assert Vault(folder, "shop").key_id == vault.key_id


def test_a_connection_spills_where_nobody_looks_and_leaves_nothing(vault, folder):
    with vault.connection() as con:
        assert vault.table("customer_records", con).count().execute() == 3
        spill = Path(con.raw_sql("SELECT current_setting('temp_directory')").fetchone()[0])
        assert spill.is_relative_to(folder)
        assert mode(spill) == 0o700
        with vault.connection():
            assert spill.is_dir()
    assert not list((folder / ".spill").iterdir())


def _spill_and_die(vault: Vault) -> None:
    with spill_folder(vault.folder / ".spill") as spill:
        (spill / "left.tmp").write_text("Bob Canary")
        os.kill(os.getpid(), signal.SIGKILL)


def test_what_a_killed_run_spilled_is_gone_before_the_next_start(vault, folder):
    process = multiprocessing.get_context("fork").Process(target=_spill_and_die, args=(vault,))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    until = time.monotonic() + 20
    while list((folder / ".spill").iterdir()) and time.monotonic() < until:
        time.sleep(0.05)
    assert not list((folder / ".spill").rglob("*"))


def test_the_vault_keeps_itself_out_of_version_control(vault, folder):
    assert (folder / ".gitignore").read_text() == "*\n"


# --- to the letter


def test_of_a_frame_its_columns_are_written_and_no_index(vault):
    vault.write(names=pd.DataFrame({"name": ["Ada", "Bob"]}, index=[7, 9]))
    assert vault.read("names").column_names == ["name"]
    assert vault.read("names")["name"].to_pylist() == ["Ada", "Bob"]


def test_columns_that_are_asked_for_are_given_and_no_other(vault):
    assert vault.read("customer_records", columns=["full_name"]).column_names == ["full_name"]
    assert vault.read("customer_records").column_names == PEOPLE.column_names
    with pytest.raises(VaultError, match=r"^crosswalk: has no column fax, tax\. Ask for those that it has\.$"):
        vault.read("crosswalk", columns=["tax", "fax", "customer_id"])


def test_all_that_is_held_on_a_person_and_nothing_of_others(vault):
    vault.write(delivered_transactions=pa.table({"transaction_id": ["t1", "t2"], "customer_id": ["crm:a", "crm:b"]}))
    held = vault.held("C1")
    assert set(held) == {"crosswalk", "customer_records", "delivered_transactions"}
    assert held["customer_records"]["full_name"].to_pylist() == ["王小明", "WANG XIAOMING"]
    assert held["delivered_transactions"]["transaction_id"].to_pylist() == ["t1"]
    assert vault.held("C9") == {}
    assert set(vault.held("crm:b")) >= {"customer_records"}  # by the key that a source has for them


def test_tables_are_named_in_order_and_go_where_others_take_their_place(vault):
    vault.write(zebra=PEOPLE, aunt=PEOPLE)
    assert vault.tables() == ["aunt", "crosswalk", "customer_records", "zebra"]
    vault.replace({"bear": PEOPLE.slice(0, 1)}, instead_of=["zebra", "aunt"])
    assert vault.tables() == ["bear", "crosswalk", "customer_records"]
    outputs = Store(vault.folder).outputs()
    assert (outputs["bear.parquet"]["rows"], outputs["crosswalk.parquet"]["rows"]) == (1, 3)
    assert {one["key_id"] for one in outputs.values()} == {vault.key_id}


def test_each_write_counts_one_generation_beside_the_key(vault, tmp_path):
    beside = key_of(tmp_path).with_suffix(".generation")
    assert beside.read_text() == "1\n"
    vault.write(crosswalk=CROSSWALK)
    assert beside.read_text() == "2\n"
    assert mode(beside) == 0o600


def test_an_older_vault_is_named_with_its_manifest_and_what_to_do(vault, folder, tmp_path):
    older = kept_of(folder)
    vault.write(crosswalk=CROSSWALK.slice(0, 1))
    put_back(folder, older)
    beside = key_of(tmp_path).with_suffix(".generation")
    with pytest.raises(VaultError) as caught:
        Vault(folder, "shop")
    assert str(caught.value) == (
        f"{folder / 'manifest.json'}: is of generation 1, and 2 was written last. Restore the newest backup of the "
        f"vault; if this is the newest that you have, delete {beside} and run again."
    )
    with pytest.raises(VaultError, match="is of generation 1, and 2"):
        vault.write(crosswalk=CROSSWALK)


def test_a_key_that_another_process_made_first_stays(tmp_path):
    path = tmp_path / "a" / "shop.key"
    vault_key._make(path, b"1" * 32)
    first = path.read_bytes()
    vault_key._make(path, b"2" * 32)
    assert path.read_bytes() == first == base64.urlsafe_b64encode(b"1" * 32) + b"\n"
    assert mode(path) == 0o600
    assert mode(path.parent) == 0o700
    assert [each.name for each in path.parent.iterdir()] == ["shop.key"]


def test_a_key_that_cannot_be_written_names_the_place_and_the_other_way(tmp_path):
    (tmp_path / "a").write_text("a file")
    with pytest.raises(
        VaultError, match=r"shop\.key: the key cannot be written there\. Set INSIGHT_VAULT_KEY, or name"
    ):
        vault_key._make(tmp_path / "a" / "shop.key", b"1" * 32)


@pytest.mark.parametrize("said", ["", "12345678\n9", "1234567", "123456789", "1234567G", "客", "../../etc"])
def test_a_vault_whose_name_was_changed_is_refused(vault, folder, said):
    [name] = [
        path for path in folder.iterdir() if path.is_file() and re.fullmatch("[0-9a-f]{8}", path.read_text("latin-1"))
    ]
    name.write_text(said, encoding="utf-8")
    with pytest.raises(VaultError, match=r"is not as it was written\. Restore it from a backup of the vault\."):
        Vault(folder, "shop")


def test_another_key_in_the_place_of_one_is_not_overwritten(vault, folder, tmp_path):
    place = tmp_path / "elsewhere" / "shop.key"
    vault.export_key(place)
    assert vault_key.read_key(place).id == vault.key_id
    vault.export_key(place)  # the same is no other
    other = tmp_path / "other.key"
    vault_key._make(other, b"3" * 32)
    with pytest.raises(VaultError, match=r"other\.key: there is another key\. Move it away, or name another place\."):
        vault.export_key(other)


def test_a_key_is_known_by_half_a_hash_and_shown_without_its_secret():
    key = VaultKey(b"k" * 32, "here")
    assert key.id == hashlib.sha256(b"insight vault key\0" + b"k" * 32).hexdigest()[:16]
    assert "kkkk" not in repr(key)
    one, other = key.seal({"a": 1, "b": 2}), VaultKey(b"j" * 32, "here").seal({"a": 1, "b": 2})
    assert one == key.seal({"b": 2, "a": 1}) != other
    assert one != key.seal({"a": 1, "b": 3})
    assert len(VaultKey.fresh("x").secret) == 32
    assert VaultKey.fresh("x").id != VaultKey.fresh("x").id
    assert VaultKey.fresh("x").place == "x"


def test_a_key_of_the_wrong_length_or_letters_is_told_as_such_without_itself(tmp_path):
    for text in ("c2hvcnQ=", base64.urlsafe_b64encode(b"x" * 33).decode(), "ключ"):
        path = tmp_path / "bad.key"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        with pytest.raises(VaultError) as caught:
            vault_key.read_key(path)
        assert text not in str(caught.value)
        assert str(path) in str(caught.value)
    with pytest.raises(VaultError, match=r"none\.key: cannot be read as a key\. Bring the right file back\."):
        vault_key.read_key(tmp_path / "none.key")
