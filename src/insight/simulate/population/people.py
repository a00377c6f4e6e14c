"""Who the people are: families, names, documents, phones, addresses."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from insight.simulate.draws import ChunkStream, chance, generator, mixed, pick, words
from insight.simulate.population import names, places
from insight.simulate.population.families import ROLES, Kin
from insight.simulate.population.firms import TRADES, brands, firm_names, registrations
from insight.simulate.schemas import TABLES

_PREFIXES = """
130 131 132 133 135 136 137 138 139 150 151 152 155 156 157 158 159 166 176 177 178 180 181 182 183
185 186 187 188 189 191 198 199
"""
_MOBILE = np.array(_PREFIXES.split(), object)
_MAIL = """
qq.com 163.com 126.com sina.com outlook.com gmail.com foxmail.com
"""
_DOMAINS = np.array(_MAIL.split(), object)
_EPOCH_YEAR = 1970
_SAME_DAY = 499  # documents of one district, day and sex


def id_numbers(district: np.ndarray, birth: np.ndarray, female: np.ndarray, chunk: int) -> np.ndarray:
    """Make 18-digit resident numbers, each once, with their check digit (ISO 7064 MOD 11-2).

    The three digits after the birth date count people of one district, day and sex: one a chunk, so that 499
    chunks share no number. A second one of a chunk was born in another district, whose code was always in force.

    Examples
    --------
    >>> id_numbers(np.array([110105]), np.array(["1949-12-31"], "datetime64[D]"), np.array([True]), 0)
    array(['110105194912311786'], dtype='<U18')
    """
    if chunk >= _SAME_DAY:
        raise ValueError(f"chunk {chunk}: the documents of {_SAME_DAY} chunks are unique, expected a lower number")
    month = birth.astype("datetime64[M]")
    years = birth.astype("datetime64[Y]").astype(int) + _EPOCH_YEAR
    day = (birth - month.astype("datetime64[D]")).astype(int) + 1
    date = years * 10_000 + (month.astype(int) % 12 + 1) * 100 + day
    district = _one_each(district.astype(np.int64), date * 2 + female)
    place = (district * 10**8 + date) * 2 + female
    turn = ((place * 2654435761 >> 11) + chunk) % _SAME_DAY
    body = (district * 10**8 + date) * 1000 + turn * 2 + ~female
    digits = (body[:, None] // 10 ** np.arange(16, -1, -1)) % 10
    check = (digits * (2 ** np.arange(17, 0, -1) % 11)).sum(axis=1) % 11
    return np.char.add(body.astype("U17"), np.array(list("10X98765432"))[check])


def _one_each(district: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Give whoever shares district, day and sex with somebody before them the next district of `places.ALWAYS`."""
    at = np.arange(len(district))
    for turn in range(len(places.ALWAYS)):
        again = np.ones(len(district), bool)
        again[np.unique(district * 10**9 + day, return_index=True)[1]] = False
        if not again.any():
            break
        district = np.where(again, places.ALWAYS[(at + turn) % len(places.ALWAYS)], district)
    return district


def phones(rng: np.random.Generator, numbers: np.ndarray) -> np.ndarray:
    """Make mobile numbers, each once, out of numbers below a hundred million."""
    prefix = _MOBILE[rng.integers(0, len(_MOBILE), len(numbers))]
    return prefix + np.char.zfill(mixed(numbers, 8).astype("U8"), 8).astype(object)


def emails(
    rng: np.random.Generator, family: np.ndarray, given: np.ndarray, person: np.ndarray, year: np.ndarray
) -> np.ndarray:
    """Make addresses of three habits: number at qq, name and number, given name, year, number; 22% none."""
    count = len(person)
    number = mixed(person, 8, rounds=6).astype("U8").astype(object)
    domain = _DOMAINS[pick(rng, (6, 4, 2, 1, 1, 1, 1), count)]
    spoken = np.array([text.replace(" ", "").lower() for text in given], object)
    surname = np.array([text.lower() for text in family], object)
    style = pick(rng, (0.22, 0.33, 0.25, 0.20), count)
    born = year.astype("U4").astype(object)
    addresses = [
        "1" + number + "@qq.com",
        surname + spoken + number + "@" + domain,
        spoken + born + number + "@" + domain,
    ]
    return np.select([style == 1, style == 2, style == 3], addresses, np.array(None, object))


def _home(rng: np.random.Generator, head: np.ndarray) -> dict[str, np.ndarray]:
    """Draw an address for every family; members share their head's."""
    count = len(head)
    return {
        "road": rng.integers(0, len(places.ROADS), count)[head],
        "road_number": rng.integers(1, 400, count)[head],
        "compound": rng.integers(0, len(places.COMPOUNDS), count)[head],
        "building": rng.integers(1, 31, count)[head],
        "room": (rng.integers(1, 29, count) * 100 + rng.integers(1, 5, count))[head],
    }


def _address(home: dict[str, np.ndarray], missing: np.ndarray | None = None, prefix: str = "") -> dict[str, pa.Array]:
    """Turn a drawn address into columns."""
    lists = {"road": places.ROADS, "compound": places.COMPOUNDS}
    return {
        prefix + name: words(codes, lists[name], missing)
        if name in lists
        else pa.array(codes.astype(np.int16), mask=missing)
        for name, codes in home.items()
    }


def _surnames(rng: np.random.Generator, kin: Kin) -> np.ndarray:
    """Draw family names: children have their father's, six in ten parents their son's."""
    own = pick(rng, names.family_names()[2], len(kin.head))
    spouse = np.minimum(kin.head + 1, len(kin.head) - 1)
    father = np.where(kin.female[kin.head], own[spouse], own[kin.head])
    inherits = (kin.role == 3) | ((kin.role == 4) & chance(rng, 0.6, len(own)))
    return np.where(inherits, father, own)


