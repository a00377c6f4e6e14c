"""Read out simulated campaigns whose effects are known: coverage, false alarms, faults caught, what adjusting is worth.

python benchmarks/readouts.py [--campaigns 1000] [--seeds 1 2 3]

Campaigns go the way of delivered ones, through the tables of contacts and responses. Sizes, control groups and response
rates differ; of some offers nobody in a control group can respond, as only the contacted hold the coupon. One campaign
in fifty loses a part of its control group. What is spent beyond what was known is skewed (exponential), in ``heavy`` so
heavily (lognormal) that a few customers decide. Results are in ``benchmarks/results/readouts.json``.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd

from insight.engine import connect
from insight.review import draw, reach
from insight.review.comparison import Z, compare

RESULTS = Path(__file__).parent / "results" / "readouts.json"
FAULTY = 0.02  # of the campaigns lose a part of their control group
LOST = 0.3  # of it


def plan(campaigns: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw sizes, control groups, response rates and effects: half of the campaigns have none."""
    silent = rng.random(campaigns) < 0.3
    held = np.where(silent, 0.0, np.exp(rng.uniform(np.log(0.005), np.log(0.2), campaigns)))
    added = np.where(silent | (rng.random(campaigns) < 0.5), rng.uniform(0.01, 0.08, campaigns), 0.0)
    size = np.exp(rng.uniform(np.log(400), np.log(4000), campaigns)).astype(int)
    share = rng.choice([0.1, 0.2, 0.3], campaigns)
    names = [f"offer {number:04d}" for number in range(campaigns)]
    return pd.DataFrame({"name": names, "size": size, "share": share, "held": held, "added": added})


