"""What goes wrong in records goes wrong as often as said, and in the way said."""

import re
from pathlib import Path

import numpy as np
import pytest

from insight.config.source import Dirt
from insight.simulate.delivery import corruption
from insight.simulate.delivery.corruption import Habits, corrupt, swapped, with_gaps, with_wrong_check_digit
from insight.simulate.delivery.letters import full_width, misheard, slip, traditional

CLEAN = Dirt(**dict.fromkeys(Dirt.model_fields, 0.0))
N = 20_000


def records(n=N):
    texts = {
        "family_zh": "张",
        "given_zh": "伟明",
        "family_latin": "Zhang",
        "given_latin": "Wei Ming",
        "phone": "13800138000",
        "previous_phone": "13700137000",
        "family_phone": "13600136000",
        "email": "zhang@qq.com",
        "document": "11010519491231002X",
        "city": "广州市",
        "address": "广州市天河区中山路1号",
        "previous_address": "广州市天河区中山路2号",
    }
    fields = {name: np.full(n, text) for name, text in texts.items()}
    fields["birth"] = np.full(n, "1949-12-05", dtype="datetime64[D]")
    return fields | {"knew_phone": np.ones(n, bool), "knew_address": np.ones(n, bool)}


def corrupted(dirt, habits=None, n=N):
    return corrupt(records(n), habits or Habits(), dirt, customers=n, rng=np.random.default_rng(7))


def test_without_dirt_nothing_changes():
    made = corrupted(CLEAN, Habits(by_phone=True, till=1.0))
    assert not any(touched.any() for touched in made.marks.values())
    for name, values in records().items():
        assert (made.fields[name] == values).all()


@pytest.mark.parametrize("kind", ["full_width", "traditional", "default_birth", "swapped_days", "wrong_check_digit"])
def test_each_kind_falls_as_often_as_its_rate_says(kind):
    made = corrupted(CLEAN.model_copy(update={kind: 0.1}))
    assert made.marks[kind].mean() == pytest.approx(0.1, abs=0.01)
    assert not any(touched.any() for other, touched in made.marks.items() if other != kind)


def test_the_till_number_stands_on_exactly_so_many_records():
    made = corrupted(CLEAN.model_copy(update={"till_number": 0.025}), Habits(till=1.0))
    assert (made.fields["phone"] == corruption.TILL_NUMBER).sum() == 500


def test_a_record_made_before_the_change_holds_the_old_phone():
    fields = records(3) | {"knew_phone": np.array([True, False, False])}
    made = corrupt(fields, Habits(), CLEAN, customers=3, rng=np.random.default_rng(0)).fields
    assert made["phone"].tolist() == ["13800138000", "13700137000", "13700137000"]


def test_names_are_misheard_only_where_they_are_taken_by_phone():
    dirt = CLEAN.model_copy(update={"hearing": 0.2})
    assert not corrupted(dirt).marks["hearing"].any()
    heard = corrupted(dirt, Habits(by_phone=True))
    assert heard.marks["hearing"].mean() == pytest.approx(0.2, abs=0.015)
    assert {len(name) for name in heard.fields["given_zh"]} == {2}


def test_fields_are_empty_as_often_as_the_source_has_the_habit():
    written = {"phone": np.full(N, "138"), "email": np.full(N, "a@b")}
    gaps = with_gaps(written, Habits(missing={"email": 0.3}), Dirt(), np.random.default_rng(1))
    assert (gaps["email"] == "").mean() == pytest.approx(0.3, abs=0.015)
    assert (gaps["phone"] != "").all()


def test_a_slip_changes_a_text_by_one_stroke():
    before = np.full(2000, "13812345678")
    after = slip(before, np.random.default_rng(3))
    assert (after != before).mean() > 0.98
    assert {len(text) for text in after} == {10, 11, 12}


def test_chinese_is_mistyped_by_its_sound():
    assert slip(np.array(["伟"] * 50), np.random.default_rng(0))[0] in "魏韦薇炜玮维威卫唯蔚微巍为苇纬"
    assert misheard(np.array(["伟"] * 50), np.random.default_rng(0))[0] in "魏韦薇炜玮维威卫唯蔚微巍为苇纬"


def test_scripts_and_widths():
    assert traditional(np.array(["刘丽华", "Liu"])).tolist() == ["劉麗華", "Liu"]
    assert full_width(np.array(["0138X"])).tolist() == ["０１３８X"]


def test_swapped_days_stay_days():
    days = np.arange("1990-01-01", "1991-01-01", dtype="datetime64[D]")
    again = swapped(swapped(days))
    assert (again == days).all()
    assert (swapped(days) != days).sum() == 12 * 11


def test_a_wrong_check_digit_is_never_the_right_one():
    right = np.array(["11010519491231002X"] * 500)
    wrong = with_wrong_check_digit(right, np.random.default_rng(0))
    assert (wrong != right).all()
    assert {text[:17] for text in wrong} == {"11010519491231002"}


def test_the_page_on_dirt_states_every_rate():
    page = (Path(__file__).resolve().parents[2] / "docs" / "card-bank-records.md").read_text("utf-8")
    told = dict(re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", page, re.MULTILINE))
    assert {name: float(rate) for name, rate in told.items()} == Dirt().model_dump()
