"""Applications and accounts: what differs by channel, occupation, document and device, and what changes when."""

import numpy as np
import pandas as pd
import pytest

from insight.config.source import Rates
from insight.simulate.draws import Draws
from insight.simulate.engine.log import Log
from insight.simulate.engine.state import start_state
from insight.simulate.engine.vocabulary import WORDS
from insight.simulate.events import applications as rules
from insight.simulate.events.accounts import latent_table
from insight.simulate.population.behaviour import draw_traits
from insight.simulate.population.families import draw_kin
from simulate.made import SEED, frame, world

DAY = 19_400
DECIDED = ("approved", "declined")


@pytest.fixture(scope="module")
def applied():
    """Twenty thousand people who all apply on one day: each table that comes of it."""
    who = np.arange(20_000)
    traits = draw_traits(SEED, 1, draw_kin(SEED, 1, len(who), year=2023), Rates())
    state, log = start_state(SEED, 1, traits, first_day=DAY), Log(1)
    state.applied[:] = DAY
    rules.decide(rules.applicants_luck(SEED, 1, who), Draws((SEED, 99), who), traits, state, who, who * 0 + DAY, log)
    tables = {name: log.table(name).to_pandas() for name in ("applications", "application_checks", "bureau_scores")}
    return tables | {"truth": latent_table(traits, state).to_pandas()}


@pytest.fixture(scope="module")
def scored(applied):
    """Applications that no check and no applicant ended, with the chance of approval that the rules give."""
    rows = applied["applications"].merge(applied["bureau_scores"], on="person").merge(applied["truth"], on="person")
    rows = rows[rows.decision.isin(DECIDED) & (rows.decline_reason != "checks_failed")]
    rows = rows[rows.occupation.notna()]  # people: a firm has none
    by = {
        name: rows[name].astype(str).map(dict(zip(WORDS[f"applications.{name}"], effect, strict=True)))
        for name, effect in (("channel", rules.BY_CHANNEL), ("occupation", rules.BY_OCCUPATION))
    }
    odds = (rows.score - 660) / 18 + 0.4 * np.log(rows.income / 120e3)
    return rows.assign(plain=1 / (1 + np.exp(-odds)), chance=1 / (1 + np.exp(-odds - by["channel"] - by["occupation"])))


def gaps(rows, by, expected):
    """How many standard errors the share approved lies off what is expected, by group."""
    rows = rows.assign(approved=rows.decision == "approved", variance=rows[expected] * (1 - rows[expected]))
    sums = rows.groupby(rows[by].astype(str))[["approved", expected, "variance"]].sum()
    return (sums.approved - sums[expected]) / np.sqrt(sums.variance)


@pytest.mark.parametrize("by", ["channel", "occupation"])
def test_approval_differs_by_channel_and_occupation_as_said(scored, by):
    assert gaps(scored, by, "chance").abs().max() < 3.5
    assert gaps(scored, by, "plain").abs().max() > 7


def test_approval_does_not_differ_by_education_beyond_what_score_and_income_say(scored):
    assert gaps(scored, "education", "chance").abs().max() < 3.5


@pytest.fixture(scope="module")
def checks(applied):
    return applied["application_checks"].assign(failed=lambda t: t.outcome == "failed")


@pytest.mark.parametrize(
    ("kind", "by", "fails"), [("document", "document", rules.DOCUMENT_FAILS), ("face", "device", rules.FACE_FAILS)]
)
def test_checks_fail_by_document_and_device_as_said(checks, kind, by, fails):
    rows = checks[checks.kind == kind].groupby(checks[by].astype(str)).failed.agg(["mean", "size"])
    expected = pd.Series(fails, WORDS[f"application_checks.{by}"])[rows.index]
    assert ((rows["mean"] - expected).abs() < 3.5 * np.sqrt(expected / rows["size"]) + 0.001).all()
    assert rows["mean"].max() > 5 * rows["mean"].min()


@pytest.mark.parametrize("by", ["document", "device"])
def test_voice_checks_fail_alike(checks, by):
    rows = checks[checks.kind == "voice"].groupby(checks[by].astype(str)).failed.agg(["mean", "size"])
    assert ((rows["mean"] - rules.VOICE_FAILS).abs() < 3.5 * np.sqrt(rules.VOICE_FAILS / rows["size"]) + 0.001).all()


def test_a_failed_check_is_the_last_one_and_declines(applied, checks):
    order = checks.kind.astype(str).map({"document": 0, "face": 1, "voice": 2})
    whole = checks.assign(order=order).groupby("application")
    last = whole.agg(n=("order", "size"), top=("order", "max"), failed=("failed", "sum"))
    assert (last.n == last.top + 1).all()
    assert (last.failed[last.n < 3] == 1).all()
    told = applied["applications"].set_index("application").loc[last.index[last.failed == 1]]
    assert ((told.decline_reason == "checks_failed") | (told.decision == "withdrawn")).all()


def test_checks_take_longer_where_the_bank_does_them(checks):
    minutes = checks.pivot_table(index="kind", columns="device", values="minutes", aggfunc="median", observed=True)
    assert (minutes["branch_terminal"] > 1.4 * minutes["ios"]).all()


def test_what_holds_for_an_account_follows_from_its_changes():
    changes = frame("account_changes").sort_values(["account", "what", "changed_on"])
    assert not changes.duplicated(["account", "what", "changed_on"]).any()
    same = (changes[["account", "what"]] == changes[["account", "what"]].shift()).all(axis=1)
    assert (changes.old_value.astype(str) == changes.new_value.astype(str).shift())[same].all()
    last = changes.groupby(["what", "account"], observed=True).new_value.last().astype(str)
    accounts = frame("accounts").set_index("account")
    assert (accounts.status.astype(str)[last["status"].index] == last["status"]).all()
    autopay = accounts.autopay[last["autopay"].index].map({True: "yes", False: "no"})
    assert (autopay == last["autopay"]).all()


def test_closed_accounts_changed_on_the_day_they_were_closed():
    closed = frame("account_changes").query("new_value == 'closed'").set_index("account").changed_on
    accounts = frame("accounts").set_index("account").closed_on.dropna()
    assert len(accounts) > 20
    pd.testing.assert_series_equal(closed.sort_index(), accounts.sort_index(), check_names=False)


def test_blocked_cards_are_in_arrears_and_nothing_changes_after_the_end():
    changes, late = frame("account_changes"), frame("statements").query("days_past_due > 0").account
    first = pd.Timestamp(world().start)
    assert pd.to_datetime(changes.changed_on).max() < first + pd.DateOffset(months=world().months)
    blocked = changes.query("what == 'blocked' and new_value == 'yes'")
    blocked = blocked[pd.to_datetime(blocked.changed_on) > first + pd.DateOffset(months=3)]
    assert len(blocked) > 20
    assert blocked.account.isin(late).all()
