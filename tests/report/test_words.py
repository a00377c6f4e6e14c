from insight.config.parameters import Bilingual
from insight.report.context import Context, using
from insight.report.text import text


def test_chinese_counts_families_with_another_measure_word():
    too_few = text("common.too_few")
    assert too_few.in_language("zh").endswith("客户少于 10 位。")
    with using(Context(customers=Bilingual(en="households", zh="家庭"))):
        assert too_few.in_language("zh").endswith("家庭少于 10 户。")
