"""Make nbval strict: the surroundings of the recording, and no cell that was never run."""

import base64
import os
import shutil
import tempfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]

SURROUNDINGS = {
    "INSIGHT_LANGUAGES": "en,zh",
    "INSIGHT_VAULT_KEY": base64.urlsafe_b64encode(bytes(32)).decode(),
    "PYTHONHASHSEED": "0",
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


def pytest_configure(config):
    """Give the kernels a project folder of their own, so that the comparison touches nobody's tables."""
    home = Path(tempfile.mkdtemp(prefix="insight-nbval-"))
    for name in ("params", "notebooks"):
        (home / name).symlink_to(PROJECT / name)
    os.environ.update(SURROUNDINGS, INSIGHT_HOME=str(home), IPYTHONDIR=str(home / ".ipython"))
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))


def pytest_runtest_setup(item):
    """Refuse a recording whose outputs were stripped, which nbval by itself would pass."""
    cell = getattr(item, "cell", None)
    if cell is not None and cell.cell_type == "code" and cell.execution_count is None:
        pytest.fail("never run: there is nothing to compare with; renew it by `make record`")
