"""A made-up shop at a harbour whose deliveries hold forty planted canaries, which nothing outside the vault may name.

Four systems know its customers, each its own way: a bank in GB18030 with a file whose columns drifted, a shop, callers
without a key in UTF-16, an app whose own key of a customer is their e-mail address or telephone.
"""

import csv
import io
import random
from pathlib import Path

import pandas as pd

NAME = "harbour"
LATIN = [
    *("Zephyrine Quillfeather", "Ottokar Brambleshaw", "Philippa Wexcombe", "Ignatius Thornvale"),
    *("Seraphim Dunmarrow", "Leocadia Hartsquill", "Barnaby Oxenmoor", "Wilhelmina Frostgarth"),
]
HAN = ["欧阳翡琬", "慕容澜漪", "司徒瓅珩", "端木蘅芷", "闻人玥瑶", "濮阳霁晗"]
PHONES = [
    *("13871925046", "13962740815", "15058391627", "18674016293"),
    *("17793058214", "13520486917", "18940271635", "15187640392"),
]
DOCUMENTS = [
    *("11010519870413771X", "310104197611284925", "440305199302186038"),
    *("510107198809053347", "330102196507129916", "E83610274"),
]
EMAILS = [
    *("quillfeather.z@harbourmail.example", "brambleshaw77@postbox.example", "wexcombe_p@kontor.example"),
    *("murong.lanyi@youxiang.example", "dunmarrow@quayside.example", "oxenmoor.b@harbourmail.example"),
]
ADDRESSES = ["47 Lanternwick Crescent", "滨海大道翡翠湾1703室", "9 Cormorant Slipway"]
WECHAT = ["wx_qlfthr_0417", "oB7murongLY29", "wxid_dnmrrw88zz"]
CANARIES = [*LATIN, *HAN, *PHONES, *DOCUMENTS, *EMAILS, *ADDRESSES, *WECHAT]

#: Each canary person: what stands in each column; the same words come back in hubs, remarks and tickets.
_PERSON = ("name", "han", "phone", "document", "email", "address", "wechat")
PEOPLE = [
    {part: values[at] if at < len(values) else "" for part, values in zip(_PERSON, parts, strict=True)}
    for parts in [(LATIN, HAN, PHONES, DOCUMENTS, EMAILS, ADDRESSES, WECHAT)]
    for at in range(len(LATIN))
]

_FAMILY = {"王": "Wang", "李": "Li", "张": "Zhang", "刘": "Liu", "陈": "Chen", "杨": "Yang", "赵": "Zhao", "周": "Zhou"}
_GIVEN = {"伟": "wei", "芳": "fang", "娜": "na", "敏": "min", "静": "jing", "强": "qiang", "磊": "lei", "": ""}

PARAMETERS = """\
title: {en: Harbour, zh: 港湾}
currency: CNY
time_zone: Asia/Shanghai
quarantine_rows_share: 0.2
quarantine_amount_share: 0.2
source:
  kind: files
  records:
    bank:
      files: [bank_*.csv]
      key: CIF_NO
      format: {encoding: gb18030, dates: ["%Y%m%d"]}
      renamed: {CLIENT_NAME: CUST_NAME, CELL: MOBILE}
      columns:
        full_name: CUST_NAME
        latin_name: NAME_PY
        document_number: ID_NO
        phone: MOBILE
        birth_date: BIRTH_DT
        address: ADDR
        city: CITY
        first_seen_on: OPEN_DT
    shop:
      files: [members.csv]
      key: member
      columns: {full_name: name, phone: mobile, email: mail, wechat_id: wechat, city: town, birth_date: birthday}
      ignored: [internal note]
    app:
      files: [app.parquet]
      key: login
      columns: {nickname: nick, phone: tel, email: mail}
    callers:
      files: [callers.tsv]
      format: {encoding: utf-16}
      columns: {full_name: caller, phone: number}
  tables:
    transactions:
      files: [sales.csv]
      system: shop
      columns: {customer_id: member, occurred_at: day, amount: amount, category: category}
    interactions:
      files: [visits.csv]
      system: app
      columns:
        interaction_id: {columns: [login, at], between: "@"}
        customer_id: login
        occurred_at: at
        kind: {columns: [page, remark], between: ": "}
    service_tickets:
      files: [tickets.csv]
      system: bank
      columns: {ticket_id: ticket, customer_id: CIF_NO, opened_at: opened, topic: topic, text: text}
"""


