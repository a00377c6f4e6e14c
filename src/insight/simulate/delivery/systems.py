"""The bank's source systems: what each knows of a person, under which key, written in which way."""

from dataclasses import dataclass, field

from insight.simulate.delivery.corruption import Habits


@dataclass(frozen=True)
class System:
    """One source system's file of persons.

    Attributes
    ----------
    name
        Its folder, and ``source_system`` in the tables.
    file, encoding
        The file of persons, and how it is encoded.
    prefix, digits
        Its keys: letters before, and how many digits.
    columns
        ``{column in the file: what it holds}``; see `records.rendered`.
    names, latin
        How the name is written, and a second time in Latin letters: weights of the forms of `forms.NAMES`.
    phones, days, instants
        How phones, dates and times are written.
    sexes, types
        What it writes for men and for women, and for people and for firms.
    habits
        How it comes by its records.
    drifted
        From the second half of its records on: other names for columns, in another order.
    """

    name: str
    file: str
    prefix: str
    digits: int
    columns: dict[str, str]
    names: dict[str, float]
    habits: Habits
    encoding: str = "utf-8"
    latin: dict[str, float] = field(default_factory=lambda: {"latin": 1.0})
    phones: tuple[str, ...] = ("34e",)
    days: str = "Y-M-D"
    instants: str = "Y-M-D"
    sexes: tuple[str, str] = ("M", "F")
    types: tuple[str, str] = ("P", "C")
    drifted: dict[str, str] = field(default_factory=dict)


CORE = System(
    name="core",
    file="cif",
    encoding="gb18030",
    prefix="",
    digits=10,
    columns={
        **{"CIF_NO": "key", "CUST_NAME": "name", "NAME_PY": "latin", "SEX": "sex", "BIRTH_DT": "birth"},
        **{"ID_TYPE": "document_type", "ID_NO": "document", "MOBILE": "phone", "CITY": "city", "ADDR": "address"},
        **{"CUST_TYPE": "type", "EST_DT": "founded", "INDUSTRY": "trade", "STAFF_NUM": "employees"},
        **{"REP_NAME": "contact", "REP_TEL": "contact_phone", "REP_CIF_NO": "contact_key"},
        **{"POST_CD": "postcode", "OPEN_DT": "created", "LAST_UPD": "updated"},
    },
    names={"chinese": 1.0},
    latin={"upper": 1.0},
    days="YMD",
    instants="YMD",
    sexes=("1", "2"),
    types=("1", "2"),
    habits=Habits(
        typing=0.6,
        missing={"phone": 0.03, "address": 0.02, "document": 0.005, "birth": 0.01, "contact_phone": 0.05, "trade": 0.1},
    ),
)

CARD = System(
    name="card",
    file="cardholders",
    prefix="",
    digits=9,
    columns={
        **{"CUST_NO": "key", "EMBOSS_NAME": "latin", "CH_NAME": "name", "DOB": "birth", "ID_NUMBER": "document"},
        **{"MOBILE_NO": "phone", "EMAIL_ADDR": "email", "BILL_CITY": "city", "BILL_ADDR": "address"},
        **{"GENDER": "sex", "CUST_KIND": "type", "CONTACT": "contact", "CONTACT_NO": "contact_phone"},
        **{"CREATED": "created", "UPDATED": "updated"},
    },
    names={"chinese": 1.0},
    latin={"upper_given_first": 0.7, "upper": 0.3},
    phones=("+8634e", "34e"),
    days="D/M/Y",
    instants="D/M/Y",
    habits=Habits(missing={"name": 0.1, "email": 0.35, "document": 0.04, "address": 0.02, "contact": 0.15}),
)

APPLICATIONS = System(
    name="applications",
    file="applicants",
    prefix="AP",
    digits=10,
    columns={
        **{"application_no": "key", "surname": "family", "given_name": "given", "name_pinyin": "latin"},
        **{"sex": "sex", "date_of_birth": "birth", "id_number": "document", "mobile": "phone", "email": "email"},
        **{"city": "city", "home_address": "address", "marketing_consent": "consent", "submitted_on": "created"},
        **{"applicant_type": "type", "company_name": "company", "founded_on": "founded", "employees": "employees"},
        **{"contact_name": "contact", "contact_mobile": "contact_phone"},
    },
    names={"chinese": 1.0},
    phones=("34e", "3 4 e", "3-4-e"),
    sexes=("男", "女"),
    types=("个人", "企业"),
    habits=Habits(
        typing=1.5, default_birth="1980-01-01", missing={"email": 0.25, "document": 0.02, "latin": 0.3, "address": 0.05}
    ),
)

