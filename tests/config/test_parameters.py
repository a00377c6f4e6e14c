import json
import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from insight.config.parameters import Parameters, load, project_root
from insight.errors import ParameterError

#: The businesses that come with the project; a user's own, finished or not, stand beside them.
SHIPPED = ("cardbank", "cdnow", "complete_journey", "online_retail", "tiny")

SHOP = """\
title: {en: Shop, zh: 商店}
currency: EUR
time_zone: Europe/Berlin
source: {kind: cdnow}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "shop.yaml").write_text(SHOP, encoding="utf-8")
    return tmp_path


def write(root: Path, text: str) -> None:
    (root / "params" / "shop.yaml").write_text(text, encoding="utf-8")


def test_a_short_yaml_is_enough(root):
    read = load("shop", root=root)
    assert (read.dataset, read.currency, read.tiers) == ("shop", "EUR", 5)


def test_a_value_of_this_run_wins(root):
    assert load("shop", {"campaign_budget": "750"}, root=root).campaign_budget == 750


def test_a_misspelt_parameter_names_the_nearest(root):
    with pytest.raises(ParameterError, match=r"`chrun_window`; did you mean `churn_window`\?"):
        load("shop", {"chrun_window": "90"}, root=root)


def test_a_misspelt_key_in_the_file_names_the_nearest(root):
    write(root, SHOP + "campain_budget: 3\n")
    with pytest.raises(ParameterError, match=r"params/shop.yaml: .*`campain_budget`; did you mean `campaign_budget`"):
        load("shop", root=root)


def test_all_problems_are_said_at_once(root):
    write(root, SHOP + "tiers: many\nmin_cell: 1\n")
    with pytest.raises(ParameterError, match=r"2 problem") as caught:
        load("shop", root=root)
    assert "`tiers`" in str(caught.value)
    assert "`min_cell`" in str(caught.value)


def test_a_key_given_twice_is_refused(root):
    write(root, SHOP + "tiers: 4\ntiers: 5\n")
    with pytest.raises(ParameterError, match="line 6: the key `tiers` is given twice"):
        load("shop", root=root)


def test_a_python_object_in_yaml_is_refused(root):
    write(root, SHOP + "tiers: !!python/object/apply:os.getpid []\n")
    with pytest.raises(ParameterError, match="could not determine a constructor"):
        load("shop", root=root)


def test_a_secret_is_refused_by_its_name(root):
    with pytest.raises(ParameterError, match="secrets come from the environment"):
        load("shop", {"db_password": "x"}, root=root)


def test_an_unknown_business_names_the_nearest(root):
    with pytest.raises(ParameterError, match=r"did you mean `shop`.*Known: shop"):
        load("shopp", root=root)


def test_a_path_is_no_business(root):
    with pytest.raises(ParameterError, match="no file of this name"):
        load("../shop", root=root)


def test_an_unknown_time_zone_is_refused(root):
    write(root, SHOP.replace("Europe/Berlin", "Mitteleuropa"))
    with pytest.raises(ParameterError, match="`time_zone`: not an IANA time zone"):
        load("shop", root=root)


def test_parameters_do_not_change(root):
    with pytest.raises(ValueError, match="frozen"):
        load("shop", root=root).tiers = 3


@pytest.mark.parametrize("dataset", SHIPPED)
def test_every_business_of_the_project_has_sound_parameters(dataset):
    assert load(dataset).dataset == dataset


def test_every_parameter_says_what_it_is():
    assert [name for name, field in Parameters.model_fields.items() if not field.description] == []


def test_the_project_is_found_from_a_folder_in_it(monkeypatch):
    monkeypatch.delenv("INSIGHT_HOME", raising=False)
    monkeypatch.chdir(project_root() / "notebooks")
    assert (project_root() / "pyproject.toml").is_file()


@pytest.mark.parametrize("day", ["2023-02-30", "2023-13-01", "30/02/2023"])
def test_a_day_that_never_was_is_one_message_with_its_key(root, day):
    with pytest.raises(ParameterError, match=r"1 problem\(s\)\n  - `as_of`: .*valid date") as of_run:
        load("shop", {"as_of": day}, root=root)
    write(root, SHOP + f"as_of: {day}\n")
    with pytest.raises(ParameterError) as of_file:
        load("shop", root=root)
    assert str(of_file.value).partition(": ")[2] == str(of_run.value).partition(": ")[2]


def test_an_impossible_as_of_as_a_user_wrote_it(root, cases):
    write(root, (cases / "impossible_as_of" / "badasof.yaml").read_text("utf-8"))
    with pytest.raises(ParameterError, match="`as_of`: "):
        load("shop", root=root)


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("languages", "en", ("en",)),
        ("languages", "zh,en", ("zh", "en")),
        ("languages", "[zh]", ("zh",)),
        ("offer_excluded", "Postage", ("Postage",)),
        ("as_of", "2023-02-28", date(2023, 2, 28)),
        ("tiers", "4", 4),
        ("min_cell", "12", 12),
        ("holdout_share", ".25", 0.25),
    ],
)
def test_values_of_the_command_line_are_understood(root, key, text, value):
    assert getattr(load("shop", {key: text}, root=root), key) == value


def test_codes_keep_their_zeros_and_days_their_form(root):
    kind = '{column: Type, values: {01: purchase, 2024-03-01: refund, "8:30": other}, otherwise: other}'
    columns = f"{{customer_id: who, occurred_on: day, amount: paid, kind: {kind}}}"
    tables = f"{{transactions: {{files: a.csv, columns: {columns}}}}}"
    write(root, SHOP.replace("{kind: cdnow}", f"{{kind: files, tables: {tables}}}"))
    read = load("shop", root=root).source.tables["transactions"].columns["kind"].values
    assert list(read) == ["01", "2024-03-01", "8:30"]


NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))


def knobs(notebook: Path) -> tuple[list[str], str]:
    """The knobs of a notebook's parameters cell, and the code of its other cells."""
    cells = [cell for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    first, *others = ("".join(cell["source"]) for cell in cells)
    return re.findall(r"^(\w+): .+ \| None = None", first, re.MULTILINE), "\n".join(others)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_knob_of_a_notebook_is_checked_where_it_opens_its_workspace(notebook):
    names, code = knobs(notebook)
    assert set(names) <= set(Parameters.model_fields)
    for name in names:
        assert f"{name}={name}" in code or f'"{name}": {name}' in code
        with pytest.raises(ParameterError, match=f"^the parameters cell: .*\\s*.*`{name}`"):
            load("tiny", knobs={name: "bestfifth"}, cell="the parameters cell")


@pytest.mark.parametrize(
    ("name", "value"),
    [("tiers", "5"), ("tiers", True), ("tiers", 99), ("churn_window", [60]), ("holdout_share", "0.2"), ("as_of", 3)],
)
def test_a_knob_of_the_wrong_type_is_refused_where_it_stands(root, name, value):
    with pytest.raises(ParameterError, match=f"^cell 1: 1 problem.*\\s*- `{name}`: "):
        load("shop", knobs={name: value}, cell="cell 1", root=root)


def test_a_misspelt_knob_names_its_cell_and_the_nearest(root):
    with pytest.raises(ParameterError, match=r"cell 1: there is no parameter `chrun_window`; did you mean `churn_win"):
        load("shop", knobs={"chrun_window": 60}, cell="cell 1", root=root)


def test_a_knob_of_the_right_type_counts_before_the_command_line(root):
    knobs = {"tiers": np.int64(4), "as_of": date(2024, 1, 31), "campaign_budget": 5, "max_groups": None}
    read = load("shop", {"tiers": "3", "max_groups": "6"}, knobs=knobs, cell="cell 1", root=root)
    assert (read.tiers, read.as_of, read.campaign_budget, read.max_groups) == (4, date(2024, 1, 31), 5, 6)


def test_each_problem_is_said_where_it_stands(root):
    write(root, SHOP + "min_cell: 1\n")
    with pytest.raises(ParameterError) as caught:
        load("shop", {"languages": "de"}, knobs={"tiers": 1}, cell="cell 1", root=root)
    places = dict(re.findall(r"(?m)^(.+): 1 problem\(s\)\n  - `([\w.]+)`", str(caught.value)))
    assert places == {"params/shop.yaml": "min_cell", "--set": "languages.0", "cell 1": "tiers"}


@pytest.mark.parametrize("value", ["yes", ".inf", ".nan", "[1]", "-1"])
@pytest.mark.parametrize("name", ["tiers", "churn_window", "campaign_budget", "holdout_share", "min_cell", "seed"])
def test_what_is_no_number_of_its_kind_is_refused(root, name, value):
    with pytest.raises(ParameterError, match=f"`{name}`"):
        load("shop", {name: value}, root=root)


def test_a_tag_that_is_not_in_the_library_is_refused_with_the_nearest(root):
    (root / "params" / "tags").mkdir()
    (root / "params" / "tags" / "own.yaml").write_text(
        '- id: regulars\n- {id: "guests", kind: fact}\n', encoding="utf-8"
    )
    write(root, SHOP + "portrait_of: regular\n")
    with pytest.raises(ParameterError, match=r"params/shop.yaml: `portrait_of`.*you mean `regulars`\? Tags: guests, r"):
        load("shop", root=root)
    assert load("shop", {"portrait_of": "guests"}, root=root).portrait_of == "guests"