def deliver(raw: Path, *, people: int = 160, seed: int = 7) -> None:
    """Write the files that the systems deliver."""
    raw.mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)
    crowd = [_somebody(chance) for _ in range(people)]
    known = [*PEOPLE, *crowd]
    _bank(raw, known, chance)
    _members(raw, known, chance)
    _app(raw, known, chance)
    _callers(raw, known, chance)
    _sales(raw, len(known), chance)
    _visits(raw, known, chance)
    _tickets(raw, chance)


def _somebody(chance: random.Random) -> dict[str, str]:
    family, first, second = (chance.choice(list(signs)) for signs in (_FAMILY, _GIVEN, _GIVEN))
    first = first or "勇"
    latin = f"{_GIVEN.get(first, 'yong')}{_GIVEN[second]}".capitalize()
    phone = f"13{chance.randrange(10**9):09d}"
    return {
        "name": f"{latin} {_FAMILY[family]}",
        "han": family + first + second,
        "phone": phone,
        "document": f"{chance.randrange(110101, 650000)}{1950 + chance.randrange(50)}{chance.randrange(10**8):08d}",
        "email": f"{latin.lower()}.{phone[-4:]}@mail.example",
        "address": f"{chance.choice(['中山', '解放', '人民'])}路{chance.randrange(1, 400)}号",
        "wechat": f"wx{chance.randrange(10**8):08d}",
    }


def _birthday(at: int) -> str:
    return f"19{50 + at % 50}{1 + at % 12:02d}{1 + at % 28:02d}"


def _bank(raw: Path, known: list[dict[str, str]], chance: random.Random) -> None:
    names = ["CIF_NO", "CUST_NAME", "NAME_PY", "ID_NO", "MOBILE", "BIRTH_DT", "ADDR", "CITY", "OPEN_DT", "REMARK"]
    rows = [
        [
            *(f"CIF{at:05d}", one["han"] or one["name"], one["name"], one["document"], one["phone"], _birthday(at)),
            *(one["address"], chance.choice(["上海", "北京", "广州"]), "20230115"),
            f"联系人 {one['han']} {one['phone']}",
        ]
        for at, one in enumerate(known)
    ]
    rows[2][7] = PHONES[2]  # a telephone where the city belongs
    rows[3][7] = LATIN[3]  # and a name
    # rows that are quarantined: too many fields, a key that repeats with other content
    rows += [[*rows[0], ADDRESSES[0]], [rows[1][0], *rows[4][1:]]]
    # a hub: one telephone and one address in forty records
    rest = [LATIN[7], "", "", PHONES[7], "", ADDRESSES[2], "上海", "20230201", DOCUMENTS[5]]
    rows += [[f"HUB{at:05d}", *rest] for at in range(40)]
    half = len(rows) // 2
    _write(raw / "bank_2023.csv", [names, *rows[:half]], encoding="gb18030")
    drifted = [name.replace("CUST_NAME", "CLIENT_NAME").replace("MOBILE", "CELL") for name in names]
    turned = [[row[-1], *row[:-1]] if len(row) == len(names) else row for row in rows[half:]]
    _write(raw / "bank_2024.csv", [[drifted[-1], *drifted[:-1]], *turned], encoding="gb18030")


def _members(raw: Path, known: list[dict[str, str]], chance: random.Random) -> None:
    names = ["member", "name", "mobile", "mail", "wechat", "town", "birthday", "Emergency Contact", "internal note"]
    rows = []
    for at, one in enumerate(known):
        day = pd.to_datetime(_birthday(at)).strftime("%Y-%m-%d")
        phone = f"+86 {one['phone'][:3]}-{one['phone'][3:7]}-{one['phone'][7:]}"
        other = known[(at + 3) % len(known)]
        name = one["name"].upper() if at % 3 else one["name"]
        rows.append([_member(at), name, phone, one["email"], one["wechat"], "上海", day])
        rows[-1] += [f"{other['name']} {other['phone']}", f"VIP {one['document']}"]
    rows[4][6] = PHONES[4]  # a telephone where the birthday belongs
    rows.append(['"' + LATIN[5], *rows[5][1:4]])  # too few fields
    _write(raw / "members.csv", [names, *rows], encoding="utf-8-sig")


