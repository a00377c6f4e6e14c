"""The words that stand in the world's columns; a row holds a word's position until it is delivered."""

import numpy as np

from insight.simulate.population.behaviour import CATEGORY_NAMES, CHANNELS
from insight.simulate.population.groups import GROUP_NAMES

STAGES = (
    "prospect", "applicant", "declined", "approved", "growing", "mature", "drifting", "lost", "won_back",
    "closed", "default",
)  # fmt: skip
PROSPECT, APPLICANT, DECLINED, APPROVED, GROWING, MATURE, DRIFTING, LOST, WON_BACK, CLOSED, DEFAULTED = range(
    len(STAGES)
)

PRODUCTS = ("classic", "gold", "platinum", "car", "young", "travel", "business")
ANNUAL_FEES = np.array([0, 10_000, 36_000, 0, 0, 20_000, 30_000])  # cents, by product
INTENTS = (
    "bill_query", "fee_complaint", "declined_payment", "fraud_report", "points", "limit", "instalment",
    "app_login", "lost_card", "cancel_card", "marketing_complaint", "autopay",
)  # fmt: skip
ACCOUNT_VALUES = ("open", "closed", "charged_off", "no", "yes")
CREDIT_EVENTS = ("short_of_money", "recovered", "default", "in_trouble_when_booked", "charge_off")
FRAUD_PATTERNS = ("stolen_number", "counterfeit", "lost_card", "takeover", "imitation")
RESPONSE_KINDS = (
    "none", "activated", "qualified", "used_cashback", "used_car_wash", "took_instalment", "redeemed",
    "set_autopay", "took_limit", "stayed",
)  # fmt: skip

WORDS: dict[str, tuple[str, ...]] = {
    "applications.channel": ("app", "branch", "referral", "web", "outlet"),
    "applications.product": PRODUCTS,
    "applications.occupation": ("employee", "manager", "self_employed", "civil_servant", "student", "retired"),
    "applications.education": ("school", "college", "bachelor", "master"),
    "applications.decision": ("approved", "declined", "withdrawn", "pending"),
    "applications.decline_reason": ("bureau_score", "income", "checks_failed"),
    "application_checks.kind": ("document", "face", "voice"),
    "application_checks.document": ("resident_card", "passport", "travel_permit", "temporary_card"),
    "application_checks.device": ("android", "ios", "harmony", "web_camera", "branch_terminal"),
    "application_checks.outcome": ("passed", "failed"),
    "limit_changes.reason": ("offer",),
    "account_changes.what": ("status", "blocked", "autopay"),
    "account_changes.old_value": ACCOUNT_VALUES,
    "account_changes.new_value": ACCOUNT_VALUES,
    "card_transactions.kind": ("purchase", "refund", "cash_advance", "fee", "interest"),
    "card_transactions.status": ("cleared", "authorised", "declined"),
    "card_transactions.decline_reason": ("insufficient_credit", "wrong_pin", "suspected_fraud", "blocked"),
    "card_transactions.category": (
        *CATEGORY_NAMES,
        "late_fee",
        "annual_fee",
        "instalment_fee",
        "interest",
    ),
    "card_transactions.channel": ("pos", "mobile_pay", "online", "atm", "bank"),
    "payments.kind": ("autopay", "full", "partial", "minimum"),
    "payments.channel": ("direct_debit", "app", "transfer", "branch"),
    "rewards.kind": ("earned", "redeemed", "expired"),
    "rewards.item": ("coffee", "movie", "car_wash", "phone_credit", "appliance", "miles"),
    "app_events.kind": ("register", "login", "page", "bind_payment"),
    "app_events.page": ("home", "statement", "points", "instalment", "limit", "offers", "service", "card"),
    "app_events.platform": ("android", "ios", "harmony"),
    "crm_events.kind": ("consultation", "lead"),
    "crm_events.channel": ("phone", "branch", "web_chat", "app", "outlet"),
    "crm_events.subject": PRODUCTS,
    "crm_events.outcome": ("interested", "not_interested"),
    "tickets.channel": ("phone", "app_chat", "wecom", "branch"),
    "tickets.topic": INTENTS,
    "tickets.language": ("zh", "en"),
    "tickets.resolution": ("solved", "explained", "escalated", "unsolved"),
    "contacts.channel": CHANNELS,
    "responses.kind": RESPONSE_KINDS,
    "fraud_cases.kind": ("stolen_number", "account_takeover", "lost_card", "counterfeit_card"),
    "fraud_cases.outcome": ("confirmed", "false_alarm", "open"),
    "truth.people.group": GROUP_NAMES,
    "truth.people.best_channel": CHANNELS,
    "truth.people.stage": STAGES,
    "truth.stages.stage": STAGES,
    "truth.tickets.intent": INTENTS,
    "truth.fraud.pattern": FRAUD_PATTERNS,
    "truth.credit.event": CREDIT_EVENTS,
}


def code(column: str, word: str) -> int:
    """Give a word's position in its column.

    Examples
    --------
    >>> code("payments.kind", "full")
    1
    """
    return WORDS[column].index(word)
