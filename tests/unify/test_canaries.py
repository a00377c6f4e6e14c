"""Forty people are delivered, and outside the vault nothing names one of them, whatever happens to the run."""

import base64
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from business.conftest import Home, make_home
from insight.unify.privacy.vault import Vault
from insight.unify.privacy.vault_key import VARIABLE
from small_project import bytes_below, write_notebook
from unify import harbour
from unify.canary_scan import Scanner

KEY = base64.b64encode(b"forty canaries sing in the vault").decode()
KILLS = 8
# beginnings of what a library might write where temporary files go by habit, not where TMPDIR says
_WITHOUT_ASKING = ("spark", "blockmgr", "duckdb", "splink", "matplotlib", "papermill", "jupyter", "ipy")


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner(harbour.CANARIES)


@dataclass(frozen=True)
class Place:
    """A project folder with temporary files and a user's home of its own, so that all that a run writes is found."""

    home: Home
    root: Path
    began: float

    @property
    def environment(self) -> dict[str, str]:
        return {VARIABLE: KEY, "TMPDIR": str(self.root / "t"), "HOME": str(self.root / "u")}

    @property
    def vault(self) -> Path:
        return self.home.folder / "data" / "vault" / harbour.NAME

    def call(self, *arguments: str) -> subprocess.CompletedProcess:
        return self.home.run(*arguments, **self.environment)

    def start(self, *arguments: str) -> subprocess.Popen:
        """Start ``insight`` in a process group of its own; what it says goes to a file beside the project."""
        environment = {**os.environ, "INSIGHT_HOME": str(self.home.folder), **self.environment}
        with (self.root / "said.log").open("a") as log:
            command = [sys.executable, "-m", "insight.cli", *arguments]
            return subprocess.Popen(
                command, env=environment, cwd=self.home.folder, stdout=log, stderr=log, start_new_session=True
            )

    def told(self, scanner: Scanner) -> dict[str, set[str]]:
        """Name the canaries that can be found anywhere but in what was delivered and in the vault."""
        found = scanner.scan(self.root, without=[self.home.folder / "data" / "raw", self.vault / ".spill"])
        for path in Path(tempfile.gettempdir()).iterdir():
            if path.name.startswith(_WITHOUT_ASKING) and path.lstat().st_ctime >= self.began:
                found |= scanner.scan(path)
        return found

    def left(self) -> list[Path]:
        """List what lies in the spill of the vault and among the temporary files, but the tool's own empty folder."""
        own = {"w", "w.lock"}
        found = [path for path in (self.root / "t").rglob("*") if path.name not in own]
        found = [path for path in found if not path.match("t/insight-*")]
        return [*(self.vault / ".spill").iterdir(), *found]


@pytest.fixture(scope="module")
def make_place(tmp_path_factory):
    def make() -> Place:
        began, root = time.time(), tmp_path_factory.mktemp("harbour")
        for name in ("t", "u"):
            (root / name).mkdir()
        home = make_home(root / "project")
        harbour.deliver(home.folder / "data" / "raw" / harbour.NAME)
        (home.folder / "params" / f"{harbour.NAME}.yaml").write_text(harbour.PARAMETERS, encoding="utf-8")
        return Place(home, root, began)

    return make


@pytest.fixture(scope="module")
def undisturbed(make_place) -> tuple[Place, str]:
    """A run to the reports, after a check, and all that was said; models see only tables that are searched anyway."""
    place = make_place()
    notebooks = [part for number in ("00", "10", "15", "20", "80") for part in ("--only", number)]
    done = [place.call("check", harbour.NAME), place.call("run", harbour.NAME, *notebooks)]
    assert [one.returncode for one in done] == [0, 0], done[-1].stderr[-3000:]
    return place, "".join(one.stdout + one.stderr for one in done)


def test_every_canary_is_delivered_and_would_be_found(undisturbed, scanner):
    raw = undisturbed[0].home.folder / "data" / "raw"
    assert len(harbour.CANARIES) == 40
    assert set().union(*scanner.scan(raw).values()) == set(harbour.CANARIES)
    for canary in harbour.CANARIES:
        for hidden in (
            canary.upper().encode("utf-16"),
            base64.b64encode(b"x" + canary.encode()),
            canary.encode().hex(),
        ):
            assert scanner.find(hidden if isinstance(hidden, bytes) else hidden.upper().encode()) >= {canary}
    assert scanner.find(b'{"phone": "(138) 7192-5046"}') == {"13871925046"}


