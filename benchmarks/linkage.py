"""Linking measured against Splink's tutorial-like settings on sets with known truth, and timed on a million records.

``python benchmarks/linkage.py --data FOLDER`` writes ``benchmarks/results/linkage.json``. The folder
holds ``febrl/dataset3.csv``, ``dataset4a.csv``, ``dataset4b.csv`` and ``splink_fake_1000/fake_1000.csv``.
Ours is one call with the same settings for every set; Splink's are those of its own tutorials, set by set.
The million goes on to issued ids, and to the next delivery: a tenth of new records, and who keeps an id.
"""

import argparse
import json
import logging
import multiprocessing
import os
import resource
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import splink.comparison_library as cl
from made_up import make_records
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from insight.unify.clusters.cluster import components
from insight.unify.evaluate.score import score
from insight.unify.identity.identity import assign_ids, ids_kept
from insight.unify.link import link_records

SEED = 20240229
KEYS = ["source_system", "source_record_id"]
RESULTS = Path(__file__).parent / "results" / "linkage.json"
_FEBRL = ["given_name", "surname", "date_of_birth", "soc_sec_id", "postcode"]


def febrl(folder: Path, *numbers: str) -> pd.DataFrame:
    """Read FEBRL's people; the truth is in their record ids."""
    parts = []
    for number in numbers:
        frame = pd.read_csv(folder / "febrl" / f"dataset{number}.csv", skipinitialspace=True, dtype=str)
        frame.columns = frame.columns.str.strip()
        frame = frame.rename(columns={"rec_id": "source_record_id"}).assign(source_system=number)
        parts.append(frame.assign(truth=frame["source_record_id"].str.extract(r"rec-(\d+)")[0]))
    return pd.concat(parts, ignore_index=True)


def fake_1000(folder: Path) -> pd.DataFrame:
    """Read Splink's thousand made-up records."""
    frame = pd.read_csv(folder / "splink_fake_1000" / "fake_1000.csv", dtype=str)
    return frame.rename(columns={"unique_id": "source_record_id", "cluster": "truth"}).assign(source_system="a")


def ours(records: pd.DataFrame) -> pd.Series:
    """Cluster by this package, as it comes."""
    linked = link_records(records.drop(columns="truth"))
    return linked.assignment.set_index(KEYS)["cluster"].reindex(pd.MultiIndex.from_frame(records[KEYS]))


def splink_febrl(records: pd.DataFrame) -> pd.Series:
    """Cluster by the settings of Splink's FEBRL examples."""
    comparisons = [
        cl.NameComparison("given_name"),
        cl.NameComparison("surname"),
        cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
        cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
        cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
        cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]),
    ]
    return _splink(
        records,
        comparisons,
        blocks=[[name] for name in _FEBRL],
        sure=[["soc_sec_id"], ["given_name", "surname", "date_of_birth"]],
        trained=[["date_of_birth"], ["postcode"], ["given_name", "surname"]],
    )


def splink_fake(records: pd.DataFrame) -> pd.Series:
    """Cluster by the settings of Splink's first tutorial."""
    comparisons = [
        cl.NameComparison("first_name"),
        cl.NameComparison("surname"),
        cl.DateOfBirthComparison("dob", input_is_string=True),
        cl.ExactMatch("city").configure(term_frequency_adjustments=True),
        cl.EmailComparison("email"),
    ]
    return _splink(
        records,
        comparisons,
        blocks=[["first_name"], ["surname"], ["dob"], ["email"]],
        sure=[["first_name", "surname", "dob"], ["email"]],
        trained=[["first_name", "surname"], ["dob"]],
    )


def splink_million(records: pd.DataFrame) -> pd.Series:
    """Cluster by Splink's bare quickstart with selective blocking."""
    comparisons = [
        cl.NameComparison("first_name"),
        cl.NameComparison("last_name"),
        cl.DateOfBirthComparison("birth_date", input_is_string=True),
        cl.ExactMatch("phone"),
        cl.ExactMatch("email"),
        cl.ExactMatch("postcode"),
    ]
    return _splink(
        records,
        comparisons,
        blocks=[["email"], ["phone"], ["last_name", "birth_date"], ["first_name", "birth_date"]],
        sure=[["first_name", "last_name", "birth_date"]],
        trained=[["first_name", "last_name", "birth_date"], ["email"]],
    )


