"""A clinic with appointments and a travel agency with journeys ahead, both run by their drafts."""

from decimal import ROUND_HALF_UP, Decimal

import pandas as pd
import pyarrow.parquet as pq

from businesses import LAST


def table(home, dataset: str, name: str) -> pd.DataFrame:
    return pq.read_table(home.processed(dataset) / f"{name}.parquet").to_pandas()


def delivered(home, dataset: str, name: str) -> pd.DataFrame:
    return pd.read_csv(home.folder / "data" / "raw" / dataset / name)


def ahead(planned: pd.Series, last: pd.Timestamp = LAST) -> pd.Series:
    return planned.dt.normalize() > last


def test_appointments_are_kept_missed_cancelled_or_ahead(clinic):
    given, found = delivered(clinic, "clinic", "appointments.csv"), table(clinic, "clinic", "interactions")
    meant = {"attended": "kept", "did not attend": "missed", "cancelled": "cancelled", "booked": "planned"}
    assert found.outcome.value_counts().to_dict() == given.Status.map(meant).value_counts().to_dict()
    days = pd.to_datetime(given["Appointment Date"], format="%d.%m.%Y %H:%M")
    assert sorted(pd.to_datetime(found.planned_on)) == sorted(days.dt.normalize())
    visits = delivered(clinic, "clinic", "visits.csv")
    assert table(clinic, "clinic", "transactions").amount.sum() == sum(
        Decimal(f"{fee:.2f}") for fee in visits["Fee EUR"]
    )


def test_patients_with_an_appointment_ahead_are_not_quiet(clinic):
    given = delivered(clinic, "clinic", "appointments.csv")
    days = pd.to_datetime(given["Appointment Date"], format="%d.%m.%Y %H:%M")
    profile = table(clinic, "clinic", "profile").set_index("customer_id")
    booked = set(given.PatientNo[ahead(days) & (given.Status != "cancelled")]) & set(profile.index)
    assert set(profile.index[profile.next_planned_on.notna()]) == booked
    assert len(booked) > 50
    tags, stages = table(clinic, "clinic", "tags"), table(clinic, "clinic", "segments").set_index("customer_id").stage
    silent = set(tags.customer_id[tags.tag == "quiet"])
    assert silent
    assert not silent & booked
    assert not {"lost", "dormant", "drifting"} & set(stages[list(booked)])
    assert {"drifting"} < set(stages) & {"lost", "dormant", "drifting"}
    page = next(clinic.reports("clinic").glob("en/20*.html")).read_text("utf-8")
    assert "counts as not silent" in page


def test_two_currencies_become_one_by_the_rates_of_the_day(travel):
    given, rates = delivered(travel, "travel", "bookings.csv"), delivered(travel, "travel", "rates.csv")
    priced = given.merge(rates, left_on=["booking_date", "currency"], right_on=["date", "currency"])
    assert len(priced) == len(given)
    place = Decimal("0.01")
    exact = [Decimal(str(row.price)) * Decimal(str(row.rate)) for row in priced.itertuples()]
    rows = table(travel, "travel", "transactions")
    assert rows.amount.sum() == sum(amount.quantize(place, ROUND_HALF_UP) for amount in exact)
    assert set(rows.currency) == {"EUR"}
    assert (rows.kind == "other").sum() == (given.status == "cancelled").sum()  # neither bought nor given back


def test_travellers_with_a_journey_ahead_are_not_quiet(travel):
    given = delivered(travel, "travel", "bookings.csv")
    profile = table(travel, "travel", "profile").set_index("customer_id")
    booked = given[ahead(pd.to_datetime(given.departure_date)) & (given.status != "cancelled")]
    assert set(profile.index[profile.next_planned_on.notna()]) == set(booked.customer_no) & set(profile.index)
    tags = table(travel, "travel", "tags")
    assert not set(tags.customer_id[tags.tag == "quiet"]) & set(booked.customer_no)
    assert (travel.reports("travel") / "index.html").is_file()
