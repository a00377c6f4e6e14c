"""What a bank can see of its customers at a month's end, from the tables that its systems deliver."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa

from insight.config.source import Rates
from insight.simulate.world import World, make_world

MONTHS = 30
PAGES = ("statement", "instalment", "limit", "offers", "service", "card")


def as_frame(table: pa.Table) -> pd.DataFrame:
    """Give a table as a frame, money as numbers."""
    for at, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            table = table.set_column(at, field.name, table[field.name].cast("float64"))
    return table.to_pandas()


@dataclass(frozen=True)
class Panel:
    """Observables by person at the start of every month.

    ``flows`` are what happens in a month (people × months), ``levels`` what is known at its end, the last of it;
    ``fixed`` does not change; ``days`` are days since 1970 of what happens once.
    """

    first: np.datetime64
    flows: dict[str, np.ndarray]
    levels: dict[str, np.ndarray]
    fixed: dict[str, np.ndarray]
    days: dict[str, np.ndarray]

    def start(self, month: int) -> int:
        """Give a month's first day, as days since 1970."""
        return int((self.first + month).astype("datetime64[D]").astype(int))

    def holders(self, month: int) -> np.ndarray:
        """Say who holds a card when a month starts."""
        day = self.start(month)
        return (self.days["opened"] < day) & ~(self.days["ended"] < day)

    def recent(self, name: str, month: int, months: int) -> np.ndarray:
        """Sum a flow over the months before one."""
        return self.flows[name][:, max(month - months, 0) : month].sum(axis=1)

    def at(self, month: int) -> np.ndarray:
        """Give everyone's observables at a month's start, a column each."""
        day, columns = self.start(month), dict(self.fixed)
        for name, flow in self.flows.items():
            three, before = self.recent(name, month, 3), self.recent(name, month, 6) - self.recent(name, month, 3)
            columns |= {f"{name}_3": three, f"{name}_mean": flow[:, :month].mean(axis=1)}
            if not name.startswith("in_"):
                columns |= {
                    f"{name}_1": flow[:, month - 1],
                    f"{name}_trend": np.log1p(np.abs(three)) - np.log1p(np.abs(before)),
                }
        for name, level in self.levels.items():
            window = level[:, max(month - 6, 0) : month]
            columns |= {name: level[:, month - 1], f"{name}_before": window[:, 0], f"{name}_most": window.max(axis=1)}
        columns |= {name: np.where(when < day, day - when, -1) for name, when in self.days.items()}
        columns["platform"] = np.where(self.days["registered"] < day, self.fixed["platform"], -1)
        columns["fee_in"] = np.where(self.fixed["has_fee"] > 0, 11 - (day - self.days["opened"]) // 30 % 12, 12)
        columns["season"] = np.full(len(self.fixed["age"]), (self.first + month).astype(int) % 12)
        return np.stack([np.asarray(values, np.float32) for values in columns.values()], axis=1)


@dataclass(frozen=True)
class Bank:
    """A world, what one sees of it, and its truth; customers of odd numbers are kept back."""

    world: World

    @classmethod
    def make(cls, seed: int, customers: int, months: int = MONTHS, **rates: float) -> "Bank":
        """Make a bank of one chunk."""
        return cls(make_world(seed, 0, customers, months, rates=Rates(**rates)))

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The delivered tables."""
        return {name: as_frame(table) for name, table in self.world.tables.items()}

    @cached_property
    def truth(self) -> dict[str, pd.DataFrame]:
        """The truth."""
        return {name: as_frame(table) for name, table in self.world.truth.items()}

    @property
    def size(self) -> int:
        """How many people there are."""
        return self.world.customers

    @property
    def kept_back(self) -> np.ndarray:
        """Say who is not learnt from."""
        return np.arange(self.size) % 2 == 1

    def month_of(self, days: pd.Series) -> np.ndarray:
        """Give the number of the month that days lie in."""
        first = np.datetime64(self.world.start, "M")
        return (pd.to_datetime(days).to_numpy().astype("datetime64[M]") - first).astype(int)

    def by_month(self, rows: pd.DataFrame, day: str, amount: str | None = None) -> np.ndarray:
        """Count rows, or sum an amount, by person and month."""
        month = self.month_of(rows[day])
        inside = (month >= 0) & (month < MONTHS)
        cell = rows["person"].to_numpy()[inside] * MONTHS + month[inside]
        weights = None if amount is None else rows[amount].to_numpy(float)[inside]
        return np.bincount(cell, weights, minlength=self.size * MONTHS).reshape(self.size, MONTHS)

    def true_by_month(self, table: str, column: str) -> np.ndarray:
        """Give a column of a truth table by person and month (a word's code); what is not there is missing."""
        rows = self.truth[table]
        values = rows[column]
        values = values.cat.codes if isinstance(values.dtype, pd.CategoricalDtype) else values
        found = np.full((self.size, MONTHS), np.nan)
        found[rows["person"], self.month_of(rows["month"])] = values
        return found

    @cached_property
    def panel(self) -> Panel:
        """What can be seen."""
        return Panel(np.datetime64(self.world.start, "M"), self._flows(), self._levels(), *self._fixed())

    def _flows(self) -> dict[str, np.ndarray]:
        lines, app, tickets = (self.tables[name] for name in ("card_transactions", "app_events", "tickets"))
        posted = lines[lines["status"] != "declined"]
        bought = posted[posted["kind"] == "purchase"]
        home = self.tables["people"]["city"].astype(str).to_numpy()
        shop = self.tables["merchants"].set_index("merchant")["city"].astype(str)
        away = bought[(bought["channel"] != "online") & (bought["merchant"].map(shop) != home[bought["person"]])]
        of_kind = {kind: posted[posted["kind"] == kind] for kind in ("cash_advance", "fee", "interest", "refund")}
        payments, contacts = self.tables["payments"], self.tables["contacts"]
        counted = {
            "bought": (bought, "occurred_at"), "away": (away, "occurred_at"),
            "online": (bought[bought["channel"] == "online"], "occurred_at"),
            "declined": (lines[lines["status"] == "declined"], "occurred_at"),
            "plans": (bought[bought["instalment_months"] > 0], "occurred_at"),
            "logins": (app[app["kind"] == "login"], "occurred_at"),
            "tickets": (tickets, "opened_at"), "unhappy": (tickets[tickets["satisfaction"] <= 2], "opened_at"),
            "about_fees": (tickets[tickets["topic"] == "fee_complaint"], "opened_at"),
            "cancels": (tickets[tickets["topic"] == "cancel_card"], "opened_at"),
            "paid_least": (payments[payments["kind"] == "minimum"], "paid_at"),
            "paid_late": (payments[payments["late_days"] > 0], "paid_at"),
            "contacted": (contacts[~contacts["is_holdout"]], "sent_at"),
            "answered": (self.tables["responses"], "responded_at"),
            "redeemed": (self.tables["rewards"].query("kind == 'redeemed'"), "occurred_on"),
        }  # fmt: skip
        counted |= {f"page_{page}": (app[app["page"] == page], "occurred_at") for page in PAGES}
        counted |= {
            f"in_{name}": (rows, "occurred_at") for name, rows in bought.groupby(bought["category"].astype(str))
        }
        flows = {name: self.by_month(rows, day) for name, (rows, day) in counted.items()}
        summed = {"spent": bought, **of_kind}
        flows |= {name: self.by_month(rows, "occurred_at", "amount") for name, rows in summed.items()}
        return flows | {"paid": self.by_month(payments, "paid_at", "amount")}

    def _levels(self) -> dict[str, np.ndarray]:
        statements = self.tables["statements"].assign(
            used=lambda rows: rows["balance"] / rows["credit_limit"],
            unpaid=lambda rows: 1 - rows["payments"] / rows["previous_balance"].clip(lower=1),
        )
        said = ("balance", "used", "unpaid", "days_past_due", "credit_limit", "instalment_balance")
        levels = {name: self._last(statements, "statement_on", name) for name in said}
        asked = ("score", "inquiries_6m", "other_cards")
        levels |= {name: self._last(self.tables["bureau_scores"], "scored_on", name) for name in asked}
        friends = self.tables["wecom_friends"]
        changes = self.tables["account_changes"].query("what == 'autopay'")
        accounts = self.tables["accounts"].query("kind == 'credit_card'")
        autopay = np.zeros((self.size, MONTHS))
        autopay[accounts["person"]] = accounts["autopay"].to_numpy(float)[:, None]
        later = np.arange(MONTHS) < self.month_of(changes["changed_on"])[:, None]
        person = changes["person"].to_numpy()
        autopay[person] = np.where(later, (changes["old_value"] == "yes").to_numpy(float)[:, None], autopay[person])
        friend = np.zeros((self.size, MONTHS))
        begin, end = (
            self.month_of(friends["added_on"]),
            self.month_of(friends["removed_on"].fillna(pd.Timestamp.max.date())),
        )
        stays = (np.arange(MONTHS) >= begin[:, None]) & (np.arange(MONTHS) < end[:, None])
        np.maximum.at(friend, friends["person"].to_numpy(), stays.astype(float))
        return levels | {"autopay": autopay, "friend": friend}

    def _last(self, rows: pd.DataFrame, day: str, column: str) -> np.ndarray:
        """Give the last value known at each month's end, -1 before the first."""
        rows = rows.sort_values(day, kind="stable")
        found = np.full((self.size, MONTHS), np.nan)
        month = np.maximum(self.month_of(rows[day]), 0)
        found[rows["person"].to_numpy(), month] = rows[column].to_numpy(float)
        return pd.DataFrame(found).ffill(axis=1).fillna(-1).to_numpy()

    def _fixed(self) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        people, accounts = self.tables["people"], self.tables["accounts"].query("kind == 'credit_card'")
        told = self.tables["applications"].query("decision == 'approved'").drop_duplicates("person", keep="last")
        told = told.set_index("person").reindex(people["person"])
        cards = accounts.set_index("person").reindex(people["person"])
        app = self.tables["app_events"]
        platform = app.drop_duplicates("person").set_index("person")["platform"].reindex(people["person"])
        codes = {
            "city": people["city"], "gender": people["gender"], "platform": platform, "product": cards["product"],
            "occupation": told["occupation"], "education": told["education"], "channel": told["channel"],
        }  # fmt: skip
        fixed = {name: values.astype("category").cat.codes.to_numpy() for name, values in codes.items()}
        birth = pd.to_datetime(people["birth_date"]).to_numpy().astype("datetime64[D]")
        fixed |= {
            "age": (np.datetime64(self.world.start) - birth).astype(float) / 365.25,
            "income": told["stated_income"].fillna(-1).to_numpy(), "mail": people["email"].notna().to_numpy(),
            "has_fee": cards["product"].isin(["gold", "platinum", "travel"]).to_numpy(),
            "consent": people["consent"].to_numpy(),
        }  # fmt: skip
        charged = self.tables["account_changes"].query("new_value == 'charged_off'").set_index("person")["changed_on"]
        ended = cards["closed_on"].where(cards["closed_on"].notna(), charged.reindex(cards.index))
        registered = app.query("kind == 'register'").drop_duplicates("person").set_index("person")["occurred_at"]
        when = {
            "opened": cards["opened_on"], "used": cards["activated_on"], "ended": ended,
            "registered": registered.reindex(people["person"]),
        }  # fmt: skip
        far = np.iinfo(np.int32).max
        days = {}
        for name, values in when.items():
            day = pd.to_datetime(values).to_numpy().astype("datetime64[D]")
            days[name] = np.where(np.isnat(day), far, day.astype(np.int64))
        return fixed, days

    def last_purchase(self, month: int) -> np.ndarray:
        """Give the days since each one's last purchase when a month starts (many, if there was none)."""
        lines = self.tables["card_transactions"]
        rows = lines[(lines["kind"] == "purchase") & (lines["status"] != "declined")]
        rows = rows[self.month_of(rows["occurred_at"]) < month]
        last = rows.groupby("person")["occurred_at"].max()
        since = np.full(self.size, 999.0)
        since[last.index] = (pd.Timestamp(self.panel.start(month), unit="D") - last).dt.total_seconds() / 86_400
        return since
