"""How two records are compared, field by field: levels from "same" to "different".

One comparison per field, chosen by its role; the parts of an address are one comparison together,
because they are not independent of each other.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from insight.unify.standardise.standardise import Field

_SHORT = 4
# comparisons that speak of one person; the others (address, phone) are shared by a household
_ADDRESS = ("street", "address", "house_number", "unit", "postcode", "locality", "region")
PERSONAL = ("given_name", "birth_date", "birth_year", "age", "email", "document", "middle_name")


@dataclass(frozen=True)
class Level:
    """One degree of likeness: its condition, its code, and what share of true pairs reach it by default."""

    sql: str
    likeness: str
    m: float
    frequency_of: str | None = None


@dataclass(frozen=True)
class Comparison:
    """The degrees of one field, the most alike first; ``missing`` says when there is nothing to compare."""

    name: str
    fields: tuple[str, ...]
    missing: str
    levels: tuple[Level, ...]
    personal: bool = False

    def numbered(self) -> list[tuple[int, Level]]:
        """Give the levels as Splink numbers them: 0 is entirely different, the highest is the same."""
        return [(len(self.levels) - 1 - position, level) for position, level in enumerate(self.levels)]

    def as_splink(self) -> dict:
        """Write the comparison as Splink reads it."""
        levels: list[dict[str, object]] = [
            {"sql_condition": self.missing, "label_for_charts": "nothing to compare", "is_null_level": True}
        ]
        for level in self.levels:
            given: dict[str, object] = {"sql_condition": level.sql, "label_for_charts": level.likeness}
            if level.frequency_of:
                given |= {"tf_adjustment_column": level.frequency_of, "disable_tf_exact_match_detection": True}
            levels.append(given)
        return {"output_column_name": self.name, "comparison_levels": levels}


def _near(name: str, least: float) -> str:
    return f"jaro_winkler_similarity({name}_l, {name}_r) >= {least}"


def _slip(name: str) -> str:
    # one character wrong, missing, added, or two that change places; the quick test spares the slow one
    return f"levenshtein({name}_l, {name}_r) <= 2 AND damerau_levenshtein({name}_l, {name}_r) <= 1"


def _edits(name: str, most: int) -> str:
    return f"levenshtein({name}_l, {name}_r) <= {most}"


def _same(name: str) -> str:
    return f"{name}_l = {name}_r"


def _missing(name: str) -> str:
    return f"{name}_l IS NULL OR {name}_r IS NULL"


def choose_comparisons(fields: Iterable[Field]) -> list[Comparison]:
    """Choose a comparison for every field that is worth one.

    Examples
    --------
    >>> fields = [Field("given_name", "given_name", ("first",), 1.0), Field("birth_date", "birth_date", ("dob",), 0.9)]
    >>> [comparison.name for comparison in choose_comparisons(fields)]
    ['given_name', 'birth_date']
    """
    by_name = {field.name: field for field in fields}
    names = set(by_name)
    chosen: list[Comparison] = []
    chosen += [_name(part, names) for part in ("given_name", "family_name") if part in names]
    address = names & set(_ADDRESS)
    if len(address) > 1:
        chosen.append(_address(address))
        names -= address
    named = "name_letters_l = name_letters_r" if {"given_name", "family_name"} <= names else "FALSE"
    if {"birth_date", "birth_year"} <= names:
        chosen.append(_birth("birth_date", "birth_year"))
        names -= {"birth_date", "birth_year"}
    for name in sorted(names - {"given_name", "family_name"}, key=list(by_name).index):
        if comparison := _by_role(name, by_name[name].role, named):
            chosen.append(comparison)
    return chosen


def _name(part: str, names: set[str]) -> Comparison:
    other = "family_name" if part == "given_name" else "given_name"
    han = f"{part[:-5]}_han"
    # a name that begins elsewhere: "zhang wei" and "wei zhang"; the letters spare the slow test
    reordered = "name_letters_l = name_letters_r AND instr(name_whole_l || name_whole_l, name_whole_r) > 0"
    # a firm has another name in another script, which says nothing of whether it is the same
    missing = f"{_missing(part)} OR coalesce(firm_script_l <> firm_script_r, FALSE)"
    levels = [
        Level(f"{_same(part)} AND ({_missing(han)} OR {_same(han)})", "same", 0.7, part),
        Level(_same(part), "sounds_same", 0.03),
    ]
    if other in names:
        if part == "given_name":
            levels.append(Level(reordered, "other_order", 0.02))
            # a given name without a family name may be a short form: 阿芳 is 丽芳, Ann is Mary Ann
            short = "suffix(given_name_l, given_name_r) OR suffix(given_name_r, given_name_l)"
            levels.append(Level(f"({_missing(other)}) AND ({short})", "part_of_it", 0.02))
        else:
            # names that changed places are counted once, at the given name
            missing += f" OR ({reordered} AND given_name_l <> given_name_r)"
    # two names that many have are no slip of one another, as those of twins; short ones least of all
    usual = "given_usual_l = '1' AND given_usual_r = '1'" if part == "given_name" and other in names else "FALSE"
    short = f"least(length({part}_l), length({part}_r)) <= {_SHORT}"
    levels += [
        Level(f"{_near(part, 0.92)} AND NOT ({usual} AND {short})", "nearly_same", 0.1),
        Level(f"{_near(part, 0.88)} AND NOT ({usual})", "alike", 0.04),
        Level(f"{_near(part, 0.7)} AND NOT ({usual})", "somewhat_alike", 0.04),
        Level("ELSE", "different", 0.04),
    ]
    return Comparison(part, (part,), missing, tuple(levels), part == "given_name")


def _address(parts: set[str]) -> Comparison:
    """Compare the parts of an address together: who shares a postcode shares the town."""
    levels = _street(parts) if "street" in parts else _line(parts) if "address" in parts else []
    if "postcode" in parts:
        levels.append(Level(_same("postcode"), "same_postcode", 0.1, None if levels else "postcode"))
    if "locality" in parts:
        levels.append(Level(_same("locality"), "same_place", 0.08, None if levels else "locality"))
        levels.append(Level(_near("locality", 0.92), "nearly_same_place", 0.03))
    if "postcode" in parts:
        levels.append(Level(_slip("postcode"), "postcode_slip", 0.03))
    if "region" in parts:
        levels.append(Level(_same("region"), "same_region", 0.04))
    levels.append(Level("ELSE", "different", 0.08))
    wheres = sorted(parts & {"street", "address", "postcode", "locality"}) or sorted(parts)
    missing = " AND ".join(f"({_missing(part)})" for part in wheres)
    return Comparison("address", tuple(sorted(parts)), missing, tuple(levels))


def _street(parts: set[str]) -> list[Level]:
    street = _near("street", 0.92)
    number = _same("house_number") if "house_number" in parts else "TRUE"
    door = "(unit_l = unit_r OR unit_l IS NULL AND unit_r IS NULL)" if "unit" in parts else "TRUE"
    places = [_same("postcode")] if "postcode" in parts else []
    places += [_near("locality", 0.92)] if "locality" in parts else []
    place = f"({' OR '.join(places)})" if places else "TRUE"
    levels = [Level(f"{number} AND {street} AND {door} AND {place}", "same_door", 0.5)]
    if {"house_number", "unit"} & parts:
        levels.append(Level(f"{number} AND {street}", "same_house", 0.15))
    if "house_number" in parts and places:
        levels.append(Level(f"{number} AND {place}", "same_number", 0.06))
    if places:
        levels.append(Level(f"{street} AND {place}", "same_street", 0.08))
    return [*levels, Level(street, "street_name", 0.04)]


def _line(parts: set[str]) -> list[Level]:
    place = _same("locality") if "locality" in parts else "TRUE"
    return [
        Level(_same("address"), "same", 0.6, "address"),
        Level(_near("address", 0.92), "nearly_same", 0.12),
        Level(f"{place} AND {_near('address', 0.8)}", "alike", 0.06),
    ]


def _by_role(name: str, role: str, named: str) -> Comparison | None:
    makers = {
        "birth_date": _birth_date,
        "email": _email,
        "middle_name": _middle_name,
        "phone": _code,
        "document": _code,
        "code": _code,
        "postcode": _code,
        "house_number": _exact,
        "unit": _exact,
        "sex": _exact,
        "category": _exact,
        "region": _text,
        "age": _years,
        "birth_year": _years,
        "street": _text,
        "locality": _text,
        "address": _text,
        "text": _text,
    }
    maker = makers.get(role)
    if maker is None:
        return None
    levels = (*maker(name), Level("ELSE", "different", 0.04))
    missing = _missing(name)
    if role == "email":
        # addresses are made of names: where the names agree, being alike but not the same says nothing more
        alike = " OR ".join(f"({level.sql})" for level in levels[2:-1])
        missing += f" OR ({named} AND {name}_user_l <> {name}_user_r AND ({alike}))"
    return Comparison(name, (name,), missing, levels, role in PERSONAL)


def _birth_date(name: str) -> list[Level]:
    swapped = (
        f"substr({name}_l, 1, 4) = substr({name}_r, 1, 4) AND substr({name}_l, 6, 2) = substr({name}_r, 9, 2) "
        f"AND substr({name}_l, 9, 2) = substr({name}_r, 6, 2)"
    )
    years = f"abs(CAST(substr({name}_l, 1, 4) AS INTEGER) - CAST(substr({name}_r, 1, 4) AS INTEGER))"
    return [
        Level(_same(name), "same", 0.75, name),
        Level(swapped, "day_month_swapped", 0.02),
        Level(_slip(name), "one_figure", 0.08),
        Level(f"substr({name}_l, 6, 5) = substr({name}_r, 6, 5) OR {_edits(name, 2)}", "two_figures", 0.04),
        Level(f"substr({name}_l, 1, 4) = substr({name}_r, 1, 4)", "same_year", 0.04),
        Level(f"{years} <= 10", "within_ten_years", 0.03),
    ]


def _birth(date: str, year: str) -> Comparison:
    """Compare birth dates of which some are years alone: these say less when they agree, and as much when not."""
    no_day = f"({_missing(date)})"
    apart = f"abs(CAST({year}_l AS INTEGER) - CAST({year}_r AS INTEGER))"
    levels = _birth_date(date)
    levels.insert(1, Level(f"{no_day} AND {_same(year)}", "same_year_no_day", 0.1))
    levels.insert(2, Level(f"{no_day} AND {apart} <= 1", "year_apart_no_day", 0.03))
    levels[-1] = Level(f"{apart} <= 10", "within_ten_years", 0.03)
    levels.append(Level("ELSE", "different", 0.04))
    return Comparison(date, (date, year), _missing(year), tuple(levels), True)


def _years(name: str) -> list[Level]:
    apart = f"abs(CAST({name}_l AS INTEGER) - CAST({name}_r AS INTEGER))"
    return [
        Level(_same(name), "same", 0.7, name),
        Level(f"{apart} <= 1", "year_apart", 0.15),
        Level(f"{apart} <= 5", "within_five_years", 0.05),
    ]


def _email(name: str) -> list[Level]:
    user = f"{name}_user"
    return [
        Level(_same(name), "same", 0.7, name),
        Level(_same(user), "same_user", 0.1),
        Level(_near(name, 0.88), "nearly_same", 0.1),
        Level(_near(user, 0.88), "alike_user", 0.04),
    ]


def _middle_name(name: str) -> list[Level]:
    initial = f"(length({name}_l) = 1 OR length({name}_r) = 1) AND substr({name}_l, 1, 1) = substr({name}_r, 1, 1)"
    return [
        Level(_same(name), "same", 0.75, name),
        Level(initial, "same_initial", 0.1),
        Level(_near(name, 0.88), "alike", 0.08),
    ]


def _code(name: str) -> list[Level]:
    return [
        Level(_same(name), "same", 0.75, name),
        Level(_slip(name), "one_character", 0.12),
        Level(_edits(name, 2), "two_characters", 0.04),
    ]


def _text(name: str) -> list[Level]:
    return [
        Level(_same(name), "same", 0.7, name),
        Level(_near(name, 0.92), "nearly_same", 0.12),
        Level(_near(name, 0.8), "alike", 0.06),
    ]


def _exact(name: str) -> list[Level]:
    return [Level(_same(name), "same", 0.9, name)]
