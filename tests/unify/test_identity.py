from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from insight.contracts.tables.origin import IDENTITY_LOG
from insight.errors import ContractError
from insight.unify.clusters.decisions import Decisions
from insight.unify.identity.identity import CROSSWALK_COLUMNS, LOG_COLUMNS, Identities, assign_ids, ids_kept
from insight.unify.identity.issue import customer_ids, issue
from insight.unify.privacy.vault import Vault

JANUARY, FEBRUARY, MARCH, APRIL = (date(2024, month, 1) for month in (1, 2, 3, 4))


def clusters(*groups: str) -> pd.DataFrame:
    """Write clusters as words: ``clusters("ab", "c")`` has the records a and b together, and c alone."""
    rows = [("crm", record, at * 7) for at, group in enumerate(groups) for record in group]
    return pd.DataFrame(rows, columns=["source_system", "source_record_id", "cluster"])


def run(*groups, known=None, day=FEBRUARY, **more):
    return assign_ids(clusters(*groups), known, seed=1, day=day, **more)


def ids(identities) -> dict[str, str]:
    return dict(zip(identities.crosswalk["source_record_id"], identities.crosswalk["customer_id"], strict=True))


def changes(identities, day=FEBRUARY) -> list[tuple]:
    log = identities.log[(identities.log["day"] == day) & (identities.log["kind"] != "issued")]
    return list(log[["kind", "old_customer_id", "new_customer_id", "records"]].itertuples(index=False, name=None))


def r(letter: str) -> tuple[str, str]:
    return ("crm", letter)


@pytest.fixture
def first():
    """Three people: a, b, c are one, d and e another, f a third."""
    return run("abc", "de", "f", day=JANUARY)


def test_a_cluster_has_one_id_and_others_have_another(first):
    issued = ids(first)
    assert issued["a"] == issued["b"] == issued["c"]
    assert len(set(issued.values())) == 3


def test_the_order_of_the_input_does_not_matter(first):
    shuffled = clusters("abc", "de", "f").sample(frac=1, random_state=3)
    again = assign_ids(shuffled, seed=1, day=JANUARY)
    pd.testing.assert_frame_equal(again.crosswalk, first.crosswalk)
    pd.testing.assert_frame_equal(again.log, first.log)


def test_the_labels_of_clusters_do_not_matter(first):
    assert ids(run("f", "de", "abc")) == ids(first)


def test_another_seed_issues_other_ids(first):
    other = assign_ids(clusters("abc", "de", "f"), seed=2, day=JANUARY)
    assert not set(ids(other).values()) & set(ids(first).values())


def test_a_rerun_changes_nothing(first):
    again = run("abc", "de", "f", known=first)
    pd.testing.assert_frame_equal(again.crosswalk, first.crosswalk)
    pd.testing.assert_frame_equal(again.log, first.log)


def test_a_new_record_joins_and_a_stranger_gets_the_next_id(first):
    later = run("0abc", "de", "f", "g", known=first)
    assert ids(later)["0"] == ids(first)["a"]
    assert ids(later)["g"] not in ids(first).values()
    assert {record: one for record, one in ids(later).items() if record in "abcdef"} == ids(first)
    assert ids_kept(first.crosswalk, later.crosswalk) == (2, 2)


def test_a_merge_keeps_the_id_of_most_records_and_is_logged(first):
    merged = run("abcde", "f", known=first)
    old, new = ids(first)["d"], ids(first)["a"]
    assert {ids(merged)[record] for record in "abcde"} == {new}
    assert changes(merged) == [("merged", old, new, 2)]


def test_equal_claims_go_to_the_oldest_id():
    first = run("b", day=JANUARY)
    second = run("b", "a", known=first)
    merged = run("ab", known=second, day=MARCH)
    assert ids(merged)["a"] == ids(first)["b"]


def test_a_split_leaves_the_id_with_most_records_and_is_logged(first):
    split = run("ab", "c", "de", "f", known=first)
    assert ids(split)["a"] == ids(first)["a"]
    assert changes(split) == [("split", ids(first)["c"], ids(split)["c"], 1)]
    assert ids_kept(first.crosswalk, split.crosswalk) == (2, 2)


def test_an_exchanged_record_changes_its_id_alone(first):
    later = run("ab", "cde", "f", known=first)
    assert changes(later) == [("split", ids(first)["a"], ids(first)["d"], 1)]


def test_an_id_once_merged_away_is_never_issued_again(first):
    merged = run("abcde", "f", known=first)
    later = run("abcde", "f", *"ghijk", known=merged, day=MARCH)
    assert ids(first)["d"] not in ids(later).values()


def test_linking_that_changes_its_mind_restores_the_id(first):
    merged = run("abcde", "f", known=first)
    parted = run("abc", "de", "f", known=merged, day=MARCH)
    assert ids(parted) == ids(first)
    assert [kind for kind, *_ in changes(parted, MARCH)] == ["restored"]


def test_an_undone_merge_stays_undone_though_linking_joins_it_again(first):
    merged = run("abcde", "f", known=first)
    undo = Decisions(undo=[ids(first)["d"]])
    undone = run("abcdeg", "f", known=merged, day=MARCH, decisions=undo)
    assert {record: one for record, one in ids(undone).items() if record != "g"} == ids(first)
    assert ids(undone)["g"] == ids(first)["a"]
    again = run("abcdeg", "f", known=undone, day=APRIL, decisions=undo)
    assert ids(again) == ids(undone)
    assert changes(again, APRIL) == []


def test_only_a_merge_can_be_undone(first):
    with pytest.raises(ContractError, match=r"undo 1: C\w+ was not merged into another"):
        run("abc", "de", "f", known=first, decisions=Decisions(undo=[ids(first)["f"]]))


