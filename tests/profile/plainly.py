"""The features again, customer by customer in plain Python: slow and plainly right."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

import numpy as np
import pandas as pd


class Mine:
    """What is known of one customer: rows up to the day, each with the days that it lies ``back``."""

    def __init__(self, rows: dict[str, list[dict]], customer: str, as_of: date) -> None:
        self.as_of, self.rows = as_of, {}
        accounts = {row["account_id"] for row in rows["accounts"] if row["customer_id"] == customer}
        by_account = {"payments", "statements", "limit_changes", "fraud_cases", "cards"}
        for name, of in rows.items():
            mine = [
                row
                for row in of
                if (row["account_id"] in accounts if name in by_account else row["customer_id"] == customer)
            ]
            self.rows[name] = [{**row, "back": (as_of - row["on"]).days} for row in mine if row["on"] <= as_of]
        self.changes = [row for row in rows["account_changes"] if row["account_id"] in accounts]

    def of(self, name: str, window: int | None = None, **values: Any) -> list[dict]:
        """Give rows within a window in which these columns hold these values, or one of these."""
        return [
            row
            for row in self.rows[name]
            if (window is None or row["back"] < window)
            and all(row[key] in (value if isinstance(value, tuple) else (value,)) for key, value in values.items())
        ]


def described(rows: dict[str, list[dict]], customers: Iterable[str], *, as_of: date) -> pd.DataFrame:
    """Describe customers by every family."""
    found = {}
    for customer in customers:
        mine = Mine(rows, customer, as_of)
        found[customer] = {name: value for family in FAMILIES for name, value in family(mine).items()}
    return pd.DataFrame.from_dict(found, orient="index")


def total(rows: list[dict], column: str) -> float:
    return float(sum(row[column] or 0 for row in rows))


def over(part: float, whole: float) -> float:
    return part / whole if whole else np.nan


def mean(values: list) -> float:
    return over(float(sum(values)), len(values))


def most(values: Iterable) -> float:
    return max(values, default=np.nan)


def last(rows: list[dict]) -> float:
    return min((row["back"] for row in rows), default=np.nan)


def share(rows: list[dict], holds: Callable[[dict], Any]) -> float:
    return over(sum(bool(holds(row)) for row in rows), len(rows))


def changed(rows: list[dict], window: int, measure: Callable[[list[dict]], float], known: list[dict]) -> float:
    now = measure([row for row in rows if row["back"] < window])
    before = measure([row for row in rows if window <= row["back"] < 2 * window])
    longest = most(row["back"] for row in known)
    if not longest + 1 >= 2 * window or now < 0 or before < 0:
        return np.nan
    return over(now - before, now + before)


def baskets_of(mine: Mine) -> list[dict]:
    """Put lines together as they were paid for."""
    by_basket: dict[str, list[dict]] = {}
    for line in mine.of("transactions", kind="purchase"):
        by_basket.setdefault(line["basket_id"], []).append(line)
    baskets = []
    for lines in by_basket.values():
        hours = [line["hour"] for line in lines if line["hour"] is not None]
        basket = {
            "on": min(line["on"] for line in lines),
            "hour": min(hours, default=None),
            "gross": total(lines, "amount"),
            "discount": total(lines, "discount"),
            "promoted": total([line for line in lines if line["promoted"]], "amount"),
            "promotable": total([line for line in lines if line["promoted"] is not None], "amount"),
        }
        baskets.append({**basket, "back": (mine.as_of - basket["on"]).days})
    return [basket for basket in baskets if basket["gross"] > 0]


def purchases(mine: Mine) -> dict:
    baskets = baskets_of(mine)
    found: dict[str, Any] = {}
    for window in (30, 90, 365):
        within = [one for one in baskets if one["back"] < window]
        found |= {f"purchases_{window}d": len(within), f"spend_{window}d": total(within, "gross")}
    for window in (30, 90):
        found[f"purchases_trend_{window}d"] = changed(baskets, window, len, baskets)
    for window in (30, 365):
        found[f"spend_trend_{window}d"] = changed(baskets, window, lambda rows: total(rows, "gross"), baskets)
    found |= {"basket_max": most(one["gross"] for one in baskets)}
    found |= {"basket_median": median(one["gross"] for one in baskets)}
    recent = [one for one in baskets if one["back"] < 90]
    found["basket_mean_90d"] = mean([one["gross"] for one in recent])
    found["discount_365d"] = total([one for one in baskets if one["back"] < 365], "discount")
    given = total(recent, "discount")
    found["discount_share_90d"] = over(given, total(recent, "gross") + given)
    found["promoted_share_90d"] = over(total(recent, "promoted"), total(recent, "promotable"))
    return found | times(baskets) | months(baskets) | gaps(baskets)


def times(baskets: list[dict]) -> dict:
    timed = [one for one in baskets if one["hour"] is not None]
    weekend = [one for one in baskets if one["on"].weekday() >= 5]
    return {
        "afternoon_share": share(timed, lambda one: 12 <= one["hour"] < 17),
        "night_share": share(timed, lambda one: one["hour"] in (23, 0, 1, 2, 3, 4, 5)),
        "friday_share": share(baskets, lambda one: one["on"].isoweekday() == 5),
        "weekend_spend_share": over(total(weekend, "gross"), total(baskets, "gross")),
        "month_start_share": share(baskets, lambda one: one["on"].day <= 10),
        "month_end_share": share(baskets, lambda one: one["on"].day >= 21),
    }


def months(baskets: list[dict]) -> dict:
    spent: dict[int, float] = {}
    for one in baskets:
        spent[one["back"] // 30] = spent.get(one["back"] // 30, 0) + one["gross"]
    twelve = [spend for month, spend in spent.items() if month < 12]
    return {
        "active_months_12m": len(twelve),
        "month_spend_max": most(twelve),
        "month_spend_mean": mean(twelve),
    }


def gaps(baskets: list[dict]) -> dict:
    days = sorted({one["back"] for one in baskets}, reverse=True)
    between = [earlier - later for earlier, later in pairwise(days)]
    quartiles = np.quantile(between, [0.25, 0.75]) if between else (np.nan, np.nan)
    return {
        "gap_days_last": between[-1] if between else np.nan,
        "gap_days_max": most(between),
        "gap_days_q25": quartiles[0],
        "gap_days_q75": quartiles[1],
        "purchase_days_90d": sum(day < 90 for day in days),
    }


def lines(mine: Mine) -> dict:
    bought, refunds = mine.of("transactions", kind="purchase"), mine.of("transactions", kind="refund")
    recent, online = mine.of("transactions", 90, kind="purchase"), [one for one in bought if one["channel"] == "online"]
    year = mine.of("transactions", 365, kind="purchase")
    found = {
        "refunds_90d": -total(mine.of("transactions", 90, kind="refund"), "amount"),
        "refund_lines": len(refunds),
        "refund_share": over(-total(refunds, "amount"), total(bought, "amount")),
        "last_refund_days": last(refunds),
        "online_share": share(bought, lambda one: one["channel"] == "online"),
        "online_share_90d": share(recent, lambda one: one["channel"] == "online"),
        "online_spend_share": over(total(online, "amount"), total(bought, "amount")),
        "last_online_days": last(online),
        "mobile_pay_share": share(bought, lambda one: one["channel"] == "mobile_pay"),
        "mobile_pay_share_90d": share(recent, lambda one: one["channel"] == "mobile_pay"),
        "last_travel_days": last([one for one in bought if one["category"] in ("air_travel", "hotel")]),
    }
    kinds = {
        "car": ("fuel", "parking", "car_wash"),
        "travel": ("air_travel", "hotel"),
        "food": ("dining", "fast_food"),
        "groceries": ("groceries",),
        "luxury": ("luxury",),
        "children": ("children", "education"),
    }
    for kind, categories in kinds.items():
        of = [one for one in bought if one["category"] in categories]
        found[f"{kind}_spend_share"] = over(total(of, "amount"), total(bought, "amount"))
    split = [one for one in year if one["instalment_months"]]
    ever = [one for one in bought if one["instalment_months"]]
    return found | {
        "instalment_purchases_365d": len(split),
        "instalment_spend_share": over(total(split, "amount"), total(year, "amount")),
        "instalment_months_max": most(one["instalment_months"] for one in ever),
        "last_instalment_days": last(ever),
    }


def breadth(mine: Mine) -> dict:
    found: dict[str, Any] = {}
    columns = {"category": "categories", "channel": "channels", "merchant_id": "merchants", "city": "cities"}
    for column, names in columns.items():
        bought = [one for one in mine.of("transactions", kind="purchase") if one[column] is not None]
        counted = Counter(one[column] for one in bought)
        recent = {one[column] for one in bought if one["back"] < 90}
        before = {one[column] for one in bought if one["back"] >= 90}
        best = max(counted.values(), default=0)
        found |= {names: len(counted), f"{names}_90d": len(recent), f"new_{names}_90d": len(recent - before)}
        one = column.removesuffix("_id")
        found[f"dropped_{names}_90d"] = len(before - recent)
        found[f"top_{one}_share"] = over(best, len(bought))
        found[f"top_{one}"] = min((value for value, many in counted.items() if many == best), default=None)
    return found


def statements(mine: Mine) -> dict:
    of = mine.of("statements")
    latest: dict[str, dict] = {}
    for row in sorted(of, key=lambda row: row["on"]):
        latest[row["account_id"]] = row
    now = [row for row in latest.values() if row["back"] < 62]
    year, quarter = mine.of("statements", 366), mine.of("statements", 92)
    before = [row for row in of if 92 <= row["back"] < 184]
    half = mine.of("statements", 182)

    def used(rows):
        return over(total(rows, "balance"), total(rows, "credit_limit"))

    return {
        "balance_now": total(now, "balance") if now else np.nan,
        "limit_now": total(now, "credit_limit") if now else np.nan,
        "instalment_balance_now": total(now, "instalment_balance") if now else np.nan,
        "utilisation_now": used(now),
        "utilisation_92d": used(quarter),
        "utilisation_change_92d": used(quarter) - used(before),
        "utilisation_max_12m": most(float(row["balance"] / row["credit_limit"]) for row in year),
        "full_statements_12m": sum(5 * row["balance"] >= 4 * row["credit_limit"] for row in year),
        "revolved_statements_12m": sum(row["interest"] > 0 for row in year),
        "revolved_share_12m": share(year, lambda row: row["interest"] > 0),
        "revolved_now": sum(row["interest"] > 0 for row in now),
        "interest_365d": total(mine.of("statements", 365), "interest"),
        "interest_trend_182d": changed(of, 182, lambda rows: total(rows, "interest"), of),
        "fees_365d": total(mine.of("statements", 365), "fees"),
        "cash_advances_365d": total(mine.of("statements", 365), "cash_advances"),
        "cash_statements_12m": sum(row["cash_advances"] > 0 for row in year),
        "last_cash_days": last([row for row in of if row["cash_advances"] > 0]),
        "days_past_due_now": most(row["days_past_due"] for row in now),
        "days_past_due_max_12m": most(row["days_past_due"] for row in year),
        "arrears_statements_12m": sum(row["days_past_due"] > 0 for row in year),
        "paid_share_182d": over(total(half, "payments"), total(half, "previous_balance")),
    }


def payments(mine: Mine) -> dict:
    year = mine.of("payments", 365)
    return {
        "payments_365d": len(year),
        "paid_365d": total(year, "amount"),
        "minimum_payment_share": share(year, lambda row: row["kind"] == "minimum"),
        "full_payment_share": share(year, lambda row: row["kind"] in ("full", "autopay")),
        "autopay_share": share(year, lambda row: row["kind"] == "autopay"),
        "app_payment_share": share(year, lambda row: row["channel"] == "app"),
        "late_payments_365d": sum(row["late_days"] > 0 for row in year),
        "late_days_max_365d": most(row["late_days"] for row in year),
        "last_payment_days": last(mine.of("payments")),
    }


def accounts(mine: Mine) -> dict:
    def held(account: dict, what: str, delivered: str) -> str:
        """Walk through an account's changes, from the state before the first."""
        changes = [row for row in mine.changes if (row["account_id"], row["what"]) == (account["account_id"], what)]
        changes.sort(key=lambda row: row["on"])
        state = changes[0]["old_value"] if changes else delivered
        for row in changes:
            state = row["new_value"] if row["on"] <= mine.as_of else state
        return state

    def closed(account: dict) -> bool:
        closed_on = account["closed_on"]
        return (closed_on is not None and closed_on <= mine.as_of) or held(account, "status", "open") == "closed"

    of = mine.of("accounts")
    is_open = [row for row in of if not closed(row)]
    raised = [row["new_limit"] - row["old_limit"] for row in mine.of("limit_changes", 365)]
    return {
        "accounts_open": len(is_open),
        "accounts_closed": len(of) - len(is_open),
        "products": len({row["product"] for row in is_open}),
        "account_tenure_days": most(row["back"] for row in of),
        "accounts_autopay": sum(held(row, "autopay", "yes" if row["autopay"] else "no") == "yes" for row in is_open),
        "accounts_blocked": sum(held(row, "blocked", "no") == "yes" for row in is_open),
        "accounts_charged_off": sum(held(row, "status", "open") == "charged_off" for row in of),
        "cards_held": len(mine.of("cards")),
        "cards_365d": len(mine.of("cards", 365)),
        "limit_raises_365d": sum(change > 0 for change in raised),
        "limit_cuts_365d": sum(change < 0 for change in raised),
        "limit_raised_by_365d": float(sum(raised)),
        "last_limit_change_days": last(mine.of("limit_changes")),
    }


