"""Two runs of the same input give the same bytes, whatever the settings, and the same words on any processor."""

import json
import platform

import pandas as pd
import pytest

from business.conftest import Home, make_home
from small_project import bytes_below

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


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Home:
    home = make_home(tmp_path_factory.mktemp("one"))
    home.report("tiny")
    return home


def test_other_threads_locale_time_zone_and_folder_change_no_byte(tiny, tmp_path):
    two = make_home(tmp_path / "a longer name" / "two")
    two.report("tiny", "--jobs", "1", TZ="Asia/Shanghai", LC_ALL="C", PYTHONHASHSEED="7")
    for what in (tiny.processed("tiny"), tiny.reports("tiny")):
        other = two.folder / what.relative_to(tiny.folder)
        assert bytes_below(what) == bytes_below(other)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the settings name kernels of x86")
@pytest.mark.parametrize("processor", PROCESSORS)
def test_another_processor_changes_no_word_and_no_number_that_is_shown(tiny, tmp_path, processor):
    other = make_home(tmp_path / "other")
    other.report("tiny", **PROCESSORS[processor])
    assert shown(other) == shown(tiny)
    for path in sorted(tiny.processed("tiny").glob("*.parquet")):
        pd.testing.assert_frame_equal(
            pd.read_parquet(path), pd.read_parquet(other.processed("tiny") / path.name), rtol=1e-9
        )


def shown(home: Home) -> list[str]:
    """What the cells of every notebook put out as text, as recordings keep it."""
    paths = sorted((home.processed("tiny") / "notebooks").glob("*.ipynb"))
    notebooks = [json.loads(path.read_text()) for path in paths]
    outputs = [output for notebook in notebooks for cell in notebook["cells"] for output in cell.get("outputs", ())]
    return ["".join(output.get("data", {}).get("text/plain", "")) for output in outputs]
