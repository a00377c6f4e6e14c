"""What tables say of one customer: for whoever asks why a score is high, and for an agent who takes a call.

Only to look: nothing here counts as read by a notebook, and nothing is written.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import ibis
import numpy as np
import pandas as pd

from insight.config.parameters import Parameters, load
from insight.contracts.tables.features import FEATURES
from insight.engine import connect, to_frame
from insight.errors import InsightError
from insight.profile.tagging import tags
from insight.review.behaviour import daily_totals
from insight.review.ledger import offer_names
from insight.storage.last_day import last_day
from insight.storage.store import Store
from insight.storage.workspace import processed_folder

MONTHS = 24
#: Features told: those in which fewest customers lie further out.
UNUSUAL = 10
HISTORY = 30  # latest events
_COUNTED = ("number", "integer", "money")


@dataclass(frozen=True, eq=False)
class Facts:
    """One customer as of a day.

    Attributes
    ----------
    known
        What is delivered of them, by column of ``customers``.
    accounts
        Their accounts, oldest first.
    standing
        By name, as far as the business has it: ``tier``, ``stage``, ``group_en``, ``group_zh``; ``churn``,
        ``reasons_en``, ``reasons_zh``; ``margin`` with ``low`` and ``high``, and ``default``, or ``value``; of the next
        offer ``offer``, ``channel``, ``send_on``.
    unusual
        ``feature, value, below`` (share of customers with less), what is furthest from the middle first.
    tags
        `insight.profile.tagging.tags.Tag` of each tag that they carry, by theme.
    months
        ``month, spend``, the last 24 at most, refunds deducted.
    history
        ``on, kind`` (``contact``, ``response``, ``ticket``, ``change``, ``late``), ``what``, ``how``, ``end`` and
        ``days``; latest first.
    """

    customer_id: str
    as_of: date
    params: Parameters
    known: pd.Series
    accounts: pd.DataFrame
    standing: dict[str, Any]
    unusual: pd.DataFrame
    tags: list[tags.Tag]
    months: pd.DataFrame
    history: pd.DataFrame


def read(dataset: str, customer_id: str) -> Facts:
    """Look one customer up in what notebooks have made so far.

    Parameters
    ----------
    dataset
        The business: ``params/<dataset>.yaml``.
    customer_id
        As ``customers`` has it: a pseudonym.

    Raises
    ------
    InsightError
        If there is no such customer; the message does not repeat who was asked for.
    """
    here = _Looked(dataset, customer_id)
    known = here.of("customers")
    if known.empty:
        raise InsightError(f"customers.customer_id: {dataset} has no customer of the id asked for. Look it up there.")
    return Facts(
        customer_id,
        here.as_of,
        here.params,
        known.iloc[0].drop("customer_id").dropna(),
        here.accounts.sort_values("opened_on") if len(here.accounts) else here.accounts,
        _standing(here),
        _unusual(here),
        _tags(here),
        _months(here),
        _history(here),
    )


class _Looked:
    """The tables of a business, and one customer's rows in them."""

    def __init__(self, dataset: str, customer_id: str) -> None:
        self.params, self.customer_id = load(dataset), customer_id
        self._store, self._con, self._opened = Store(processed_folder(dataset)), connect(), dict[str, ibis.Table]()
        self._outputs = self._store.outputs()

    def has(self, table: str) -> bool:
        return self._outputs.get(f"{table}.parquet", {}).get("rows", 0) > 0

    def table(self, name: str) -> ibis.Table:
        if name not in self._opened:
            path = self._store.path_of(f"{name}.parquet")
            self._opened[name] = self._con.read_parquet(str(path), table_name=name)
        return self._opened[name]

    def rows(self, name: str) -> ibis.Table:
        found = self.table(name)
        return found.filter(found.customer_id == self.customer_id)

    def of(self, name: str) -> pd.DataFrame:
        """Give the customer's rows; none without the table."""
        return to_frame(self.rows(name)) if self.has(name) else pd.DataFrame()

    def one(self, name: str) -> dict[str, Any]:
        """Give the customer's only row as what is filled in it; nothing without one."""
        found = self.of(name)
        return {} if found.empty else found.iloc[0].dropna().to_dict()

    @cached_property
    def as_of(self) -> date:
        return last_day(self.table("transactions"), asked=self.params.as_of)

    @cached_property
    def offers(self) -> dict[str, str]:
        """Names of offers, by id."""
        return offer_names(self.table("offers") if self.has("offers") else None)

    @cached_property
    def accounts(self) -> pd.DataFrame:
        return self.of("accounts")

    def of_accounts(self, name: str) -> pd.DataFrame:
        """Give what a table has of the customer's accounts; none without it."""
        if self.accounts.empty or not self.has(name):
            return pd.DataFrame()
        rows = self.table(name)
        return to_frame(rows.filter(rows.account_id.isin(list(self.accounts["account_id"]))))