def declines(mine: Mine) -> dict:
    year, declined = mine.of("authorisations", 365), mine.of("authorisations", status="declined")
    return {
        "declines_30d": len(mine.of("authorisations", 30, status="declined")),
        "declines_365d": len(mine.of("authorisations", 365, status="declined")),
        "declined_for_credit_365d": sum(row["decline_reason"] == "insufficient_credit" for row in year),
        "declined_for_pin_365d": sum(row["decline_reason"] == "wrong_pin" for row in year),
        "declined_as_fraud_365d": sum(row["decline_reason"] == "suspected_fraud" for row in year),
        "declined_amount_90d": total(mine.of("authorisations", 90, status="declined"), "amount"),
        "last_decline_days": last(declined),
    }


def rewards(mine: Mine) -> dict:
    return {
        "points_earned_365d": total(mine.of("rewards", 365, kind="earned"), "points"),
        "points_redeemed_365d": -total(mine.of("rewards", 365, kind="redeemed"), "points"),
        "points_expired_365d": -total(mine.of("rewards", 365, kind="expired"), "points"),
        "redemptions_365d": len(mine.of("rewards", 365, kind="redeemed")),
        "last_redemption_days": last(mine.of("rewards", kind="redeemed")),
    }


def touches(mine: Mine) -> dict:
    logins, year = mine.of("interactions", kind="login"), mine.of("interactions", 365)
    recent = mine.of("interactions", 90)
    contacts, responses = mine.of("contacts", is_holdout=False), mine.of("responses", 365)
    return {
        "app_visits_30d": sum(row["back"] < 30 for row in logins),
        "app_visits_90d": sum(row["back"] < 90 for row in logins),
        "app_visits_trend_90d": changed(logins, 90, len, mine.of("interactions")),
        "last_app_days": last(mine.of("interactions", channel="app")),
        "app_pages_90d": sum(row["kind"].startswith("page: ") for row in recent),
        "offer_pages_90d": sum(row["kind"] == "page: offers" for row in recent),
        "service_pages_90d": sum(row["kind"] == "page: service" for row in recent),
        "touches_365d": len(year),
        "touch_channels_365d": len({row["channel"] for row in year} - {None}),
        "consultations_365d": sum(row["kind"].startswith("consultation") for row in year),
        "contacts_90d": sum(row["back"] < 90 for row in contacts),
        "contacts_365d": sum(row["back"] < 365 for row in contacts),
        "last_contact_days": last(contacts),
        "responses_365d": len(responses),
        "response_value_365d": total(responses, "value"),
        "last_response_days": last(mine.of("responses")),
        "referrals": len(mine.of("referrals")),
        "last_referral_days": last(mine.of("referrals")),
    }


