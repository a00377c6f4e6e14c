"""What the source systems book: the world's tables under their own keys, words and units.

Every function takes a chunk of the world and its records, and gives ``{file: table}``; the ending
of a file's name says how it is written. Big ones are Parquet parts, small ones text.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from insight.simulate.delivery.forms import written_days
from insight.simulate.delivery.keys import scrambled
from insight.simulate.delivery.letters import codes_of, texts_of
from insight.simulate.delivery.records import Records, days, words
from insight.simulate.world import World

Files = dict[str, pa.Table]
#: Whose customers campaigns are sent to; of several the first counts.
CAMPAIGN_LISTS = ("card", "app", "crm")
_KINDS = {"purchase": "PUR", "cash_advance": "CSH", "fee": "FEE", "interest": "INT", "refund": "REF"}
_EIGHT_HOURS_MS = 8 * 3600 * 1000


@dataclass(frozen=True)
class Chunk:
    """A chunk of the world, and under which keys the systems know its people and accounts.

    Attributes
    ----------
    world, records
        The chunk, and each system's records of its people.
    accounts
        The world's account numbers, rising.
    account_keys
        By account: its number in its system.
    customer_keys, customer_at
        Keys of customers, each once, and by account which of them is its customer's.
    """

    world: World
    records: dict[str, Records]
    accounts: np.ndarray
    account_keys: np.ndarray
    customer_keys: np.ndarray
    customer_at: np.ndarray

    @classmethod
    def of(cls, world: World, records: dict[str, Records], rng: np.random.Generator) -> "Chunk":
        """Give every account its number and its customer's key; a person held twice has one of both."""
        table = world.tables["accounts"]
        order = np.argsort(table["account"].to_numpy())
        numbers = table["account"].to_numpy()[order]
        rows = cls._rows(world, table)[order]
        is_card = (words(table["kind"]) == "credit_card")[order]
        keys = np.where(is_card, records["card"].key_of(rows, rng), records["core"].key_of(rows, rng))
        deposit, card = (scrambled(numbers, digits=12, prefix=prefix) for prefix in "DC")
        return cls(world, records, numbers, np.where(is_card, card, deposit), *np.unique(keys, return_inverse=True))

    @staticmethod
    def _rows(world: World, table: pa.Table, column: str = "person") -> np.ndarray:
        return table[column].to_numpy() - world.tables["people"]["person"][0].as_py()

    def table(self, name: str) -> pa.Table:
        """Give one of the world's tables."""
        return self.world.tables[name]

    def account(self, table: pa.Table, column: str = "account") -> pa.DictionaryArray:
        """Give the number of each row's account, in its system."""
        return _looked_up(self._account_positions(table, column), self.account_keys)

    def application(self, table: pa.Table) -> pa.DictionaryArray:
        """Give the number of each row's application: each application is a record, in the order of the world's."""
        first = self.table("applications")["application"].to_numpy()[:1]
        positions = table["application"].to_numpy() - first if len(table) else np.zeros(0, np.int64)
        return _looked_up(pa.array(positions, pa.int32()), self.records["applications"].keys)

    def customer(self, table: pa.Table) -> pa.DictionaryArray:
        """Give the key of each row's account's customer."""
        positions = self._account_positions(table)
        return _looked_up(pc.take(pa.array(self.customer_at, pa.int32()), positions), self.customer_keys)

    def _account_positions(self, table: pa.Table, column: str = "account") -> pa.Array:
        held = table[column].combine_chunks()
        found = np.searchsorted(self.accounts, held.fill_null(0).to_numpy(zero_copy_only=False))
        return pa.array(found, pa.int32(), mask=held.is_null().to_numpy(zero_copy_only=False))

    def person(
        self, system: str, table: pa.Table, rng: np.random.Generator, *, column: str = "person"
    ) -> pa.DictionaryArray:
        """Give the key under which a system books each row's person; null where it does not know them."""
        records = self.records[system]
        positions = records.position_of(self._rows(self.world, table, column), rng)
        return _looked_up(pa.array(positions, pa.int32(), mask=positions < 0), records.keys)


