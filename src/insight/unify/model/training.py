"""The model's parameters, learned without labels: how often true pairs agree, and how often strangers do.

The model is Fellegi and Sunter's [1]_, as Splink applies it. Expectation maximisation runs over
counted patterns of agreement, so it takes the same time for a thousand pairs and for millions, and
gives the same figures whatever the threads.

What keeps it from learning the wrong lesson: it looks only at blocks that name a person and hardly
hold coincidences (a block of street and surname would teach "same household"); true pairs among the
random ones are taken out of ``u``; every estimate is pulled a tenth of the way to a default; and
"entirely different" never becomes impossible for a person.

References
----------
.. [1] Fellegi and Sunter (1969), A Theory for Record Linkage, JASA 64(328), 1183-1210.
"""

from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd

from insight.unify.model.household import household_rules, learn_households
from insight.unify.model.model import Model, Patterns, default_m, default_u, match_probability
from insight.unify.model.recall import Outcomes, expected_recall
from insight.unify.pairs.blocking import NAMES, Keys, Rule, each_once, pairs_of
from insight.unify.pairs.char_bags import spare_slow_tests
from insight.unify.pairs.comparisons import Comparison

RANDOM_PAIRS = 400_000
SESSION_PAIRS = 100_000
SESSIONS = 12
PURE = 0.2
_PULL = 0.1
# pairs that the default probabilities count as
_DEFAULT_PAIRS = 20
_LEAST_DIFFERENT = 0.04
_ASSUMED_RECALL = 0.7
_RECALL = (0.2, 0.95)
_NAMED = 40
# blocks that are all but wholly of one person's records teach even that a field differs; so many pairs of them
_SURE = 0.9
_MANY = 300


def train(
    con: duckdb.DuckDBPyConnection,
    comparisons: list[Comparison],
    *,
    keys: Keys,
    rules: list[Rule],
    max_block: int,
    seed: int,
) -> Model:
    """Estimate the m- and u-probabilities of every level, from the table ``people`` in ``con``.

    Parameters
    ----------
    keys, rules
        The records' keys and every rule that was counted, chosen for pairs or not.
    max_block
        Blocks of more records are left out.
    seed
        Start of the draw of random pairs.
    """
    sessions, homes = choose_sessions(rules, comparisons), household_rules(rules, pure=PURE, most=SESSIONS)
    pairs = [random_pairs(keys.records, seed=seed)]
    pairs += [pairs_of(keys, rule, max_block=max_block, most=SESSION_PAIRS) for rule in [*sessions, *homes]]
    strangers, *blocks = count_patterns(con, comparisons, pairs)
    named = named_rules(rules)
    found = count_named(keys, named, max_block=max_block)
    defaults = tuple(map(default_m, comparisons))
    u = tuple(_stranger_shares(strangers, i, comparison) for i, comparison in enumerate(comparisons))
    model = Model(tuple(comparisons), defaults, u, estimate_prior(found, _ASSUMED_RECALL, keys.records))
    for _ in range(3):
        model = learn_people(model, sessions, blocks[: len(sessions)])
        doubt = 1 - match_probability(model, strangers.values)
        cleaned = Patterns(strangers.values, strangers.counts * doubt)
        outcomes = Outcomes(model, named, filled=strangers.filled())
        recall = np.clip(expected_recall(outcomes, named), *_RECALL) if named else _ASSUMED_RECALL
        model = replace(
            model,
            u=(u := tuple(_stranger_shares(cleaned, i, comparison) for i, comparison in enumerate(comparisons))),
            m=tuple(map(_difference_speaks_against, model.m, u)),
            prior=estimate_prior(found, float(recall), keys.records),
        )
    model = learn_households(model, homes, blocks[len(sessions) :], keys.records)
    return replace(model, filled=strangers.filled(), records=keys.records)


def _stranger_shares(strangers: Patterns, number: int, comparison: Comparison) -> np.ndarray:
    compared = strangers.counts[strangers.values[:, number] >= 0].sum()
    counts = compared * strangers.shares(number, len(comparison.levels)) + _DEFAULT_PAIRS * default_u(comparison)
    return counts / counts.sum()