def _splink(records: pd.DataFrame, comparisons: list, *, blocks: list, sure: list, trained: list) -> pd.Series:
    logging.getLogger("splink").setLevel(logging.ERROR)
    frame = records.drop(columns="truth").reset_index(drop=True).assign(unique_id=range(len(records)))
    api = DuckDBAPI(duckdb.connect())
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=[block_on(*block) for block in blocks],
    )
    linker = Linker(api.register(frame), settings, log_level=None)
    training = linker.training
    training.estimate_probability_two_random_records_match([block_on(*block) for block in sure], recall=0.7)
    training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    for block in trained:
        training.estimate_parameters_using_expectation_maximisation(block_on(*block))
    found = linker.inference.predict(threshold_match_probability=0.95, warning_mode="never").as_pandas_dataframe()
    return pd.Series(components(len(frame), found["unique_id_l"].to_numpy(), found["unique_id_r"].to_numpy()))


def deliver_twice(records: pd.DataFrame, later: pd.DataFrame) -> dict:
    """Link records and issue ids, then link them again with later ones by the saved model, and time every step."""
    started = [time.perf_counter()]
    described = records.drop(columns="truth")
    linked = link_records(described)
    started.append(time.perf_counter())
    first = assign_ids(linked.assignment, seed=SEED, day=None)
    started.append(time.perf_counter())
    everybody = pd.concat([described, later.drop(columns="truth")], ignore_index=True)
    again = link_records(everybody, model=linked.model.as_saved())
    started.append(time.perf_counter())
    second = assign_ids(again.assignment, first, seed=SEED, day=None)
    started.append(time.perf_counter())
    kept, untouched = ids_kept(first.crosswalk, second.crosswalk)
    steps = ("link", "issue ids", "link with a tenth more", "issue ids again")
    truth = pd.concat([records, later])[[*KEYS, "truth"]]
    found = {
        when: score(known["cluster"], known["truth"], rounds=1).set_index("measure")["value"]
        for when, known in (
            ("first", linked.assignment.merge(truth, on=KEYS)),
            ("second", again.assignment.merge(truth, on=KEYS)),
        )
    }
    return {
        "records": len(records),
        "later": len(later),
        "seconds": {step: round(end - start, 1) for step, start, end in zip(steps, started, started[1:], strict=False)},
        "seconds_in_all": round(started[-1] - started[0], 1),
        "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
        "load_before": round(os.getloadavg()[0], 1),
        "pair_f1": round(float(found["first"]["pair_f1"]), 4),
        "pair_f1_with_later": round(float(found["second"]["pair_f1"]), 4),
        "customers": int(first.crosswalk["customer_id"].nunique()),
        "untouched_customers": untouched,
        "untouched_that_keep_their_id": round(kept / max(untouched, 1), 6),
    }


def measure(name: str, how: str, records: pd.DataFrame, link: Callable[[pd.DataFrame], pd.Series]) -> dict:
    """Link, score and time one set in one way."""
    started = time.perf_counter()
    labels = link(records)
    seconds = time.perf_counter() - started
    scored = score(labels.to_numpy(), records["truth"]).set_index("measure")
    return {
        "set": name,
        "by": how,
        "records": len(records),
        "seconds": round(seconds, 1),
        "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
        **{measure: round(float(row["value"]), 4) for measure, row in scored.iterrows()},
        "pair_f1_low": round(float(scored.loc["pair_f1", "low"]), 4),
        "pair_f1_high": round(float(scored.loc["pair_f1", "high"]), 4),
    }


def _twice(records: int) -> dict:
    made = make_records(records + records // 10)
    return deliver_twice(made.iloc[:records], made.iloc[records:])


def _apart(work: Callable[[], dict]) -> dict:
    """Work in a process of its own, so that its peak of memory is its own."""
    context = multiprocessing.get_context("fork")
    ending, entry = context.Pipe(duplex=False)
    process = context.Process(target=lambda: entry.send(work()))
    process.start()
    entry.close()
    result = ending.recv()
    process.join()
    logging.getLogger(__name__).warning("%s", result)
    return result


def main() -> None:
    """Run every set both ways, each in a process of its own so that peaks of memory are its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with febrl/ and splink_fake_1000/")
    parser.add_argument("--records", type=int, default=1_000_000, help="how many made-up records are timed; 0: none")
    given = parser.parse_args()
    sets = [
        ("FEBRL3", lambda: febrl(given.data, "3"), splink_febrl),
        ("FEBRL4", lambda: febrl(given.data, "4a", "4b"), splink_febrl),
        ("fake_1000", lambda: fake_1000(given.data), splink_fake),
    ]
    if given.records:
        sets.append(("made up", lambda: make_records(given.records), splink_million))
    results = []
    for name, read, by_splink in sets:
        for how, link in (("insight", ours), ("splink tutorial", by_splink)):
            results.append(_apart(lambda: measure(name, how, read(), link)))  # noqa: B023
    if given.records:
        results.append({"set": "made up, delivered twice", "by": "insight"} | _apart(lambda: _twice(given.records)))
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