def card_files(chunk: Chunk, rng: np.random.Generator) -> Files:
    """Give what the card system books: accounts, postings, what was declined or is still open, limits, referrals."""
    accounts = chunk.table("accounts")
    accounts = accounts.filter(pc.equal(accounts["kind"].cast(pa.string()), "credit_card"))
    lines = chunk.table("card_transactions").drop_columns(["person", "category"])
    is_posted = pc.equal(lines["status"].cast(pa.string()), "cleared")
    limits, changes, referrals = (chunk.table(name) for name in ("limit_changes", "account_changes", "referrals"))
    cards = chunk.table("cards")
    return {
        "card/card_accounts.csv": pa.table(
            {
                "ACCT_NO": chunk.account(accounts),
                "CUST_NO": chunk.customer(accounts),
                "PRODUCT": accounts["product"],
                "OPENED": _day(accounts["opened_on"], "D/M/Y"),
                "ACTIVATED": _day(accounts["activated_on"], "D/M/Y"),
                "CLOSED": _day(accounts["closed_on"], "D/M/Y"),
                "STATUS": accounts["status"],
                "CREDIT_LIMIT": accounts["credit_limit"],
                "CYCLE_DAY": accounts["cycle_day"],
                "AUTOPAY": _yes_no(accounts["autopay"]),
            }
        ),
        "card/cards.csv": pa.table(
            {
                "ACCT_NO": chunk.account(cards),
                "CARD_SEQ": cards["card"],
                "HOLDER": cards["holder"],
                "ISSUED": _day(cards["issued_on"], "D/M/Y"),
            }
        ),
        "card/card_postings.parquet": _lines(chunk, lines.filter(is_posted)),
        "card/card_not_posted.parquet": _lines(chunk, lines.filter(pc.invert(is_posted))),
        "card/card_limit_changes.csv": pa.table(
            {
                "ACCT_NO": chunk.account(limits),
                "CHANGED": _day(limits["changed_on"], "D/M/Y"),
                "OLD_LIMIT": limits["old_limit"],
                "NEW_LIMIT": limits["new_limit"],
                "REASON": limits["reason"],
            }
        ),
        "card/card_account_changes.csv": pa.table(
            {
                "ACCT_NO": chunk.account(changes),
                "CHANGED": _day(changes["changed_on"], "D/M/Y"),
                "FIELD": changes["what"],
                "OLD": changes["old_value"],
                "NEW": changes["new_value"],
            }
        ),
        "card/card_referrals.csv": pa.table(
            {
                "CUST_NO": chunk.person("card", referrals, rng, column="referrer"),
                "APPLICATION_NO": chunk.application(referrals),
                "REFERRED": _day(referrals["referred_on"], "D/M/Y"),
                "APPROVED": _yes_no(referrals["approved"]),
            }
        ),
    }


def _lines(chunk: Chunk, lines: pa.Table) -> pa.Table:
    return pa.table(
        {
            "TXN_ID": lines["transaction"],
            "ACCT_NO": chunk.account(lines),
            "CUST_NO": chunk.customer(lines),
            "TXN_TIME": lines["occurred_at"],
            "POST_DATE": lines["posted_on"],
            "AMOUNT": lines["amount"],
            "TXN_TYPE": _renamed(lines["kind"], _KINDS),
            "STATUS": lines["status"],
            "REASON": lines["decline_reason"],
            "MCC": lines["mcc"],
            "MERCHANT_NO": lines["merchant"],
            "CHANNEL": lines["channel"],
            "INSTALMENTS": lines["instalment_months"],
            "CARD_SEQ": lines["card"],
            "DISPUTED": lines["disputed"],
            "ORIG_TXN_ID": lines["original"],
        }
    )


def core_files(chunk: Chunk) -> Files:
    """Give what core banking books: current and savings accounts."""
    accounts = chunk.table("accounts")
    accounts = accounts.filter(pc.not_equal(accounts["kind"].cast(pa.string()), "credit_card"))
    return {
        "core/core_accounts.csv": pa.table(
            {
                "ACCT_NO": chunk.account(accounts),
                "CIF_NO": chunk.customer(accounts),
                "PROD_CD": accounts["product"],
                "OPEN_DT": _day(accounts["opened_on"], "YMD"),
                "CLOSE_DT": _day(accounts["closed_on"], "YMD"),
                "STATUS": accounts["status"],
                "BRANCH": accounts["branch"],
            }
        )
    }


