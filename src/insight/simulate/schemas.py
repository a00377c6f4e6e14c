"""The made-up world's tables and columns: what `world` fills and the source systems deliver from.

Every table is an Arrow table. People are named by ``person``, a number that no source system
knows. Instants are naive business time (Asia/Shanghai), money is signed yuan with two decimals,
words from a short list are dictionary-encoded. Tables of `TRUTH` never leave the truth folder.
"""

import pyarrow as pa

MONEY = pa.decimal128(18, 2)
WORD = pa.dictionary(pa.int16(), pa.string())

_TYPES = {
    "int": pa.int64(),
    "small": pa.int16(),
    "text": pa.string(),
    "word": WORD,
    "day": pa.date32(),
    "instant": pa.timestamp("s"),
    "money": MONEY,
    "flag": pa.bool_(),
    "number": pa.float64(),
}


def _ordered(text: str) -> pa.Schema:
    """Build a schema from ``name:type`` words, in their order."""
    pairs = (word.split(":") for word in text.split())
    return pa.schema([(name, _TYPES[kind]) for name, kind in pairs])


TABLES: dict[str, pa.Schema] = {
    # one row a person or firm; personal. `shares_phone_with`: the relative or owner whose phone they often give;
    # previous_*: what held until phone_changed_on or moved_on (same city and district)
    "people": _ordered(
        "person:int family:int family_role:word family_name_zh:word given_name_zh:word "
        "family_name_pinyin:word given_name_pinyin:word gender:word birth_date:day id_number:text "
        "phone:text previous_phone:text phone_changed_on:day shares_phone_with:int email:text "
        "province:word city:word district:word road:word road_number:small compound:word "
        "building:small room:small postcode:word moved_on:day previous_road:word "
        "previous_road_number:small previous_compound:word previous_building:small previous_room:small consent:flag "
        "customer_type:word firm_name_zh:text firm_name_en:text owner:int founded_on:day trade:word employees:small"
    ),
    "applications": _ordered(
        "application:int person:int applied_at:instant channel:word product:word occupation:word "
        "education:word stated_income:money decision:word decline_reason:word decided_on:day "
        "approved_limit:money account:int referrer:int"
    ),
    # a failed one ends them
    "application_checks": _ordered(
        "check:int application:int person:int checked_at:instant kind:word document:word device:word outcome:word "
        "minutes:number staff:small"
    ),
    # kind credit_card (at most one a person) or savings; product e.g. gold, car, current_account
    "accounts": _ordered(
        "account:int person:int kind:word product:word opened_on:day activated_on:day closed_on:day "
        "status:word credit_limit:money cycle_day:small autopay:flag branch:word"
    ),
    # one row a card of an account, counted from 1: the holder's own or their firm's owner's, then those of employees
    "cards": _ordered("account:int person:int card:small holder:word issued_on:day"),
    "limit_changes": _ordered("account:int person:int changed_on:day old_limit:money new_limit:money reason:word"),
    # what held until then, and what holds since; where nothing changed, what holds now always held
    "account_changes": _ordered("account:int person:int changed_on:day what:word old_value:word new_value:word"),
    # amount: purchase, cash_advance, fee, interest positive; refund negative. Declined ones post nothing
    "card_transactions": _ordered(
        "transaction:int account:int person:int occurred_at:instant posted_on:day amount:money kind:word "
        "status:word decline_reason:word mcc:small category:word merchant:int channel:word "
        "instalment_months:small disputed:flag original:int card:small"
    ),
    # balance = previous_balance + purchases + cash_advances + fees + interest - refunds - payments
    "statements": _ordered(
        "account:int person:int statement_on:day due_on:day previous_balance:money purchases:money "
        "cash_advances:money fees:money interest:money refunds:money payments:money balance:money "
        "instalment_balance:money minimum_due:money credit_limit:money days_past_due:small"
    ),
    "payments": _ordered(
        "payment:int account:int person:int paid_at:instant amount:money kind:word channel:word late_days:small"
    ),
    "rewards": _ordered("reward:int account:int person:int occurred_on:day kind:word points:int item:word"),
    "app_events": _ordered("event:int person:int occurred_at:instant kind:word page:word platform:word"),
    "crm_events": _ordered(
        "event:int person:int occurred_at:instant kind:word channel:word subject:word outcome:word staff:small"
    ),
    # topic as the agent recorded it; the true intent is in truth
    "tickets": _ordered(
        "ticket:int person:int account:int opened_at:instant closed_at:instant channel:word topic:word "
        "language:word text:text resolution:word satisfaction:small"
    ),
    "bureau_scores": _ordered("person:int scored_on:day score:small inquiries_6m:small other_cards:small"),
    "merchants": _ordered(  # the same in every chunk: write it once
        "merchant:int name_zh:text name_en:text mcc:small category:word city:word online:flag"
    ),
    "campaigns": _ordered(  # the same in every chunk: write it once
        "campaign:int name_en:text name_zh:text kind:word offer:small channel:word starts_on:day "
        "ends_on:day holdout_share:number"
    ),
    "offers": _ordered(  # the same in every chunk: write it once
        "offer:small code:word name_en:text name_zh:text horizon_months:small contact_cost:money "
        "response_cost:money cooldown_days:small"
    ),
    # propensity: chance of being contacted rather than held out, of whoever the campaign has chosen
    "contacts": _ordered(
        "contact:int person:int campaign:int offer:small channel:word sent_at:instant is_holdout:flag "
        "is_random:flag propensity:number"
    ),
    # the offer's target behaviour within its month, measured for the held-out ones too
    "responses": _ordered(
        "response:int contact:int person:int campaign:int offer:small responded_at:instant kind:word value:money"
    ),
    "wecom_friends": _ordered("person:int staff:small added_on:day removed_on:day"),
    "wecom_groups": _ordered("chat:int name_zh:text city:word interest:word created_on:day"),
    "wecom_members": _ordered("chat:int person:int joined_on:day left_on:day"),
    "fraud_cases": _ordered(
        "fraud_case:int account:int person:int opened_on:day closed_on:day amount:money kind:word outcome:word"
    ),
    "faq": _ordered("number:small topic:word language:word question:text answer:text since:day"),
    "referrals": _ordered("application:int referrer:int referred:int referred_on:day approved:flag"),
}

