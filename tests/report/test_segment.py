from datetime import date

import pandas as pd
import pytest

from insight.config.parameters import Bilingual
from insight.errors import Unavailable
from insight.report.findings import segment
from insight.segment.migration.moves import Migration
from insight.segment.stability import Stability
from insight.segment.stages import Ruler
from insight.words.context import Context, using
from insight.words.text import text

HOUSEHOLDS = Context(customers=Bilingual(en="households", zh="家庭"), currency="USD", as_of=date(2017, 12, 31))
MISSING = Unavailable("segment", "alike")
GOOD, POOR = Stability(0.85, 0.72, 0.94, 100), Stability(0.6, 0.2, 0.9, 100)
RULER = Ruler(8.7, 1.94, 4.33, 56)


@pytest.fixture(autouse=True)
def grocer():
    """Everything is said of a grocer's households."""
    with using(HOUSEHOLDS):
        yield


def tiers(customers=(428, 603, 1438), half=(0.173, 0.166, 0.181), *, lasts=True):
    shares = [count / max(sum(customers), 1) for count in customers]
    frame = pd.DataFrame({"tier": ["top", "middle", "base"], "customers": customers, "share_customers": shares})
    return segment.tiers(
        frame.assign(monetary=[500.0, 300.0, 200.0], share_sales=[0.5, 0.3, 0.2]), half, lasts=lasts, days=90
    )


def test_the_top_tier_is_advised_on_only_where_it_lasted():
    assert tiers().part("so_what") is not None
    assert tiers(lasts=False).part("so_what") is None


def stages(*customers, ruler=RULER):
    names, shares = ["mature", "drifting", "dormant", "growing"], [0.9, 0.03, 0.05, 0.02]
    rows = list(zip(names, customers, shares, strict=False))
    frame = pd.DataFrame(rows, columns=["stage", "customers", "share_sales"])
    frame.insert(2, "share", frame["customers"] / frame["customers"].sum())
    return segment.stages(frame, ruler)


def described():
    rows = [("A", 742, 0.3, 900.0, 0.6, [("often", True)]), ("B", 1727, 0.7, 600.0, 0.4, [])]
    frame = pd.DataFrame(rows, columns=["group", "customers", "share", "monetary", "share_sales", "traits"])
    return frame.assign(frequency=9.0, basket_mean=20.0, recency_days=3.0)


BY_STAGE = pd.DataFrame(
    {"stage": ["mature", "drifting"], "customers": [960, 40], "share": [0.96, 0.04], "share_sales": [0.9, 0.1]}
)


def migration(customers=2447):
    then = pd.DataFrame({"customer_id": [str(n) for n in range(customers)], "stage": "mature"})
    now = then.assign(stage=["mature" if n % 2 else "dormant" for n in range(customers)])
    return Migration(then, now, date(2017, 10, 2), date(2017, 12, 31))


def seen(shares, names=("mature", "drifting", "dormant")):
    frame = pd.DataFrame({"stage": names, "customers": 1000, "share": shares})
    frame["bought"] = (frame["customers"] * frame["share"]).round().astype(int)
    return frame.assign(low=frame["share"] - 0.01, high=frame["share"] + 0.01)


def headline(item, name):
    [line] = [line for line in item.headlines if line.name == name]
    return line, {part: words.translations() for part, words in item.in_words(line).items()}