def application_files(chunk: Chunk) -> Files:
    """Give the applications and their checks; each application is a record of its own, so its number is its key."""
    rows, checks = chunk.table("applications"), chunk.table("application_checks")
    return {
        "applications/applications.csv": pa.table(
            {
                "application_no": chunk.application(rows),
                "applied_at": _minute(rows["applied_at"], "Y-M-D "),
                **_same(rows, "channel", "product", "occupation", "education", "stated_income", "decision"),
                "decline_reason": rows["decline_reason"],
                "decided_on": _day(rows["decided_on"], "Y-M-D"),
                "approved_limit": rows["approved_limit"],
                "account_no": chunk.account(rows),
            }
        ),
        "applications/application_checks.csv": pa.table(
            {
                "check_no": checks["check"],
                "application_no": chunk.application(checks),
                "checked_at": _minute(checks["checked_at"], "Y-M-D "),
                **_same(checks, "kind", "document", "device", "outcome", "minutes", "staff"),
            }
        ),
    }


def account_files(chunk: Chunk, rng: np.random.Generator) -> Files:
    """Give what is booked by account: statements, payments, points, fraud cases."""
    statements, payments = chunk.table("statements"), chunk.table("payments")
    rewards, cases = chunk.table("rewards"), chunk.table("fraud_cases")
    amounts = [name for name in statements.column_names if name not in ("account", "person")]
    return {
        "statements/statements.parquet": pa.table(
            {"acct_no": chunk.account(statements), **_same(statements, *amounts)}
        ),
        "payments/payments.parquet": pa.table(
            {
                "payment_no": payments["payment"],
                "acct_no": chunk.account(payments),
                **_same(payments, "paid_at", "amount", "kind", "channel", "late_days"),
            }
        ),
        "rewards/points.parquet": pa.table(
            {
                "entry_no": rewards["reward"],
                "member_no": chunk.person("rewards", rewards, rng),
                **_same(rewards, "occurred_on", "kind", "points", "item"),
            }
        ),
        "fraud/fraud_cases.csv": pa.table(
            {
                "case_no": cases["fraud_case"],
                "acct_no": chunk.account(cases),
                "opened": _day(cases["opened_on"], "Y-M-D"),
                "closed": _day(cases["closed_on"], "Y-M-D"),
                **_same(cases, "amount", "kind", "outcome"),
            }
        ),
    }


def interaction_files(chunk: Chunk, rng: np.random.Generator) -> Files:
    """Give the files of interactions (app, sales staff, call centre, WeCom) and of bureau scores."""
    app, crm, tickets = chunk.table("app_events"), chunk.table("crm_events"), chunk.table("tickets")
    scores, friends = chunk.table("bureau_scores"), chunk.table("wecom_friends")
    members, groups = chunk.table("wecom_members"), chunk.table("wecom_groups")
    return {
        "app/app_events.parquet": pa.table(
            {
                "event_id": app["event"],
                "user_id": chunk.person("app", app, rng),
                "ts": pc.subtract(app["occurred_at"].cast(pa.timestamp("ms")).cast(pa.int64()), _EIGHT_HOURS_MS),
                **_same(app, "kind", "page", "platform"),
            }
        ),
        "crm/crm_activities.csv": pa.table(
            {
                "Activity ID": crm["event"],
                "Lead ID": chunk.person("crm", crm, rng),
                "When": _minute(crm["occurred_at"], "Y/M/D "),
                "Type": crm["kind"],
                **{name.title(): crm[name] for name in ("channel", "subject", "outcome", "staff")},
            }
        ),
        "call_centre/tickets.csv": pa.table(
            {
                "ticket_no": tickets["ticket"],
                "caller_no": chunk.person("call_centre", tickets, rng),
                "acct_no": chunk.account(tickets),
                "opened": _minute(tickets["opened_at"], "Y.M.D "),
                "closed": _minute(tickets["closed_at"], "Y.M.D "),
                **_same(tickets, "channel", "topic", "language", "text", "resolution", "satisfaction"),
            }
        ),
        "bureau/bureau_scores.parquet": pa.table(
            {
                "SUBJECT_REF": chunk.person("bureau", scores, rng),
                **{name.upper(): scores[name] for name in ("scored_on", "score", "inquiries_6m", "other_cards")},
            }
        ),
        "wecom/wecom_friends.csv": pa.table(
            {
                "external_userid": chunk.person("wecom", friends, rng),
                "staff": friends["staff"],
                "added": _day(friends["added_on"], "Y-M-D"),
                "removed": _day(friends["removed_on"], "Y-M-D"),
            }
        ),
        "wecom/wecom_groups.csv": pa.table(
            {**_same(groups, "chat", "name_zh", "city", "interest"), "created": _day(groups["created_on"], "Y-M-D")}
        ),
        "wecom/wecom_members.csv": pa.table(
            {
                "chat": members["chat"],
                "external_userid": chunk.person("wecom", members, rng),
                "joined": _day(members["joined_on"], "Y-M-D"),
                "left": _day(members["left_on"], "Y-M-D"),
            }
        ),
    }


