"""What does not fit into the memory that a notebook may hold goes into its folder for that, and nothing is lost."""

import pytest

from insight.engine import connect
from insight.unify import link


def test_what_is_more_than_may_be_held_is_spilled(tmp_path, monkeypatch):
    monkeypatch.setenv("INSIGHT_MEMORY", "60MB")
    con = connect(spill=tmp_path, threads=1)
    con.raw_sql("CREATE TEMP TABLE many AS SELECT i, hash(i) AS one, hash(-i) AS other FROM range(6_000_000) t(i)")
    assert sum(path.stat().st_size for path in tmp_path.rglob("*")) > 0
    many = con.table("many")
    assert many.aggregate(n=many.count(), last=many.i.max()).to_pandas().to_dict("list") == {
        "n": [6_000_000],
        "last": [5_999_999],
    }
    con.disconnect()


@pytest.mark.parametrize("sealed", [True, False])
def test_what_is_spilled_of_people_is_encrypted(tmp_path, monkeypatch, sealed):
    monkeypatch.setenv("INSIGHT_MEMORY", "60MB")
    con = connect(spill=tmp_path, sealed=sealed, threads=1)
    con.raw_sql("CREATE TEMP TABLE many AS SELECT hash(i) || 'Ada Lovelace' AS name FROM range(2_000_000) t(i)")
    spilled = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert spilled
    assert (b"Lovelace" in spilled) is not sealed
    assert con.table("many").name.nunique().execute() == 2_000_000
    con.disconnect()


def test_one_that_seals_may_spill_where_another_has(tmp_path, monkeypatch):
    monkeypatch.setenv("INSIGHT_MEMORY", "60MB")
    many = "CREATE TEMP TABLE many AS SELECT hash(i) || 'Ada Lovelace' AS name FROM range(2_000_000) t(i)"
    con = connect(spill=tmp_path, sealed=True, threads=1)
    con.raw_sql(many)
    before = set(tmp_path.rglob("*"))
    with link._local(con) as linking:
        linking.execute(many)
        spilled = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path not in before]
        assert spilled
        assert not any(b"Lovelace" in each for each in spilled)
    other = connect(spill=tmp_path, sealed=True, threads=1)
    assert other.raw_sql("SELECT count(*) FROM range(10)").fetchall() == [(10,)]
    other.disconnect()
    con.disconnect()


def test_a_connection_holds_a_quarter_of_the_machine_at_most_and_three_gigabytes(tmp_path, monkeypatch):
    monkeypatch.delenv("INSIGHT_MEMORY", raising=False)
    monkeypatch.setattr("os.sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 2**21}.__getitem__)
    assert _held(tmp_path) == "2.0 GiB"
    monkeypatch.setattr("os.sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 2**26}.__getitem__)
    assert _held(tmp_path) == "2.7 GiB"  # 3e9 bytes


def _held(spill) -> str:
    con = connect(spill=spill)
    held = con.raw_sql("SELECT current_setting('memory_limit')").fetchall()[0][0]
    con.disconnect()
    return held