def test_what_must_be_linked_is_linked(first):
    joined = run("abc", "de", "f", known=first, decisions=Decisions(must_link=[(r("f"), r("c"))]))
    assert ids(joined)["f"] == ids(first)["a"]


def test_what_cannot_be_linked_is_parted_with_the_records_of_its_old_id(first):
    decided = Decisions(cannot_link=[(r("a"), r("d"))])
    parted = run("abcde", "f", known=first, decisions=decided)
    assert ids(parted) == ids(first)


def test_three_who_are_all_different_get_three_ids():
    decided = Decisions(cannot_link=[(r("a"), r("b")), (r("b"), r("c")), (r("a"), r("c"))])
    assert len(set(ids(run("abcd", decisions=decided)).values())) == 3


def test_contradicting_decisions_are_refused_without_naming_a_record():
    decided = Decisions(must_link=[(r("a"), r("b")), (r("b"), r("c"))], cannot_link=[(r("a"), r("c"))])
    with pytest.raises(ContractError, match="cannot_link 1: must_link says the same two are one"):
        run("abc", decisions=decided)


def test_a_must_link_against_an_undo_is_refused(first):
    merged = run("abcde", "f", known=first)
    decided = Decisions(undo=[ids(first)["d"]], must_link=[(r("a"), r("d"))])
    with pytest.raises(ContractError, match=r"undo of C\w+: must_link joins its records"):
        run("abcde", "f", known=merged, decisions=decided)


def test_a_decision_on_records_that_are_not_delivered_waits(first):
    decided = Decisions(must_link=[(r("a"), r("z"))], cannot_link=[(r("y"), r("z"))])
    assert ids(run("abc", "de", "f", known=first, decisions=decided)) == ids(first)


def test_a_record_that_is_not_delivered_any_more_keeps_its_id_and_follows_it(first):
    without = run("abc", "d", "f", known=first)
    assert ids(without) == ids(first)
    merged = run("abcd", "f", known=without, day=MARCH)
    assert ids(merged)["e"] == ids(first)["a"]
    assert changes(merged, MARCH) == [("merged", ids(first)["d"], ids(first)["a"], 2)]


def test_a_repeated_record_is_refused():
    with pytest.raises(ContractError, match=r"a record repeats in 1 row\(s\)"):
        run("aa")


def test_a_crosswalk_that_names_a_record_twice_is_refused(first):
    damaged = replace(first, crosswalk=pd.concat([first.crosswalk, first.crosswalk.head(1)]))
    with pytest.raises(ContractError, match="crosswalk: a record stands in it twice"):
        run("abc", "de", "f", known=damaged)


def test_no_records_make_no_customers():
    nobody = run()
    assert len(nobody.crosswalk) == 0
    assert nobody.crosswalk.columns.tolist() == CROSSWALK_COLUMNS


def test_the_log_is_what_its_contract_says(first):
    assert IDENTITY_LOG.names == LOG_COLUMNS
    merged = run("abcde", "f", known=first)
    assert merged.log["entry"].tolist() == [1, 2]
    assert set(merged.log["kind"]) <= set(IDENTITY_LOG.column("kind").allowed)


def test_ids_survive_the_way_through_the_vault(first, tmp_path):
    vault = Vault(tmp_path / "vault", "shop", key_file=tmp_path / "keys" / "shop.key")
    merged = run("abcde", "f", known=first)
    vault.write(crosswalk=merged.crosswalk, moves=merged.moves, log=merged.log)
    known = Identities(*(vault.read(name).to_pandas() for name in ("crosswalk", "moves", "log")))
    undo = Decisions(undo=[ids(first)["d"]])
    undone = run("abcde", "f", "g", known=known, day=MARCH, decisions=undo)
    expected = run("abcde", "f", "g", known=merged, day=MARCH, decisions=undo)
    assert undone.crosswalk.astype(object).equals(expected.crosswalk.astype(object))
    assert undone.log["entry"].tolist() == expected.log["entry"].tolist() == [1, 2, 3, 4]


def test_the_input_is_left_as_it_was(first):
    given = clusters("abc", "de")
    before, crosswalk = given.copy(), first.crosswalk.copy()
    assign_ids(given, first, seed=1, day=FEBRUARY)
    pd.testing.assert_frame_equal(given, before)
    pd.testing.assert_frame_equal(first.crosswalk, crosswalk)


def test_counted_numbers_become_different_ids():
    assert len(set(customer_ids(np.arange(20_000), seed=5))) == 20_000


def test_an_id_that_is_taken_is_passed_over():
    one, other = customer_ids(np.arange(2), seed=5)
    assert issue(1, seed=5, issued=0, taken={one}) == [other]


@pytest.mark.parametrize("seed", range(5))
def test_untouched_customers_keep_their_ids_whatever_happens_to_others(seed):
    rng = np.random.default_rng(seed)
    records = pd.DataFrame({"source_system": "crm", "source_record_id": [f"{n:03d}" for n in range(300)]})
    first = assign_ids(records.assign(cluster=rng.integers(0, 120, 300)), seed=1, day=JANUARY)
    labels = first.crosswalk["customer_id"].to_numpy(dtype=object)
    touched = rng.random(300) < 0.2
    labels[touched] = rng.choice(labels, touched.sum())
    later = assign_ids(records.assign(cluster=labels), first, seed=1, day=FEBRUARY)
    kept, untouched = ids_kept(first.crosswalk, later.crosswalk)
    assert kept == untouched > 20
    moved = (first.crosswalk["customer_id"] != later.crosswalk["customer_id"]).sum()
    assert later.log.loc[later.log["kind"] != "issued", "records"].sum() == moved == len(later.moves)
