"""A system's file of persons: who is in it, under which key, and what stands in each column."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from insight.config.source import Dirt
from insight.simulate.delivery.corruption import Fields, corrupt, with_gaps
from insight.simulate.delivery.forms import written_days, written_names, written_phones
from insight.simulate.delivery.keys import scrambled
from insight.simulate.delivery.letters import as_texts, join
from insight.simulate.delivery.systems import System
from insight.simulate.world import CHUNK

_STRIDE = 4 * CHUNK
_DAY = np.timedelta64(1, "D")
_NICKNAMES = np.array(
    ["晴天", "小鱼", "阳光", "Sunny", "Lucky", "风轻云淡", "Coco", "大熊", "Jason", "小雨", "Momo", "星空", "Leo"]
)
_SECOND_ACCOUNT = 0.35
_NOT_ASKED_TWICE = 0.05  # a consent that another source was given
_AS_THEY_ARE = (
    *("document", "email", "city", "address", "postcode", "wechat", "nickname"), "contact", "trade", "employees",
)  # fmt: skip


@dataclass(frozen=True)
class Members:
    """Who is in a system: a row of ``people`` and a first day for each record."""

    rows: np.ndarray
    created: np.ndarray


@dataclass(frozen=True)
class Records:
    """A system's records of one chunk.

    Attributes
    ----------
    system
        Whose they are.
    rows
        The row of ``people`` behind each record, in the order of their making.
    keys
        Each record's key in the system.
    created
        Each record's first day.
    texts
        What the file holds, by what it is.
    marks
        By kind of error, the records that have it.
    first, second
        By row of ``people``, its record and where a source holds a person twice the other one; -1 for none.
    """

    system: System
    rows: np.ndarray
    keys: np.ndarray
    created: np.ndarray
    texts: Fields
    marks: dict[str, np.ndarray]
    first: np.ndarray
    second: np.ndarray

    def position_of(self, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Give the record that something a person did is booked on; -1 where they are not known."""
        at, other = self.first[rows], self.second[rows]
        return np.where((other >= 0) & (rng.random(len(rows)) < _SECOND_ACCOUNT), other, at)

    def key_of(self, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Give the key of that record; empty where the person is not known."""
        keys = np.append(self.keys, "")
        return keys[self.position_of(rows, rng)]

    def frame(self) -> pd.DataFrame:
        """Give the file's columns, in the order of the keys."""
        columns = {column: self.texts[what] for column, what in self.system.columns.items()}
        return pd.DataFrame(columns).iloc[np.argsort(self.keys, kind="stable")]

    def truth(self, persons: np.ndarray) -> pa.Table:
        """Give each record's person and its errors: the truth that linking is scored with."""
        marks = {f"dirt_{kind}": touched for kind, touched in self.marks.items()}
        return pa.table(
            {
                "source_system": pa.array([self.system.name] * len(self.keys), pa.string()),
                "source_record_id": pa.array(self.keys.astype(object), pa.string()),
                "person": persons[self.rows],
                **marks,
            }
        )


def people_fields(people: pa.Table) -> Fields:
    """Give what a record can say of each person, from the world's ``people``."""
    row_of = {person: row for row, person in enumerate(people["person"].to_pylist())}
    shared = np.array([row_of.get(person, -1) for person in people["shares_phone_with"].to_pylist()], dtype=int)
    phones = words(people["phone"])
    person = people["person"].to_numpy()
    firm = words(people["customer_type"]) == "firm"
    owner = np.array([row_of.get(person, -1) for person in people["owner"].to_pylist()], dtype=int)
    rng = np.random.default_rng([int(person[0]) if len(person) else 0, 17])
    numbers = rng.integers(10, 99, len(person)).astype("U2")
    return {
        "firm": firm,
        "family_zh": np.where(firm, words(people["firm_name_zh"]), words(people["family_name_zh"])),
        "given_zh": words(people["given_name_zh"]),
        "family_latin": np.where(firm, words(people["firm_name_en"]), words(people["family_name_pinyin"])),
        "given_latin": words(people["given_name_pinyin"]),
        "male": words(people["gender"]) == "M",
        "birth": days(people["birth_date"]),
        "document": words(people["id_number"]),
        "phone": phones,
        "previous_phone": words(people["previous_phone"]),
        "phone_changed_on": days(people["phone_changed_on"]),
        "family_phone": np.where(shared >= 0, phones[np.maximum(shared, 0)], ""),
        "email": words(people["email"]),
        "city": words(people["city"]),
        "postcode": words(people["postcode"]),
        "address": _addresses(people, ""),
        "previous_address": np.where(np.isnat(days(people["moved_on"])), "", _addresses(people, "previous_")),
        "moved_on": days(people["moved_on"]),
        "consent": people["consent"].combine_chunks().fill_null(False).to_numpy(zero_copy_only=False),
        "wechat": scrambled(person, digits=12, prefix="oWx"),
        "nickname": join(_NICKNAMES[rng.integers(0, len(_NICKNAMES), len(person))], numbers),
        "owner": owner,
        "contact": np.where(firm, join(words(people["family_name_zh"]), words(people["given_name_zh"]))[owner], ""),
        "contact_phone": np.where(firm, phones[owner], ""),
        "founded": days(people["founded_on"]),
        "trade": words(people["trade"]),
        "employees": np.where(firm, people["employees"].fill_null(0).to_numpy().astype("U5"), ""),
    }


def make_records(
    system: System,
    members: Members,
    people: Fields,
    *,
    chunk: int,
    last_day: np.datetime64,
    dirt: Dirt,
    rng: np.random.Generator,
) -> Records:
    """Make a source system's records of its members, errors included.

    Parameters
    ----------
    system, members
        Whose records, and of whom.
    people
        As `people_fields` gives them.
    chunk
        The chunk's number: keys never meet another chunk's.
    last_day
        The last day of the world.
    dirt, rng
        Rates and draws.
    """
    again = np.flatnonzero(rng.random(len(members.rows)) < dirt.doubled)
    rows = np.concatenate([members.rows, members.rows[again]])
    later = _between(members.created[again], last_day, rng)
    created = np.concatenate([members.created, later])
    updated = _between(created, last_day, rng)
    fields = {name: values[rows] for name, values in people.items()}
    fields["knew_phone"] = ~(updated < fields["phone_changed_on"])
    fields["knew_address"] = ~(updated < fields["moved_on"])
    corrupted = corrupt(fields, system.habits, dirt, customers=len(people["phone"]), rng=rng)
    keys = scrambled(rng.permutation(len(rows)) + chunk * _STRIDE, digits=system.digits, prefix=system.prefix)
    texts = rendered(system, corrupted.fields, dirt, rng)
    texts |= {"key": keys, "created": _instants(created, system), "updated": _instants(updated, system)}
    first, second = (np.full(len(people["phone"]), -1) for _ in range(2))
    first[members.rows[::-1]] = np.arange(len(members.rows))[::-1]
    second[members.rows[again]] = len(members.rows) + np.arange(len(again))
    known = np.append(first, -1)[people["owner"][rows]]
    texts["contact_key"] = np.where(known >= 0, np.append(keys, "")[known], "")
    doubled = np.arange(len(rows)) >= len(members.rows)
    return Records(system, rows, keys, created, texts, corrupted.marks | {"doubled": doubled}, first, second)


def rendered(system: System, fields: Fields, dirt: Dirt, rng: np.random.Generator) -> Fields:
    """Write each field in the source system's formats: arrays of text, one element a record."""
    names = dict(system.names)
    if "chinese" in names:
        for form in ("latin", "given_first", "comma"):
            names[form] = names.get(form, 0) + dirt.transliteration / 3
    n = len(fields["phone"])
    fields = fields | {"given_latin": _syllables(fields["given_latin"], rng)}
    # the registered name of a firm is Chinese, wherever it stands
    registered = np.where(rng.random(n) < dirt.transliteration, fields["family_latin"], fields["family_zh"])
    texts = {
        "name": np.where(fields["firm"], registered, written_names(fields, names, rng)),
        "latin": np.where(
            fields["firm"], np.strings.upper(fields["family_latin"]), written_names(fields, system.latin, rng)
        ),
        "family": np.where(fields["firm"], "", fields["family_zh"]),
        "given": fields["given_zh"],
        "company": np.where(fields["firm"], fields["family_zh"], ""),
        "type": np.where(fields["firm"], *system.types[::-1]),
        "sex": np.where(fields["firm"], "", np.where(fields["male"], *system.sexes)),
        "birth": written_days(fields["birth"], system.days),
        "document_type": np.where(fields["document"] == "", "", np.where(fields["firm"], "02", "01")),
        "phone": written_phones(fields["phone"], system.phones, rng),
        "contact_phone": written_phones(fields["contact_phone"], system.phones, rng),
        "founded": written_days(fields["founded"], system.days),
        "consent": np.where(fields["consent"] & (rng.random(n) >= _NOT_ASKED_TWICE), "Y", "N"),
        **{name: fields[name] for name in _AS_THEY_ARE},
    }
    return with_gaps(texts, system.habits, dirt, rng)


def _syllables(given: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Write the two syllables of a given name as one word mostly, else apart or with a hyphen."""
    habit = rng.choice(3, len(given), p=(0.65, 0.2, 0.15))
    together = np.strings.capitalize(np.strings.replace(given, " ", ""))
    return np.choose(habit, (together, given, np.strings.replace(given, " ", "-")))


def words(column: pa.ChunkedArray) -> np.ndarray:
    """Give a column of texts, dictionary or not, as an array of fixed width; missing becomes empty.

    Examples
    --------
    >>> words(pa.chunked_array([pa.array(["a", None]).dictionary_encode()])).tolist()
    ['a', '']
    """
    whole = column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0) if whole.num_chunks else pa.array([], whole.type)
    if not pa.types.is_dictionary(whole.type):
        return as_texts(whole.to_numpy(zero_copy_only=False))
    known = np.append(as_texts(whole.dictionary.to_numpy(zero_copy_only=False)), "")
    return known[whole.indices.fill_null(len(known) - 1).to_numpy(zero_copy_only=False)]


def days(column: pa.ChunkedArray) -> np.ndarray:
    """Give a column of days or instants as days; missing becomes no day."""
    return column.to_numpy().astype("datetime64[D]")


def _addresses(people: pa.Table, prefix: str) -> np.ndarray:
    """Write addresses as they are said: city, district, road and number, compound, building, room."""
    road, compound = words(people[f"{prefix}road"]), words(people[f"{prefix}compound"])
    number, building, room = (
        people[f"{prefix}{name}"].fill_null(0).to_numpy().astype("U5") for name in ("road_number", "building", "room")
    )
    place = join(words(people["city"]), words(people["district"]), road, number, "号", compound)
    return join(place, building, "栋", room, "室")


def _between(start: np.ndarray, last_day: np.datetime64, rng: np.random.Generator) -> np.ndarray:
    span = np.maximum((last_day - start).astype("timedelta64[D]").astype(int), 0)
    return start + (rng.random(len(start)) * (span + 1)).astype(int) * _DAY


def _instants(moments: np.ndarray, system: System) -> np.ndarray:
    """Write days as the system writes times: in its form, or as milliseconds since 1970 in Shanghai."""
    if system.instants != "epoch_ms":
        return written_days(moments, system.instants)
    noon = moments.astype("datetime64[h]") + 4  # noon in Shanghai, in UTC
    return noon.astype("datetime64[ms]").astype(np.int64).astype("U14")
