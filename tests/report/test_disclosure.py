from itertools import combinations_with_replacement, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insight.report.disclosure import (
    _is_safe,
    as_told,
    in_fives,
    parts_are_safe,
    suppress,
    suppress_matrix,
    suppress_overlapping,
)
from insight.words.numerals import Rounded

LIMIT = 10
COUNTS = st.integers(0, 40)


def groups(*counts: int) -> pd.DataFrame:
    return pd.DataFrame({"group": [f"g{n}" for n in range(len(counts))], "n": list(counts)})


def shown(frame: pd.DataFrame) -> list[str]:
    return [str(value) for value in frame["n"]]


def possible(hidden: list[int], is_small: list[bool]) -> list[set[int]]:
    """Every value that each hidden group may have for someone who knows their total; slow and plainly right."""
    total, found = sum(hidden), [set() for _ in hidden]
    ranges = [range(1, LIMIT) if small else range(LIMIT, total + 1) for small in is_small]
    for *guess, small_last in product(*ranges[:-1], [is_small[-1]]):
        last = total - sum(guess)
        if last in (range(1, LIMIT) if small_last else range(LIMIT, total + 1)):
            for place, value in enumerate([*guess, last]):
                found[place].add(value)
    return found


@settings(max_examples=150, deadline=None)
@given(st.lists(COUNTS, min_size=1, max_size=5))
def test_no_small_group_follows_from_the_total(counts):
    out = shown(suppress(groups(*counts), "n", LIMIT))
    hidden = [n for n, cell in zip(counts, out, strict=True) if not cell.isdigit()]
    assert all(not 0 < n < LIMIT or not cell.isdigit() for n, cell in zip(counts, out, strict=True))
    if hidden and len(hidden) <= 3 and len(hidden) < sum(n > 0 for n in counts):
        small = [n < LIMIT for n in hidden]
        left = possible(hidden, small)
        assert all(len(choices) >= 3 for choices, is_small in zip(left, small, strict=True) if is_small)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(COUNTS, min_size=3, max_size=3), min_size=2, max_size=4))
def test_no_line_of_a_matrix_hides_one_cell_alone(rows):
    counts = pd.DataFrame(rows)
    out = suppress_matrix(counts, LIMIT)
    for line, told in [
        *zip(counts.to_numpy(), out.to_numpy(), strict=True),
        *zip(counts.to_numpy().T, out.to_numpy().T, strict=True),
    ]:
        hidden = np.isnan(told)
        assert not ((line > 0) & (line < LIMIT) & ~hidden).any()
        assert hidden.sum() != 1 or (line > 0).sum() == 1
        if hidden.any():
            assert line[hidden].sum() >= LIMIT or not (line[~hidden] > 0).any()


def test_two_nines_are_not_enough_company_for_each_other():
    assert shown(suppress(groups(9, 9, 30, 400), "n", LIMIT)) == [
        "fewer than 10",
        "fewer than 10",
        "not shown",
        "400",
    ]


def test_nothing_small_nothing_changes():
    frame = groups(10, 433, 0)
    pd.testing.assert_frame_equal(suppress(frame, "n", LIMIT), frame)


def test_what_remains_is_rounded_and_shares_are_made_from_it():
    frame = groups(3, 12, 433, 52).assign(share=[0.006, 0.024, 0.866, 0.104])
    out = suppress(frame, "n", LIMIT)
    assert shown(out)[2:] == ["435", "50"]
    assert out["share"].tolist()[2:] == [435 / 500, 50 / 500]
    assert out["share"].isna().tolist() == [True, True, False, False]


def test_one_customer_alone_is_hidden():
    assert shown(suppress(groups(1), "n", LIMIT)) == ["fewer than 10"]
    assert np.isnan(suppress_matrix(pd.DataFrame([[1]]), LIMIT).to_numpy()).all()


def test_the_frame_is_left_as_it_was():
    frame = groups(3, 12, 433)
    before = frame.copy()
    suppress(frame, "n", LIMIT)
    suppress_matrix(frame[["n"]], LIMIT)
    pd.testing.assert_frame_equal(frame, before)


# --- rounding


def test_counts_are_rounded_to_the_nearest_five_and_to_no_more_than_there_are():
    assert [int(in_fives(n)) for n in (0, 2, 3, 5, 7, 8, 12, 433)] == [0, 0, 5, 5, 5, 10, 10, 435]
    assert in_fives(np.array([431, 433, 434]), of=433).tolist() == [430, 433, 433]
    assert in_fives(np.array([10.0])).dtype == int


