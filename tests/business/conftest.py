"""Whole runs on real businesses, once per session, in a project folder of their own."""

import base64
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from businesses import write_clinic, write_travel_agency
from insight.storage.lock import locked

PROJECT = Path(__file__).resolve().parents[2]
#: Of every vault that the tests make: nothing is written into the home of whoever runs them.
KEY = base64.urlsafe_b64encode(b"a key for tests, 32 bytes long..").decode()


@dataclass(frozen=True)
class Home:
    """A project folder in which runs are made as a user would make them."""

    folder: Path

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        """Call ``insight`` there."""
        env = {**os.environ, "INSIGHT_HOME": str(self.folder), "INSIGHT_VAULT_KEY": KEY, **environment}
        command = [sys.executable, "-m", "insight.cli", *arguments]
        return subprocess.run(command, env=env, cwd=self.folder, capture_output=True, text=True, timeout=1200)

    def report(self, dataset: str, *arguments: str, **environment: str) -> str:
        """Run a business to its reports; give what was said."""
        done = self.run("run", dataset, *arguments, **environment)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def processed(self, dataset: str) -> Path:
        return self.folder / "data" / "processed" / dataset

    def reports(self, dataset: str) -> Path:
        return self.folder / "reports" / dataset


def make_home(folder: Path) -> Home:
    """Make a project folder with this project's notebooks and parameters."""
    for name in ("data/raw", "params"):
        (folder / name).mkdir(parents=True)
    (folder / "notebooks").symlink_to(PROJECT / "notebooks")
    (folder / "requirements.lock").symlink_to(PROJECT / "requirements.lock")
    for path in (PROJECT / "params").iterdir():
        (folder / "params" / path.name).symlink_to(path)
    return Home(folder)


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Home:
    return make_home(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="session")
def small_bank(tmp_path_factory) -> Home:
    """The small card bank, run to its reports once for all processes of `make test`."""
    folder = Path(os.environ.get("INSIGHT_TEST_RUNS") or tmp_path_factory.mktemp("runs"))
    with locked(folder / ".lock"):
        there = (folder / "bank").is_dir()
        bank = Home(folder / "bank") if there else make_home(folder / "bank")
        if not (bank.reports("tiny") / ".pages.json").is_file():  # what a run writes last
            bank.report("tiny")
    return bank


@pytest.fixture(scope="session")
def grocer(home) -> Home:
    """The grocer's year, run to its reports."""
    home.report("complete_journey")
    return home


@pytest.fixture(scope="session")
def music_shop(home) -> Home:
    """CDNOW, run to its reports."""
    home.report("cdnow")
    return home


@pytest.fixture(scope="session")
def gift_shop(home, shared) -> Home:
    """Online Retail as a folder of files, run to its reports."""
    raw = home.folder / "data" / "raw" / "online_retail"
    raw.mkdir(parents=True)
    (raw / "online_retail.parquet").write_bytes((shared / "online_retail_I" / "online_retail.parquet").read_bytes())
    home.report("online_retail")
    return home


@pytest.fixture(scope="session")
def clinic(home) -> Home:
    """A clinic with appointments, run by its draft."""
    return as_drafted(home, "clinic", write_clinic)


@pytest.fixture(scope="session")
def travel(home) -> Home:
    """A travel agency with journeys ahead, run by its draft."""
    return as_drafted(home, "travel", write_travel_agency)


def as_drafted(home: Home, dataset: str, write) -> Home:
    """Deliver, draft and run a business; of the draft's CHECKs the vocabulary alone is answered."""
    folder = home.folder / "data" / "raw" / dataset
    folder.mkdir()
    write(folder)
    drafted = home.run("new", dataset)
    assert drafted.returncode == 0, drafted.stderr
    params = home.folder / "params" / f"{dataset}.yaml"
    params.write_text(f"vocabulary: {dataset}\n" + params.read_text("utf-8"), "utf-8")
    checked = home.run("check", dataset)
    assert checked.returncode == 0, checked.stdout
    home.report(dataset)
    return home
