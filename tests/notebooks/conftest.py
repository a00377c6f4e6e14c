"""Make nbval strict: the surroundings of the recording, no cell that was never run, no code that is not counted.

The kernels compute as on a processor without fused instructions, for which recordings hold as for any other.
"""

import os
import shutil
import tempfile
import uuid
from pathlib import Path

import nbval.kernel
import pytest
from jupyter_client.manager import KernelManager

from business.conftest import KEY, PROCESSORS, small_bank  # noqa: F401
from insight.runner import warm
from insight.runner.freshness import code_files
from insight.runner.kernel import WarmProvisioner

PROJECT = Path(__file__).resolve().parents[2]
NOTEBOOKS = PROJECT / "notebooks"

SURROUNDINGS = {
    "INSIGHT_LANGUAGES": "en,zh",
    "INSIGHT_VAULT_KEY": KEY,
    "PYTHONHASHSEED": "0",
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # a thread from the import on, and the server has none
}


class ForkingKernelManager(KernelManager):
    """Gets a kernel from a server that has the libraries loaded, as a run does; what is ours it imports itself."""

    def __init__(self, **given):
        super().__init__(**given, transport="ipc", ip=f"{os.environ['INSIGHT_HOME']}/k-{uuid.uuid4().hex[:12]}")

    async def _async_pre_start_kernel(self, **kwargs):
        self.kernel_id = self.kernel_id or str(uuid.uuid4())
        self.provisioner = WarmProvisioner(kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self)
        return await super()._async_pre_start_kernel(**kwargs)


def pytest_configure(config):
    """Give the kernels a project folder of their own, so that the comparison touches nobody's tables."""
    home = Path(tempfile.mkdtemp(prefix="insight-nbval-"))
    for name in ("params", "notebooks", "requirements.lock"):
        (home / name).symlink_to(PROJECT / name)
    profile = home / ".ipython" / "profile_default" / "startup"
    profile.mkdir(parents=True)
    shutil.copy(Path(__file__).with_name("trace_files.py"), profile)
    os.environ.update(SURROUNDINGS, INSIGHT_HOME=str(home), IPYTHONDIR=str(home / ".ipython"))
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))
    files = set().union(*map(code_files, NOTEBOOKS.glob("*.ipynb")))
    server = warm.Server(home, {**SURROUNDINGS, **PROCESSORS["unfused"]}, files)
    config.add_cleanup(lambda: server.__exit__(None, None, None))
    if server.is_usable():
        os.environ[warm.SERVER] = server.address
        nbval.kernel.KernelManager = ForkingKernelManager


def pytest_collectstart(collector):
    """Leave pictures out, which recordings do not hold: what is plotted is compared by its digest."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("image/svg+xml",)


def pytest_collection_finish(session):
    """Execute the notebooks that the chosen ones follow, unless they are among them."""
    from insight.config.parameters import load
    from insight.runner.freshness import read_steps
    from insight.runner.run import run
    from insight.sources.registry import described

    steps = [step for step in read_steps(NOTEBOOKS) if step.concerns(described(load("tiny")))]
    chosen = {Path(item.fspath).stem for item in session.items if hasattr(item, "cell")}
    wanted = set(chosen)
    for step in reversed(steps):
        if step.name in wanted:
            wanted |= {other.name for other in steps if step.follows(other)}
    if before := sorted(wanted - chosen):
        run("tiny", only=before)


def pytest_runtest_setup(item):
    """Refuse a recording whose outputs were stripped, which nbval by itself would pass."""
    cell = getattr(item, "cell", None)
    if cell is not None and cell.cell_type == "code" and cell.execution_count is None:
        pytest.fail("never run: there is nothing to compare with; renew it by `make record`")


def pytest_sessionfinish(session):
    """Fail where a notebook opened a file of the package that does not count for its being up to date."""
    from insight.runner.freshness import CONTRACTS, PACKAGE

    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    for opened in sorted(Path(os.environ["INSIGHT_HOME"]).glob(".opened/*")):
        files = {Path(line) for line in opened.read_text(encoding="utf-8").split("\n") if line}
        files = {file for file in files if file.parent != CONTRACTS}  # opened by all, counted where named
        for missed in sorted(files - code_files(NOTEBOOKS / f"{opened.name}.ipynb")):
            reporter.write_line(f"{opened.name}: not in the hash of its code: {missed.relative_to(PACKAGE)}", red=True)
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
