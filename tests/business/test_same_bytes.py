"""Two runs of the same input give the same bytes, whatever the machine's settings."""

from business.conftest import make_home
from insight.store import sha256_of


def bytes_below(folder):
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".lock"))
    return {str(path.relative_to(folder)): sha256_of(path) for path in files}


def test_other_threads_locale_time_zone_and_folder_change_no_byte(tmp_path):
    one, two = make_home(tmp_path / "one"), make_home(tmp_path / "a longer name" / "two")
    one.report("tiny")
    two.report("tiny", "--jobs", "1", TZ="Asia/Shanghai", LC_ALL="C", PYTHONHASHSEED="7")
    for what in (one.processed("tiny"), one.reports("tiny")):
        other = two.folder / what.relative_to(one.folder)
        assert bytes_below(what) == bytes_below(other)