# --- pairs to learn from


def random_pairs(records: int, *, seed: int, most: int = RANDOM_PAIRS) -> tuple[np.ndarray, np.ndarray]:
    """Draw pairs of records at random, all of them where there are few.

    Examples
    --------
    >>> [side.tolist() for side in random_pairs(3, seed=1)]
    [[0, 0, 1], [1, 2, 2]]
    """
    if records * (records - 1) // 2 <= most:
        return np.triu_indices(records, k=1)
    rng = np.random.default_rng(seed)
    one, other = rng.integers(0, records, most), rng.integers(0, records - 1, most)
    other = other + (other >= one)
    return np.minimum(one, other), np.maximum(one, other)


def choose_sessions(rules: list[Rule], comparisons: list[Comparison], *, most: int = SESSIONS) -> list[Rule]:
    """Choose the blocks to learn from: of a person, nearly free of coincidences, and each of other fields."""
    fit = [rule for rule in rules if rule.personal and rule.by_chance < PURE and rule.pairs >= 20]
    fit = [rule for rule in fit if any(not set(comparison.fields) & set(rule.fields) for comparison in comparisons)]
    chosen: dict[tuple[str, ...], Rule] = {}
    # the widest pure block of the same fields says most
    for rule in sorted(fit, key=lambda rule: (-rule.pairs, rule.name)):
        chosen.setdefault(rule.fields, rule)
    return list(chosen.values())[:most]


def levels_sql(
    con: duckdb.DuckDBPyConnection, comparisons: list[Comparison], pairs: str, keep: str, *, at_most: bool = False
) -> str:
    """Write the query that gives the level of every comparison for every pair; -1 is nothing to compare.

    ``at_most``: the level that cannot be passed, which is known much sooner.
    """
    columns = [row[0] for row in con.execute("DESCRIBE people").fetchall()]
    cases = []
    for comparison in comparisons:
        tests = "".join(f" WHEN {level.sql} THEN {value}" for value, level in comparison.numbered() if value)
        case = f"(CASE WHEN {comparison.missing} THEN -1{tests} ELSE 0 END)::TINYINT AS {comparison.name}"
        cases.append(spare_slow_tests(case, set(columns), alone=at_most))
    sides = ", ".join(f"l.{name} AS {name}_l, r.{name} AS {name}_r" for name in columns)
    return (
        f"SELECT {keep}, {', '.join(cases)} FROM (SELECT p.{keep}, {sides} FROM {pairs} p "
        f"JOIN people l ON l.unique_id = p.left_id JOIN people r ON r.unique_id = p.right_id)"
    )


def count_patterns(
    con: duckdb.DuckDBPyConnection, comparisons: list[Comparison], pairs: list[tuple[np.ndarray, np.ndarray]]
) -> list[Patterns]:
    """Compare several sets of pairs in the engine and count each one's patterns."""
    names = [comparison.name for comparison in comparisons]
    frame = pd.DataFrame(
        {
            "session": np.repeat(np.arange(len(pairs)), [len(left) for left, _ in pairs]),
            "left_id": np.concatenate([left for left, _ in pairs]),
            "right_id": np.concatenate([right for _, right in pairs]),
        }
    )
    con.register("training_pairs", frame)
    levels = levels_sql(con, comparisons, "training_pairs", "session")
    found = con.execute(
        f"SELECT session, {', '.join(names)}, count(*) AS seen FROM ({levels}) GROUP BY ALL ORDER BY ALL"
    ).df()
    con.unregister("training_pairs")
    values, seen = found[names].to_numpy(dtype=np.int64), found["seen"].to_numpy(dtype=float)
    return [
        Patterns(values[chosen], seen[chosen])
        for chosen in (found["session"].to_numpy() == i for i in range(len(pairs)))
    ]


# --- one person