def deliver(planned: pd.DataFrame, rng: np.random.Generator, *, faulty: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw contacts, control groups and responses; give the contacts, and the plan with ``is_faulty``."""
    parts, is_faulty = [], rng.permutation(len(planned)) < faulty * len(planned)
    for row, broken in zip(planned.itertuples(), is_faulty, strict=True):
        holdout = rng.random(row.size) < row.share
        answers = rng.random(row.size) < row.held + row.added * ~holdout
        kept = ~(holdout & (rng.random(row.size) < LOST)) if broken else np.ones(row.size, bool)
        customers = [f"c{number}" for number in np.flatnonzero(kept)]
        parts.append(pd.DataFrame({
            "campaign_id": row.name, "customer_id": customers, "is_holdout": holdout[kept],
            "propensity": 1 - row.share, "responded": answers[kept],
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True), planned.assign(is_faulty=is_faulty)


def read(contacts: pd.DataFrame, planned: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the campaigns out by the review's own functions: what was added by campaign, and how it was drawn."""
    con, day = connect(), pd.Timestamp("2024-01-01").date()
    campaigns = planned[["name"]].assign(campaign_id=planned["name"], kind="x", starts_on=day, ends_on=day)
    tables = {"campaigns": campaigns, "contacts": contacts.drop(columns="responded")}
    tables["responses"] = contacts.loc[contacts["responded"], ["campaign_id", "customer_id"]]
    made = {name: con.create_table(name, frame) for name, frame in tables.items()}
    counted = reach.count_reach(made["campaigns"], made["contacts"], made["responses"])
    added = reach.incremental_responses(counted)
    return added[added["name"].notna()], counted


def responses(campaigns: int, rng: np.random.Generator) -> dict:
    """Measure coverage of the effect on responses, false alarms, and faults of the draw."""
    contacts, planned = deliver(plan(campaigns, rng), rng, faulty=FAULTY)
    added, counted = read(contacts, planned)
    found = planned.merge(added, on="name", suffixes=("_true", ""))
    drawn = planned.merge(counted[["name", "draw"]], on="name")
    wald = Z * np.sqrt(sum(found[rate] * (1 - found[rate]) / found[of]
                           for rate, of in (("rate", "contacted"), ("held_rate", "held_out"))))  # fmt: skip
    covers = found["added_true"].between(found["added_low"], found["added_high"])
    by_wald = (found["added"] - found["added_true"]).abs() <= wald
    silent, nothing = found["held_responded"] == 0, found["added_true"] == 0
    called = (found["added_low"] > 0) | (found["added_high"] < 0)
    caught, sound = drawn[drawn["is_faulty"]]["draw"], drawn[~drawn["is_faulty"]]["draw"]
    return {
        "campaigns_read": len(found),
        "coverage": covers.mean(), "coverage_wald": by_wald.mean(),
        "coverage_with_responses_in_control": covers[~silent].mean(),
        "silent_controls": int(silent.sum()),
        "coverage_silent_control": covers[silent].mean(), "coverage_silent_control_wald": by_wald[silent].mean(),
        "no_effect": int(nothing.sum()),
        "no_effect_called_effective": (called & nothing).sum() / nothing.sum(),
        "no_effect_called_adding": ((found["added_low"] > 0) & nothing).sum() / nothing.sum(),
        "faults_planted": len(caught), "faults_caught": (caught == draw.BROKEN).mean(),
        "sound_called_broken": (sound == draw.BROKEN).mean(),
    }  # fmt: skip


def silent_controls(campaigns: int, rng: np.random.Generator) -> dict:
    """Measure coverage where few respond, so that many control groups have no response."""
    found = {}
    for held in (0.002, 0.005, 0.01):
        planned = plan(campaigns, rng).assign(held=held, size=1000, share=0.1)
        planned["added"] = rng.choice([0.0, 0.01, 0.03], campaigns)
        contacts, planned = deliver(planned, rng, faulty=0.0)
        read_out = planned.merge(read(contacts, planned)[0], on="name", suffixes=("_true", ""))
        rates = (("rate", "contacted"), ("held_rate", "held_out"))
        wald = Z * np.sqrt(sum(read_out[rate] * (1 - read_out[rate]) / read_out[of] for rate, of in rates))
        found[str(held)] = {
            "silent": (read_out["held_responded"] == 0).mean(),
            "coverage": read_out["added_true"].between(read_out["added_low"], read_out["added_high"]).mean(),
            "coverage_wald": ((read_out["added"] - read_out["added_true"]).abs() <= wald).mean(),
        }
    return found


def faults(rounds: int, rng: np.random.Generator) -> dict:
    """Measure how often a split two points off its plan is caught, and a sound one accused, by the customers drawn."""
    found = {}
    for size in (1_000, 2_000, 5_000, 10_000, 20_000):
        tested = {}
        for name, share in (("caught", 0.18), ("accused", 0.2)):
            held = rng.binomial(size, share, rounds)
            chances = [draw.split_chance(size - one, size, planned=0.8) for one in held]
            tested[name] = float(np.mean(np.array(chances) < 0.001))
        found[str(size)] = tested
    return found


def spend(campaigns: int, rng: np.random.Generator) -> dict:
    """Measure coverage of the effect on spend, and how much earlier spend narrows its interval."""
    found = {}
    for name, correlation in {"0.3": 0.3, "0.6": 0.6, "0.9": 0.9, "0.6 heavy": 0.6}.items():
        covers, widths, called, plain_covers = [], [], [], []
        for number in range(campaigns):
            size = int(rng.integers(300, 1500))
            usual, chance = rng.standard_normal(size), rng.exponential(size=size) - 1
            if "heavy" in name:
                chance = (np.exp(rng.standard_normal(size)) - np.exp(0.5)) / np.sqrt((np.e - 1) * np.e)
            before = 100 + 30 * usual
            contacted = pd.Series(rng.random(size) < 0.8)
            effect = 0.0 if number % 2 else 5.0
            after = 100 + 30 * (correlation * usual + np.sqrt(1 - correlation**2) * chance) + effect * contacted
            one = compare(pd.Series(after), contacted, pd.DataFrame({"spend_1": before}))
            sides = [after[contacted], after[~contacted]]
            plain = np.sqrt(sum(side.var() / len(side) for side in sides))
            low, high = one.effect - Z * one.error, one.effect + Z * one.error
            covers.append(low <= effect <= high)
            plain_covers.append(abs(sides[0].mean() - sides[1].mean() - effect) <= Z * plain)
            widths.append(one.error / plain)
            called += [not low <= 0 <= high] if not effect else []
        found[name] = {
            "coverage": np.mean(covers), "coverage_unadjusted": np.mean(plain_covers),
            "no_effect_called_effective": np.mean(called),
            "narrower": np.mean(widths), "narrower_by_theory": np.sqrt(1 - correlation**2),
        }  # fmt: skip
    return found


def rounded(value):
    """Round all numbers of a result."""
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    return value if isinstance(value, int) else round(float(value), 4)


def main() -> None:
    """Measure all, over seeds, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--campaigns", type=int, default=1_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    given = parser.parse_args()
    found = {}
    for seed in given.seeds:
        rng = np.random.default_rng(seed)
        found[f"seed {seed}"] = {
            "responses": responses(given.campaigns, rng),
            "few_respond": silent_controls(given.campaigns, rng),
            "split_two_points_off": faults(given.campaigns, rng),
            "spend": spend(given.campaigns, rng),
        }
        print(json.dumps(rounded(found[f"seed {seed}"]), indent=1), flush=True)  # noqa: T201
    RESULTS.write_text(json.dumps(rounded({"campaigns": given.campaigns, **found}), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
