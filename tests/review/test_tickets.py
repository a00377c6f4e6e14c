"""What marks and complaints go with, of tickets made so that it is known."""

from datetime import date

import numpy as np
import pandas as pd

from insight.engine import connect
from insight.errors import Unavailable
from insight.review.customers import tickets

CLOSED = pd.DataFrame({
    "ticket_id": list("abcd"), "customer_id": ["p", "p", "q", "r"], "satisfaction": [1.0, 5.0, np.nan, 4.0],
    "opened_at": pd.to_datetime(["2023-01-01", "2023-01-20", "2023-01-01", "2023-03-15"]),
    "closed_at": pd.to_datetime(["2023-01-02", "2023-02-03", "2023-01-02", "2023-03-16"]),
    "topic": ["fee", "fee_complaint", "fee", "fee"], "channel": "phone", "text": "x",
})  # fmt: skip


def test_marks_go_with_endings_channels_and_waiting_as_they_were_made():
    rng, n = np.random.default_rng(1), 4000
    rows = pd.DataFrame({
        "days": rng.exponential(2, n), "resolution": rng.choice(["solved", "unsolved"], n, p=[0.7, 0.3]),
        "channel": rng.choice(["phone", "branch"], n, p=[0.6, 0.4]), "language": "en", "topic": "fee",
    })  # fmt: skip
    mark = 4 - 0.3 * np.log1p(rows["days"]) - 2.0 * (rows["resolution"] == "unsolved")
    mark = mark + 0.4 * (rows["channel"] == "branch")
    found = tickets.drivers(rows.assign(satisfaction=mark + 0.5 * rng.normal(size=n))).set_index(["factor", "level"])
    true = {("waiting", ""): -0.3 * np.log(2), ("resolution", "unsolved"): -2.0, ("channel", "branch"): 0.4}
    for key, effect in true.items():
        assert abs(found.loc[key, "effect"] - effect) < found.loc[key, "high"] - found.loc[key, "low"], key
    assert found.loc[("resolution", "unsolved"), "than"] == "solved"
    few = tickets.drivers(rows.iloc[:50].assign(satisfaction=3.0))
    assert isinstance(few, Unavailable)


def test_complaints_are_laid_to_endings_as_they_were_made():
    rng, n = np.random.default_rng(3), 6000
    bad = rng.random(n) < 0.3
    rows = pd.DataFrame({
        "days": rng.exponential(2, n), "resolution": np.where(bad, "unsolved", "solved"), "channel": "phone",
        "language": "en", "topic": "fee", "complained": (rng.random(n) < 0.02 + 0.1 * bad).astype(float),
    })  # fmt: skip
    found = tickets.drivers(rows, of=tickets.COMPLAINED).set_index("factor")
    assert found.loc["resolution", "low"] < 0.1 < found.loc["resolution", "high"]
    assert found.loc["waiting", "low"] < 0 < found.loc["waiting", "high"]


def test_a_complaint_within_thirty_days_after_the_closing_is_laid_to_a_ticket():
    found = tickets.complained(CLOSED, as_of=date(2023, 6, 30)).set_index("ticket_id")["complained"]
    assert found.to_dict() == {"a": 1.0, "b": 0.0, "c": 0.0, "d": 0.0}  # b is itself the complaint
    assert list(tickets.complained(CLOSED, as_of=date(2023, 2, 10))["ticket_id"]) == ["a", "c"]
    assert tickets.complained(CLOSED.assign(topic="fee"), as_of=date(2023, 6, 30)).reason == "no_complaints"


def test_tickets_that_are_still_open_or_too_few_are_not_told(monkeypatch):
    given = connect().create_table("service_tickets", CLOSED)
    assert tickets.closed(None, as_of=date(2023, 6, 30)).reason == "few_closed"
    assert tickets.closed(given, as_of=date(2023, 6, 30)).reason == "few_closed"
    monkeypatch.setattr(tickets, "FEWEST", 2)
    assert len(tickets.closed(given, as_of=date(2023, 1, 31))) == 2