def test_a_page_that_rounds_does_so_without_a_hidden_group():
    out = suppress(groups(12, 433).assign(share=[12 / 445, 433 / 445]), "n", LIMIT, rounded=True)
    assert out["n"].tolist() == [10, 435]
    assert out["share"].tolist() == [10 / 445, 435 / 445]
    assert suppress_matrix(pd.DataFrame([[12, 433]]), LIMIT, rounded=True).to_numpy().tolist() == [[10.0, 435.0]]
    plain = suppress_matrix(pd.DataFrame([[12, 433]]), LIMIT)
    assert plain.to_numpy().tolist() == [[12.0, 433.0]]
    assert plain.dtypes.tolist() == [np.dtype(float)] * 2


def test_a_group_is_rounded_to_no_more_than_everyone():
    assert suppress(groups(433, 0), "n", LIMIT, rounded=True)["n"].tolist() == [433, 0]
    assert suppress_matrix(pd.DataFrame([[433, 0]]), LIMIT, rounded=True).to_numpy().tolist() == [[433.0, 0.0]]


def test_a_table_of_nobody_is_a_table_of_nobody():
    out = suppress(groups(0, 0).assign(share=[0.0, 0.0]), "n", LIMIT, rounded=True)
    assert (out["n"].tolist(), out["share"].tolist()) == ([0, 0], [0.0, 0.0])


def test_of_a_hidden_group_no_number_is_left_and_words_are():
    frame = groups(3, 12, 433).assign(spend=[9.5, 2.0, 4.0], active=[True, False, True], name=["a", "b", "c"])
    out = suppress(frame, "n", LIMIT)
    assert out["spend"].isna().tolist() == [True, True, False]
    assert out["active"].isna().tolist() == [True, True, False]
    assert out["name"].tolist() == ["a", "b", "c"]
    assert out["spend"].tolist()[2] == 4.0  # a number that is no share of all stays


# --- groups that overlap


def test_of_overlapping_groups_those_of_few_and_of_all_but_few_are_hidden_each_by_itself():
    counts = [0, 1, 9, 10, 40, 90, 91, 99, 100]
    frame = pd.DataFrame({"tag": list("abcdefghi"), "n": counts, "spend": 1.5, "share": np.array(counts) / 100})
    out = suppress_overlapping(frame, "n", LIMIT, everyone=100)
    few, hidden = "fewer than 10", "not shown"
    assert shown(out) == ["0", few, few, "10", "40", "90", hidden, hidden, "100"]
    for name in ("spend", "share"):
        assert out[name].isna().tolist() == [not n.isdigit() for n in shown(out)]
    assert out["share"].tolist()[4] == 0.4
    assert out["tag"].tolist() == list("abcdefghi")


def test_overlapping_groups_are_rounded_where_another_table_hides_some():
    frame = pd.DataFrame({"n": [3, 42, 58], "share": [0.03, 0.42, 0.58], "spend": [1.0, 2.0, 3.0]})
    out = suppress_overlapping(frame, "n", LIMIT, everyone=100, rounded=True)
    assert shown(out) == ["fewer than 10", "40", "60"]
    assert out["share"].isna().tolist() == [True, False, False]
    assert out["share"].tolist()[1:] == [0.4, 0.6]
    assert out["spend"].tolist()[1:] == [2.0, 3.0]
    assert frame["n"].tolist() == [3, 42, 58]


# --- a matrix


def test_a_small_cell_takes_company_along_its_row_and_its_column():
    moves = pd.DataFrame({"stays": [400, 90, 0], "goes": [3, 41, 52]}, index=["new", "active", "lost"])
    out = suppress_matrix(moves, LIMIT)
    assert out.index.tolist() == ["new", "active", "lost"]
    assert out.columns.tolist() == ["stays", "goes"]
    assert out.isna().to_numpy().tolist() == [[True, True], [True, True], [False, False]]
    assert out.loc["lost"].tolist() == [0.0, 50.0]


# --- what is said elsewhere of the same groups


