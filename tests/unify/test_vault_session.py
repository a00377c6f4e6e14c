"""A vault that is open while a notebook runs: for a business that delivers people, and for no other."""

import pytest

from insight.config.parameters import load
from insight.errors import VaultError
from insight.unify.privacy.vault import Vault
from insight.unify.privacy.vault_key import VARIABLE
from insight.unify.privacy.vault_session import VaultSession, brings_people, open_session

PEOPLE = "source: files\nrecords: {one: one.csv, two: two.csv}\n"
SHOP = (
    "title: {en: Shop, zh: 商店}\ncurrency: EUR\ntime_zone: UTC\nsource: {kind: files, tables: {transactions: "
    "{files: sales.csv, columns: {customer_id: who, occurred_at: day, amount: paid}}}}\n"
)


@pytest.fixture
def described(tmp_path, monkeypatch):
    project = tmp_path / "project"
    for name in ("params", "notebooks", "data/raw/town"):
        (project / name).mkdir(parents=True)
    for name in ("one", "two"):
        (project / "data/raw/town" / f"{name}.csv").write_text("name,phone\nAda,13871925046\n")
    (project / "data/raw/town/sales.csv").write_text("who,day,paid\na,2024-01-01,1\n")
    monkeypatch.setenv("INSIGHT_HOME", str(project))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv(VARIABLE, raising=False)

    def describe(yaml: str):
        (project / "params" / "town.yaml").write_text(yaml, encoding="utf-8")
        return load("town")

    return describe


def test_a_business_without_people_opens_no_vault(described, tmp_path):
    params = described(SHOP)
    assert not brings_people(params)
    assert open_session(params) is None
    assert not (tmp_path / "project" / "data" / "vault").exists()


def test_the_vault_of_the_business_is_open_until_it_is_closed(described, tmp_path):
    params = described(PEOPLE)
    assert brings_people(params)
    session = open_session(params)
    assert isinstance(session, VaultSession)
    assert isinstance(session.vault, Vault)
    assert (session.vault.folder, session.vault.dataset) == (tmp_path / "project" / "data" / "vault" / "town", "town")
    assert session.con.raw_sql("select 7").fetchone() == (7,)
    spilled = session.con.raw_sql("select current_setting('temp_directory')").fetchone()[0]
    assert spilled.startswith(str(session.vault.folder / ".spill"))
    session.close()
    assert list((session.vault.folder / ".spill").iterdir()) == []
    with pytest.raises(Exception, match=r"[Cc]onnection"):
        session.con.raw_sql("select 7")


def test_a_wrong_key_opens_nothing(described, monkeypatch):
    monkeypatch.setenv(VARIABLE, "short")
    with pytest.raises(VaultError, match=VARIABLE):
        open_session(described(PEOPLE))
