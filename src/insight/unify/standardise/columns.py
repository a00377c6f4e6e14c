"""What each column of a set of records is: a given name, a birth date, a phone, a postcode.

The name of a column decides where it says something, its values where it does not, and the values
have a veto: a "birth date" that holds no dates is text. What is declared in the parameters wins.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from insight.config.linking import unknown_columns

# What a name says, first match wins; searched in the name in lower case, words joined by `_`.
# Several languages and the short forms of registers: given names also vorname, prenom, nombre, givn.
_NAMES: tuple[tuple[str, str], ...] = (
    (
        "ignore",
        r"(^|_)(employer|company|work|office|event|household|housing|relationship|survey|rel_head|representative)(_|$)",
    ),
    ("ignore", r"consent|opt_?(in|out)|(^|_)nick(_?name)?(_|$)|昵称"),
    ("ignore", r"(_type|_status|_flag|_on|_at|_line|_file)$|^fault$"),
    ("ignore", r"(created|updated|modified|inserted|loaded)(_|$)|timestamp|(^|_)(time|salary|wages|income)$"),
    (
        "ignore",
        r"news_?letter|subscri|^party(_|$)|(^|_)(admission|discharge|visit|order|purchase|payment|login|expiry)",
    ),
    ("ignore", r"regist\w*_?(date|dt|day|on)|(sign_?up|join\w*|start|end|entry|exit|issued?|valid)_?(date|dt|day)"),
    ("text", r"birth_?place|place_of_birth|(^|_)(pob|b_?plac\w*)$|geburts_?ort|lieu_?(de_?)?naissance|籍贯"),
    ("text", r"(^|_)(father|mother|spouse|parent|vater|mutter|pere|mere|padre|madre)\w*(_|$)|父亲|母亲"),
    (
        "birth_year",
        r"birth_?(year|yr)|(year|yr)_?of_?birth|geburts_?jahr|^(yob|by|byear|birth_y|yr|yyyy|year|jahr|annee)$|出生年份?$",
    ),
    (
        "birth_month",
        r"birth_?(month|mon)$|month_of_birth|geburts_?monat|^(bm|mob|birth_m|mon|month|mm|monat|mois)$|出生月份?$",
    ),
    ("birth_day", r"birth_?day(_of_month)?$|day_of_birth|^(bd|birth_d|day|dd|tag|jour)$|出生日$"),
    (
        "birth_date",
        r"(^|_)(dob|d_o_b|b_?date|b_?day|birth_?date|date_?of_?birth|birth_?day|birth_?dt|born|birth)(_|$)|"
        r"geburts_?(datum|tag)|geb_?(dat|datum|tag)?$|naissance|nacimiento|nascimento|nascita|geboorte_?datum|"
        r"fodsels|出生|生日",
    ),
    ("age", r"(^|_)(age|alter|edad)(_|$)|年龄"),
    ("email", r"e_?mail|correo|courriel|邮箱|电邮|邮件"),
    ("phone", r"phone|mobile|(^|_)(tel|cell|fax|msisdn|handy)(_|$)|telefon|m[oó]vil|手机|电话|联系方式"),
    (
        "document",
        r"(^|_)(ssn|nino|nhs|sin|curp|dni|nie|nif|passport|document|licen[cs]e|identity)(_|$)|soc(ial)?_?sec|nhs_?n|"
        r"(national|tax|citizen|government)_?(id|number|no)|id_?(card|number|num|no)(_|$)|document|passport|"
        r"证件|身份证|护照",
    ),
    ("code", r"wechat|we_?com|union_?id|open_?id|微信"),
    ("sex", r"(^|_)(sex\w?|gender|geschlecht|genero)(_|$)|性别"),
    ("ignore", r"(^|_)(title|salutation|prefix|suffix|honorific|anrede)(_|$)|称谓"),
    (
        "full_name",
        r"full_?name|latin_?name|first_and_|^(name|names|person|patient|naam)$|^name_?(full|complete)|"
        r"(person|display|real|complete|whole|customer|cust|client|patient|caller|member|holder|applicant|contact)_?(name|nm)|"
        r"name_?(py|pinyin|latin)$|voll\w*_?name|nom_complet|nombre_completo|"
        r"姓名|客户名称",
    ),
    ("middle_name", r"middle|(^|_)midl?_?(name|nm|initial)|second_?name|initial|other_?names?|zweit\w*name"),
    ("middle_name", r"(fname|given_?name|first_?name)_?(c?2)$|(lname|last_?name|surname|family_?name)_?(c?2)$"),
    ("middle_name", r"maiden|(birth|former|previous)_?(sur)?name|geburtsname|jeune_fille"),
    (
        "given_name",
        r"given|first_?n|fore_?name|(^|_)f_?name|christian|^(first|givn|given|fn|fornavn|voornaam|imie|nome)$|"
        r"vorname|(^|_)prenoms?(_|$)|^nombres?(_|$)|^名字?$",
    ),
    (
        "family_name",
        r"sur_?name|last_?n|family_?n|(^|_)l_?name|^(last|family|surn|sn|ln|nom|efternavn|achternaam|nazwisko)$|"
        r"nach_?name|familien_?name|nom_de_famille|apell?idos?|sobrenome|cognome|^姓氏?$",
    ),
    ("postcode", r"post_?(code|al|leitzahl)|(^|_)(zip|plz|pcode)|codigo_?postal|邮编|邮政编码"),
    ("house_number", r"(street|house|building|door)_?(number|num|no|nr)(_|$)|haus_?(nr|nummer)|门牌"),
    ("unit", r"(^|_)(unit|apt|apartment|flat|suite|room)(_|$)|房号"),
    (
        "street",
        r"street|strasse|straße|(^|_)(str|road|rue|calle|via|address_?[12]|addr_?[12]|address_?line_?[12])(_|$)|"
        r"街道|道路",
    ),
    (
        "locality",
        r"suburb|(^|_)(city|town|locality|village|municipality|parish|ort|wohnort|stadt|ville|commune|ciudad|"
        r"localidad|municipio|citta|comune|plaats|place|residence|district)(_|$)|城市|^市$|区县",
    ),
    ("region", r"(^|_)(state|province|county|region|bundesland|provincia|departement)(_|$)|省"),
    ("category", r"(^|_)(country|nationality|race|ethnicity|race_ethnicity)(_|$)|国籍|民族"),
    ("address", r"address|(^|_)(addr|anschrift|adresse|direccion|indirizzo)(_|$)|地址|住址"),
    ("text", r"occup|profession|(^|_)(job|employer_name|beruf)(_|$)|职业"),
    (
        "ignore",
        r"(^|_)(id|key|uuid|index|no|nr|number|ref|rec|record|source|dataset|cluster|label)$|_id_|^id_|(^|_)year$",
    ),
)

_DATE = re.compile(
    r"^\s*(\d{4}[-/.年]\s?\d{1,2}[-/.月]\s?\d{1,2}日?|\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2,4}|\d{8}|"
    r"\d{1,2}[- ]?[A-Za-z]{3,9}[- ,]*\d{2,4}|[A-Za-z]{3,9} \d{1,2},? \d{4}|\d{4}年?|\d{4}-\d{2})([T ].*)?\s*$"
)
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
_NAME_LIKE = re.compile(r"^[^\W\d_][^\d@#/]{0,60}$")
_SEVERAL_WORDS = re.compile(r"[^\d@#/,\s]{1,60}([\s,]{1,3}[^\d@#/,\s]{1,60}){1,4},?$|[\u3400-\u9fff]{2,4}$")
_CODE = re.compile(r"^(?=.*\d)[A-Za-z0-9 ()+./-]{4,24}$")
_SAMPLE = 2000
_GENERATION = 20
_LIKE_NAMES = ("text", "given_name", "family_name")
# share of different values that are frequent names, from which a column holds names
_OF_NAMES = 0.12
_REASONS = {"declared": 0, "its name": 1}
# what a person has: all records may be of one person, and then these are always the same
_OWN = ("given_name", "family_name", "full_name", "birth_date", "email", "phone", "document")


@dataclass(frozen=True)
class Column:
    """One column of the records: what it is, and how much it holds."""

    name: str
    role: str
    filled: float
    distinct: int
    reason: str


def type_columns(records: pd.DataFrame, *, declared: Mapping[str, str] | None = None) -> list[Column]:
    """Say what each column is, from what is declared, its name and its values.

    Parameters
    ----------
    records
        The records' columns, without keys and truth.
    declared
        Column to one of ``link_params.ROLES``; every other column is typed by itself.

    Examples
    --------
    >>> records = pd.DataFrame({"first_name": ["Ada", "Bob"], "dob": ["1815-12-10", "1900-02-03"], "id": ["1", "2"]})
    >>> [(column.name, column.role) for column in type_columns(records)]
    [('first_name', 'given_name'), ('dob', 'birth_date'), ('id', 'ignore')]
    """
    declared = dict(declared or {})
    unknown_columns(declared, [str(name) for name in records.columns])
    typed = [_type_column(str(name), records[name], declared.get(str(name))) for name in records.columns]
    return _one_of_each(_names_by_values(typed, records))


def _type_column(name: str, values: pd.Series, declared: str | None) -> Column:
    present = values.dropna().astype(str).str.strip()
    present = present[present != ""]
    filled = len(present) / len(values) if len(values) else 0.0
    counts = present.value_counts()
    if declared:
        return Column(name, declared, filled, len(counts), "declared")
    # a column that is nearly empty tells nobody apart
    if filled < 0.02 or not len(counts):
        return Column(name, "ignore", filled, len(counts), "hardly filled")
    sample = _sample(counts.index)
    role, reason = _role_by_name(name, sample), "its name"
    if role is None:
        role, reason = _role_by_values(sample, distinct=len(counts), present=len(present)), "its values"
    if (role not in _OWN or reason == "its values") and counts.iloc[0] > 0.9 * len(present):
        return Column(name, "ignore", filled, len(counts), "nearly always the same value")
    return Column(name, role, filled, len(counts), reason)


def _sample(values: pd.Index | np.ndarray) -> pd.Series:
    """Take the same values whatever the order of the rows: those with the smallest hashes."""
    texts = pd.Series(np.asarray(values.astype(str), dtype=object))
    if len(texts) <= _SAMPLE:
        return texts
    order = np.argsort(pd.util.hash_array(texts.to_numpy()), kind="stable")[:_SAMPLE]
    return texts.iloc[order]


def _role_by_name(name: str, sample: pd.Series) -> str | None:
    """Give what a name says, unless the values forbid it."""
    spelled = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.strip())
    spelled = re.sub(r"[^\w]+", "_", spelled).strip("_").lower()
    for role, pattern in _NAMES:
        if re.search(pattern, spelled):
            if _values_allow(role, sample):
                return role
            # a "birthday" is a day of the month or a whole date
            if not role.startswith("birth"):
                return None
    return None


def _share(sample: pd.Series, pattern: re.Pattern[str]) -> float:
    return float(sample.map(lambda value: bool(pattern.match(value))).mean())


def _years_spanned(sample: pd.Series) -> float:
    """Give the years within which nine in ten of the dates lie."""
    years = sample.str.extract(r"(?<!\d)(1\d{3}|20\d{2})(?=\D|$|\d{4}$)|(1\d{3}|20\d{2})$").bfill(axis=1)[0].dropna()
    if years.empty:
        years = 1900 + sample.str.extract(r"(\d{2})$")[0].dropna().astype(int)
    low, high = np.quantile(years.astype(int), [0.05, 0.95]) if len(years) else (0, 0)
    return float(high - low)


def _values_allow(role: str, sample: pd.Series) -> bool:
    if role == "birth_date":
        return _share(sample, _DATE) >= 0.5
    if role == "email":
        return _share(sample, _MAIL) >= 0.3
    if role == "birth_year" and _years_spanned(sample) < _GENERATION:
        return False
    if role in ("birth_year", "age"):
        return _share(sample, re.compile(r"^\d{1,4}(\.0)?$")) >= 0.8
    if role in ("birth_month", "birth_day"):
        return _share(sample, re.compile(r"^\d{1,2}(\.0)?$")) >= 0.8
    if role in ("phone", "document"):
        return _share(sample, re.compile(r".*\d")) >= 0.5
    if role in ("given_name", "family_name", "full_name"):
        return _share(sample, re.compile(r".*[^\W\d_]")) >= 0.5
    return True


def _role_by_values(sample: pd.Series, *, distinct: int, present: int) -> str:
    if _share(sample, _MAIL) >= 0.8:
        return "email"
    if _share(sample, _DATE) >= 0.9 and sample.str.len().median() >= 8:
        # people are born over decades; they order, visit and register within a few years
        return "birth_date" if _years_spanned(sample) >= _GENERATION else "ignore"
    if distinct <= max(12, min(40, present // 50)):
        return "category"
    if _share(sample, _CODE) >= 0.9:
        # running numbers of the record itself are no property of a person
        return "ignore" if distinct == present else "code"
    if kind := _kind_of_names(sample):
        return kind
    return "text" if _share(sample, _NAME_LIKE) >= 0.8 else "ignore"


def _kind_of_names(sample: pd.Series) -> str | None:
    """Say whether given or family names of several languages are frequent among the values."""
    plain = sample.str.normalize("NFKD").str.casefold().str.replace(r"[^a-z]", "", regex=True)
    shares = {role: float(plain.isin(known).mean()) for role, known in _common_names().items()}
    likely, other = sorted(shares, key=lambda role: -shares[role])
    return likely if shares[likely] >= max(_OF_NAMES, 1.5 * shares[other]) else None


@cache
def _common_names() -> dict[str, frozenset[str]]:
    """Read the names that are frequent in registers, by the role of a column that holds many of them."""
    kinds = yaml.safe_load((Path(__file__).parent / "common_names.yaml").read_text(encoding="utf-8"))
    return {f"{kind}_name": frozenset(names.split()) for kind, names in kinds.items()}


def _names_by_values(columns: list[Column], records: pd.DataFrame) -> list[Column]:
    """Tell given, family and full names apart by their values, where the columns' names leave it open.

    "Name" beside a given name is the family name; a given name of several words with no family name
    beside it is the whole; and where no column says that it is a name, one may look like it.
    """
    roles = {column.role for column in columns if column.reason != "its values"}
    if "given_name" in roles and "family_name" not in roles:
        of_words = {
            column.name: _of_several_words(column, records)
            for column in columns
            if column.role in ("given_name", "full_name") and column.reason == "its name"
        }
        return [_given_or_whole(column, of_words, alone="full_name" not in roles) for column in columns]
    if "family_name" in roles:
        return columns
    by_values = [column for column in columns if column.reason == "its values" and column.role in _LIKE_NAMES]
    if "full_name" not in roles:
        many = [column for column in by_values if column.distinct >= 0.2 * len(records)]
        likely = [column for column in many if _of_several_words(column, records) >= 0.9]
        if not likely:
            return columns
        best = max(likely, key=lambda column: (column.distinct, column.name))
        columns = [replace(column, role="full_name") if column is best else column for column in columns]
    # beside whole names, a column that looks like given names holds what people call themselves
    return [replace(column, role="text") if column in by_values else column for column in columns]


def _of_several_words(column: Column, records: pd.DataFrame) -> float:
    return _share(_sample(records[column.name].dropna().unique()), _SEVERAL_WORDS)


def _given_or_whole(column: Column, of_words: Mapping[str, float], *, alone: bool) -> Column:
    share = of_words.get(column.name, 0.5)
    if column.role == "full_name" and share < 0.2:
        return replace(column, role="family_name")
    if column.role == "given_name" and alone and share > 0.8:
        return replace(column, role="full_name")
    return column


def _one_of_each(columns: list[Column]) -> list[Column]:
    """Keep the fullest column of a role that a person has once; the others become weaker roles."""
    weaker = {"given_name": "middle_name", "family_name": "text"}
    kept: dict[str, Column] = {}
    # who says so, then whose name says so, then the fullest
    for column in sorted(columns, key=lambda each: (_REASONS.get(each.reason, 2), -each.filled, each.name)):
        if column.role not in ("full_name", "phone", "email", "document", "code", "text", "category", "ignore"):
            kept.setdefault(column.role, column)
    result = []
    for column in columns:
        winner = kept.get(column.role)
        if winner is None or winner is column:
            result.append(column)
            continue
        role = weaker.get(column.role, "text" if column.role in ("street", "locality", "middle_name") else "ignore")
        result.append(Column(column.name, role, column.filled, column.distinct, f"second {column.role}"))
    return result
