"""Whole runs on real businesses, once per session, in a project folder of their own."""

import base64
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from businesses import write_clinic, write_travel_agency
from insight import cli
from insight.runner import warm
from insight.storage.lock import locked
from small_project import lend_server

PROJECT = Path(__file__).resolve().parents[2]
#: Of every vault that the tests make: nothing is written into the home of whoever runs them. It is that of recordings.
KEY = base64.urlsafe_b64encode(bytes(32)).decode()
#: Kernels of the linear algebra library, and what libraries may use of the processor: with and without fused
#: instructions. What a processor does not know is passed over.
PROCESSORS = {
    "fused": {"OPENBLAS_CORETYPE": "Haswell", "NPY_DISABLE_CPU_FEATURES": "AVX512_ICL X86_V4"},
    "unfused": {
        "OPENBLAS_CORETYPE": "Prescott",
        "NPY_DISABLE_CPU_FEATURES": "AVX512_ICL X86_V4 X86_V3",
        "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX2,-FMA",
        "ARROW_USER_SIMD_LEVEL": "NONE",
    },
}


@dataclass(frozen=True)
class Home:
    """A project folder in which runs are made as a user would make them."""

    folder: Path

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        """Call ``insight`` there, in a process of its own."""
        env = {**os.environ, "INSIGHT_HOME": str(self.folder), "INSIGHT_VAULT_KEY": KEY, **environment}
        command = [sys.executable, "-m", "insight.cli", *arguments]
        return subprocess.run(command, env=env, cwd=self.folder, capture_output=True, text=True, timeout=1200)

    def call(self, *arguments: str) -> subprocess.CompletedProcess:
        """Call ``insight`` there, in this process, which has its modules loaded, and on the server that it lends."""
        said, complained = StringIO(), StringIO()
        with pytest.MonkeyPatch.context() as here, redirect_stdout(said), redirect_stderr(complained):
            here.setenv("INSIGHT_HOME", str(self.folder))
            here.setenv("INSIGHT_VAULT_KEY", KEY)
            here.chdir(self.folder)
            here.setattr(sys, "argv", ["insight", *arguments])
            here.setattr(warm, "Server", lend_server)
            with pytest.raises(SystemExit) as ended:
                cli.main()
        return subprocess.CompletedProcess(arguments, ended.value.code or 0, said.getvalue(), complained.getvalue())

    def report(self, dataset: str, *arguments: str, **environment: str) -> str:
        """Run a business to its reports, in a process of its own where that has an environment; give what was said."""
        run = self.run if environment else self.call
        done = run("run", dataset, *arguments, **environment)
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
            done = bank.run("run", "tiny")
            assert done.returncode == 0, done.stderr[-3000:]
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
    drafted = home.call("new", dataset)
    assert drafted.returncode == 0, drafted.stderr
    params = home.folder / "params" / f"{dataset}.yaml"
    params.write_text(f"vocabulary: {dataset}\n" + params.read_text("utf-8"), "utf-8")
    checked = home.call("check", dataset)
    assert checked.returncode == 0, checked.stdout
    home.report(dataset)
    return home
