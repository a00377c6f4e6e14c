"""One expression for each feature that is declared in ``contracts/tables/features.yaml``.

An expression sees the rows that `known` gives of its view, already without later days, and counts those within the
feature's window. Shares and means divide sums of DECIMAL or counts, and only the quotient is a float.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import reduce
from typing import Any

import ibis
import pandas as pd

from insight.config.parameters import Bilingual
from insight.contracts.table import MONEY
from insight.contracts.tables.features import FEATURES, SUMMARY, Feature
from insight.profile.known import VIEWS, Seen

_CAR = ("fuel", "parking", "car_wash")
_TRAVEL = ("air_travel", "hotel")
_FOOD = ("dining", "fast_food")


@dataclass(frozen=True)
class Rows:
    """The rows of a view, to be counted by customer within a window of days; all of them without one."""

    t: Any
    window: int | None

    def where(self, *conditions: ibis.Column) -> ibis.Column | None:
        """Join conditions, and that of the window."""
        every = [*conditions, *([self.t.back < self.window] if self.window else [])]
        return reduce(lambda one, other: one & other, every) if every else None

    def before(self, *conditions: ibis.Column) -> ibis.Column:
        """Join conditions, and that of as many days before the window."""
        days = self.window or 0
        return reduce(lambda one, other: one & other, conditions, (self.t.back >= days) & (self.t.back < 2 * days))

    def count(self, *conditions: ibis.Column) -> ibis.Column:
        """Count rows; 0 where nothing is said of any."""
        return self.t.count(where=self.where(*conditions)).coalesce(0)

    def total(self, amount: ibis.Column, *conditions: ibis.Column) -> ibis.Column:
        """Add amounts up; 0 where there are none."""
        return amount.sum(where=self.where(*conditions)).coalesce(0).cast(MONEY)

    def share(self, *conditions: ibis.Column) -> ibis.Column:
        """Give the share of rows; empty where there are none."""
        return ratio(self.count(*conditions), self.count())

    def part(self, amount: ibis.Column, *conditions: ibis.Column) -> ibis.Column:
        """Give the share of an amount; empty where it comes to nothing."""
        return ratio(self.total(amount, *conditions), self.total(amount))

    def mean(self, amount: ibis.Column, *conditions: ibis.Column) -> ibis.Column:
        """Average amounts, an exact sum by a count."""
        return ratio(self.total(amount, *conditions), amount.count(where=self.where(*conditions)))

    def since(self, *conditions: ibis.Column) -> ibis.Column:
        """Give the days since the last row."""
        return self.t.back.min(where=self.where(*conditions))

    def change(self, now: ibis.Column, before: ibis.Column) -> ibis.Column:
        """Compare two neighbouring windows, from -1 to 1; empty for who has not been known for both."""
        clear = (self.t.back.max() + 1 >= 2 * (self.window or 0)) & (now >= 0) & (before >= 0)
        return clear.ifelse(ratio(now - before, now + before), ibis.null("float64"))

    def change_in_rows(self, *conditions: ibis.Column) -> ibis.Column:
        """Compare the rows of two neighbouring windows."""
        return self.change(self.count(*conditions), self.t.count(where=self.before(*conditions)))

    def change_in(self, amount: ibis.Column, *conditions: ibis.Column) -> ibis.Column:
        """Compare the amounts of two neighbouring windows."""
        before = amount.sum(where=self.before(*conditions)).coalesce(0).cast(MONEY)
        return self.change(self.total(amount, *conditions), before)


def ratio(part: ibis.Column, whole: ibis.Column) -> ibis.Column:
    """Divide as floats, null where the whole is zero: integer and DECIMAL division differ between engines."""
    return part.cast("float64") / whole.cast("float64").nullif(0.0)


def _last(value: str) -> Callable[[Rows], ibis.Column]:
    return lambda r: r.t[value].max(where=r.t.place == 0)


def _largest_share(r: Rows) -> ibis.Column:
    return ratio(r.t.lines.sum(where=r.t.place == 0), r.t.lines.sum())


def _utilisation(r: Rows, *conditions: ibis.Column) -> ibis.Column:
    return ratio(r.total(r.t.balance, *conditions), r.total(r.t.credit_limit, *conditions))


def _utilisation_change(r: Rows) -> ibis.Column:
    before = [column.sum(where=r.before()).cast(MONEY) for column in (r.t.balance, r.t.credit_limit)]
    return _utilisation(r) - ratio(*before)


def _said(value: ibis.Column) -> ibis.Column:
    return value.ifelse(1, 0).cast("int64")


#: By view: what is counted over its rows.
EXPRESSIONS: dict[str, dict[str, Callable[[Rows], ibis.Column]]] = {
    "baskets": {
        "purchases_30d": lambda r: r.count(),
        "purchases_90d": lambda r: r.count(),
        "purchases_365d": lambda r: r.count(),
        "spend_30d": lambda r: r.total(r.t.gross),
        "spend_90d": lambda r: r.total(r.t.gross),
        "spend_365d": lambda r: r.total(r.t.gross),
        "basket_max": lambda r: r.t.gross.max(),
        "basket_median": lambda r: r.t.gross.cast("float64").median(),
        "basket_mean_90d": lambda r: r.mean(r.t.gross),
        "purchases_trend_30d": lambda r: r.change_in_rows(),
        "purchases_trend_90d": lambda r: r.change_in_rows(),
        "spend_trend_30d": lambda r: r.change_in(r.t.gross),
        "spend_trend_365d": lambda r: r.change_in(r.t.gross),
        "afternoon_share": lambda r: ratio(
            r.count((r.t.hour >= 12) & (r.t.hour < 17)), r.t.hour.count(where=r.where())
        ),
        "night_share": lambda r: ratio(r.count((r.t.hour >= 23) | (r.t.hour < 6)), r.t.hour.count(where=r.where())),
        "friday_share": lambda r: r.share(r.t.weekday == 4),
        "weekend_spend_share": lambda r: r.part(r.t.gross, r.t.weekday >= 5),
        "month_start_share": lambda r: r.share(r.t.occurred_on.day() <= 10),
        "month_end_share": lambda r: r.share(r.t.occurred_on.day() > 20),
        "discount_365d": lambda r: r.total(r.t.discount),
        "discount_share_90d": lambda r: ratio(r.total(r.t.discount), r.total(r.t.gross) + r.total(r.t.discount)),
        "promoted_share_90d": lambda r: ratio(r.total(r.t.promoted), r.total(r.t.promotable)),
    },
    "gaps": {
        "gap_days_last": lambda r: r.t.gap_days.argmin(r.t.back),
        "gap_days_max": lambda r: r.t.gap_days.max(),
        "gap_days_q25": lambda r: r.t.gap_days.cast("float64").quantile(0.25),
        "gap_days_q75": lambda r: r.t.gap_days.cast("float64").quantile(0.75),
        "purchase_days_90d": lambda r: r.count(),
    },
    "months": {
        "active_months_12m": lambda r: r.count(),
        "month_spend_max": lambda r: r.t.spend.max(where=r.where()),
        "month_spend_mean": lambda r: r.mean(r.t.spend),
    },
    "lines": {
        "refunds_90d": lambda r: r.total(-r.t.amount, r.t.kind == "refund"),
        "refund_lines": lambda r: r.count(r.t.kind == "refund"),
        "refund_share": lambda r: ratio(
            r.total(-r.t.amount, r.t.kind == "refund"), r.total(r.t.amount, r.t.kind == "purchase")
        ),
        "last_refund_days": lambda r: r.since(r.t.kind == "refund"),
    },
    "purchases": {
        "online_share": lambda r: r.share(r.t.channel == "online"),
        "online_share_90d": lambda r: r.share(r.t.channel == "online"),
        "online_spend_share": lambda r: r.part(r.t.amount, r.t.channel == "online"),
        "last_online_days": lambda r: r.since(r.t.channel == "online"),
    },
    "card_purchases": {
        "mobile_pay_share": lambda r: r.share(r.t.channel == "mobile_pay"),
        "mobile_pay_share_90d": lambda r: r.share(r.t.channel == "mobile_pay"),
        "car_spend_share": lambda r: r.part(r.t.amount, r.t.category.isin(_CAR)),
        "travel_spend_share": lambda r: r.part(r.t.amount, r.t.category.isin(_TRAVEL)),
        "food_spend_share": lambda r: r.part(r.t.amount, r.t.category.isin(_FOOD)),
        "groceries_spend_share": lambda r: r.part(r.t.amount, r.t.category == "groceries"),
        "luxury_spend_share": lambda r: r.part(r.t.amount, r.t.category == "luxury"),
        "children_spend_share": lambda r: r.part(r.t.amount, r.t.category.isin(("children", "education"))),
        "last_travel_days": lambda r: r.since(r.t.category.isin(_TRAVEL)),
        "instalment_purchases_365d": lambda r: r.count(r.t.instalment_months > 0),
        "instalment_spend_share": lambda r: r.part(r.t.amount, r.t.instalment_months > 0),
        "instalment_months_max": lambda r: r.t.instalment_months.max(where=r.where(r.t.instalment_months > 0)),
        "last_instalment_days": lambda r: r.since(r.t.instalment_months > 0),
    },
    "categories": {
        "categories_90d": lambda r: r.count(),
        "new_categories_90d": lambda r: r.count(r.t.first_back < r.window),
        "dropped_categories_90d": lambda r: r.t.count(where=r.t.back >= r.window),
        "top_category_share": _largest_share,
    },
    "channels": {
        "channels": lambda r: r.count(),
        "channels_90d": lambda r: r.count(),
        "top_channel": lambda r: r.t.value.max(where=r.t.place == 0),
        "top_channel_share": _largest_share,
    },
    "merchants": {
        "merchants": lambda r: r.count(),
        "merchants_90d": lambda r: r.count(),
        "new_merchants_90d": lambda r: r.count(r.t.first_back < r.window),
        "top_merchant_share": _largest_share,
    },
    "cities": {
        "cities": lambda r: r.count(),
        "cities_90d": lambda r: r.count(),
        "top_city_share": _largest_share,
    },
    "statements": {
        "balance_now": lambda r: r.t.balance.sum(where=r.t.now).cast(MONEY),
        "limit_now": lambda r: r.t.credit_limit.sum(where=r.t.now).cast(MONEY),
        "utilisation_now": lambda r: _utilisation(r, r.t.now),
        "utilisation_92d": _utilisation,
        "utilisation_max_12m": lambda r: ratio(r.t.balance, r.t.credit_limit).max(where=r.where()),
        "utilisation_change_92d": _utilisation_change,
        "full_statements_12m": lambda r: r.count(r.t.balance >= r.t.credit_limit * 4 / 5),
        "revolved_statements_12m": lambda r: r.count(r.t.interest > 0),
        "revolved_share_12m": lambda r: r.share(r.t.interest > 0),
        "revolved_now": lambda r: r.t.count(where=r.t.now & (r.t.interest > 0)),
        "interest_365d": lambda r: r.total(r.t.interest),
        "interest_trend_182d": lambda r: r.change_in(r.t.interest),
        "fees_365d": lambda r: r.total(r.t.fees),
        "cash_advances_365d": lambda r: r.total(r.t.cash_advances),
        "cash_statements_12m": lambda r: r.count(r.t.cash_advances > 0),
        "last_cash_days": lambda r: r.since(r.t.cash_advances > 0),
        "days_past_due_now": lambda r: r.t.days_past_due.max(where=r.t.now),
        "days_past_due_max_12m": lambda r: r.t.days_past_due.max(where=r.where()),
        "arrears_statements_12m": lambda r: r.count(r.t.days_past_due > 0),
        "paid_share_182d": lambda r: ratio(r.total(r.t.payments), r.total(r.t.previous_balance)),
        "instalment_balance_now": lambda r: r.t.instalment_balance.sum(where=r.t.now).cast(MONEY),
    },
    "payments": {
        "payments_365d": lambda r: r.count(),
        "paid_365d": lambda r: r.total(r.t.amount),
        "minimum_payment_share": lambda r: r.share(r.t.kind == "minimum"),
        "full_payment_share": lambda r: r.share(r.t.kind.isin(("full", "autopay"))),
        "autopay_share": lambda r: r.share(r.t.kind == "autopay"),
        "app_payment_share": lambda r: r.share(r.t.channel == "app"),
        "late_payments_365d": lambda r: r.count(r.t.late_days > 0),
        "late_days_max_365d": lambda r: r.t.late_days.max(where=r.where()),
        "last_payment_days": lambda r: r.since(),
    },
    "authorisations": {
        "declines_30d": lambda r: r.count(r.t.status == "declined"),
        "declines_365d": lambda r: r.count(r.t.status == "declined"),
        "declined_for_credit_365d": lambda r: r.count(r.t.decline_reason == "insufficient_credit"),
        "declined_for_pin_365d": lambda r: r.count(r.t.decline_reason == "wrong_pin"),
        "declined_as_fraud_365d": lambda r: r.count(r.t.decline_reason == "suspected_fraud"),
        "declined_amount_90d": lambda r: r.total(r.t.amount, r.t.status == "declined"),
        "last_decline_days": lambda r: r.since(r.t.status == "declined"),
    },
    "accounts": {
        "accounts_open": lambda r: r.count(~r.t.closed),
        "accounts_closed": lambda r: r.count(r.t.closed),
        "products": lambda r: r.t.product.nunique(where=~r.t.closed),
        "account_tenure_days": lambda r: r.t.back.max(),
    },
    "states": {
        "accounts_autopay": lambda r: r.count(r.t.by_itself, ~r.t.closed),
        "accounts_blocked": lambda r: r.count(r.t.blocked, ~r.t.closed),
        "accounts_charged_off": lambda r: r.count(r.t.charged_off),
    },
    "cards": {"cards_held": lambda r: r.count(), "cards_365d": lambda r: r.count()},
    "limit_changes": {
        "limit_raises_365d": lambda r: r.count(r.t.raised > 0),
        "limit_cuts_365d": lambda r: r.count(r.t.raised < 0),
        "limit_raised_by_365d": lambda r: r.total(r.t.raised),
        "last_limit_change_days": lambda r: r.since(),
    },
    "rewards": {
        "points_earned_365d": lambda r: r.t.points.sum(where=r.where(r.t.kind == "earned")),
        "points_redeemed_365d": lambda r: -r.t.points.sum(where=r.where(r.t.kind == "redeemed")),
        "points_expired_365d": lambda r: -r.t.points.sum(where=r.where(r.t.kind == "expired")),
        "redemptions_365d": lambda r: r.count(r.t.kind == "redeemed"),
        "last_redemption_days": lambda r: r.since(r.t.kind == "redeemed"),
    },
    "interactions": {
        "app_visits_30d": lambda r: r.count(r.t.kind == "login"),
        "app_visits_90d": lambda r: r.count(r.t.kind == "login"),
        "app_visits_trend_90d": lambda r: r.change_in_rows(r.t.kind == "login"),
        "last_app_days": lambda r: r.since(r.t.channel == "app"),
        "app_pages_90d": lambda r: r.count(r.t.kind.startswith("page: ")),
        "offer_pages_90d": lambda r: r.count(r.t.kind == "page: offers"),
        "service_pages_90d": lambda r: r.count(r.t.kind == "page: service"),
        "touches_365d": lambda r: r.count(),
        "touch_channels_365d": lambda r: r.t.channel.nunique(where=r.where()),
        "consultations_365d": lambda r: r.count(r.t.kind.startswith("consultation")),
    },
    "contacts": {
        "contacts_90d": lambda r: r.count(),
        "contacts_365d": lambda r: r.count(),
        "last_contact_days": lambda r: r.since(),
    },
    "responses": {
        "responses_365d": lambda r: r.count(),
        "response_value_365d": lambda r: r.total(r.t.value),
        "last_response_days": lambda r: r.since(),
    },
    "service_tickets": {
        "tickets_90d": lambda r: r.count(),
        "tickets_365d": lambda r: r.count(),
        "complaints_365d": lambda r: r.count(r.t.topic.endswith("complaint")),
        "open_tickets": lambda r: r.count(~r.t.ended),
        "unsolved_tickets_365d": lambda r: r.count(r.t.resolution.isin(("unsolved", "escalated"))),
        "satisfaction_mean_365d": lambda r: r.mean(r.t.satisfaction),
        "phone_ticket_share": lambda r: r.share(r.t.channel == "phone"),
        "last_ticket_days": lambda r: r.since(),
    },
    "fraud_cases": {
        "fraud_cases_365d": lambda r: r.count(),
        "fraud_confirmed": lambda r: r.count(r.t.confirmed),
    },
    "applications": {"applications": lambda r: r.count(), "applications_declined": lambda r: r.count(r.t.declined)},
    "referrals": {"referrals": lambda r: r.count(), "last_referral_days": lambda r: r.since()},
    "bureau_scores": {
        "bureau_score": _last("score"),
        "bureau_score_min_365d": lambda r: r.t.score.min(where=r.where()),
        "inquiries_6m": _last("inquiries_6m"),
        "other_cards": _last("other_cards"),
    },
    "consents": {
        "consented": lambda r: _said(r.t.granted).max(where=r.t.place == 0),
        "refusals": lambda r: r.count(~r.t.granted),
    },
}


def available(has: Callable[..., bool]) -> tuple[list[Feature], list[Feature]]:
    """Part the features into those that a business's tables allow, and the others.

    Parameters
    ----------
    has
        Says whether there is a table, or a value in a column of it: ``has("payments")``, ``has("payments", "kind")``.
    """
    there = [feature for feature in FEATURES if not missing(feature, has)]
    return there, [feature for feature in FEATURES if feature not in there]


def missing(feature: Feature, has: Callable[..., bool]) -> list[str]:
    """Name the tables, or else the columns, that a feature would need and that a business lacks."""
    tables = [table for table in feature.sources if not has(table)]
    return tables or [
        f"{feature.sources[0]}.{column}" for column in feature.needs if not has(feature.sources[0], column)
    ]


def by_family(has: Callable[..., bool]) -> pd.DataFrame:
    """Count the features of each family that a business's tables allow, and name what the others would need.

    Returns
    -------
    DataFrame
        ``family``, ``features``, ``example`` (what one of them means), ``lacking`` (how many cannot be had),
        ``lacks`` (tables and columns that these would need).
    """
    there, lacking = available(has)
    rows = []
    for family in dict.fromkeys(feature.family for feature in FEATURES):
        of = [one for one in there if one.family == family]
        gone = [one for one in lacking if one.family == family]
        lacks = dict.fromkeys(name for one in gone for name in missing(one, has))
        example = Bilingual(en=of[-1].meaning, zh=of[-1].meaning_zh) if of else None
        rows.append((family, len(of), example, len(gone), list(lacks)))
    return pd.DataFrame(rows, columns=["family", "features", "example", "lacking", "lacks"])


def measure(buyers: ibis.Table, seen: Seen, features: Collection[Feature]) -> ibis.Table:
    """Add features to one row per customer, as of the day that the tables are seen on.

    Parameters
    ----------
    buyers
        One row per ``customer_id``, with whatever is known of them already.
    seen
        The tables that the features need, the day, and the zone in which it ends; no later row of any table counts.
    features
        Of ``contracts.tables.features``; those of the summary are there already.
    """
    described = buyers
    features = [feature for feature in features if feature.view != SUMMARY]
    for view in dict.fromkeys(feature.view for feature in features):
        rows = VIEWS[view](seen)
        counted = rows.group_by("customer_id").aggregate(
            **{one.name: EXPRESSIONS[view][one.name](Rows(rows, one.window)) for one in features if one.view == view}
        )
        described = described.left_join(counted, "customer_id").drop("customer_id_right")
    filled = {one.name: described[one.name].coalesce(0) for one in features if one.zero}
    return described.mutate(**filled) if filled else described