@pytest.mark.parametrize(
    ("item", "part", "en", "zh"),
    [
        (tiers(), "title", "17% of households account for half of spend", "17% 的家庭贡献了一半的消费额"),
        (
            tiers(),
            "so_what",
            "Give the 430 households of the top tier, as far as they may be contacted, a personal contact; "
            "serve the 1,440 of the base tier at low cost. "
            "The tier lasts: those in it 90 days before have spent significantly more since than the others.",
            "高价值的 430 户家庭中允许联系者，建议由客户经理一对一维护；低价值的 1,440 户以低成本服务。"
            "这一层级是稳定的：90 天前处于高价值的家庭此后的消费显著高于其他家庭。",
        ),
        (
            tiers(),
            "source",
            "Source: purchases up to 31 December 2017; n = 2,469 households.",
            "来源：截至 2017 年 12 月 31 日的消费；n = 2,469 户家庭。",
        ),
        (
            segment.grid(pd.DataFrame({1: [30, 20], 2: [40, 10]}, index=[2, 1])),
            "title",
            "40% of households score highest on both recency and frequency, 20% lowest on both",
            "40% 的家庭近度与频度两项得分均最高，20% 两项均最低",
        ),
        (
            segment.traits(described(), pd.DataFrame({"often": [1.0, -1.0]}, index=["A", "B"])),
            "title",
            "Group A (those who come often) holds 30% of households and brings 60% of spend",
            "A 组（常来）占家庭的 30%，贡献 60% 的消费额",
        ),
        (
            segment.groups(described(), GOOD),
            "so_what",
            "The groups are stable over 100 resamples (agreement 0.85; 0.72 to 0.94 in 95% of them): plan offers and "
            "contents by group.",
            "在 100 次重抽样中，群体保持稳定（一致度 0.85；其中 95% 为 0.72 至 0.94）：可按群体规划权益与内容。",
        ),
        (
            segment.groups(described(), POOR),
            "so_what",
            "The groups are not stable over 100 resamples (agreement 0.60; 0.20 to 0.90 in 95% of them): use them to "
            "describe, not to decide on one customer.",
            "在 100 次重抽样中，群体不够稳定（一致度 0.60；其中 95% 为 0.20 至 0.90）："
            "可用于描述，不宜据此对单个客户做决定。",
        ),
        (
            stages(2126, 179, 164),
            "title",
            "7% of households are called drifting and 7% have lapsed",
            "7% 的家庭被判为活跃度下降，7% 已沉睡",
        ),
        (
            stages(2126, 3, 164, 40),
            "title",
            "The largest stage is “mature”, with 91% of households",
            "人数最多的阶段是“成熟”，占家庭的 91%",
        ),
        (
            stages(2126, 179, 164),
            "says",
            "The median customer who comes back does so every 8.7 days. Nineteen in twenty silences end "
            "within 1.9 times the customer's own rhythm, 99 in 100 within 4.3 times. Nobody whose accounts are "
            "open is "
            "called lapsed (dormant or lost) before the quiet limit of 56 days; after it, or once churned, everybody "
            "is at least drifting.",
            "再次消费的客户通常每 8.7 天一次（中位数）。95% 的沉默在客户自身节奏的 1.9 倍以内结束，"
            "99% 在 4.3 倍以内。"
            "账户未销且沉默未超过沉默界限（56 天）者不计为沉睡（休眠或已失去）；超过界限或已流失者至少计为活跃度下降。",
        ),
        (
            stages(2126, 179, 164, ruler=Ruler(90.0, 2.0, 4.0, 0, has_returns=False)),
            "says",
            "Nobody has come back yet, so silences are judged by a rhythm of 90 days.",
            "至今无人再次消费，因此沉默以 90 天的节奏衡量。",
        ),
        (
            segment.moves(migration()),
            "title",
            "50% of households are in the same stage as 90 days before",
            "50% 的家庭与 90 天前处于同一阶段",
        ),
        (
            segment.moves(migration()),
            "source",
            "Source: purchases to 2 October 2017 and to 31 December 2017; n = 2,447 households on the earlier day. "
            "Counts are rounded to fives, and shares made from them, so that small groups stay hidden.",
            "来源：截至 2017 年 10 月 2 日与截至 2017 年 12 月 31 日的消费；较早一天 n = 2,447 户家庭。"
            "为使人数过少的群体不被推知，人数按 5 取整，占比据此计算。",
        ),
        (
            segment.moves(migration(3)),
            "says",
            "Not shown: 90 days before there were too few households to compare.",
            "未显示：90 天前的家庭太少，无法比较。",
        ),
        (
            segment.followed(seen([0.97, 0.86, 0.6]), migration(), BY_STAGE),
            "title",
            "In the 90 days that followed, 97% of the mature bought, 86% of the drifting and 60% of the dormant",
            "此后 90 天内，成熟家庭中 97% 有消费，活跃度下降者中 86%，休眠者中 60%",
        ),
        (
            segment.followed(seen([0.5, 0.5, 0.5]), migration(), BY_STAGE),
            "title",
            "In the 90 days that followed, 50% of every stage bought",
            "此后 90 天内，每个阶段都有 50% 的家庭有消费",
        ),
        (
            segment.followed(seen([0.5, 0.9], ("mature", "growing")), migration(), BY_STAGE),
            "title",
            "In the 90 days that followed, 90% of those in the stage “growing” bought and 50% of those in “mature”",
            "此后 90 天内，“成长”阶段的家庭中 90% 有消费，“成熟”阶段为 50%",
        ),
        (
            segment.followed(seen([0.97, 0.86, 0.6]), migration(), BY_STAGE),
            "so_what",
            "The stages held: of those in “drifting”, 86% bought since, of those in “dormant” 60%, a significant "
            "difference. The name is a suspicion: the first share came back all the same. So send those of the "
            "40 households called so today who may be contacted something that costs "
            "little, before they are dormant, "
            "when it is late, and keep a control group, which shows whether it keeps them. They have brought "
            "10% of spend so far.",
            "阶段经受住了检验：“活跃度下降”的家庭中此后 86% 有消费，“休眠”中为 60%，差异显著。"
            "这一名称只是迹象：前一比例的家庭仍然回来了。休眠之后为时已晚，"
            "因此宜趁目前被判为“活跃度下降”的 40 户家庭尚未休眠，对其中允许联系者以低成本方式联系，"
            "并设对照组以检验能否留住。"
            "他们至今贡献了 10% 的消费额。",
        ),
        (
            segment.followed(seen([0.97, 0.86, 0.6]), migration(), BY_STAGE.assign(customers=[960, 3])),
            "so_what",
            "The stages held: of those in “mature”, 97% bought since, of those in “dormant” 60%, a significant "
            "difference. They can decide whom to approach first.",
            "阶段经受住了检验：“成熟”的家庭中此后 97% 有消费，“休眠”中为 60%，差异显著。可据此决定先联系谁。",
        ),
        (
            segment.followed(seen([0.4, 0.5, 0.7]), migration(), BY_STAGE),
            "so_what",
            "The stages did not hold: of those in “dormant”, 70% bought since, of those in “mature” only 40%, a "
            "significant difference in the wrong direction. Do not choose whom to approach by stage.",
            "阶段未经受住检验：“休眠”的家庭中此后 70% 有消费，“成熟”中仅 40%，差异显著而方向相反。"
            "请勿按阶段决定联系谁。",
        ),
        (
            segment.followed(seen([0.61, 0.605, 0.6]), migration(), BY_STAGE),
            "so_what",
            "Stages seen 90 days ago did not significantly predict who bought since. Do not choose whom to "
            "approach by "
            "stage.",
            "90 天前的阶段未能显著预示此后谁有消费。请勿按阶段决定联系谁。",
        ),
        (
            segment.followed(seen([0.6], ("mature",)), migration(), BY_STAGE),
            "says",
            "Not shown: fewer than two stages have enough households to compare.",
            "未显示：家庭足够多、可以比较的阶段不足两个。",
        ),
    ],
)
def test_findings_say_in_both_languages(item, part, en, zh):
    assert item.part(part).translations() == {"en": en, "zh": zh}