def test_a_run_to_the_reports_names_nobody_and_leaves_nothing_behind(undisturbed, scanner):
    place, said = undisturbed
    assert list(place.home.reports(harbour.NAME).rglob("*.html"))
    assert not scanner.find(said.encode())
    assert place.told(scanner) == {}
    assert place.left() == []


def test_the_vault_holds_them_and_tells_them_with_its_key_alone(undisturbed, scanner, monkeypatch):
    place, _ = undisturbed
    monkeypatch.setenv(VARIABLE, KEY)
    vault = Vault(place.vault, harbour.NAME)
    names = vault.read("customer_records", columns=["full_name", "latin_name", "phone"]).to_pandas()
    held = scanner.find(names.to_csv().encode())
    assert held >= {*harbour.LATIN, *harbour.HAN, *harbour.PHONES[:6]}
    assert scanner.scan(place.vault) == {}


def test_rows_that_name_a_customer_still_meet(undisturbed):
    processed = undisturbed[0].home.processed(harbour.NAME)
    read = {
        name: pd.read_parquet(processed / f"{name}.parquet") for name in ("customers", "interactions", "transactions")
    }
    assert read["interactions"].interaction_id.is_unique
    assert set(read["interactions"].customer_id) <= set(read["customers"].customer_id)
    first = read["transactions"].groupby("basket_id")[["customer_id", "occurred_on"]].nunique()
    assert (first == 1).all(axis=None)


def test_a_run_that_fails_says_where_and_not_with_whom(make_place, scanner):
    place = make_place()
    (place.home.folder / "notebooks").unlink()
    (place.home.folder / "notebooks").mkdir()
    read = (
        "from insight.sources import intake\nfrom insight.unify.privacy import vault_session\n"
        "from insight.storage.workspace import Workspace",
        "ws = Workspace(dataset, '10_reads')\nvault = vault_session.open_session(ws.params)\n"
        "records = intake.take_in(ws, con=vault.con).tables['customer_records']\nprint(records.execute().to_string())",
    )
    ends = {"10_casts": "records.full_name.cast('int64').sum().execute()", "20_dies": "import os\nos._exit(9)"}
    for name, last in ends.items():
        write_notebook(place.home.folder / "notebooks" / f"{name}.ipynb", *read, last, needs=["raw"])
    done = [place.call("run", harbour.NAME, "--only", name) for name in ends]
    done.append(place.call("run", harbour.NAME, "--only", "10", "--set", "quarantine_rows_share=0"))
    raw = place.home.folder / "data" / "raw" / harbour.NAME
    (raw / "app.parquet").write_bytes((raw / "app.parquet").read_bytes()[:-200])
    done.append(place.call("check", harbour.NAME))
    assert [one.returncode for one in done] == [1, 1, 2, 2]
    assert "ConversionException: The message may hold personal values" in done[0].stderr
    assert "KernelDied" in done[1].stderr
    assert re.search(r"customer_records: 3 of \d+ rows .*break the contract", done[2].stderr)
    assert "app.parquet: not a whole Parquet file" in done[3].stdout
    assert (place.home.processed(harbour.NAME) / "notebooks" / "failed" / "10_casts.ipynb").is_file()
    assert not scanner.find("".join(one.stdout + one.stderr for one in done).encode())
    assert place.told(scanner) == {}
    assert place.left() == []


def test_killed_at_random_moments_it_names_nobody_and_ends_in_the_same_bytes(make_place, undisturbed, scanner):
    whole, said = undisturbed
    took = 4 + sum(map(float, re.findall(r"1[05]_data_\w+ +done in ([\d.]+) s", said)))
    place, chance = make_place(), random.Random(40)
    for kill in range(KILLS):
        process = place.start("run", harbour.NAME, "--only", "10", "--only", "15")
        time.sleep(took * (kill + chance.random()) / KILLS)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert place.told(scanner) == {}
    time.sleep(1.5)  # a kernel notices within a second that its parent is gone
    done = place.call("link", harbour.NAME)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "customers" in done.stdout
    assert not scanner.find((done.stdout + done.stderr).encode())
    assert place.told(scanner) == {}
    assert list((place.vault / ".spill").iterdir()) == []
    made = bytes_below(place.home.processed(harbour.NAME))
    expected = bytes_below(whole.home.processed(harbour.NAME))
    made.pop("manifest.json")
    assert len(made) > 8
    assert made == {name: expected[name] for name in made}
