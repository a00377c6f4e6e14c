"""Free text keeps what was wrong and loses who it was about."""

import ibis
import pandas as pd
import pytest

from insight.engine import connect
from insight.unify.privacy.free_text import without_people

NAMES = ("full_name", "latin_name", "phone", "address", "city", "wechat_id")

ADDRESS = "47 Lanternwick Crescent"


@pytest.fixture(scope="module")
def con() -> ibis.BaseBackend:
    return connect()


@pytest.fixture(scope="module")
def records(con):
    rows = [
        (
            "C1",
            "core",
            "1",
            "欧阳翡琬",
            "Zephyrine Quillfeather",
            "138 7192 5046",
            "47 Lanternwick Crescent",
            "上海",
            "wx_zq-04",
        ),
        ("C2", "core", "2", "Will Li", None, None, "北京", "北京", None),
    ]
    columns = ["customer_id", "source_system", "source_record_id", *NAMES]
    return con.create_table("people", pd.DataFrame(rows, columns=columns, dtype="str"), temp=True)


def said(con, records, *rows: tuple[str, str | None]) -> list[str | None]:
    frame = pd.DataFrame(rows, columns=["customer_id", "text"], dtype="str")
    table = con.create_table(ibis.util.gen_name("tickets"), frame.assign(at=range(len(frame))), temp=True)
    made = without_people({"service_tickets": table}, records)["service_tickets"]
    assert made.columns == ("customer_id", "text", "at")
    texts = made.order_by("at").to_pandas().text
    return [None if pd.isna(text) else text for text in texts]


def test_names_of_the_customer_are_blanked_however_they_are_written(con, records):
    assert said(
        con,
        records,
        ("C1", "ZEPHYRINE QUILLFEATHER called; Quillfeather, Z."),
        ("C1", "欧阳翡琬女士，住 47 lanternwick crescent"),
        ("C1", None),
    ) == ["*** called; ***, Z.", "***女士，住 ***", None]


def test_numbers_and_addresses_of_anybody_are_blanked_and_amounts_are_not(con, records):
    assert said(
        con,
        records,
        ("C2", "Call 138-7192-5046 or ＋86１３８７１９２５０４６, mail x.y@post.example!"),
        ("C2", "Passport E83610274, id 11010519870413771X."),
        ("C2", "Charged 1234.50 twice in 2024, card ends in 4417"),
    ) == [
        "Call *** or ＋***, mail ***",
        "Passport ***, id ***.",
        "Charged 1234.50 twice in 2024, card ends in 4417",
    ]


def test_an_id_of_anybody_is_blanked_where_it_stands_as_a_word(con, records):
    texts = ("C2", "my wife is WX_zq-04, the form is wx_zq-045"), ("C2", "加微信wx_zq-04")
    assert said(con, records, *texts) == ["my wife is ***, the form is wx_zq-045", "加微信***"]


def test_a_name_that_is_a_word_too_is_blanked_where_it_is_written_as_a_name(con, records):
    assert said(con, records, ("C2", "When will Will come?"), ("C1", "Will it work? Ask Will Li.")) == [
        "When will *** come?",
        "Will it work? Ask Will Li.",
    ]


def test_a_region_that_is_somebodys_number_or_name_is_empty(con, records):
    rows = [("C1", "Zephyrine Quillfeather"), ("C1", "13871925046"), ("C1", "上海"), ("C2", "北京"), ("C2", None)]
    frame = pd.DataFrame(rows, columns=["customer_id", "region"], dtype="str").assign(at=range(len(rows)))
    table = con.create_table("some_customers", frame, temp=True)
    made = without_people({"customers": table}, records)["customers"].order_by("at").to_pandas()
    assert [None if pd.isna(region) else region for region in made.region] == [None, None, "上海", "北京", None]
