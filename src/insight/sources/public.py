"""Public data sets to try the suite on: fetched from where they are published, checked by hash.

What there is stands in ``public.yaml``: addresses pinned to one commit, sha256, licence. A local
copy is used instead where ``INSIGHT_DATA_MIRROR`` names a folder with ``<name>/<file>`` in it.
"""

import hashlib
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from urllib.parse import quote

import pandas as pd
import pooch
import yaml

from insight.errors import SourceError
from insight.storage.owner_only import owner_only

MIRROR = "INSIGHT_DATA_MIRROR"
_HOST = "https://raw.githubusercontent.com/"
_TEXT_COLUMNS = {"InvoiceNo": str, "StockCode": str, "Description": str, "Country": str}


@dataclass(frozen=True)
class Daily:
    """A file that is published in parts, one per day of trade; ``{day}`` stands in the address."""

    address: str
    first: date
    last: date
    closed_weekday: int
    closed: tuple[date, ...]

    def days(self) -> Iterator[date]:
        """Name the days that have a part."""
        for number in range((self.last - self.first).days + 1):
            day = self.first + timedelta(days=number)
            if day.weekday() != self.closed_weekday and day not in self.closed:
                yield day


@dataclass(frozen=True)
class PublicFile:
    """One file of a public data set.

    Parameters
    ----------
    name
        As it is stored.
    sha256
        Of its bytes.
    address
        Owner, repository, commit and path; none where only a mirror has it.
    daily
        Its parts, where it is put together from them.
    content
        What `content_digest` must be for a file put together from parts, whose bytes depend on
        the version of the library that wrote it.
    """

    name: str
    sha256: str
    address: str | None = None
    daily: Daily | None = None
    content: str | None = None


@dataclass(frozen=True)
class PublicSet:
    """One public data set: what it is, how much, who allows what with it, and the business whose raw data it is."""

    name: str
    about: str
    rows: str
    licence: str
    files: tuple[PublicFile, ...]
    business: str | None = None


@cache
def catalogue() -> dict[str, PublicSet]:
    """List the public data sets by name.

    Examples
    --------
    >>> catalogue()["bank_marketing"].licence
    'UCI Machine Learning Repository, CC BY 4.0'
    """
    given = yaml.safe_load(Path(__file__).with_name("public.yaml").read_text(encoding="utf-8"))
    return {name: _public_set(name, entry) for name, entry in given.items()}


def _public_set(name: str, entry: dict) -> PublicSet:
    files = tuple(_public_file(file, said) for file, said in entry["files"].items())
    return PublicSet(name, entry["about"], entry["rows"], entry["licence"], files, entry.get("business"))


def _public_file(name: str, said: dict) -> PublicFile:
    daily = said.get("daily")
    parts = Daily(**(daily | {"closed": tuple(daily["closed"])})) if daily else None
    return PublicFile(name, said["sha256"], said.get("address"), parts, said.get("content"))


def listed() -> Iterator[str]:
    """Say which public data sets there are, a line for each and its licence."""
    for public in catalogue().values():
        yield f"{public.name}: {public.about} {public.rows}. Licence: {public.licence}."


def fetch(name: str, raw: Path) -> Iterator[str]:
    """Bring a public data set into ``raw/<business>/``, saying whose it is and then what is there.

    Files that are there already and right are left alone.

    Parameters
    ----------
    name
        As in `catalogue`.
    raw
        The project's folder of raw data.

    Raises
    ------
    SourceError
        If there is no such set, it cannot be reached, or its bytes are not the published ones.
    """
    if name not in catalogue():
        raise SourceError(f"data: there is no public set of this name. Known: {', '.join(catalogue())}.")
    public = catalogue()[name]
    yield f"{name}: {public.about} {public.rows}."
    yield f"Licence: {public.licence}."
    folder = raw / (public.business or name)
    owner_only(folder)
    for file in public.files:
        path = _fetch_file(name, file, folder)
        yield f"There and checked: {path.relative_to(raw.parent)} ({path.stat().st_size:,} bytes)"


