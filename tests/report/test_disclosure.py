from itertools import product

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from insight.report.disclosure import suppress, suppress_matrix

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
