"""One month of a chunk of the bank, in the order in which things depend on each other."""

import numpy as np

from insight.simulate.engine.calendar import Month
from insight.simulate.engine.log import Log
from insight.simulate.engine.state import State
from insight.simulate.events import accounts, app, books, ledger, lifecycle, risk, service, social, spending
from insight.simulate.fraud import cases, suspicion
from insight.simulate.marketing import campaigns, offers
from insight.simulate.marketing.campaigns import Contacts
from insight.simulate.outlook.silence import silence
from insight.simulate.outlook.year import Ahead, Start, taken, year_ahead
from insight.simulate.population.behaviour import Traits


def play(traits: Traits, state: State, month: Month, log: Log, contacts: Contacts | None = None) -> None:
    """Simulate one month: ``state`` is updated in place, all events go to the log.

    Parameters
    ----------
    contacts
        Who is contacted with what; the bank's own plan by default.
    """
    standing = accounts.standing(state)
    baseline = offers.baseline_of(traits, state, month)
    effects = offers.response_probabilities(traits, state, baseline)
    _write_stages(traits, state, baseline, effects, month, log)
    if contacts is None:
        contacts = campaigns.choose(traits, state, baseline, effects, month)
    lifts = state.lifts[:, 0].copy()
    outcome = campaigns.play(traits, state, effects, contacts, month)
    campaigns.record(traits, state, baseline, effects, contacts, outcome, month, log)
    lifted = state.lifts[:, 0] - lifts
    lifecycle.accept(traits, state, month, outcome, log)
    ledger.use_points(traits, state, month, outcome, log)
    rows = spending.purchases(traits, state, month, outcome)
    rows = rows.join(spending.big_tickets(traits, state, month, outcome), spending.draw_down(traits, state, month))
    usual = spending.expected_counts(traits, state, month, np.arange(traits.size))
    rows = rows.join(cases.steal(traits, state, month, usual))
    if log.wants("truth.fraud_probability"):
        rows.suspicion = suspicion.probabilities(traits, state, month, rows, usual)
    rows = spending.decline(rows, state, month)
    rows = cases.notice(traits, month, rows.join(spending.refunds(rows, month)), log)
    rows = rows.join(ledger.fees(traits, state, month))
    flows = ledger.post(traits, state, month, rows, log)
    statements, earned = ledger.issue_statements(traits, state, month, flows, log)
    tickets = service.serve(traits, state, month, rows, log)
    app.use_app(traits, state, month, log)
    app.ask_before(traits, state, month, log)
    social.befriend(traits, state, month, log)
    risk.score_holders(traits, state, month, log)
    lost = lifecycle.move(traits, state, baseline, month, log, lifted=lifted)
    accounts.write_changes(traits, state, standing, month, outcome, log)
    books.book(
        traits, state, month, rows, earned=earned, contacts=contacts, outcome=outcome, tickets=tickets,
        statements=statements, lost=lost, log=log,
    )  # fmt: skip
    lifecycle.fade(traits, state, month)


def _write_stages(
    traits: Traits, state: State, baseline: offers.Baseline, effects: offers.Effects, month: Month, log: Log
) -> None:
    """Write the truth at the month's start: stage, hazards, spend expected when left alone."""
    who = np.arange(traits.size)
    nothing = np.zeros(traits.size, np.int64)
    alone = offers.expect(traits, state, baseline, effects, who=who, offer=nothing, with_=effects.without[:, 0])
    log.add(
        "truth.stages", person=traits.person, month=month.base, stage=state.true_stage,
        leaving_hazard=alone.leaving_without.astype(np.float32), default_hazard=baseline.default.astype(np.float32),
        expected_spend=alone.spend_without.astype(np.float32),
    )  # fmt: skip
    if log.wants("truth.ahead"):
        _write_ahead(traits, state, month, log)


def _write_ahead(traits: Traits, state: State, month: Month, log: Log) -> None:
    """Write what may become of those who hold a card within three, six and twelve months, nobody being contacted."""
    everybody, who = Ahead.of(traits, state, month), np.flatnonzero(state.holds)
    theirs = taken(state, who)
    expected = year_ahead(taken(traits, who), theirs, everybody.take(who), Start.of(theirs))
    chances = {
        f"{name}_{within}": np.clip(getattr(expected, name)[:, within - 1], 0, 1).astype(np.float32)
        for name in ("leaving", "closing", "default") for within in (3, 6, 12)
    }  # fmt: skip
    silent = silence(traits, state, everybody, who)
    chances |= {f"silent_{within}": silent[:, within - 1].astype(np.float32) for within in (3, 6, 12)}
    margin = expected.margin.sum(axis=1).astype(np.float32)
    log.add("truth.ahead", person=traits.first + who, month=month.base, margin=margin, **chances)