def test_a_count_is_said_as_its_table_tells_it():
    said = as_told(37, 202, rounded=True, min_cell=LIMIT)
    assert isinstance(said, Rounded)
    assert said == 35
    assert as_told(37, 202, rounded=False, min_cell=LIMIT) == 37
    assert as_told(9, 202, rounded=True, min_cell=LIMIT) == 9  # seen to be too small to be said
    assert as_told(193, 202, rounded=True, min_cell=LIMIT) == 193
    assert as_told(12, 24, rounded=True, min_cell=12) == 10
    assert as_told(12, 202, rounded=True, min_cell=LIMIT) == 10
    assert as_told(192, 202, rounded=True, min_cell=LIMIT) == 190


def by_hand(counts: list[int], part: list[bool]) -> bool:
    """Whether each hidden group may have three sizes for someone who tries all sizes of all groups."""
    everyone, inside = sum(counts), sum(n for n, is_in in zip(counts, part, strict=True) if is_in)
    cells = shown(suppress(groups(*counts), "n", LIMIT))
    if all(cell.isdigit() for cell in cells):
        return True
    ranges = [
        range(1, LIMIT)
        if cell.startswith("fewer")
        else range(LIMIT, everyone + 1)
        if not cell.isdigit()
        else range(max(rounded_to(n) - 2, 0), rounded_to(n) + 3)
        if n
        else range(1)
        for n, cell in zip(counts, cells, strict=True)
    ]
    if inside < LIMIT:
        told = range(LIMIT)
    elif everyone - inside < LIMIT:
        told = range(everyone - LIMIT + 1, everyone + 1)
    else:
        told = range(rounded_to(inside) - 2, rounded_to(inside) + 3)
    sizes: list[set[int]] = [set() for _ in counts]
    for *guess, last in product(*ranges[:-1], [ranges[-1]]):
        whole = [*guess, everyone - sum(guess)]
        if whole[-1] in last and sum(n for n, is_in in zip(whole, part, strict=True) if is_in) in told:
            for found, n in zip(sizes, whole, strict=True):
                found.add(n)
    return all(len(found) >= 3 for found, cell in zip(sizes, cells, strict=True) if not cell.isdigit())


def rounded_to(n: int) -> int:
    return (n + 2) // 5 * 5


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(0, 25), min_size=2, max_size=4).flatmap(
        lambda counts: st.tuples(st.just(counts), st.lists(st.booleans(), min_size=len(counts), max_size=len(counts)))
    )
)
def test_a_total_over_several_groups_is_safe_where_trying_all_sizes_leaves_three(given_):
    counts, part = given_
    assert parts_are_safe(np.array(counts), np.array(part), LIMIT) == by_hand(counts, part)


@pytest.mark.parametrize(
    ("counts", "part"),
    [
        ([12, 9, 9], [False, True, True]),
        ([12, 9, 9], [True, False, False]),
        ([40, 6, 12], [False, True, True]),
        ([3, 12, 40], [True, False, False]),
        ([3, 12, 40], [True, True, True]),
        ([3, 3, 40], [True, True, False]),
        ([1, 1, 40, 60], [True, False, True, False]),
        ([9, 9, 9, 40], [True, True, True, False]),
    ],
)
def test_a_total_over_several_groups_by_hand(counts, part):
    assert parts_are_safe(np.array(counts), np.array(part), LIMIT) == by_hand(counts, part)


def test_company_is_enough_exactly_where_each_small_group_may_have_three_sizes():
    for hidden in combinations_with_replacement(range(1, 15), 2):
        assert is_enough(hidden) == _is_safe(np.array(hidden), LIMIT), hidden
    for hidden in combinations_with_replacement((1, 2, 4, 8, 9, 10, 13), 3):
        assert is_enough(hidden) == _is_safe(np.array(hidden), LIMIT), hidden
    assert not _is_safe(np.array([5]), LIMIT)
    assert not _is_safe(np.array([]), LIMIT)


def is_enough(hidden: tuple[int, ...]) -> bool:
    small = [n < LIMIT for n in hidden]
    left = possible(list(hidden), small)
    return sum(hidden) >= LIMIT and all(
        len(sizes) >= 3 for sizes, is_small in zip(left, small, strict=True) if is_small
    )


def test_company_is_the_smallest_that_is_enough_and_never_a_group_of_nobody():
    assert shown(suppress(groups(0, 400, 3, 30, 12), "n", LIMIT)) == ["0", "400", "fewer than 10", "30", "not shown"]
