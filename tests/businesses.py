"""Two small businesses of our own making, as files: a clinic with appointments, a travel agency with journeys ahead."""

from pathlib import Path

import numpy as np
import pandas as pd

#: The last day that both deliver.
LAST = pd.Timestamp("2024-06-30")


def write_clinic(folder: Path, *, patients: int = 500, visits: int = 5_000) -> None:
    """Write patients, their appointments (kept, missed, cancelled, ahead) and the visits that they paid for."""
    rng = np.random.default_rng(21)
    numbers = np.array([f"P{100 + number:05d}" for number in range(patients)])
    born = pd.Timestamp("1940-01-01") + pd.to_timedelta(rng.integers(0, 29_000, patients), unit="D")
    pd.DataFrame(
        {
            "PatientNo": numbers,
            "Full Name": [f"Person {number}" for number in range(patients)],
            "Date of Birth": born.strftime("%d.%m.%Y"),
            "Sex": rng.choice(["F", "M"], patients),
            "District": rng.choice(["North", "Harbour", "Mill Hill"], patients),
        }
    ).to_csv(folder / "patients.csv", index=False)
    slots = _moments(rng, visits, first="2022-07-01", last="2024-09-15", hours=(8, 17))
    who = numbers[(rng.pareto(1.2, visits) * 40).astype(int) % patients]
    state = rng.choice(["attended", "did not attend", "cancelled"], visits, p=[0.8, 0.12, 0.08])
    state = np.where((slots > LAST + pd.Timedelta(days=1)) & (state != "cancelled"), "booked", state)
    booked = slots - pd.to_timedelta(rng.integers(1, 60, visits), unit="D")
    known = booked <= LAST
    slots, who, state, booked = slots[known], who[known], state[known], booked[known]
    appointments = pd.DataFrame(
        {
            "AppointmentID": [f"A{number:06d}" for number in range(len(slots))],
            "PatientNo": who,
            "Booked On": booked.strftime("%d.%m.%Y"),
            "Appointment Date": slots.strftime("%d.%m.%Y %H:%M"),
            "Status": state,
            "Reason": rng.choice(["check-up", "pain", "follow-up"], len(slots)),
        }
    )
    appointments.to_csv(folder / "appointments.csv", index=False)
    came = state == "attended"
    pd.DataFrame(
        {
            "VisitID": [f"V{number:06d}" for number in range(int(came.sum()))],
            "PatientNo": who[came],
            "Visit Date": slots[came].strftime("%d.%m.%Y"),
            "Treatment": rng.choice(["consultation", "x-ray", "physiotherapy", "vaccination"], int(came.sum())),
            "Fee EUR": np.round(rng.gamma(2.0, 40.0, int(came.sum())), 2),
        }
    ).to_csv(folder / "visits.csv", index=False)


def write_travel_agency(folder: Path, *, customers: int = 600, bookings: int = 4_000) -> None:
    """Write bookings with a day of travel, some cancelled, in two currencies, the daily rates, and the customers."""
    rng = np.random.default_rng(22)
    booked = _moments(rng, bookings, first="2021-01-01", last="2024-06-30", hours=(9, 18)).normalize()
    leaves = booked + pd.to_timedelta(rng.integers(5, 300, bookings), unit="D")
    state = rng.choice(["confirmed", "cancelled"], bookings, p=[0.9, 0.1])
    state = np.where((leaves <= LAST) & (state == "confirmed"), "travelled", state)
    buyers = (rng.pareto(1.2, bookings) * 20).astype(int) % customers
    pd.DataFrame(
        {
            "booking_no": [f"B{number:06d}" for number in range(bookings)],
            "customer_no": [f"C{number:05d}" for number in buyers],
            "booking_date": booked.strftime("%Y-%m-%d"),
            "departure_date": leaves.strftime("%Y-%m-%d"),
            "destination": rng.choice(["Lisbon", "Tromsø", "Kyoto", "Naxos"], bookings),
            "status": state,
            "price": np.round(rng.gamma(3.0, 400.0, bookings), 2),
            "currency": rng.choice(["EUR", "CHF"], bookings, p=[0.7, 0.3]),
        }
    ).to_csv(folder / "bookings.csv", index=False)
    days = pd.date_range("2020-12-25", LAST).strftime("%Y-%m-%d")
    francs = np.round(0.95 + np.cumsum(rng.normal(0, 0.002, len(days))), 4)
    rates = [
        pd.DataFrame({"date": days, "currency": code, "rate": rate}) for code, rate in (("EUR", 1), ("CHF", francs))
    ]
    pd.concat(rates).to_csv(folder / "rates.csv", index=False)
    pd.DataFrame(
        {
            "customer_no": [f"C{number:05d}" for number in range(customers)],
            "e_mail": [f"c{number}@example.org" for number in range(customers)],
            "town": rng.choice(["Basel", "Lörrach", "Mulhouse"], customers),
            "newsletter": rng.choice(["yes", "no"], customers),
        }
    ).to_csv(folder / "customers.csv", index=False)


def _moments(rng, n: int, *, first: str, last: str, hours: tuple[int, int]) -> pd.DatetimeIndex:
    days = (pd.Timestamp(last) - pd.Timestamp(first)).days + 1
    start = pd.Timestamp(first) + pd.to_timedelta(np.sort(rng.integers(0, days, n)), unit="D")
    quarters = rng.integers(4 * hours[0], 4 * hours[1], n)
    return pd.DatetimeIndex(start + pd.to_timedelta(15 * quarters, unit="min"))
