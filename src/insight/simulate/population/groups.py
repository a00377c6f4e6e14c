"""The latent behaviour groups and their average parameters."""

import numpy as np

from insight.simulate.draws import chance, pick

# share of people, age mean and spread, yearly income (thousand yuan), monthly card purchases when mature,
# price sensitivity, reward sensitivity, credit risk, digital habits, diligence in paying, share who revolve,
# log-odds of leaving in a month
GROUPS: dict[str, tuple[float, ...]] = {
    "traveller": (0.09, 38, 9, 240, 15, 0.35, 0.60, -0.4, 0.65, 0.75, 0.22, -4.3),
    "car_owner": (0.14, 40, 9, 180, 17, 0.50, 0.55, -0.2, 0.55, 0.70, 0.34, -4.4),
    "young_online": (0.17, 25, 4, 90, 21, 0.65, 0.65, 0.3, 0.85, 0.55, 0.48, -3.9),
    "family": (0.18, 37, 6, 160, 22, 0.65, 0.55, -0.1, 0.60, 0.75, 0.36, -4.5),
    "instalment_user": (0.10, 31, 6, 110, 11, 0.60, 0.45, 0.5, 0.70, 0.60, 0.60, -4.2),
    "wealthy_transactor": (0.07, 48, 9, 600, 19, 0.15, 0.40, -1.0, 0.50, 0.90, 0.04, -4.6),
    "revolver": (0.10, 34, 8, 95, 14, 0.50, 0.35, 1.0, 0.55, 0.35, 0.92, -4.4),
    "dormant": (0.07, 50, 14, 120, 1.6, 0.55, 0.30, 0.0, 0.30, 0.65, 0.20, -3.5),
    "urban_diner": (0.08, 31, 7, 150, 21, 0.45, 0.70, 0.0, 0.75, 0.65, 0.34, -4.2),
    "firm": (0.0, 8, 5, 400, 17, 0.35, 0.30, -0.3, 0.55, 0.85, 0.20, -4.7),  # no people: `firms`
}
GROUP_NAMES = tuple(GROUPS)
FIRM = GROUP_NAMES.index("firm")


def column(at: int) -> np.ndarray:
    """Give one parameter of `GROUPS`, a value a group."""
    return np.array([row[at] for row in GROUPS.values()], float)


SHARES = column(0)
PURCHASES = 0.72 * column(4)
REVOLVE, LEAVE = column(10), column(11)


def draw_groups(rng: np.random.Generator, spouse_of: np.ndarray) -> np.ndarray:
    """Draw each person's group by `SHARES`; half of the spouses share their partner's group.

    Both are drawn from the same shares, so the shares of all people stay what they are.
    """
    group = pick(rng, SHARES, len(spouse_of))
    alike = (spouse_of >= 0) & chance(rng, 0.5, len(spouse_of))
    return np.where(alike, group[np.maximum(spouse_of, 0)], group)
