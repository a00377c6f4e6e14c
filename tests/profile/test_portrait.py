import numpy as np
import pandas as pd
import pytest

from insight.profile.portrait import count_tags, count_traits, index_of, name_tags, portray_tag, traits_of


def people(group: dict[str, int], rest: dict[str, int]) -> tuple[pd.DataFrame, pd.Series]:
    """Traits of a group and of the rest, by how many have each level."""
    levels = [(True, level) for level, n in group.items() for _ in range(n)]
    levels += [(False, level) for level, n in rest.items() for _ in range(n)]
    ids = [f"c{number}" for number in range(len(levels))]
    traits = pd.DataFrame({"customer_id": ids, "trait": "age", "level": [level for _, level in levels]})
    return traits, pd.Series([member for member, _ in levels], index=ids)


def compared_with_all(group: dict[str, int], rest: dict[str, int], *, min_cell: int) -> pd.DataFrame:
    return index_of(count_traits(*people(group, rest)), min_cell=min_cell)


def test_the_index_is_the_share_in_the_group_over_the_share_in_all():
    compared = index_of(
        count_traits(*people({"young": 30, "old": 70}, {"young": 10, "old": 90})), min_cell=10
    ).set_index("level")
    assert compared.loc["young", "tgi"] == pytest.approx(100 * 0.30 / 0.20)
    assert compared.loc["old", "tgi"] == pytest.approx(100 * 0.70 / 0.80)
    assert compared.loc["young", "low"] > 100 > compared.loc["old", "high"]


def test_small_cells_are_left_out_and_cannot_be_subtracted():
    compared = compared_with_all({"a": 50, "b": 30, "c": 3}, {"a": 50, "b": 40, "c": 40}, min_cell=10)
    assert compared["level"].tolist() == ["a"]


def test_a_group_too_small_has_no_portrait():
    assert compared_with_all({"a": 5, "b": 4}, {"a": 50, "b": 50}, min_cell=10).empty


def test_a_trait_of_everyone_says_nothing():
    assert compared_with_all({"a": 50}, {"a": 50}, min_cell=10).empty


def test_the_interval_holds_the_truth_nineteen_times_in_twenty():
    rng, caught = np.random.default_rng(2), 0
    truth = 100 * 0.3 / (0.25 * 0.3 + 0.75 * 0.2)
    for _ in range(150):
        some, others = rng.binomial(100, 0.3), rng.binomial(300, 0.2)
        row = index_of(
            count_traits(*people({"a": some, "b": 100 - some}, {"a": others, "b": 300 - others})), min_cell=2
        )
        row = row.set_index("level").loc["a"]
        caught += row["low"] <= truth <= row["high"]
    assert 134 <= caught <= 150


def test_undelivered_levels_are_no_level():
    customers = pd.DataFrame({"customer_id": ["a", "b"], "age_band": ["35-44", None], "region": [None, None]})
    assert traits_of(customers).to_dict("records") == [{"customer_id": "a", "trait": "age_band", "level": "35-44"}]


def test_rare_levels_are_put_together():
    customers = pd.DataFrame({"customer_id": [str(n) for n in range(40)], "region": [f"r{n % 20}" for n in range(40)]})
    assert traits_of(customers)["level"].nunique() == 12


def test_whoever_lacks_a_tag_is_counted_too():
    tags = pd.DataFrame({"customer_id": ["a", "b", "c"], "tag": ["quiet", "quiet", "best"]})
    counts = count_tags(tags, pd.Series([True, False, False, False], index=list("abcd")))
    assert counts.loc[("quiet", "yes")].tolist() == [1, 1]
    assert counts.loc[("quiet", "no")].tolist() == [2, 0]
    assert counts.loc[("best", "yes")].tolist() == [1, 0]


def test_a_tag_is_shown_by_its_label_and_only_for_its_bearers():
    compared = pd.DataFrame({"trait": ["quiet", "quiet", "age"], "level": ["yes", "no", "65+"]})
    shown = name_tags(compared, {"quiet": "Gone quiet"})
    assert shown["trait"].tolist() == ["Gone quiet", "age"]


def test_a_tag_is_portrayed_by_what_is_known_and_by_the_other_tags():
    ids = pd.Index([f"c{n:02}" for n in range(40)])
    people = pd.DataFrame({"customer_id": ids, "region": ["north"] * 15 + ["south"] * 25})
    tags = pd.DataFrame({"customer_id": [*ids[:20], *ids[10:30]], "tag": ["best"] * 20 + ["quiet"] * 20})
    asked = {"labels": {"best": "Top", "quiet": "Gone quiet"}, "min_cell": 1}
    compared = portray_tag("best", tags, people, ids, **asked)
    assert set(zip(compared["trait"], compared["level"], strict=True)) == {("Gone quiet", "yes")}
    assert portray_tag("quiet", tags.head(0), people, ids, **asked).facts == {"group": "Gone quiet"}