APP = System(
    name="app",
    file="app_users",
    prefix="u",
    digits=12,
    columns={
        **{"user_id": "key", "real_name": "name", "nick": "nickname", "mobile": "phone", "mail": "email"},
        **{"wx_unionid": "wechat", "birthday": "birth", "push_consent": "consent"},
        **{"registered_at": "created", "last_seen_at": "updated"},
    },
    names={"chinese": 0.85, "latin": 0.1, "given_first": 0.05},
    phones=("34e", "+8634e"),
    instants="epoch_ms",
    habits=Habits(
        default_birth="1970-01-01", missing={"name": 0.12, "email": 0.45, "wechat": 0.25, "birth": 0.4, "nickname": 0.3}
    ),
)

CRM = System(
    name="crm",
    file="leads",
    encoding="utf-8-sig",
    prefix="L",
    digits=8,
    columns={
        **{"Lead ID": "key", "Name": "name", "Phone": "phone", "E-mail": "email", "City": "city"},
        **{"Birthday": "birth", "Consent": "consent", "Created": "created", "Modified": "updated"},
    },
    names={"chinese": 0.6, "chinese_title": 0.2, "address": 0.04, "latin_title": 0.08, "latin": 0.08},
    phones=("34e", "3-4-e", "+86 3 4 e", "0086 34e"),
    days="Y/M/D",
    instants="Y/M/D",
    habits=Habits(typing=2.0, till=0.5, missing={"email": 0.5, "birth": 0.3, "city": 0.1, "phone": 0.02}),
)

CALL_CENTRE = System(
    name="call_centre",
    file="callers",
    prefix="CC",
    digits=8,
    columns={
        **{"caller_no": "key", "caller_name": "name", "phone": "phone", "birth_date": "birth", "id_no": "document"},
        **{"city": "city", "first_call": "created", "last_call": "updated"},
    },
    drifted={"phone": "contact_phone", "caller_name": "customer_name", "birth_date": "dob"},
    names={"chinese": 0.85, "chinese_title": 0.1, "latin": 0.05},
    phones=("34e", "3 4 e"),
    days="Y.M.D",
    instants="Y.M.D",
    habits=Habits(by_phone=True, missing={"document": 0.35, "birth": 0.1, "city": 0.3}),
)

BUREAU = System(
    name="bureau",
    file="subjects",
    prefix="CB",
    digits=12,
    columns={
        **{"SUBJECT_REF": "key", "NAME": "name", "DOB": "birth", "DOC_NO": "document", "PHONE": "phone"},
        **{"ADDRESS": "address", "SUBJECT_TYPE": "type", "SINCE": "created", "AS_OF": "updated"},
    },
    types=("I", "E"),
    names={"comma": 1.0},
    days="D.M.Y",
    instants="D.M.Y",
    habits=Habits(typing=0.5, missing={"phone": 0.2, "document": 0.01, "address": 0.1}),
)

REWARDS = System(
    name="rewards",
    file="members",
    prefix="M",
    digits=9,
    columns={
        **{"member_no": "key", "member_name": "name", "mobile": "phone", "birthday": "birth", "e_mail": "email"},
        **{"joined": "created"},
    },
    names={"chinese": 0.7, "latin": 0.15, "given_first": 0.1, "comma": 0.05},
    phones=("34e", "3-4-e"),
    days="Y年M月D日",
    instants="Y年M月D日",
    habits=Habits(till=0.5, default_birth="2000-01-01", missing={"email": 0.3, "birth": 0.1}),
)

WECOM = System(
    name="wecom",
    file="contacts",
    prefix="wm",
    digits=12,
    columns={
        **{"external_userid": "key", "remark_name": "name", "wechat_name": "nickname", "unionid": "wechat"},
        **{"remark_mobile": "phone", "gender": "sex", "city": "city", "added": "created"},
    },
    names={"chinese": 0.75, "chinese_title": 0.2, "nickname": 0.05},
    sexes=("1", "2"),
    habits=Habits(missing={"phone": 0.15, "wechat": 0.08, "sex": 0.3, "city": 0.3}),
)

SYSTEMS = (CORE, CARD, APPLICATIONS, APP, CRM, CALL_CENTRE, BUREAU, REWARDS, WECOM)
