"""What benchmarks share: a measurement by seed, written as JSON; of offers, a list of contacts."""

import argparse
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa


def by_seed(
    measure: Callable[..., dict[str, Any]],
    about: str | None,
    *,
    seeds: tuple[int, ...] = (7, 8, 9),
    decimals: int | None = None,
    **counts: int,
) -> tuple[dict, dict]:
    """Measure with each of the seeds, or those of the command line.

    Parameters
    ----------
    measure
        Takes a seed, and the counts by name.
    about
        What ``--help`` says.
    seeds
        Without the command line.
    decimals
        To which all that is measured is rounded; as it is without.
    counts
        Whole numbers that the command line may set, as they are without it.

    Returns
    -------
    tuple
        The counts in use, and the results by seed.
    """
    parser = argparse.ArgumentParser(description=about)
    for name, count in counts.items():
        parser.add_argument(f"--{name}", type=int, default=count)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(seeds))
    given = vars(parser.parse_args())
    found = {}
    for seed in given.pop("seeds"):
        measured = measure(seed, **given)
        if decimals is not None:
            measured = {name: round(float(value), decimals) for name, value in measured.items()}
        found[str(seed)] = measured
        logging.getLogger(__name__).warning("%s: %s", seed, found[str(seed)])
    return given, found


def write(results: dict, path: Path) -> None:
    """Write results as JSON."""
    path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def contacts(person: np.ndarray, offer: np.ndarray, channel: np.ndarray) -> pa.Table:
    """Make a list of contacts, nobody of whom is held out; ``channel`` is everybody's best."""
    nobody = np.zeros(len(person), bool)
    return pa.table({"person": person, "offer": offer, "channel": channel[person].astype(str), "is_holdout": nobody})