def learn_people(model: Model, sessions: list[Rule], blocks: list[Patterns]) -> Model:
    """Estimate ``m`` in every block for the fields that do not make the block, and put the estimates together."""
    found: list[list[tuple[float, bool, np.ndarray]]] = [[] for _ in model.comparisons]
    rows = []
    for rule, block in zip(sessions, blocks, strict=True):
        used = [i for i, comparison in enumerate(model.comparisons) if not set(comparison.fields) & set(rule.fields)]
        if not used or block.total < 20:
            continue
        estimates, share = _maximise(model, block, used, start=min(0.95, max(0.05, 1 - rule.by_chance)))
        rows.append((rule.name, int(block.total), share))
        for i in used:
            compared = block.counts[block.values[:, i] >= 0].sum()
            found[i].append((min(share * compared, 20_000.0), share >= _SURE, estimates[i]))
    m = tuple(
        _put_together(comparison, estimates) for comparison, estimates in zip(model.comparisons, found, strict=True)
    )
    return replace(model, m=m, sessions=pd.DataFrame(rows, columns=["block", "pairs", "share_of_matches"]))


def _maximise(model: Model, block: Patterns, used: list[int], *, start: float) -> tuple[dict[int, np.ndarray], float]:
    current, share = {i: default_m(model.comparisons[i]) for i in used}, start
    for _ in range(50):
        trial = replace(model, m=tuple(current.get(i, m) for i, m in enumerate(model.m)))
        likely = match_probability(trial, block.values, prior=share, used=used) * block.counts
        before, share = share, float(np.clip(likely.sum() / block.total, 1e-4, 1 - 1e-4))
        weighted = Patterns(block.values, likely)
        current = {i: weighted.shares(i, len(model.m[i])) for i in used}
        if abs(share - before) < 1e-6:
            break
    return current, share


def _put_together(comparison: Comparison, estimates: list[tuple[float, bool, np.ndarray]]) -> np.ndarray:
    default = default_m(comparison)
    weights = [weight for weight, _, _ in estimates]
    known = sum(weights)
    if known == 0:
        return default
    learned = np.average([m for _, _, m in estimates], axis=0, weights=weights)
    learned = (known * learned + _DEFAULT_PAIRS * default) / (known + _DEFAULT_PAIRS)
    # true pairs mostly agree; where they seem not to, hardly any were there to learn from, unless there were many
    agree = learned.argmax() == len(learned) - 1
    if not agree and sum(weight for weight, sure, _ in estimates if sure) < _MANY:
        return default
    m = (1 - _PULL) * learned + _PULL * default
    if comparison.personal and agree:
        m[0] = min(m[0], _LEAST_DIFFERENT)
    return m / m.sum()


def _difference_speaks_against(m: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Let "entirely different" speak for nobody: where strangers hardly ever differ it says nothing."""
    m = np.append(min(m[0], u[0]), m[1:])
    return m / m.sum()


# --- how many true pairs there are


def named_rules(rules: list[Rule]) -> list[Rule]:
    """Choose the blocks of whole values that hold one person's records and hardly any others."""
    pure = [rule for rule in rules if rule.by_chance < PURE and rule.personal]
    whole = [rule for rule in pure if rule.whole]
    # names in any order bring the given name too; how often they meet by chance is known beside another field only
    ordered = [rule for rule in pure if NAMES in rule.keys and len(rule.keys) > 1 and rule.whole_but_order]
    return ([rule for rule in whole if "given_name" in rule.keys] or ordered or whole)[:_NAMED]


def count_named(keys: Keys, rules: list[Rule], *, max_block: int) -> int:
    """Count the pairs of the blocks that name a person, each once."""
    made = [pairs_of(keys, rule, max_block=max_block, most=2_000_000) for rule in rules]
    return len(
        each_once(np.concatenate([np.empty(0, np.int64), *(left * keys.records + right for left, right in made)]))
    )


def estimate_prior(found: int, recall: float, records: int) -> float:
    """Give the share of all pairs that are of one person.

    Examples
    --------
    >>> round(estimate_prior(50, 0.5, 1001), 6)
    0.0002
    """
    everybody = max(records * (records - 1) / 2, 1)
    return float(np.clip(max(found, 1) / recall / everybody, 1e-9, 0.5))
