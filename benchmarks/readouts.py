"""Read out simulated campaigns whose effects are known: coverage, false alarms, faults caught, what adjusting is worth.

python benchmarks/readouts.py [--campaigns 1000] [--spend 4000] [--seeds 1 2 3]

Campaigns go the way of delivered ones, through the tables of contacts and responses. Sizes, control groups and response
rates differ; of some offers nobody in a control group can respond, as only the contacted hold the coupon. One campaign
in fifty loses a part of its control group. What is spent beyond what was known is skewed (exponential), in ``heavy`` so
heavily (lognormal) that a few customers decide, in ``seldom`` four in five spend nothing beside. A thousand campaigns
leave a coverage uncertain by 1.4 points (95%), and the share of false alarms of the half without effect by 1.9: so
responses are also counted over a hundred thousand, and spend over four thousand.
Results are in ``benchmarks/results/readouts.json``.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd

from insight.engine import connect
from insight.intervals import difference_of_shares
from insight.review import draw, reach
from insight.review.comparison import Z, compare
from insight.review.rates import MIN_GROUP

RESULTS = Path(__file__).parent / "results" / "readouts.json"
FAULTY = 0.02  # of the campaigns lose a part of their control group
LOST = 0.3  # of it
MANY, DRAWS = 5_000, 20  # campaigns planned, and how often each is drawn, where chance is to be next to nothing


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


def many_responses(campaigns: int, rng: np.random.Generator) -> dict:
    """Measure coverage and false alarms by counts alone, of so many campaigns that chance is next to nothing.

    The standard error of a coverage is that of the planned campaigns, of which each is drawn twenty times.
    """
    planned = plan(campaigns, rng)
    held_out = rng.binomial(planned["size"], planned["share"])
    planned, held_out = planned[held_out >= MIN_GROUP], held_out[held_out >= MIN_GROUP]
    contacted, shape = planned["size"].to_numpy() - held_out, (DRAWS, len(planned))
    kept = rng.binomial(held_out, planned["held"], shape)
    responded = rng.binomial(contacted, planned["held"] + planned["added"], shape)
    low, high = difference_of_shares(*(np.broadcast_to(part, shape).ravel() for part in (
        responded, contacted, kept, held_out)))  # fmt: skip
    low, high, added = low.reshape(shape), high.reshape(shape), planned["added"].to_numpy()
    covers, nothing = (low <= added) & (added <= high), added == 0
    impossible = planned["held"].to_numpy() == 0
    return {
        "campaigns": int(covers.size), "coverage": covers.mean(), "standard_error": sampling(covers),
        "coverage_where_controls_can_respond": covers[:, ~impossible].mean(),
        "coverage_where_no_control_can_respond": covers[:, impossible].mean(),
        "coverage_silent_control": covers[kept == 0].mean(),
        "no_effect_called_effective": ((low > 0) | (high < 0))[:, nothing].mean(),
        "no_effect_called_adding": (low > 0)[:, nothing].mean(),
        "standard_error_no_effect": sampling(((low > 0) | (high < 0))[:, nothing]),
    }  # fmt: skip


def sampling(answers: np.ndarray) -> float:
    """Give the standard error of a share of answers: draws down, planned campaigns across."""
    return float(answers.mean(axis=0).std(ddof=1) / np.sqrt(answers.shape[1]))


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
    """Measure coverage of the effect on spend, false alarms, and how much earlier spend narrows the interval."""
    found = {}
    for name, (correlation, chance_of) in SPENDING.items():
        rows = []
        for number in range(campaigns):
            size, effect = int(rng.integers(300, 1500)), 0.0 if number % 2 else 5.0
            usual, chance = rng.standard_normal(size), chance_of(rng, size)
            before, contacted = 100 + 30 * usual, pd.Series(rng.random(size) < 0.8)
            after = 100 + 30 * (correlation * usual + np.sqrt(1 - correlation**2) * chance) + effect * contacted
            after = pd.Series(after)
            one = compare(after, contacted, pd.DataFrame({"spend_1": before}), by_lot=True)
            plain = np.sqrt(sum(side.var() / len(side) for side in (after[contacted], after[~contacted])))
            low, high = one.interval
            normal = abs(one.effect - effect) <= Z * one.error
            rows.append((effect, low <= effect <= high, low > effect, high < effect, normal,
                         one.effect - effect > Z * one.error, one.error / plain))  # fmt: skip
        names = ["effect", "covers", "low", "high", "normal", "normal_low", "width"]
        all_of = pd.DataFrame(rows, columns=names)
        nothing = all_of[all_of["effect"] == 0]
        found[name] = {
            "coverage": all_of["covers"].mean(), "coverage_normal": all_of["normal"].mean(),
            "no_effect_called_effective": 1 - nothing["covers"].mean(),
            "no_effect_called_adding": nothing["low"].mean(),
            "no_effect_called_adding_normal": nothing["normal_low"].mean(),
            "interval_above_effect": all_of["low"].mean(), "interval_below_effect": all_of["high"].mean(),
            "narrower": all_of["width"].mean(), "narrower_by_theory": np.sqrt(1 - correlation**2),
        }  # fmt: skip
    return found


def standard(values: np.ndarray, mean: float, variance: float) -> np.ndarray:
    """Give values with mean 0 and standard deviation 1."""
    return (values - mean) / np.sqrt(variance)


def heavy(rng: np.random.Generator, size: int) -> np.ndarray:
    """Draw lognormal amounts: a few customers decide."""
    return standard(np.exp(rng.standard_normal(size)), np.exp(0.5), (np.e - 1) * np.e)


def seldom(rng: np.random.Generator, size: int) -> np.ndarray:
    """Draw lognormal amounts of one customer in five; the others spend nothing."""
    spent = (rng.random(size) < 0.2) * np.exp(rng.standard_normal(size))
    return standard(spent, 0.2 * np.exp(0.5), 0.2 * np.exp(2) - 0.04 * np.e)


#: Kinds of spending: correlation with what was spent before, and what comes on top by chance.
SPENDING = {
    "0.3": (0.3, lambda rng, size: rng.exponential(size=size) - 1),
    "0.6": (0.6, lambda rng, size: rng.exponential(size=size) - 1),
    "0.9": (0.9, lambda rng, size: rng.exponential(size=size) - 1),
    "0.6 heavy": (0.6, heavy),
    "0.6 seldom": (0.6, seldom),
}


def rounded(value):
    """Round all numbers of a result."""
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    return value if isinstance(value, int) else round(float(value), 4)


def main() -> None:
    """Measure all, over seeds, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--campaigns", type=int, default=1_000)
    parser.add_argument("--spend", type=int, default=4_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    given = parser.parse_args()
    found = {}
    for seed in given.seeds:
        rng = np.random.default_rng(seed)
        found[f"seed {seed}"] = {
            "responses": responses(given.campaigns, rng),
            "many_responses": many_responses(MANY, rng),
            "few_respond": silent_controls(given.campaigns, rng),
            "split_two_points_off": faults(given.campaigns, rng),
            "spend": spend(given.spend, rng),
        }
        print(json.dumps(rounded(found[f"seed {seed}"]), indent=1), flush=True)  # noqa: T201
    RESULTS.write_text(
        json.dumps(rounded({"campaigns": given.campaigns, "spend": given.spend, **found}), indent=1) + "\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