def test_who_is_drifting_is_not_said_to_have_brought_what_refunds_took_back():
    by_stage = BY_STAGE.assign(share_sales=[float("nan"), float("nan")])
    advice = str(segment.followed(seen([0.97, 0.86, 0.6]), migration(), by_stage).part("so_what"))
    assert "–" not in advice
    assert advice.endswith("They can decide whom to approach first.")


@pytest.mark.parametrize("corner", [3, 40])
def test_a_corner_of_the_grid_that_is_hidden_is_not_in_its_title(corner):
    item = segment.grid(
        pd.DataFrame({1: [30, 90], 2: [40, 80], 3: [corner, 60]}, index=[3, 2]).reindex([3, 2, 1], fill_value=50)
    )
    title = str(item.part("title"))
    assert ("score highest on both" in title) == (corner >= 10)
    assert "–" not in title


def test_a_group_is_not_said_to_bring_a_share_where_refunds_exceed_purchases():
    described = pd.DataFrame({"group": ["A", "B"], "customers": [30, 60], "share": [0.33, 0.67]})
    shown = segment.traits(
        described.assign(traits=[[("often", True)], []], share_sales=float("nan")), pd.DataFrame({"often": [1.0, -1.0]})
    )
    assert str(shown.part("title")) == "Group A (those who come often) holds 33% of households"


