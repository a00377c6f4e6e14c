"""How well notebook 76 tells what tickets ask for, and answers them, on made-up banks beside the truth.

``python benchmarks/tickets.py`` writes ``benchmarks/results/tickets.json``.
"""

from pathlib import Path

import ibis
import pandas as pd
from by_seed import by_seed, write
from canonical_bank import customer_ids, last_day

from insight.card.service import answers, circumstances, intents, near_truth
from insight.card.service.lesson import look
from insight.engine import connect
from insight.simulate.world import World, make_world

RESULTS = Path(__file__).parent / "results" / "tickets.json"
MONTHS = 24
HOURS_EAST = pd.Timedelta(hours=8)
#: How rows become events: the day, and what they are called, as notebook 15 has it.
_EVENTS = {
    "transactions": ("card_transactions", "occurred_at", "kind"),
    "authorisations": ("card_transactions", "occurred_at", "status"),
    "interactions": ("app_events", "occurred_at", "kind"),
    "contacts": ("contacts", "sent_at", "offer"),
    "responses": ("responses", "responded_at", "kind"),
    "limit_changes": ("limit_changes", "changed_on", "reason"),
    "account_changes": ("account_changes", "changed_on", "what"),
    "statements": ("statements", "statement_on", None),
    "payments": ("payments", "paid_at", "kind"),
    "rewards": ("rewards", "occurred_on", "kind"),
    "fraud_cases": ("fraud_cases", "opened_on", None),
    "bureau_scores": ("bureau_scores", "scored_on", None),
}


def events(world: World) -> pd.DataFrame:
    """Give what happened to customers who wrote, had linking made no error."""
    whose = world.tables["accounts"].to_pandas().set_index("account")["person"]
    wrote = set(world.tables["tickets"].to_pandas()["person"])
    found = []
    for stream, (name, day, kind) in _EVENTS.items():
        rows = world.tables[name].to_pandas()
        if name == "card_transactions":
            rows = rows[(rows["status"] == "cleared") == (stream == "transactions")]
        if name == "contacts":
            rows = rows[~rows["is_holdout"]]
        people = rows["person"] if "person" in rows else rows["account"].map(whose)
        rows = rows[people.isin(wrote)]
        on = pd.to_datetime(rows[day])
        on = on + HOURS_EAST if day.endswith("_at") else on
        told = rows[kind].astype(str) if kind else ""
        if stream == "transactions":
            told = told.replace({"interest": "fee", "cash_advance": "other"})
        found.append(pd.DataFrame({
            "customer_id": customer_ids(people[people.isin(wrote)]), "occurred_on": on.dt.date, "stream": stream,
            "kind": told, "amount": rows["amount"].astype(float) if "amount" in rows else 0.5,
        }))  # fmt: skip
    return pd.concat(found, ignore_index=True)


def tables(world: World) -> dict[str, ibis.Table]:
    """Give the tables that notebook 76 reads."""
    rows = world.tables["tickets"].to_pandas()
    words = ("topic", "text", "channel", "language", "resolution")
    faq = world.tables["faq"].to_pandas()
    frames = {
        "service_tickets": pd.DataFrame({
            "ticket_id": rows["ticket"].astype(str), "customer_id": customer_ids(rows["person"]),
            "opened_at": rows["opened_at"], "closed_at": rows["closed_at"],
            **{name: rows[name].astype(object) for name in words}, "satisfaction": rows["satisfaction"].astype(float),
        }),
        "events": events(world),
        "faq": pd.DataFrame({
            "answer_id": faq["number"].astype(str), "topic": faq["topic"].astype(object),
            "question": faq["question"], "answer": faq["answer"],
        }),
    }  # fmt: skip
    con = connect(threads=1)
    return {name: con.create_table(name, frame.reset_index(drop=True)) for name, frame in frames.items()}


def true_tickets(world: World) -> pd.DataFrame:
    """Give the truth as notebook 15 writes it."""
    told = world.truth["tickets"].to_pandas()
    answer = told["answer"].where(told["answer"] >= 0).astype("Int64").astype("string").astype(object)
    return pd.DataFrame({
        "ticket_id": told["ticket"].astype(str), "place": told["place"], "intent": told["intent"].astype(str),
        "family": told["family"], "answer": answer.where(answer.notna(), None), "machine_may": told["machine_may"],
    })  # fmt: skip


def measure(seed: int, customers: int) -> dict[str, float]:
    """Give what the notebook states of one bank."""
    world = make_world(seed, 0, customers, MONTHS)
    given, true = tables(world), true_tickets(world)
    lesson = look(given.__getitem__, given.__contains__, as_of=last_day(world, MONTHS))
    faq = given["faq"].to_pandas()
    groupings = intents.word(lesson, seed=seed)
    happened = circumstances.before(lesson, given["service_tickets"], given["events"])
    told = intents.tell(lesson, groupings, circumstances.evidence(happened, lesson), faq, seed=seed)
    known = near_truth.truth_of(lesson, true)
    taught = near_truth.taught(lesson, groupings, happened, faq, known, seed=seed)
    scored = near_truth.score(lesson, groupings, told, taught, known, seed=seed)
    found = {f"{row.wording}_{row.model}": row.f1 for row in scored.itertuples()}
    found |= {f"{row.wording}_told_{end}": getattr(row, end) for row in scored.itertuples() if row.model == "told"
              for end in ("low", "high")}  # fmt: skip
    answered = answers.answer(lesson, groupings, told, faq)
    precise = near_truth.precision(lesson, answered, known, faq)
    return {
        **found, "answers_precision": precise.precision, "answers_low": precise.low, "answers_high": precise.high,
        "answers_coverage": precise.coverage, "answers_given": precise.given, "answers_to_new": precise.new_given,
        "answers_to_new_right": precise.new_right, "answers_machine_may": precise.alone / max(precise.given, 1),
        "nearest_precision": precise.plain, "groups_of_new_wording": len(told.names) - groupings[0].old,
    }  # fmt: skip


def main() -> None:
    """Measure, and write the results."""
    given, found = by_seed(measure, __doc__, seeds=(7, 11, 23), decimals=3, customers=20_000)
    write(given | {"months": MONTHS, "seeds": found}, RESULTS)


if __name__ == "__main__":
    main()