TRUTH: dict[str, pa.Schema] = {
    "people": _ordered(
        "person:int group:word income:number price_sensitivity:number reward_sensitivity:number risk:number "
        "digital:number diligence:number reach_app:number reach_sms:number reach_wecom:number "
        "reach_call:number reach_email:number best_channel:word stage:word"
    ),
    # one row a firm: the person that it belongs to, and how many cards lie on its account
    "firms": _ordered("person:int owner:int cards:small"),
    # one row a person and month; hazards are monthly probabilities, spend is expected yuan a month
    "stages": _ordered(
        "person:int month:day stage:word leaving_hazard:number default_hazard:number expected_spend:number"
    ),
    # one row a card holder and month, seen from its start and nobody being contacted: chances of deciding to leave, of
    # closing the account, of falling short of money for good and of no approved purchase, within so many months;
    # margin of the year in yuan
    "ahead": _ordered(
        "person:int month:day margin:number leaving_3:number leaving_6:number leaving_12:number closing_3:number "
        "closing_6:number closing_12:number default_3:number default_6:number default_12:number "
        "silent_3:number silent_6:number silent_12:number"
    ),
    # one row an application since the burn-in began, declined ones too: had it been approved, chances of being 90 days
    # past due within a year of opening and of the card being used within thirty days, nobody being contacted
    "applications": _ordered("application:int pd_12:number activates_30:number"),
    # one row a person and offer, for the month after the last one
    "effects": _ordered(
        "person:int offer:small eligible:flag response_without:number response_with:number "
        "spend_without:number spend_with:number leaving_without:number leaving_with:number "
        "default_without:number default_with:number cost:number net_gain:number"
    ),
    # one row a contact: the same when it was sent, the chance of having been chosen for that campaign and offer,
    # and both potential responses
    "contacts": _ordered(
        "contact:int chosen:number responds_without:flag responds_with:flag "
        "response_without:number response_with:number "
        "spend_without:number spend_with:number leaving_without:number leaving_with:number "
        "default_without:number default_with:number"
    ),
    # the bank's account of money, one row a person and month: income positive, cost and loss negative
    "books": _ordered(
        "person:int month:day interchange:money interest:money fees:money points:money funds:money "
        "servicing:money contacts:money fraud:money credit:money margin:money"
    ),
    # what befalls a person's money, since before the first month: default is when it begins, long before charge_off
    "credit": _ordered("person:int day:day event:word owed:money"),
    # every purchase of a thief, declined ones too; without a case nobody has noticed it
    "fraud": _ordered("transaction:int fraud_case:int pattern:word"),
    # of every transaction, for somebody who knows all but the thief; those not named have less than one in a thousand
    "fraud_probability": _ordered("transaction:int probability:number"),
    # one row a wish, the first one at place 0; `family` of sentences, `answer` of the FAQ that is right, if any
    "tickets": _ordered("ticket:int place:small intent:word family:small answer:small machine_may:flag"),
}

ONCE = ("merchants", "campaigns", "offers", "faq")
