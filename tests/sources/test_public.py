"""Public data sets: fetched once, checked by hash, taken from a mirror where there is one."""

import hashlib
import re
from datetime import date

import pandas as pd
import pooch
import pytest

from insight.errors import SourceError
from insight.sources import public
from insight.sources.public import Daily, PublicFile, PublicSet

SALES = b"id,amount\n1,2.50\n"


def know(monkeypatch, **about):
    """Let the catalogue know one small set."""
    file = PublicFile(**({"name": "sales.csv", "sha256": hashlib.sha256(SALES).hexdigest()} | about))
    known = {"shop": PublicSet("shop", "A shop.", "1 row", "CC0", (file,))}
    monkeypatch.setattr(public, "catalogue", lambda: known)


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    folder = tmp_path / "mirror"
    (folder / "shop").mkdir(parents=True)
    (folder / "shop" / "sales.csv").write_bytes(SALES)
    monkeypatch.setenv(public.MIRROR, str(folder))
    know(monkeypatch, address="owner/repo/commit/sales.csv")
    return folder


@pytest.fixture
def no_mirror(monkeypatch):
    monkeypatch.delenv(public.MIRROR, raising=False)


def test_every_address_is_pinned_to_a_commit_and_every_file_to_a_hash():
    for known in public.catalogue().values():
        for file in known.files:
            assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
            address = file.daily.address if file.daily else file.address
            assert address is None or re.match(r"[^/]+/[^/]+/[0-9a-f]{40}/.", address)


def test_every_set_is_listed_with_its_licence():
    assert [line.partition(":")[0] for line in public.listed()] == list(public.catalogue())
    assert all("Licence: " in line for line in public.listed())


def test_the_licence_is_said_before_anything_is_fetched(mirror, tmp_path):
    said = public.fetch("shop", tmp_path / "raw")
    assert [next(said), next(said)] == ["shop: A shop. 1 row.", "Licence: CC0."]
    assert not (tmp_path / "raw").exists()
    assert "There and checked" in next(said)
    assert (tmp_path / "raw" / "shop" / "sales.csv").read_bytes() == SALES


def test_what_is_there_and_right_is_left_alone(mirror, tmp_path, monkeypatch):
    list(public.fetch("shop", tmp_path))
    monkeypatch.delenv(public.MIRROR)
    monkeypatch.setattr(pooch, "retrieve", lambda *args, **options: pytest.fail("fetched again"))
    assert len(list(public.fetch("shop", tmp_path))) == 3


def test_a_wrong_file_in_the_mirror_is_refused_and_not_kept(mirror, tmp_path):
    (mirror / "shop" / "sales.csv").write_bytes(SALES + b"2,9.50\n")
    with pytest.raises(SourceError, match=r"shop/sales.csv: the mirror's file is not the published one"):
        list(public.fetch("shop", tmp_path / "raw"))
    assert list((tmp_path / "raw" / "shop").iterdir()) == []


def test_a_mirror_that_is_no_folder_is_refused(tmp_path, monkeypatch):
    know(monkeypatch, address="owner/repo/commit/sales.csv")
    monkeypatch.setenv(public.MIRROR, str(tmp_path / "nowhere"))
    with pytest.raises(SourceError, match="INSIGHT_DATA_MIRROR: expected a folder"):
        list(public.fetch("shop", tmp_path))


def test_without_a_network_the_message_names_the_address_and_the_mirror(tmp_path, monkeypatch, no_mirror):
    know(monkeypatch, address="owner/repo/commit/sales 1.csv")
    monkeypatch.setattr(public, "_HOST", "https://127.0.0.1:9/")
    with pytest.raises(
        SourceError, match=r"sales 1.csv could not be fetched.*put the file into FOLDER as shop/sales.csv"
    ):
        list(public.fetch("shop", tmp_path))


def test_other_bytes_from_the_network_are_refused(tmp_path, monkeypatch, no_mirror):
    know(monkeypatch, address="owner/repo/commit/sales.csv")

    def serve_other_bytes(*args, **options):
        raise ValueError("hash of downloaded file does not match")

    monkeypatch.setattr(pooch, "retrieve", serve_other_bytes)
    with pytest.raises(SourceError, match="serves other bytes than were published"):
        list(public.fetch("shop", tmp_path))


def test_a_file_that_only_a_mirror_has_says_so(tmp_path, monkeypatch, no_mirror):
    know(monkeypatch)
    with pytest.raises(SourceError, match="only a mirror has this file"):
        list(public.fetch("shop", tmp_path))


def test_an_unknown_name_lists_the_known_ones(tmp_path):
    with pytest.raises(SourceError, match="Known: taiwan_default, credit_card_approval"):
        list(public.fetch("nope", tmp_path))


HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"


@pytest.fixture
def parts(monkeypatch, no_mirror):
    """A set in daily parts, served from memory; one day is a holiday, one a Saturday."""
    served = {
        "2010-12-01.csv": HEADER + "536365,0012A, LAMP ,6,2010-12-01 08:26:00,2.55,17850.0,France\n",
        "2010-12-03.csv": HEADER + "C536366,D,,-1,2010-12-03 09:00:00,27.5,,France\n",
    }
    daily = Daily("o/r/c/{day}.csv", date(2010, 12, 1), date(2010, 12, 4), 5, (date(2010, 12, 2),))

    def serve(url, *, known_hash, fname, path):
        (path / fname).write_text(served[fname])

    monkeypatch.setattr(pooch, "retrieve", serve)
    content = hashlib.sha256(
        b"536365,0012A, LAMP ,6,2010-12-01 08:26:00,2.55,17850,France\nC536366,D,,-1,2010-12-03 09:00:00,27.5,,France"
    ).hexdigest()
    know(monkeypatch, name="sales.parquet", sha256="0" * 64, daily=daily, content=content)
    return served


def test_daily_parts_are_put_together_in_their_order(parts, tmp_path):
    list(public.fetch("shop", tmp_path))
    made = pd.read_parquet(tmp_path / "shop" / "sales.parquet")
    assert made.InvoiceNo.tolist() == ["536365", "C536366"]
    assert [path.name for path in (tmp_path / "shop").iterdir()] == ["sales.parquet"]


def test_what_was_put_together_is_known_by_its_content(parts, tmp_path, monkeypatch):
    list(public.fetch("shop", tmp_path))
    monkeypatch.setattr(pooch, "retrieve", lambda *args, **options: pytest.fail("fetched again"))
    assert len(list(public.fetch("shop", tmp_path))) == 3


def test_daily_parts_with_another_content_are_refused(parts, tmp_path):
    parts["2010-12-03.csv"] = parts["2010-12-03.csv"].replace("27.5", "27.6")
    with pytest.raises(SourceError, match="2 daily files gave 2 lines that are not the published ones"):
        list(public.fetch("shop", tmp_path))
    assert list((tmp_path / "shop").iterdir()) == []


def test_the_shared_copies_are_the_published_ones(shared, tmp_path, monkeypatch):
    monkeypatch.setenv(public.MIRROR, str(shared))
    for name in set(public.catalogue()) - {"hillstrom"}:  # whole only from its publisher
        assert len(list(public.fetch(name, tmp_path))) >= 3


def test_online_retail_is_published_for_the_days_that_it_has(shared):
    (file,) = public.catalogue()["online_retail_I"].files
    lines = pd.read_parquet(shared / "online_retail_I" / "online_retail.parquet")
    days = list(file.daily.days())
    assert len(days) == 305
    assert days == sorted(set(lines.InvoiceDate.dt.date))
    assert public.content_digest(lines) == file.content