def _standing(here: _Looked) -> dict[str, Any]:
    stands, scores, offer = (
        here.one("segments"),
        here.one("churn_scores"),
        here.one("offer_list") or here.one("campaign_list"),
    )
    worth = here.one("card_value") or here.one("value")
    named = {"margin": "expected_margin", "low": "margin_low", "high": "margin_high", "default": "default_chance"}
    named |= {"value": "expected_value"}
    # what is known of one customer may not be of the next: a column that is empty for them is not told
    found: dict[str, Any] = {name: stands[name] for name in ("tier", "stage") if name in stands}
    found |= {name: worth[column] for name, column in named.items() if column in worth}
    found |= {name: scores[name] for name in ("reasons_en", "reasons_zh") if name in scores}
    if "churn_probability" in scores:
        found["churn"] = scores["churn_probability"]
    if here.has("groups"):
        groups = to_frame(here.table("groups")).set_index("group")
        names = groups.rename(columns={"name_en": "group_en", "name_zh": "group_zh"})[["group_en", "group_zh"]]
        found |= names.reindex([stands.get("group")]).iloc[0].dropna().to_dict()
    if offer and not offer.get("is_holdout"):
        code = offer.get("offer_id", offer.get("product_group"))
        found["offer"] = here.offers.get(str(code), code)
        found |= {name: offer[name] for name in ("channel", "send_on") if name in offer}
    return found


def _unusual(here: _Looked) -> pd.DataFrame:
    """Compare what is counted of the customer with everybody's, in one pass over the profile."""
    mine = here.one("profile")
    counted = [each.name for each in FEATURES if each.type in _COUNTED and each.name in mine]
    if not counted:
        return pd.DataFrame(columns=["feature", "value", "below"])
    everybody = here.table("profile")
    sides = {f"below_{name}": (everybody[name] < mine[name]).mean() for name in counted}
    sides |= {f"above_{name}": (everybody[name] > mine[name]).mean() for name in counted}
    shares = to_frame(everybody.aggregate(**sides)).iloc[0]
    below, above = (shares[[f"{side}_{name}" for name in counted]].to_numpy(float) for side in ("below", "above"))
    found = pd.DataFrame({"feature": counted, "value": [mine[name] for name in counted], "below": below})
    furthest = np.argsort(-np.maximum(below, above), kind="stable")[:UNUSUAL]
    return found.iloc[furthest].reset_index(drop=True)


def _tags(here: _Looked) -> list[tags.Tag]:
    carried = {name for table in ("tags", "model_tags") for name in here.of(table).get("tag", ())}
    return sorted((tag for tag in tags.read_library() if tag.id in carried), key=lambda tag: (tag.theme, tag.id))


def _months(here: _Looked) -> pd.DataFrame:
    daily = daily_totals(here.rows("transactions"), as_of=here.as_of)
    by_month = daily.group_by(month=daily.occurred_on.truncate("M")).aggregate(spend=daily.spend.sum())
    spend = to_frame(by_month.order_by("month")).set_index("month")["spend"]
    months = pd.period_range(end=pd.Period(here.as_of, "M"), periods=MONTHS, freq="M").to_timestamp()
    spend.index = pd.DatetimeIndex(spend.index)
    return spend.reindex(months, fill_value=0.0).rename_axis("month").reset_index()


def _history(here: _Looked) -> pd.DataFrame:
    """Put what happened beside purchases in one order; who is held out was not contacted."""
    paid = here.of_accounts("payments")
    parts = [
        _happened(here.of("contacts"), "contact", "sent_on", what="offer_id", how="channel"),
        _happened(here.of("responses"), "response", "responded_on", what="offer_id"),
        _happened(here.of("service_tickets"), "ticket", "opened_at", what="topic", how="channel", end="resolution"),
        _happened(
            here.of_accounts("account_changes"), "change", "changed_on", what="what", how="old_value", end="new_value"
        ),
        _happened(paid[paid["late_days"] > 0] if len(paid) else paid, "late", "paid_on", days="late_days"),
    ]
    happened = pd.concat(parts, ignore_index=True)
    named = happened["kind"].isin(["contact", "response"])
    happened.loc[named, "what"] = happened.loc[named, "what"].map(lambda offer: here.offers.get(str(offer), offer))
    happened = happened[happened["on"] <= pd.Timestamp(here.as_of)]
    return happened.sort_values("on", ascending=False, kind="stable").head(HISTORY).reset_index(drop=True)


def _happened(rows: pd.DataFrame, kind: str, day: str, **names: str) -> pd.DataFrame:
    empty = pd.DataFrame(columns=["on", "kind", "what", "how", "end", "days"])
    if rows.empty:
        return empty
    if "is_holdout" in rows:
        rows = rows[~rows["is_holdout"]]
    told = {column: rows[name].to_numpy() if name in rows else None for column, name in names.items()}
    found = pd.DataFrame({"on": pd.to_datetime(rows[day]).dt.tz_localize(None).to_numpy(), "kind": kind} | told)
    return found.reindex(columns=empty.columns)
