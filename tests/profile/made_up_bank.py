"""A few customers of a bank with rows in every table, drawn so that odd cases come about; and what happens later."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import ibis
import numpy as np
import pyarrow as pa

from insight.contracts import CONTRACTS

AS_OF = date(2024, 6, 30)
ZONE = "Asia/Shanghai"
_CUSTOMERS = [f"c{number}" for number in range(14)]  # the last two have bought nothing
_VALUES = {
    "category": ["fuel", "hotel", "dining", "groceries", "luxury", "education", "parking", None],
    "channel": ["online", "mobile_pay", "pos", "phone", "app", None],
    "city": ["Shanghai", "Beijing", None],
    "merchant_id": [f"m{number}" for number in range(6)],
    "instalment_months": [0, 0, 3, 12, None],
    "hour": [0, 5, 6, 11, 12, 16, 17, 22, 23, None],
    "promoted": [True, False, None],
    "decline_reason": ["insufficient_credit", "wrong_pin", "suspected_fraud", None],
    "topic": ["fee_complaint", "limit"],
    "resolution": ["solved", "unsolved", "escalated"],
    "satisfaction": [1.0, 3.0, 5.0, None],
    "outcome": ["confirmed", "false_alarm"],
    "decision": ["approved", "declined"],
    "late_days": [0, 0, 4, 9],
    "days_past_due": [0, 0, 0, 12, 40],
    "product": ["classic", "gold"],
    "granted": [True, False],
    "is_holdout": [True, False, False],
    "points": [100, 250],
}
_KINDS = {
    "transactions": ["purchase"] * 8 + ["refund", "fee"],
    "payments": ["autopay", "full", "minimum", "partial"],
    "rewards": ["earned", "redeemed", "expired"],
    "interactions": ["login", "page: offers", "page: service", "consultation: gold", "visit"],
    "authorisations": ["purchase"],
    "responses": ["redeemed"],
}
_DAYS = {
    "transactions": "occurred_on",
    "authorisations": "occurred_on",
    "interactions": "occurred_on",
    "contacts": "sent_on",
    "responses": "responded_on",
    "rewards": "occurred_on",
    "applications": "applied_on",
    "referrals": "referred_on",
    "bureau_scores": "scored_on",
    "consents": "given_on",
    "payments": "paid_on",
    "statements": "statement_on",
    "limit_changes": "changed_on",
    "fraud_cases": "opened_on",
    "cards": "issued_on",
    "accounts": "opened_on",
}
_MANY = {"transactions": 900, "interactions": 900} | dict.fromkeys(
    ("statements", "service_tickets", "authorisations", "payments"), 300
)
_ONCE = {
    "statements",
    "limit_changes",
    "bureau_scores",
    "consents",
    "account_changes",
}  # whose key is whose they are, and the day


class Bank:
    """Rows by table; ``tables`` gives them to the engine."""

    def __init__(self, seed: int) -> None:
        self.rng, self.rows = np.random.default_rng(seed), {}
        self.draw("accounts", 20, back=(0, 1500))
        for account in self.rows["accounts"][::5]:
            account["closed_on"] = AS_OF - timedelta(days=40)
        for name, many in _MANY.items():
            self.draw(name, many, back=(0, 800))
        for name in [*_DAYS, "account_changes", "service_tickets"]:
            if name not in self.rows:
                self.draw(name, 60, back=(0, 800))

    def draw(self, name: str, many: int, *, back: tuple[int, int]) -> None:
        """Add rows to a table, each at a day so far back."""
        made = [self._row(name, AS_OF - timedelta(days=int(self.rng.integers(*back)))) for _ in range(many)]
        rows = self.rows.setdefault(name, [])
        for row in made:
            row["number"] = f"{name}{len(rows)}"
            if not (name in _ONCE and any(_once(name, row) == _once(name, other) for other in rows)):
                rows.append(row)
        if name == "account_changes":
            self._tell_histories()

    def _row(self, name: str, day: date) -> dict:
        pick = {column: _pick(self.rng, values) for column, values in _VALUES.items()}
        account = _pick(self.rng, self.rows["accounts"]) if name != "accounts" else None
        buys = name in ("transactions", "authorisations")
        row = {**pick, "customer_id": self._buyer() if buys else _pick(self.rng, _CUSTOMERS), "on": day}
        row |= {column: _money(self.rng, -20, 400) for column in ("balance", "amount", "interest", "cash_advances")}
        row |= {"fees": _money(self.rng, 0, 5), "payments": _money(self.rng, 0, 200), "value": _money(self.rng, 0, 9)}
        row |= {"previous_balance": _money(self.rng, 0, 400), "instalment_balance": _money(self.rng, 0, 90)}
        row |= {"credit_limit": _money(self.rng, 100, 500), "discount": _money(self.rng, 0, 3)}
        row |= {"old_limit": _money(self.rng, 100, 500), "new_limit": _money(self.rng, 100, 500)}
        row |= {"score": float(self.rng.integers(400, 900)), "inquiries_6m": 1, "other_cards": 2, "autopay": False}
        row["account_id"] = account["account_id"] if account else f"a{self.rng.integers(10**9)}"
        row["kind"] = _pick(self.rng, _KINDS.get(name, [None]))
        row["amount"] = -abs(row["amount"]) if row["kind"] == "refund" else max(row["amount"], Decimal(0))
        if row["kind"] in ("redeemed", "expired") and name == "rewards":
            row["points"] = -row["points"]
        row["status"] = _pick(self.rng, ["declined", "declined", "authorised"]) if name == "authorisations" else "open"
        row["basket_id"] = f"{row['customer_id']}-{day}-{self.rng.integers(2)}"
        later = day + timedelta(days=int(self.rng.integers(1, 30)))
        row |= {"closed_on": later if name == "fraud_cases" else None, "decided_on": later}
        row |= {"opened_at": _at(day, self.rng), "closed_at": _at(later, self.rng)}
        row |= {"what": _pick(self.rng, ["status", "blocked", "autopay"])}
        return row

    def _buyer(self) -> str:
        """Draw who buys: the first often, the twelfth hardly ever."""
        return _CUSTOMERS[int(12 * self.rng.random() ** 6)]

    def _tell_histories(self) -> None:
        """Give every change the value before it, and every account the state after the last."""
        for account in self.rows["accounts"]:
            for what in ("status", "blocked", "autopay"):
                value = "open" if what == "status" else "no"
                of = [
                    row
                    for row in self.rows["account_changes"]
                    if (row["account_id"], row["what"]) == (account["account_id"], what)
                ]
                for row in sorted(of, key=lambda row: row["on"]):
                    others = {
                        "open": "closed",
                        "closed": "charged_off",
                        "charged_off": "open",
                        "no": "yes",
                        "yes": "no",
                    }
                    row["old_value"], value = value, others[value]
                    row["new_value"] = value
                if what == "autopay":
                    account["autopay"] = value == "yes"
                if what == "status":
                    account["status"] = value

    def tables(self) -> dict[str, ibis.Table]:
        """Give every table in the types of its contract."""
        return {name: ibis.memtable(_typed(name, rows)) for name, rows in self.rows.items()}

    def go_on(self) -> None:
        """Let time pass: rows of later days in every table, and what they change of what is delivered."""
        for name in self.rows:
            if name != "accounts":
                self.draw(name, 40, back=(-300, 0))
        self.draw("accounts", 5, back=(-300, 0))
        for account in self.rows["accounts"]:
            account["credit_limit"] = Decimal(99999)
            account["closed_on"] = account["closed_on"] or AS_OF + timedelta(days=9)
        for row in self.rows["service_tickets"]:
            if row["closed_at"] > datetime(2024, 6, 30, 16):
                row["satisfaction"], row["resolution"] = 1.0, "unsolved"
        for row in self.rows["fraud_cases"]:
            if row["closed_on"] > AS_OF:
                row["outcome"] = "confirmed"
        for row in self.rows["applications"]:
            if row["decided_on"] > AS_OF:
                row["decision"] = "declined"


def _pick(rng, values):
    return values[int(rng.integers(len(values)))]


def _money(rng, low: int, high: int) -> Decimal:
    return Decimal(int(rng.integers(low * 100, high * 100))) / 100


def _at(day: date, rng) -> datetime:
    """Give an instant of a business day: in UTC, eight hours earlier."""
    return datetime(day.year, day.month, day.day) + timedelta(hours=int(rng.integers(24)) - 8)


def _once(name: str, row: dict) -> tuple:
    return (
        row[CONTRACTS[name].key[0]],
        row["on"],
        row["what"] if name == "account_changes" else row["channel"] if name == "consents" else None,
    )


def _typed(name: str, rows: list[dict]) -> pa.Table:
    columns = CONTRACTS[name].columns
    day = _DAYS.get(name, "changed_on")
    keyed = [{**row, day: row["on"], CONTRACTS[name].key[0]: row["number"]} for row in rows]
    if CONTRACTS[name].key[0] in ("account_id", "customer_id"):
        keyed = [{**row, day: row["on"]} for row in rows]
    kept = {column.name: column.engine_type for column in columns if any(column.name in row for row in keyed)}
    return pa.Table.from_pylist(keyed, schema=ibis.schema(kept).to_pyarrow())