def _siblings_first(rng: np.random.Generator, kin: Kin) -> np.ndarray:
    """Give four in ten second children the first character of their sibling's name: its position."""
    count = len(kin.head)
    place = np.arange(count) - kin.head
    shares = (kin.role == 3) & (place == 3) & chance(rng, 0.4, count)
    shares &= kin.female == np.roll(kin.female, 1)
    return np.where(shares, np.arange(count) - 1, -1)


def _given(rng: np.random.Generator, kin: Kin, years: np.ndarray) -> np.ndarray:
    codes = names.draw_given(rng, years)
    size = len(names.given_names("M")[2])
    sibling = _siblings_first(rng, kin)
    first = np.where(codes < size, codes, (codes - size) // size)
    again = names.draw_given(rng, years, np.where(sibling >= 0, first[sibling], -1))
    return np.where(sibling >= 0, again, codes)


def _homes(kin: Kin) -> np.ndarray:
    """Give whose home each lives in: their family's head's, and some firms their owner's."""
    home = kin.head.copy()
    firms = kin.firms
    home[firms.at[firms.at_home]] = kin.head[firms.owner[firms.at_home]]
    return home


def _blank(column: pa.Array, missing: np.ndarray) -> pa.Array:
    """Empty a column where somebody has none of it."""
    return pc.if_else(pa.array(missing), pa.scalar(None, column.type), column)


def _of_firms(kin: Kin, start: np.datetime64) -> dict[str, pa.Array]:
    """Give what firms alone have: name, owner, day of founding, trade, how many work there."""
    firms, count = kin.firms, len(kin.head)
    chinese, english = firm_names(firms, kin.city[firms.at])
    founded = start - (firms.years * 365.25).astype("timedelta64[D]")
    own = {
        "firm_name_zh": pa.array(chinese, pa.string()), "firm_name_en": pa.array(english, pa.string()),
        "owner": pa.array(kin.first + firms.owner), "founded_on": pa.array(founded),
        "trade": words(firms.trade, TRADES), "employees": pa.array(firms.employees.astype(np.int16)),
    }  # fmt: skip
    place = np.full(count, -1)
    place[firms.at] = np.arange(len(firms.at))
    return {name: values.take(pa.array(place, mask=place < 0)) for name, values in own.items()}


def make_people(seed: int, chunk: int, kin: Kin, *, start: np.datetime64) -> pa.Table:
    """Make the ``people`` table; changes of phone and address fall in the first 24 months."""
    rng = generator(seed, chunk, ChunkStream.PEOPLE)
    count = len(kin.head)
    person = kin.first + np.arange(count)
    years = kin.birth.astype("datetime64[Y]").astype(int) + _EPOCH_YEAR
    surname, given = _surnames(rng, kin), _given(rng, kin, years)
    given_zh, given_pinyin = names.given_columns(given, kin.female)
    family_zh, family_pinyin, _ = names.family_names()
    district_names, district_codes, owners, postcodes = places.districts()
    first_of = np.searchsorted(owners, np.arange(owners.max() + 2))
    many = np.diff(first_of)
    home, firms = _homes(kin), kin.firms
    district = (first_of[kin.city] + rng.integers(0, 12, count) % many[kin.city])[home]
    born_in = places.birth_codes(rng, district, years)
    span = start + np.arange(730).astype("timedelta64[D]")
    changed, moved = chance(rng, 0.08, count), chance(rng, 0.06, count)[home]
    lends, lender = np.isin(kin.role, (2, 3, 4)) & chance(rng, 0.35, count), kin.head.copy()
    lends[firms.at], lender[firms.at] = firms.lends, firms.owner
    firm = kin.role == ROLES.index("firm")
    number = id_numbers(born_in, kin.birth, kin.female, chunk).astype(object)
    number[firms.at] = registrations(firms, district_codes[district[firms.at]], person[firms.at])
    known_as, called = np.array(family_pinyin, object)[surname], given_pinyin.to_numpy(zero_copy_only=False).copy()
    known_as[firms.at], called[firms.at] = brands(firms), ""
    return (
        pa.table(
            {
                "person": person,
                "family": kin.family,
                "family_role": words(kin.role, ROLES),
                "family_name_zh": words(surname, family_zh, firm),
                "given_name_zh": _blank(given_zh, firm),
                "family_name_pinyin": words(surname, family_pinyin, firm),
                "given_name_pinyin": _blank(given_pinyin, firm),
                "gender": words(kin.female.astype(int), ("M", "F"), firm),
                "birth_date": pa.array(kin.birth, mask=firm),
                "id_number": number,
                "phone": phones(rng, person),
                "previous_phone": pa.array(phones(rng, person + 50_000_000), mask=~changed),
                "phone_changed_on": pa.array(rng.choice(span, count), mask=~changed),
                "shares_phone_with": pa.array(kin.first + lender, mask=~lends),
                "email": emails(rng, known_as, called, person, years),
                "province": words(kin.city, places.cities()[0]),
                "city": words(kin.city, places.cities()[1]),
                "district": words(district, district_names),
                "postcode": words(district, postcodes),
                **_address(_home(rng, home)),
                "moved_on": pa.array(rng.choice(span, count)[home], mask=~moved),
                **_address(_home(rng, home), ~moved, "previous_"),
                "consent": np.ones(count, bool),
                "customer_type": words(firm.astype(int), ("person", "firm")),
                **_of_firms(kin, start),
            }
        )
        .select(TABLES["people"].names)
        .cast(TABLES["people"])
    )
