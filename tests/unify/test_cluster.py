import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from insight.unify.clusters.cluster import LARGEST, Edges, cluster, grow


def edges(*pairs: tuple[int, int, float], never: tuple[int, ...] = ()) -> Edges:
    left, right, probability = (np.array(column) for column in zip(*pairs, strict=True))
    return Edges(left, right, probability.astype(float), np.isin(np.arange(len(pairs)), never))


def test_records_that_all_match_are_one_person():
    assert cluster(3, edges((0, 1, 0.9), (1, 2, 0.9), (0, 2, 0.9)), threshold=0.4).tolist() == [0, 0, 0]


def test_a_bridge_does_not_join_two_people():
    sure = [(0, 1, 0.99), (0, 2, 0.99), (1, 2, 0.99), (3, 4, 0.99), (3, 5, 0.99), (4, 5, 0.99)]
    assert cluster(6, edges(*sure, (2, 3, 0.95)), threshold=0.4).tolist() == [0, 0, 0, 3, 3, 3]


def test_a_chain_of_a_hundred_does_not_become_one_person():
    chain = [(row, row + 1, 0.9) for row in range(99)]
    sizes = np.bincount(cluster(100, edges(*chain), threshold=0.4))
    assert sizes.max() <= 3


def test_contradicting_documents_part_even_those_who_match():
    pairs = [(0, 1, 0.99), (1, 2, 0.99), (0, 2, 0.99)]
    labels = cluster(3, edges(*pairs, never=(2,)), threshold=0.4)
    assert labels[0] != labels[2]


def test_nobody_has_more_records_than_can_be_looked_at():
    people = LARGEST + 50
    star = [(0, row, 1.0) for row in range(1, people)]
    assert np.bincount(cluster(people, edges(*star), threshold=0.4)).max() <= LARGEST


def test_a_label_is_the_first_record_of_its_cluster_whatever_the_order_of_the_pairs():
    pairs = [(1, 3, 0.9), (0, 2, 0.9)]
    assert cluster(4, edges(*pairs), threshold=0.4).tolist() == [0, 1, 0, 1]
    assert cluster(4, edges(*pairs[::-1]), threshold=0.4).tolist() == [0, 1, 0, 1]


def test_no_pairs_is_everybody_alone():
    empty = Edges(np.empty(0, int), np.empty(0, int), np.empty(0), np.empty(0, bool))
    assert cluster(3, empty, threshold=0.4).tolist() == [0, 1, 2]


def scattered(seed: int, records: int, never: float = 0.0) -> Edges:
    rng = np.random.default_rng(seed)
    pairs = [(a, b, rng.random()) for a in range(records) for b in range(a + 1, records) if rng.random() < 0.4]
    return edges(*pairs, never=tuple(np.flatnonzero(rng.random(len(pairs)) < never)))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("records", [7, 30])
def test_clusters_are_those_of_scipy(seed, records):
    found = scattered(seed, records)
    distance = np.ones((records, records)) - np.eye(records)
    distance[found.left, found.right] = distance[found.right, found.left] = 1 - found.probability
    for threshold in (0.3, 0.5, 0.7):
        expected = fcluster(linkage(squareform(distance), method="average"), t=1 - threshold, criterion="distance")
        labels = cluster(records, found, threshold=threshold)
        assert ((expected[:, None] == expected) == (labels[:, None] == labels)).all()


@pytest.mark.parametrize("seed", range(20))
def test_one_forest_gives_the_clusters_of_every_threshold(seed):
    found = scattered(seed, 60, never=0.1)
    forest = grow(60, found, lowest=0.1, highest=0.95)
    for threshold in (0.1, 0.25, 0.4, 0.6, 0.8, 0.95):
        assert forest.at(threshold).tolist() == cluster(60, found, threshold=threshold).tolist()