def service(mine: Mine) -> dict:
    end = datetime(mine.as_of.year, mine.as_of.month, mine.as_of.day) + timedelta(hours=16)  # midnight in Shanghai
    of, year = mine.of("service_tickets"), mine.of("service_tickets", 365)
    ended = [row for row in year if row["closed_at"] < end]
    return {
        "tickets_90d": len(mine.of("service_tickets", 90)),
        "tickets_365d": len(year),
        "complaints_365d": sum("complaint" in row["topic"] for row in year),
        "open_tickets": sum(row["closed_at"] >= end for row in of),
        "unsolved_tickets_365d": sum(row["resolution"] in ("unsolved", "escalated") for row in ended),
        "satisfaction_mean_365d": mean([row["satisfaction"] for row in ended if row["satisfaction"] is not None]),
        "phone_ticket_share": share(year, lambda row: row["channel"] == "phone"),
        "last_ticket_days": last(of),
    }


def standing(mine: Mine) -> dict:
    cases, applied = mine.of("fraud_cases"), mine.of("applications")
    scores = sorted(mine.of("bureau_scores"), key=lambda row: row["on"])
    newest = scores[-1] if scores else {}
    answers = mine.of("consents")
    lately = [row["granted"] for row in answers if row["back"] == last(answers)]
    return {
        "fraud_cases_365d": len(mine.of("fraud_cases", 365)),
        "fraud_confirmed": sum(row["closed_on"] <= mine.as_of and row["outcome"] == "confirmed" for row in cases),
        "applications": len(applied),
        "applications_declined": sum(
            row["decided_on"] <= mine.as_of and row["decision"] == "declined" for row in applied
        ),
        "bureau_score": newest.get("score", np.nan),
        "bureau_score_min_365d": min((row["score"] for row in scores if row["back"] < 365), default=np.nan),
        "inquiries_6m": newest.get("inquiries_6m", np.nan),
        "other_cards": newest.get("other_cards", np.nan),
        "consented": float(all(lately)) if lately else np.nan,
        "refusals": sum(not row["granted"] for row in answers),
    }


FAMILIES = (
    *(purchases, lines, breadth, statements, payments, accounts, declines, rewards, touches, service, standing),
)
