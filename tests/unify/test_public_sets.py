"""Records of people with known truth, linked without labels by one configuration for all."""

import pandas as pd
import pytest

from insight.unify.evaluate.score import score
from insight.unify.link import LinkSettings, link_records


def febrl(shared, *names: str) -> pd.DataFrame:
    parts = []
    for name in names:
        frame = pd.read_csv(shared / "febrl" / f"dataset{name}.csv", skipinitialspace=True, dtype=str)
        frame.columns = [column.strip() for column in frame.columns]
        truth = frame["rec_id"].str.extract(r"rec-(\d+)")[0]
        parts.append(frame.assign(source_system=name, source_record_id=frame.pop("rec_id"), truth=truth))
    return pd.concat(parts, ignore_index=True)


def fake(shared) -> pd.DataFrame:
    frame = pd.read_csv(shared / "splink_fake_1000" / "fake_1000.csv", dtype=str)
    return frame.rename(columns={"unique_id": "source_record_id", "cluster": "truth"}).assign(source_system="one")


SETS = {
    "FEBRL 3": (lambda shared: febrl(shared, "3"), 0.996),
    "FEBRL 4": (lambda shared: febrl(shared, "4a", "4b"), 0.9996),
    "fake 1000": (fake, 0.88),
}


@pytest.mark.parametrize("name", SETS)
def test_clusters_reach_what_is_known_of_public_sets(shared, name):
    read, least = SETS[name]
    records = read(shared).sample(frac=1, random_state=3)
    truth = records.sort_values(["source_system", "source_record_id"], kind="stable")["truth"].to_numpy()
    linked = link_records(records.drop(columns="truth"), settings=LinkSettings(region="US"))
    assert score(linked.cluster, truth).set_index("measure").loc["pair_f1", "value"] >= least
