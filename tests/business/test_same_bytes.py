"""Two runs of the same input give the same bytes, whatever the machine's settings."""

from business.conftest import make_home
from small_project import bytes_below


def test_other_threads_locale_time_zone_and_folder_change_no_byte(tmp_path):
    one, two = make_home(tmp_path / "one"), make_home(tmp_path / "a longer name" / "two")
    one.report("tiny")
    two.report("tiny", "--jobs", "1", TZ="Asia/Shanghai", LC_ALL="C", PYTHONHASHSEED="7")
    for what in (one.processed("tiny"), one.reports("tiny")):
        other = two.folder / what.relative_to(one.folder)
        assert bytes_below(what) == bytes_below(other)