@pytest.mark.parametrize(
    ("agreements", "low", "title"),
    [
        (
            [0.91, 0.84],
            0.7,
            "4 groups are stable, and agree nearly as well as the most stable division (agreement 0.84)",
        ),
        ([0.4, 0.6], 0.2, "No division is stable; 4 groups comes closest (agreement 0.60)"),
    ],
)
def test_the_choice_of_groups_says_whether_they_are_stable(agreements, low, title):
    tried = pd.DataFrame({"groups": [2, 4], "agreement": agreements, "low": low, "high": 0.95, "smallest": [40, 3]})
    item = segment.choice(tried.assign(silhouette=0.2, rounds=25, chosen=[False, True]), 2469, 2469)
    assert str(item.part("title")) == title
    assert [str(size) for size in item.shown_table()["smallest"]] == ["40.0", "fewer than 10"]


@pytest.mark.parametrize(
    ("item", "says"),
    [
        (tiers((3, 2, 1)), "Not shown: this would be about fewer than 10 households."),
        (tiers((0, 0, 0)), "Not shown: there is nothing to count here."),
        (tiers((0, 0, 90)), "Not shown: as far as may be told, all households are alike in this."),
        (tiers((3, 40, 90)), "Not shown: as far as may be told, all households are alike in this."),
        (stages(4, 3), "Not shown: this would be about fewer than 10 households."),
        (stages(400), "Not shown: as far as may be told, all households are alike in this."),
        (
            segment.grid(pd.DataFrame({1: [3, 2], 2: [4, 1]}, index=[2, 1])),
            "Recency by frequency: not shown, as most cells would hold fewer than 10 households.",
        ),
        (
            segment.grid(pd.DataFrame({1: [90, 0], 2: [0, 0]}, index=[2, 1])),
            "Recency by frequency: not shown, as most cells would hold fewer than 10 households.",
        ),
        (
            segment.groups(described(), MISSING),
            "No groups: there are too few households, or they buy too much alike, to be told apart.",
        ),
    ],
)
def test_what_cannot_be_shown_says_why(item, says):
    assert str(item.part("says")) == says
    assert item.figure is None
    assert item.part("so_what") is None


