"""Triggers played over history, day by day: what falls due, what must not go out, and with what it collides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from insight.decide.control_group import draw_control_group
from insight.decide.triggers.records import CONTACT, GRANTED, REFUSED, Records, beside
from insight.decide.triggers.rules import APPLIES, Span, find
from insight.errors import Unavailable, unless_unavailable

#: What becomes of a message that falls due; of several things that stand against it the first one counts.
NO_CONSENT, CONTACTED, COLLIDED, HELD_OUT, SENT = "no_consent", "contacted", "collided", "held_out", "sent"
STOPPED = (NO_CONSENT, CONTACTED, COLLIDED)
OUTCOMES = (*STOPPED, HELD_OUT, SENT)
YEAR = 365
_EVENTS = {"customer_id": "string", "trigger": "string", "due_on": "date"}


#: Any other trigger; a campaign.
ANY, CAMPAIGN = "any", "campaign"


@dataclass(frozen=True)
class Limits:
    """What every message has to obey.

    Attributes
    ----------
    rest_days
        Days after any contact before a customer is contacted again.
    holdout_share
        Share of customers who are held out of each trigger, always the same ones.
    consent_assumed
        Whether those of whom no answer is on record may be contacted; never those who refused.
    key
        Start of the draw.
    """

    rest_days: int
    holdout_share: float
    consent_assumed: bool
    key: str


def may_contact(records: Records, events: ibis.Table, limits: Limits) -> pd.DataFrame:
    """Say of each event whether its customer may be contacted, as known the evening before.

    Where answers have days, the last one before the event counts, of two on one day the refusal; else what is on
    record.

    Returns
    -------
    DataFrame
        The events, in the order of customers, days and triggers, with ``allowed`` and ``contacted_on``: the last
        contact before.
    """
    acts = records.acts()
    found = beside(events, acts, before=[GRANTED, REFUSED, CONTACT])
    if records.has("customers", "consent"):
        asked = records.table("customers").select("customer_id", "consent")
        found = found.left_join(asked, "customer_id").drop("customer_id_right")
    else:
        found = found.mutate(consent=ibis.null("boolean"))
    others = [name for name in events.columns if name not in ("customer_id", "due_on")]
    frame = found.order_by("customer_id", "due_on", *others).to_pandas()
    for name in ("due_on", f"{GRANTED}_before", f"{REFUSED}_before", f"{CONTACT}_before"):
        frame[name] = pd.to_datetime(frame[name])
    granted, refused = frame[f"{GRANTED}_before"], frame[f"{REFUSED}_before"]
    if GRANTED in acts:
        answer = pd.Series(pd.NA, frame.index, dtype="boolean")
        answer = answer.mask(granted.notna(), True).mask(refused.notna() & ~(granted > refused), False)
    else:
        answer = frame["consent"].astype("boolean")
    frame["allowed"] = answer.fillna(limits.consent_assumed).to_numpy(bool)
    frame = frame.rename(columns={f"{CONTACT}_before": "contacted_on"})
    return frame.drop(columns=[f"{GRANTED}_before", f"{REFUSED}_before", "consent"])


def play(events: pd.DataFrame, order: Sequence[str], limits: Limits) -> pd.DataFrame:
    """Decide, day by day, what becomes of each message: one of `OUTCOMES`.

    A message goes out unless its customer has not agreed, was contacted by a campaign in the last ``rest_days``, or by
    another trigger then or on that day. Whoever is held out is not reached by another trigger on that day either; as
    nobody contacts them, no rest follows.

    Parameters
    ----------
    events
        From `may_contact`.
    order
        Triggers, those first that come first on the same day.

    Returns
    -------
    DataFrame
        The events in the order of customers, days and priority, with ``outcome``.
    """
    place = events["trigger"].map({name: at for at, name in enumerate(order)})
    events = events.assign(place=place).sort_values(["customer_id", "due_on", "place"], kind="stable")
    events = events.drop(columns="place").reset_index(drop=True)
    rests = (events["due_on"] - events["contacted_on"]).dt.days <= limits.rest_days
    held = _held_out(events, limits)
    days = events["due_on"].to_numpy("datetime64[D]").astype(int)
    rows = zip(events["customer_id"], days, events["allowed"], rests, held, strict=True)
    outcome, customer, sent_on, taken_on = [], None, -(10**6), -(10**6)
    for who, day, allowed, rested, is_held in rows:
        if who != customer:
            customer, sent_on, taken_on = who, -(10**6), -(10**6)
        found = NO_CONSENT if not allowed else CONTACTED if rested else ""
        found = found or (COLLIDED if day - sent_on <= limits.rest_days or day == taken_on else "")
        found = found or (HELD_OUT if is_held else SENT)
        if found in (HELD_OUT, SENT):
            taken_on = day
            sent_on = day if found == SENT else sent_on
        outcome.append(found)
    return events.assign(outcome=np.array(outcome, dtype=object))


def _held_out(events: pd.DataFrame, limits: Limits) -> np.ndarray:
    held = np.zeros(len(events), dtype=bool)
    for name, rows in events.groupby("trigger").indices.items():
        of = events["customer_id"].iloc[rows]
        codes, customers = pd.factorize(of)
        drawn = draw_control_group(customers, share=limits.holdout_share, key=f"{limits.key}|trigger|{name}")
        held[rows] = drawn[codes]
    return held


@dataclass(frozen=True, eq=False)
class Played:
    """What triggers would have sent over a span of days.

    Attributes
    ----------
    events
        From `play`, up to the last day that is known.
    order
        Triggers that apply, those first that come first.
    first, last
        The span.
    rest_days
        Days of rest after a contact.
    customers
        Customers who are known.
    consent_assumed
        Whether those of whom no answer is on record counted as having agreed.
    """

    events: pd.DataFrame
    order: tuple[str, ...]
    first: date
    last: date
    rest_days: int
    customers: int
    consent_assumed: bool = False

    @property
    def days(self) -> int:
        """Days of the span."""
        return (self.last - self.first).days + 1

    @property
    def due(self) -> int:
        """Messages that fell due."""
        return len(self.events)

    @property
    def sent(self) -> int:
        """Messages that would have gone out; who is held out is not among them."""
        return int((self.events["outcome"] == SENT).sum())

    @property
    def held_back(self) -> int:
        """Messages that must not go out."""
        return int(self.events["outcome"].isin(STOPPED).sum())

    @property
    def sent_a_day(self) -> float:
        """Messages that would have gone out on a day, on average."""
        return self.sent / self.days


def simulate(records: Records, judged: pd.DataFrame, limits: Limits) -> tuple[Played, pd.DataFrame] | Unavailable:
    """Play triggers over the last year that is known, or what there is of it after the first day.

    Returns
    -------
    tuple
        What was played, and the events of the day after the last one that is known, as `may_contact` gives them.
    """
    order = tuple(judged.loc[judged["state"] == APPLIES, "trigger"])
    if not order:
        return Unavailable("triggers", "none_apply")
    year = (pd.Timestamp(records.as_of) - pd.DateOffset(years=1)).date() + timedelta(days=1)
    first = max(year, records.first_day + timedelta(days=1))
    events = find(records, judged, Span(first, records.as_of + timedelta(days=1))).to_pandas()
    dated = may_contact(records, ibis.memtable(events, schema=_EVENTS), limits)
    is_past = dated["due_on"] <= pd.Timestamp(records.as_of)
    past = play(dated[is_past], order, limits)
    customers = int(records.known.count().execute())
    assumed = limits.consent_assumed
    return Played(past, order, first, records.as_of, limits.rest_days, customers, assumed), dated[~is_past]


@unless_unavailable
def volumes(played: Played) -> pd.DataFrame | Unavailable:
    """Count by trigger what fell due and what became of it, those first that come first; all together last.

    Returns
    -------
    DataFrame
        ``trigger`` (empty for all), ``customers``, ``due`` (messages), ``a_day`` (their mean), ``busiest`` (of the day
        with most of them), the share of them by `OUTCOMES`, ``held_back`` of them, and ``sent_a_day``.
    """
    if played.events.empty:
        return Unavailable("triggers", "nothing_due")
    parts = [(name, played.events[played.events["trigger"] == name]) for name in played.order]
    rows = [_volume(name, part, played.days) for name, part in [*parts, ("", played.events)]]
    return pd.DataFrame(rows)


def _volume(name: str, part: pd.DataFrame, days: int) -> dict[str, object]:
    shares = part["outcome"].value_counts().reindex(list(OUTCOMES), fill_value=0) / max(len(part), 1)
    each = part["due_on"].value_counts()
    found = {"trigger": name, "customers": part["customer_id"].nunique(), "due": len(part), "a_day": len(part) / days}
    found |= {"busiest": int(each.max()) if len(each) else 0, **shares.to_dict()}
    found["held_back"] = float(shares[list(STOPPED)].sum())
    return found | {"sent_a_day": float((part["outcome"] == SENT).sum() / days)}


@unless_unavailable
def collisions(played: Played) -> pd.DataFrame:
    """Say of each trigger's messages which share stands within the days of rest of another one, or of a campaign.

    Looked at is what fell due on that day or before, whether or not it would have gone out; of campaigns what was sent.

    Returns
    -------
    DataFrame
        Indexed by trigger, a column for each trigger, `ANY` other one and `CAMPAIGN`: shares of the row's messages;
        empty on the diagonal, and where a trigger has none.
    """
    events = played.events
    codes = pd.factorize(events["customer_id"])[0].astype(np.int64)
    days = events["due_on"].to_numpy("datetime64[D]").astype(np.int64)
    keys, own = codes * 10**6 + days, {}
    for name in played.order:
        own[name] = np.sort(keys[(events["trigger"] == name).to_numpy()])
    lately = ((events["due_on"] - events["contacted_on"]).dt.days <= played.rest_days).to_numpy()
    found = pd.DataFrame(np.nan, index=list(played.order), columns=[*played.order, ANY, CAMPAIGN])
    for name in played.order:
        here = (events["trigger"] == name).to_numpy()
        if not here.any():
            continue
        near = {o: _within(keys[here], own[o], played.rest_days) for o in played.order if o != name}
        found.loc[name, list(near)] = [marks.mean() for marks in near.values()]
        found.loc[name, ANY] = np.any([np.zeros(here.sum(), bool), *near.values()], axis=0).mean()
        found.loc[name, CAMPAIGN] = lately[here].mean()
    return found


def _within(keys: np.ndarray, others: np.ndarray, days: int) -> np.ndarray:
    """Mark the keys (customer and day in one number) with another one so many days before, or on the same day."""
    at = np.searchsorted(others, keys, side="right") - 1
    return (at >= 0) & (keys - others[np.maximum(at, 0)] <= days) if len(others) else np.zeros(len(keys), dtype=bool)
