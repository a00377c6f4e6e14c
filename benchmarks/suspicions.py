"""What can be seen of a card purchase at its month's end, to find fraud: itself, and those before and after it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from observables import Bank

HOUR, DAY = 3_600, 86_400
ONE_PERSON = 10**10  # seconds, more than there are


@dataclass(frozen=True)
class Purchases:
    """Purchases, with what is known of them and of those around them: columns of ``seen``.

    ``stolen`` and the ``chance`` of it are the truth, ``rule`` the points of the plainest one.
    """

    person: np.ndarray
    month: np.ndarray
    seen: np.ndarray
    stolen: np.ndarray
    chance: np.ndarray
    rule: np.ndarray


def transactions(bank: Bank) -> Purchases:
    """Give the purchases of a bank."""
    lines = bank.tables["card_transactions"]
    rows = (
        lines[lines["kind"] == "purchase"].sort_values(["person", "occurred_at"], kind="stable").reset_index(drop=True)
    )
    person, second = rows["person"].to_numpy(), rows["occurred_at"].to_numpy().astype("datetime64[s]").astype(np.int64)
    key = person * ONE_PERSON + second
    amount, category = np.log(rows["amount"].to_numpy()), rows["category"].cat.codes.to_numpy()
    online = (rows["channel"] == "online").to_numpy()
    tests = online & (rows["amount"].to_numpy() < 30)
    declined = (rows["status"] == "declined").to_numpy()
    home = bank.tables["people"]["city"].astype(str).to_numpy()[person]
    shop = bank.tables["merchants"].set_index("merchant")["city"].astype(str)
    away = ~online & (rows["merchant"].map(shop).to_numpy() != home)
    hour = second // HOUR % 24
    usual, before = _usual(pd.Series(person * 100 + category), amount)
    own, since = _usual(pd.Series(person), amount)
    odd = np.where(
        before > 0, amount - usual, amount - pd.Series(amount).groupby(category).transform("mean").to_numpy()
    )
    binds = bank.tables["app_events"].query("kind == 'bind_payment'")
    bound = np.sort(
        binds["person"].to_numpy() * ONE_PERSON
        + binds["occurred_at"].to_numpy().astype("datetime64[s]").astype(np.int64)
    )
    last = bound[np.maximum(np.searchsorted(bound, key, "right") - 1, 0)] if len(bound) else key - ONE_PERSON
    sold = rows.groupby("merchant")["person"].transform("size")
    city = rows["merchant"].map(shop).to_numpy()
    known = {
        "amount": amount, "odd": odd, "own": amount - own, "before": before, "since": since, "category": category,
        "channel": rows["channel"].cat.codes.to_numpy(), "hour": hour, "away": away,
        "gap": np.where(np.diff(person, prepend=-1) == 0, np.diff(second, prepend=0), ONE_PERSON),
        "next_city": away & np.roll(away, 1), "new_shop": ~rows.duplicated(["person", "merchant"], keep="first"),
        "same_shop": pd.Series(1, rows.index).groupby([rows["person"], rows["merchant"]]).cumcount(),
        "shop_share": np.log(sold / len(rows)),
        "of_its_kind": np.log(sold / sold.groupby([category, city]).transform("sum")),
        "known_city": pd.Series(away).groupby(person).cumsum().to_numpy(),
        "kind_of_shop": pd.Series(online).groupby(person).transform("mean").to_numpy(),
        "bound": np.minimum(key - last, ONE_PERSON),
    }  # fmt: skip
    about = {"all": np.ones(len(key)), "odd": np.maximum(odd, 0), "tests": tests, "declined": declined,
             "away": away, "new": known["new_shop"]}  # fmt: skip
    for name, span in (("hours", 6 * HOUR), ("day", DAY), ("two_days", 2 * DAY)):
        begin, end = np.searchsorted(key, key - span), np.searchsorted(key, key + span, "right")
        for what, flag in about.items():
            total = np.concatenate([[0], np.cumsum(flag.astype(float))])
            known |= {f"{what}_{name}_before": total[np.arange(len(key))] - total[begin],
                      f"{what}_{name}_after": total[end] - total[np.arange(len(key)) + 1]}  # fmt: skip
    stolen = rows["transaction"].isin(bank.truth["fraud"]["transaction"]).to_numpy()
    told = bank.truth["fraud_probability"].set_index("transaction")["probability"]
    chance = rows["transaction"].map(told).fillna(0.0).to_numpy()
    rule = known["odd_day_before"] + known["odd_day_after"] + np.maximum(odd, 0)
    seen = np.stack([np.asarray(values, np.float32) for values in known.values()], axis=1)
    return Purchases(person, bank.month_of(rows["occurred_at"]), seen, stolen, chance, rule)


def _usual(key: pd.Series, amount: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the mean of earlier amounts of the same key, and how many there were."""
    by = pd.Series(amount).groupby(key.to_numpy())
    before = by.cumcount().to_numpy()
    total = by.cumsum().to_numpy() - amount
    return np.where(before > 0, total / np.maximum(before, 1), 0.0), before
