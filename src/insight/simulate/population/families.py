"""Families: who lives with whom, how old they are, and in which city."""

from dataclasses import dataclass

import numpy as np

from insight.simulate.draws import ChunkStream, chance, generator, pick
from insight.simulate.population import places
from insight.simulate.population.firms import SHARE, Firms, draw_firms
from insight.simulate.population.groups import GROUPS, draw_groups

CHUNK = 20_000
ROLES = ("single", "head", "spouse", "child", "parent", "firm")
FAMILY_SIZES = (0.46, 0.25, 0.19, 0.10)


@dataclass(frozen=True)
class Kin:
    """The families of a chunk: who lives with whom, and what follows from it."""

    first: int
    group: np.ndarray
    family: np.ndarray
    role: np.ndarray
    head: np.ndarray
    female: np.ndarray
    age: np.ndarray
    birth: np.ndarray
    city: np.ndarray
    price_level: np.ndarray
    firms: Firms


def draw_kin(seed: int, chunk: int, customers: int, *, year: int, firms: float = 1.0) -> Kin:
    """Draw families of one to four people, their ages and their city, and firms in the place of some who live alone.

    ``firms`` is how many of them there are, against the usual.
    """
    rng = generator(seed, chunk, ChunkStream.FAMILIES)
    sizes = pick(rng, FAMILY_SIZES, customers) + 1
    family = np.repeat(np.arange(customers), sizes)[:customers]
    head = np.searchsorted(family, family)
    place = np.arange(customers) - head
    alone = np.bincount(family, minlength=customers)[family] == 1
    group = draw_groups(rng, np.where(place == 1, head, -1))
    spread = np.array([row[1:3] for row in GROUPS.values()])[group]
    own = np.clip(spread[:, 0] + spread[:, 1] * rng.standard_normal(customers), 19, 82)
    older = own[head]
    is_child = (place >= 2) & (older >= 44)
    generation = rng.uniform(23, 30, customers)
    age = np.select(
        [place == 1, is_child, place >= 2],
        [older + rng.normal(-0.5, 2.5, customers), older - generation, older + generation],
        own,
    )
    age = np.clip(age, 18.1, 88)
    female = chance(rng, 0.5, customers)
    female = np.where(place == 1, ~female[head], female)
    role = np.select([alone, place == 0, place == 1, is_child], [0, 1, 2, 3], 4)
    born = np.datetime64(f"{year}-01-01") - (age * 365.25).astype("timedelta64[D]")
    city = pick(rng, places.cities()[2], customers)[head]
    among = draw_firms(seed, chunk, role == 0, age, share=SHARE * firms)
    role[among.at] = ROLES.index("firm")
    city[among.at] = city[among.owner]
    return Kin(
        first=chunk * CHUNK,
        group=group,
        family=family + chunk * CHUNK,
        role=role,
        head=head,
        female=female,
        age=age,
        birth=born,
        city=city,
        price_level=places.cities()[3][city],
        firms=among,
    )