def _member(at: int) -> str:
    """Give the shop's key: of some, their telephone."""
    return PHONES[at] if at < 3 else f"{at}"


def _login(at: int, known: list[dict[str, str]]) -> str:
    return known[at]["email"] or known[at]["phone"]


def _app(raw: Path, known: list[dict[str, str]], chance: random.Random) -> None:
    rows = [
        {
            "login": _login(at, known),
            "nick": one["wechat"] or one["name"].split()[0],
            "tel": one["phone"],
            "mail": one["email"],
            "device owner": one["name"],
        }
        for at, one in enumerate(known)
        if at < len(PEOPLE) or at % 2
    ]
    pd.DataFrame(rows).drop_duplicates("login").to_parquet(raw / "app.parquet")


def _callers(raw: Path, known: list[dict[str, str]], chance: random.Random) -> None:
    rows = [[one["name"], one["phone"], f"my {one['document']}"] for one in known[::3]]
    _write(raw / "callers.tsv", [["caller", "number", "said"], *rows], encoding="utf-16", delimiter="\t")


def _sales(raw: Path, people: int, chance: random.Random) -> None:
    rows = []
    for at in range(people):
        for _ in range(2 + chance.randrange(8)):
            day = pd.Timestamp("2024-01-01") + pd.Timedelta(days=chance.randrange(360))
            rows.append([_member(at), day.strftime("%Y-%m-%d"), f"{chance.randrange(100, 90000) / 100:.2f}"])
    rows += [[PHONES[6], "2024-05-05", "12.00"]]  # a member of whom there is no record
    rows += [[PHONES[1], "yesterday", "12.00"], [PHONES[0], "2024-05-05", EMAILS[0]]]  # quarantined
    rows = [[*row, chance.choice(["rope", "tea", "charts"])] for row in rows]
    _write(raw / "sales.csv", [["member", "day", "amount", "category"], *rows], encoding="utf-8")


def _visits(raw: Path, known: list[dict[str, str]], chance: random.Random) -> None:
    rows = []
    for at in [*range(len(PEOPLE)), *range(len(PEOPLE) + 1, len(known), 2)]:
        for number in range(3):
            time = f"2024-0{1 + number}-1{at % 10} 0{at % 9}:15:{at % 60:02d}"
            rows.append([_login(at, known), time, "basket", f"call {known[at]['phone']}" if at < 4 else ""])
    _write(raw / "visits.csv", [["login", "at", "page", "remark"], *rows], encoding="utf-8")


def _tickets(raw: Path, chance: random.Random) -> None:
    rows = []
    for at, one in enumerate(PEOPLE):
        spaced = " ".join([one["phone"][:3], one["phone"][3:7], one["phone"][7:]])
        text = f"{one['name']} ({one['han']}) asks to be called at {spaced}, or at {one['email']}. "
        text += f"Id {one['document']}.\nLives at {one['address']}, WeChat {one['wechat']}. "
        text += f"Signed: {one['name'].split()[1].upper()}"
        rows.append([f"T{at:04d}", f"CIF{at:05d}", f"2024-03-{1 + at:02d} 10:00:00", "address", text])
    rows += [
        [f"T{at:04d}", f"CIF{at:05d}", f"2024-04-{1 + at % 28:02d} 11:00:00", "card", "The card did not arrive."]
        for at in range(len(PEOPLE), 90)
    ]
    _write(raw / "tickets.csv", [["ticket", "CIF_NO", "opened", "topic", "text"], *rows], encoding="utf-8")


def _write(path: Path, rows: list[list[str]], *, encoding: str, delimiter: str = ",") -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
