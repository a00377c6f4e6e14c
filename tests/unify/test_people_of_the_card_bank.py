"""The card bank's people, whose truth is known: linked well enough, and by nothing that strangers share."""

import numpy as np
import pandas as pd
import pytest

from insight.config.parameters import load
from insight.contracts import CONTRACTS
from insight.contracts.quarantine import check
from insight.engine import connect
from insight.sources.readers import cardbank
from insight.sources.registry import deliver
from insight.unify.evaluate.score import score
from insight.unify.link import LinkSettings, link_records
from sources.test_cardbank import PROJECT

SMALL = "{kind: cardbank, customers: 3000, months: 6, seed: 11}"


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    """The records of 3,000 people with default dirt, linked, and the truth beside them."""
    root = tmp_path_factory.mktemp("bank")
    (root / "params").mkdir()
    (root / "params" / "cardbank.yaml").write_text((PROJECT / "params" / "cardbank.yaml").read_text("utf-8"), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INSIGHT_HOME", str(root))
        con, params = connect(), load("cardbank", {"source": SMALL})
        records = check(deliver(params, con)["customer_records"], CONTRACTS["customer_records"]).accepted.to_pandas()
        truth = cardbank.truth(params, con).to_pandas()
    linked = link_records(records, settings=LinkSettings(region="CN"))
    keys = ["source_system", "source_record_id"]
    rows = linked.records.merge(records, on=keys).merge(truth, on=keys).assign(cluster=linked.cluster)
    return rows.assign(
        digits=rows["phone"].fillna("").str.normalize("NFKC").str.replace(r"\D", "", regex=True).str[-11:]
    )


def test_pairs_are_right_where_default_dirt_has_fallen(bank):
    found = score(bank["cluster"], bank["person"]).set_index("measure")["value"]
    assert found["pair_f1"] >= 0.98


def mixed(rows: pd.DataFrame) -> pd.Series:
    """Say of each cluster how many different people its records are of."""
    return rows.groupby("cluster")["person"].nunique()


def test_a_till_s_number_makes_no_cluster(bank):
    shared = bank[bank["digits"] != ""].groupby("digits")["person"].nunique()
    till = shared.idxmax()
    assert shared[till] > 50
    assert mixed(bank[bank["digits"] == till]).max() <= 2
    assert np.bincount(bank["cluster"]).max() < 20


def test_a_family_s_phone_makes_no_cluster(bank):
    people = bank[bank["digits"] != ""].groupby("digits")["person"].nunique()
    family = bank[bank["digits"].isin(people.index[people.between(2, 4)])]
    assert family["digits"].nunique() > 100
    together = family.groupby("digits").apply(lambda rows: mixed(rows).max() > 1, include_groups=False)
    assert together.mean() < 0.02


def test_a_firm_is_not_its_owner_and_its_records_are_found(bank):
    firms = bank.loc[bank["customer_type"] == "firm", "person"].unique()
    rows = bank.assign(firm=bank["person"].isin(firms))
    assert rows["firm"].sum() > 400
    # of a telephone alone, which is the owner's too, nobody can tell whose record it is
    telling = rows[rows[["full_name", "family_name", "given_name", "document_number"]].notna().any(axis=1)]
    assert telling["firm"].sum() > 0.95 * rows["firm"].sum()
    assert telling.groupby("cluster")["firm"].nunique().max() == 1
    own = rows[rows["firm"]]
    assert score(own["cluster"], own["person"]).set_index("measure")["value"]["pair_f1"] > 0.9