@pytest.mark.parametrize(
    ("item", "name", "unit", "label", "sentence"),
    [
        (
            tiers(),
            "half_of_sales_share",
            "share",
            "of households account for half of spend",
            "17% of households account for half of spend (95% interval: 17% to 18%).",
        ),
        (
            stages(2126, 179, 164),
            "lapsed_share",
            "share",
            "of households have lapsed",
            "7% of households (165) have lapsed (95% interval of the share: 6% to 8%).",
        ),
        (
            stages(2126, 179, 164),
            "drifting_share",
            "share",
            "of households are called drifting",
            "7% of households (180) are called drifting (95% interval of the share: 6% to 8%). This is a "
            "suspicion: not all of them have truly changed.",
        ),
        (
            segment.groups(described(), GOOD),
            "groups",
            "groups",
            "groups that buy differently",
            "2 groups of households buy differently.",
        ),
        (
            segment.groups(described(), GOOD),
            "group_bootstrap_ari",
            "",
            None,
            "Over 100 resamples, the groups agree at 0.85 on average (adjusted Rand index; 0.72 to 0.94 in 95% of "
            "them).",
        ),
    ],
)
def test_headlines(item, name, unit, label, sentence):
    line, words = headline(item, name)
    assert line.unit == unit
    assert line.low <= line.value <= line.high if line.low else line.value == 2
    assert (words.get("label", {}).get("en"), words["sentence"]["en"]) == (label, sentence)


@pytest.mark.parametrize(
    ("item", "name"),
    [
        (tiers((3, 2, 900), half=(0.003, 0.002, 0.004)), "half_of_sales_share"),
        (tiers((0, 0, 900), half=(float("nan"),) * 3), "half_of_sales_share"),
        (stages(400, 9, 60), "drifting_share"),
        (stages(400), "lapsed_share"),
        (stages(0, 0, 400), "lapsed_share"),
    ],
)
def test_a_headline_about_too_few_has_no_value_and_no_tile(item, name):
    line, words = headline(item, name)
    assert (line.value, line.unit) == (None, "")
    assert "fewer than 10 households" in words["sentence"]["en"]
    assert "label" not in words


@pytest.mark.parametrize(
    ("stability", "lapsed", "lead"),
    [
        (
            GOOD,
            164,
            "2 groups of households buy differently, and other samples of households give nearly the same ones. "
            "They are ",
        ),
        (
            POOR,
            164,
            "2 groups can be formed, but other samples of households give other ones. They are those who are "
            "like everyone (1,725) and",
        ),
        (MISSING, 164, "These households are too few or too alike to be grouped by how they buy. 13% of households "),
        (MISSING, 3, "These households are too few or too alike to be grouped by how they buy."),
    ],
)
def test_the_page_answers_its_question(stability, lapsed, lead):
    by_stage = pd.DataFrame({"stage": ["mature", "dormant"], "customers": [1100, lapsed]})
    answer = segment.answer(by_stage, described(), stability).part("lead")
    assert str(answer).startswith(lead)
    assert str(answer).endswith("have lapsed.") == (lapsed > 10)


def test_groups_bear_names_in_both_languages():
    named = segment.with_names(described())
    assert named["name_en"].tolist() == ["come often", "are like everyone"]
    assert named["name_zh"].tolist() == ["常来", "与全体相近"]
    category = segment.group_name([("basket", True), ("category:luxury", True)])
    assert category.translations() == {
        "en": "spend much at once and more often buy luxury",
        "zh": "大单、奢侈品偏多",
    }


def test_a_bank_has_words_of_its_own():
    with using(Context(vocabulary="bank")):
        assert str(tiers().part("title")) == "17% of customers account for half of card spend"
        assert text("segment.stage.dormant").in_language("zh") == "休眠"


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "item",
    [
        tiers(),
        stages(2126, 179, 164),
        segment.grid(pd.DataFrame({1: [30, 20], 2: [40, 10]}, index=[2, 1])),
        segment.traits(described(), pd.DataFrame({"often": [1.0, -1.0]}, index=["A", "B"])),
        segment.moves(migration()),
        segment.followed(seen([0.97, 0.86, 0.6]), migration(), BY_STAGE),
    ],
    ids=lambda item: getattr(item, "key", item),
)
def test_every_figure_is_drawn(item, lang):
    drawn = item.figure(item.shown_table()) if callable(item.figure) else item.figure
    assert drawn.draw(lang).wide
