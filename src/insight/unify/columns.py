"""What each column of a set of records is: a given name, a birth date, a phone, a postcode.

The name of a column decides where it says something, its values where it does not, and the values
have a veto: a "birth date" that holds no dates is text. What is declared in the parameters wins.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from insight.link_params import unknown_columns

# What a name says, first match wins; searched in the name in lower case, words joined by `_`.
_NAMES: tuple[tuple[str, str], ...] = (
    ("ignore", r"(^|_)(employer|company|work|office|event|household|housing|relationship|survey)(_|$)"),
    ("ignore", r"consent|opt_?(in|out)|nick_?name|_type$|_status$|_flag$|(_on|_at|_line|_file)$|^fault$|昵称"),
    ("ignore", r"(created|updated|modified|inserted|loaded)(_|$)|timestamp|(^|_)(time|year|salary|wages|income)$"),
    ("text", r"birth_?place|place_of_birth|(^|_)pob$|籍贯"),
    ("birth_year", r"(birth_?year|year_of_birth|^yob$|^by$|出生年份?$)"),
    ("birth_month", r"(birth_?month|month_of_birth|^bm$|出生月份?$)"),
    ("birth_day", r"(birth_?day_of_month|day_of_birth|^bd$)"),
    ("birth_date", r"(^|_)(dob|birth_?date|date_?of_?birth|birth_?day|born|birth)(_|$)|^birth$|出生|生日"),
    ("age", r"(^|_)age(_|$)|年龄"),
    ("email", r"e_?mail|邮箱|电邮|邮件"),
    ("phone", r"phone|mobile|(^|_)(tel|cell|fax|msisdn)(_|$)|手机|电话|联系方式"),
    (
        "document",
        r"(^|_)(ssn|nino|nhs|sin|curp|passport|document|licen[cs]e|identity)(_|$)|soc(ial)?_?sec|nhs_?n|"
        r"(national|tax|citizen|government)_?(id|number|no)|id_?(card|number|num|no)(_|$)|document|passport|证件|身份证|护照",
    ),
    ("code", r"wechat|we_?com|union_?id|open_?id|微信"),
    ("sex", r"(^|_)(sex|gender)(_|$)|性别"),
    ("ignore", r"(^|_)(title|salutation|prefix|suffix|honorific)(_|$)|称谓"),
    (
        "full_name",
        r"full_?name|latin_?name|customer_?name|client_?name|first_and_|^name$|person_?name|display_?name|姓名|客户名称",
    ),
    ("middle_name", r"middle|second_?name|initial|(fname|given_?name|first_?name)_?(c?2)$|other_?names?"),
    ("middle_name", r"(lname|last_?name|surname|family_?name)_?(c?2)$"),
    ("given_name", r"given|first_?name|fore_?name|(^|_)fname|christian|^first$|^名字?$"),
    ("family_name", r"sur_?name|last_?name|family_?name|(^|_)lname|^last$|^family$|^姓氏?$"),
    ("postcode", r"post_?code|post_?al|(^|_)zip|邮编|邮政编码"),
    ("house_number", r"(street|house|building|door)_?(number|num|no|nr)(_|$)|门牌"),
    ("unit", r"(^|_)(unit|apt|apartment|flat|suite|room)(_|$)|房号"),
    ("street", r"street|(^|_)(road|address_?[12]|addr_?[12]|address_?line_?[12])(_|$)|街道|道路"),
    ("locality", r"suburb|(^|_)(city|town|locality|village|municipality|district)(_|$)|城市|^市$|区县"),
    ("region", r"(^|_)(state|province|county|region)(_|$)|省"),
    ("category", r"(^|_)(country|nationality|race|ethnicity|race_ethnicity)(_|$)|国籍|民族"),
    ("address", r"address|(^|_)addr(_|$)|地址|住址"),
    ("text", r"occupation|profession|(^|_)(job|employer_name)(_|$)|职业"),
    ("ignore", r"(^|_)(id|key|uuid|index|no|number|ref|rec|record|source|dataset|cluster|label)$|_id_"),
)

_DATE = re.compile(
    r"^\s*(\d{4}[-/.年]\s?\d{1,2}[-/.月]\s?\d{1,2}日?|\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2,4}|\d{8}|"
    r"\d{1,2}[- ]?[A-Za-z]{3,9}[- ,]*\d{2,4}|[A-Za-z]{3,9} \d{1,2},? \d{4}|\d{4}年?|\d{4}-\d{2})([T ].*)?\s*$"
)
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
_NAME_LIKE = re.compile(r"^[^\W\d_][^\d@#/]{0,60}$")
_CODE = re.compile(r"^(?=.*\d)[A-Za-z0-9 ()+./-]{4,24}$")
_SAMPLE = 2000
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
    return _one_of_each(typed, declared)


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
    said = _role_by_name(name)
    role, reason = (said, "its name") if said and _values_allow(said, sample) else (None, "")
    if role is None:
        role, reason = _role_by_values(sample, distinct=len(counts), present=len(present)), "its values"
    if role not in _OWN and counts.iloc[0] > 0.9 * len(present):
        return Column(name, "ignore", filled, len(counts), "nearly always the same value")
    return Column(name, role, filled, len(counts), reason)


def _sample(values: pd.Index) -> pd.Series:
    """Take the same values whatever the order of the rows: those with the smallest hashes."""
    texts = pd.Series(values.astype(str).to_numpy(dtype=object))
    if len(texts) <= _SAMPLE:
        return texts
    order = np.argsort(pd.util.hash_array(texts.to_numpy()), kind="stable")[:_SAMPLE]
    return texts.iloc[order]


def _role_by_name(name: str) -> str | None:
    spelled = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.strip())
    spelled = re.sub(r"[^\w]+", "_", spelled).strip("_").lower()
    for role, pattern in _NAMES:
        if re.search(pattern, spelled):
            return role
    return None


def _share(sample: pd.Series, pattern: re.Pattern[str]) -> float:
    return float(sample.map(lambda value: bool(pattern.match(value))).mean())


def _values_allow(role: str, sample: pd.Series) -> bool:
    if role == "birth_date":
        return _share(sample, _DATE) >= 0.5
    if role == "email":
        return _share(sample, _MAIL) >= 0.3
    if role in ("birth_year", "birth_month", "birth_day", "age"):
        return _share(sample, re.compile(r"^\d{1,4}(\.0)?$")) >= 0.8
    if role in ("phone", "document"):
        return _share(sample, re.compile(r".*\d")) >= 0.5
    if role in ("given_name", "family_name", "full_name"):
        return _share(sample, re.compile(r".*[^\W\d_]")) >= 0.5
    return True


def _role_by_values(sample: pd.Series, *, distinct: int, present: int) -> str:
    if _share(sample, _MAIL) >= 0.8:
        return "email"
    if _share(sample, _DATE) >= 0.9 and sample.str.len().median() >= 8:
        return "birth_date"
    if distinct <= max(12, min(40, present // 50)):
        return "category"
    if _share(sample, _CODE) >= 0.9:
        # running numbers of the record itself are no property of a person
        return "ignore" if distinct == present else "code"
    return "text" if _share(sample, _NAME_LIKE) >= 0.8 else "ignore"


def _one_of_each(columns: list[Column], declared: Mapping[str, str]) -> list[Column]:
    """Keep the fullest column of a role that a person has once; the others become weaker roles."""
    weaker = {"given_name": "middle_name", "family_name": "text"}
    kept: dict[str, Column] = {}
    for column in sorted(columns, key=lambda column: (column.name not in declared, -column.filled, column.name)):
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