def marketing_files(chunk: Chunk, rng: np.random.Generator) -> Files:
    """Give contacts and responses; the campaign tool knows each target by the key of the list it came from."""
    contacts, responses = chunk.table("contacts"), chunk.table("responses")
    lists = {system: chunk.person(system, contacts, rng).cast(pa.string()) for system in CAMPAIGN_LISTS}
    names = [pc.if_else(keys.is_valid(), system, pa.scalar(None, pa.string())) for system, keys in lists.items()]
    return {
        "marketing/contacts.parquet": pa.table(
            {
                "contact_no": contacts["contact"],
                "target_list": pc.coalesce(*names),
                "target_key": pc.coalesce(*lists.values()),
                **_same(contacts, "campaign", "offer", "channel", "sent_at", "is_holdout", "is_random", "propensity"),
            }
        ),
        "marketing/responses.parquet": pa.table(
            {
                "response_no": responses["response"],
                "contact_no": responses["contact"],
                **_same(responses, "campaign", "offer", "responded_at", "kind", "value"),
            }
        ),
    }


def directory_files(world: World) -> Files:
    """Give what is the same for everybody: merchants, offers, campaigns."""
    merchants, offers, campaigns = (world.tables[name] for name in ("merchants", "offers", "campaigns"))
    return {
        "merchants/merchants.csv": pa.table(
            {
                "merchant_no": merchants["merchant"],
                **_same(merchants, "name_zh", "name_en", "mcc", "category", "city"),
                "online": _yes_no(merchants["online"]),
            }
        ),
        "call_centre/faq.csv": world.tables["faq"],
        "marketing/offers.csv": offers,
        "marketing/campaigns.csv": pa.table(
            {
                **_same(campaigns, *[name for name in campaigns.column_names if not name.endswith("_on")]),
                "starts": _day(campaigns["starts_on"], "Y-M-D"),
                "ends": _day(campaigns["ends_on"], "Y-M-D"),
            }
        ),
    }


def _same(table: pa.Table, *names: str) -> dict[str, pa.ChunkedArray]:
    return {name: table[name] for name in names}


def _looked_up(positions: pa.Array, keys: np.ndarray) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(positions, pa.array(keys.astype(object), pa.string()))


def _renamed(column: pa.ChunkedArray, names: dict[str, str]) -> pa.Array:
    """Change the words of a dictionary column, not its million rows."""
    held = column.combine_chunks()
    known = [names.get(word, word) for word in held.dictionary.to_pylist()]
    return pa.DictionaryArray.from_arrays(held.indices, pa.array(known, pa.string()))


def _yes_no(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(column, "Y", "N")


def _day(column: pa.ChunkedArray, form: str) -> np.ndarray:
    return written_days(days(column), form).astype(object)


def _minute(column: pa.ChunkedArray, form: str) -> np.ndarray:
    """Write instants as a day in ``form``, hours and minutes."""
    moments = column.to_numpy().astype("datetime64[m]")
    clock = codes_of(np.datetime_as_string(moments).astype("U16"))[:, 11:]
    written = np.strings.add(written_days(moments, form), texts_of(clock))
    return np.where(np.isnat(moments), "", written).astype(object)