def _fetch_file(name: str, file: PublicFile, folder: Path) -> Path:
    target = folder / file.name
    place = f"{name}/{file.name}"
    if target.is_file() and _is_right(target, file):
        return target
    mirrored = _in_mirror(place)
    if mirrored is not None:
        _copy(mirrored, target, file, place=place)
    elif file.daily is not None:
        _put_together(target, file, file.daily, place=place)
    elif file.address is not None:
        _download(file.address, target, sha256=file.sha256, place=place)
    else:
        raise SourceError(f"{place}: only a mirror has this file. Set {MIRROR} to a folder with {place} in it.")
    return target


def _is_right(path: Path, file: PublicFile) -> bool:
    if pooch.file_hash(path, alg="sha256") == file.sha256:
        return True
    return file.content is not None and _readable_digest(path) == file.content


def _readable_digest(path: Path) -> str | None:
    try:
        return content_digest(pd.read_parquet(path))
    except (OSError, ValueError):
        return None


def content_digest(lines: pd.DataFrame) -> str:
    """Digest a frame's lines, whatever their order and whatever file format they came from.

    Examples
    --------
    >>> frame = pd.DataFrame({"id": ["b", "a"], "n": [2, 1]})
    >>> content_digest(frame) == content_digest(frame.iloc[::-1])
    True
    """
    text = lines.to_csv(index=False, header=False, date_format="%Y-%m-%d %H:%M:%S", lineterminator="\n")
    return hashlib.sha256("\n".join(sorted(text.split("\n")[:-1])).encode()).hexdigest()


def _in_mirror(place: str) -> Path | None:
    if not os.environ.get(MIRROR):
        return None
    mirror = Path(os.environ[MIRROR])
    if not mirror.is_dir():
        raise SourceError(f"{MIRROR}: expected a folder, and there is none of that name. Mend it, or unset it.")
    return mirror / place if (mirror / place).is_file() else None


def _copy(mirrored: Path, target: Path, file: PublicFile, *, place: str) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".fetch-") as folder:
        copied = Path(folder) / target.name
        shutil.copyfile(mirrored, copied)
        if not _is_right(copied, file):
            raise SourceError(
                f"{place}: the mirror's file is not the published one (expected sha256 {file.sha256[:12]}…). "
                f"Replace it in the mirror, or unset {MIRROR} to fetch it from its publisher."
            )
        copied.replace(target)


def _download(address: str, target: Path, *, sha256: str | None, place: str) -> None:
    """Fetch one address; ``sha256`` is none only for a part of what is checked as a whole."""
    pooch.get_logger().setLevel(logging.ERROR)
    known = f"sha256:{sha256}" if sha256 else None
    try:
        pooch.retrieve(_HOST + quote(address), known_hash=known, fname=target.name, path=target.parent)
    except ValueError:
        raise SourceError(
            f"{place}: {_HOST}{address} serves other bytes than were published (expected sha256 "
            f"{(sha256 or '')[:12]}…). Nothing was kept. Try again later, or use a mirror: {MIRROR}=FOLDER."
        ) from None
    except OSError as error:
        raise SourceError(
            f"{place}: {_HOST}{address} could not be fetched ({type(error).__name__}). Connect to the "
            f"internet and try again, or put the file into FOLDER as {place} and set {MIRROR}=FOLDER."
        ) from None


def _put_together(target: Path, file: PublicFile, daily: Daily, *, place: str) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".fetch-") as folder:
        parts = [Path(folder) / f"{day}.csv" for day in daily.days()]
        for part in parts:
            _download(daily.address.format(day=part.stem), part, sha256=None, place=place)
        lines = pd.concat([_read_day(part) for part in parts], ignore_index=True)
        if content_digest(lines) != file.content:
            raise SourceError(
                f"{place}: {len(parts)} daily files gave {len(lines):,} lines that are not the published ones. "
                f"Nothing was kept. Try again later, or use a mirror: {MIRROR}=FOLDER."
            )
        whole = Path(folder) / target.name
        lines.to_parquet(whole, index=False, compression="zstd")
        whole.replace(target)


def _read_day(part: Path) -> pd.DataFrame:
    lines = pd.read_csv(part, dtype=_TEXT_COLUMNS, parse_dates=["InvoiceDate"], encoding="utf-8")
    return lines.astype({"InvoiceDate": "datetime64[ns]", "CustomerID": "Int64"})
