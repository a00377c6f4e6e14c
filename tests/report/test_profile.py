from datetime import date

import pandas as pd
import pytest

from insight.config.parameters import Bilingual
from insight.errors import Unavailable
from insight.profile.concentration import Quiet
from insight.profile.features import Buyers
from insight.profile.silence import Threshold
from insight.report.findings import features, profile
from insight.words.context import Context, using

HOUSEHOLDS = Context(customers=Bilingual(en="households", zh="家庭"), currency="USD", as_of=date(2017, 12, 31))
BANK = Context(currency="CNY", vocabulary="bank", as_of=date(2024, 12, 31))
BUYERS = Buyers(2469, date(2017, 1, 1))
FEW, NOBODY = Unavailable("common", "too_few"), Unavailable("common", "nothing_to_count")
QUIET = Quiet(days=56, customers=240, active=2229, share=0.0972, low=0.086, high=0.11, share_sales=0.03)


@pytest.fixture(autouse=True)
def grocer():
    """Everything is said of a grocer's households, unless a test says otherwise."""
    with using(HOUSEHOLDS):
        yield


def said(item, part="title"):
    words = item.part(part)
    return words and words.translations()


def headline(item, name):
    [line] = [line for line in item.headlines if line.name == name]
    return line, {part: words.translations() for part, words in item.in_words(line).items()}


def account(customers, sales, buyers=BUYERS, *, free=0):
    rows = [(who, n, 9, 2 * amount, -amount, amount) for who, (n, amount) in zip(customers, sales, strict=True)]
    frame = pd.DataFrame(rows, columns=["who", "customers", "lines", "purchases", "refunds", "sales"])
    return profile.account(frame, buyers, free_baskets=free, paid_baskets=96)


def fifths(lowest=176.0):
    rows = [(1, 494, lowest, 0.02), (5, 494, 5077.0, 0.546)]
    frame = pd.DataFrame(rows, columns=["part", "customers", "mean", "share"])
    return frame.assign(low=frame["mean"], high=frame["mean"], share_low=0.532, share_high=0.559)


def curve(threshold, **given):
    points = pd.DataFrame({"silence_days": [0, 1, 2], "silences": [90, 80, 70], "chance": [0.9, 0.6, 0.45]})
    points = points.assign(low=points["chance"], high=points["chance"])
    return profile.curve(BUYERS, points, threshold, return_days=28, **given)


def families(lacking=0):
    rows = [
        ("recency", 2, Bilingual(en="Last day.", zh="最近一天。"), 0, []),
        ("payment", 0, None, lacking, ["payments"]),
    ]
    return pd.DataFrame(rows, columns=["family", "features", "example", "lacking", "lacks"])


def test_features_are_counted_by_family_with_what_the_others_would_need():
    found = features.features(BUYERS, families(lacking=9))
    assert said(found)["en"] == "2 features in 1 family describe households"
    assert said(found, "says")["en"] == "9 more are not available, because this business does not deliver: payments."
    assert found.table["lacking"].tolist() == [0]
    assert headline(found, "features")[0].value == 2


def test_a_business_that_delivers_all_lacks_no_feature():
    complete = families().assign(lacks=[[], []])
    assert said(features.features(BUYERS, complete), "says")["en"] == "This business delivers what every feature needs."


def by_silence(*customers):
    return pd.DataFrame({"band": range(len(customers)), "customers": customers})


def bands(quiet, customers=(2229, 240), *, differ=True):
    frame = pd.DataFrame({"from_days": [0, 57], "to_days": [56.0, float("nan")], "customers": customers})
    frame = frame.assign(share=[0.9, 0.1], share_sales=[0.97, 0.03], is_quiet=[False, True])
    return profile.bands(BUYERS, frame, quiet, differ=differ)


# --- the answer


@pytest.mark.parametrize(
    ("buyers", "quiet", "parts", "en", "zh"),
    [
        (
            *(BUYERS, QUIET, fifths()),
            "10% of households have been silent for more than 56 days. The top fifth by spend account for 55% of "
            "sales.",
            "10% 的家庭已沉默超过 56 天。消费额前 20% 的家庭贡献了 55% 的销售额。",
        ),
        (
            *(Buyers(20, date(2017, 1, 1)), QUIET, Unavailable("profile", "fifths", {"needed": 50})),
            "20 households have made a purchase so far: too few to say who has gone quiet and how much depends on the "
            "top households.",
            "至今有过消费的家庭为 20 户，尚不足以说明谁已沉默、消费有多集中。",
        ),
        (
            *(FEW, QUIET, fifths()),
            "Fewer than 10 households have made a purchase so far: too few to say anything about them without naming "
            "them.",
            "至今有过消费的家庭少于 10 户：人数过少，任何描述都可能指向个人。",
        ),
        (*(NOBODY, NOBODY, NOBODY), "Nobody has made a purchase so far.", "至今没有任何家庭有过消费。"),
    ],
)
def test_the_answer_says_what_can_be_said(buyers, quiet, parts, en, zh):
    assert said(profile.answer(buyers, quiet, parts), "lead") == {"en": en, "zh": zh}


# --- whose the amounts are


def test_all_amounts_or_the_part_that_is_spoken_of():
    whole = account(["buyers"], [(2469, 100.0)])
    assert said(whole, "says")["en"] == "This page covers all sales: no amount is unattributed."
    assert said(whole, "note") is None
    part = account(["buyers", "unassigned"], [(2469, 85.0), (0, 15.0)], free=4)
    assert said(part, "says") == {
        "en": "This page covers 85% of sales: those of known households with a purchase.",
        "zh": "本页覆盖 85% 的销售额，即有过消费的已知家庭的部分。",
    }
    assert said(part, "note")["en"] == "4 of 100 baskets cost nothing and are not counted."


def test_a_bank_has_card_spend_and_no_baskets():
    with using(BANK):
        part = account(["buyers", "unassigned"], [(2469, 85.0), (0, 15.0)])
        assert said(part, "says")["zh"] == "本页覆盖 85% 的交易金额，即有过刷卡消费的已知客户的部分。"
        _line, words = headline(part, "customers")
        assert words["label"] == {"en": "customers with a card purchase", "zh": "位客户有过刷卡消费"}


def test_the_headlines_count_customers_and_all_sales():
    item = account(["buyers", "unassigned"], [(2469, 4_500_000.0), (0, 96_039.58)])
    customers, words = headline(item, "customers")
    assert (customers.value, customers.unit) == (2469, "customers")
    assert words["sentence"]["zh"] == "截至 2017 年 12 月 31 日，2,469 户家庭有过消费。"
    sales, words = headline(item, "sales")
    assert sales.value == 4_596_039.58
    assert words["sentence"]["en"] == "Sales after refunds: $4.6M from 1 January 2017 to 31 December 2017."
    assert words["note"]["zh"] == "2017 年 1 月 1 日至 2017 年 12 月 31 日"


def test_few_customers_are_not_counted_nor_their_amounts():
    item = account(["buyers", "others"], [(3, 1234.0), (2, 0.0)], FEW)
    assert item.table is None
    assert said(item, "says")["en"] == "Not shown: this would be about fewer than 10 households."
    assert [(line.value, set(item.in_words(line))) for line in item.headlines] == [(None, {"sentence"})] * 2


def test_nobody_is_a_number_too():
    item = account(["unassigned"], [(0, 7.0)], NOBODY)
    assert headline(item, "customers")[0].value == 0
    assert headline(item, "sales")[1]["note"]["en"] == "up to 31 December 2017"


def test_amounts_of_a_few_are_hidden_with_company():
    item = account(["buyers", "others"], [(2469, 100.0), (3, 1.0)])
    shown = item.shown_table()
    assert shown[["purchases", "refunds", "sales"]].isna().all(axis=None)
    assert shown["customers"].map(str).tolist() == ["not shown", "fewer than 10"]


# --- silence


def test_a_silence_that_halves_the_probability_of_a_return():
    item = curve(Threshold(2, 1, 2))
    assert said(item) == {
        "en": "After 2 days of silence, 45% return within 28 days: half as many as right after a purchase (90%)",
        "zh": "沉默 2 天后，45% 会在 28 天内回流：仅为刚消费后（90%）的一半",
    }
    assert said(item, "alt")["en"].endswith("A mark at day 2 shows where it has halved.")
    assert said(item, "source")["zh"].startswith("来源：2017 年 1 月 1 日至 2017 年 12 月 31 日之间的 90 次沉默")
    line, words = headline(item, "quiet_days")
    assert (line.value, line.unit, line.low, line.high) == (2, "days", 1, 2)
    assert words["sentence"]["zh"] == "沉默 2 天会使家庭在 28 天内回流的概率减半。"


def test_no_silence_seen_halves_it():
    item = curve(Threshold(None))
    assert said(item)["en"].startswith("No silence seen so far halves the probability of a return within 28 days (90%")
    line, words = headline(item, "quiet_days")
    assert (line.value, line.unit) == (None, "")
    assert words["sentence"]["en"] == "No silence seen so far is known to halve the probability that households return."


@pytest.mark.parametrize(
    ("threshold", "given", "en"),
    [
        (
            *(Threshold(2, 1, 2), None),
            "Treat households as quiet after 2 days (95% interval: 1 to 2): from then on, a return is less than half "
            "as likely as right after a purchase.",
        ),
        (
            *(Threshold(2, 1, None), None),
            "Treat households as quiet after about 2 days; there is too little data for an interval.",
        ),
        (
            *(Threshold(None), None),
            "The silences seen so far give no limit from which households should be treated as quiet. 28 days are used "
            "below: the time within which a return is looked for.",
        ),
        (*(Threshold(2, 1, 2), 60), "The parameters say that households are quiet after 60 days."),
    ],
)
def test_where_the_quiet_limit_comes_from(threshold, given, en):
    item = curve(threshold, given=given)
    is_advice = given is None and threshold.precision == "sure"
    assert said(item, "so_what" if is_advice else "says")["en"] == en
    assert said(item, "says" if is_advice else "so_what") is None


def test_too_few_silences_have_no_curve():
    missing = Unavailable("profile", "silences", {"minimum": 50})
    item = profile.curve(BUYERS, missing, Threshold(None), return_days=28)
    assert said(item, "says")["en"] == "Not shown: fewer than 50 silences can be followed up in this data."
    assert headline(item, "quiet_days")[0].value is None


# --- who is quiet


def test_how_many_are_quiet_and_what_they_brought():
    item = bands(QUIET)
    assert said(item) == {
        "en": "Silent for more than 56 days: 10% of households, with 3% of sales so far",
        "zh": "沉默超过 56 天的家庭占 10%，至今贡献 3% 的销售额",
    }
    assert said(item, "alt")["en"] == "Two bars for each of 2 lengths of silence; the most frequent is 0 to 56 days."
    assert said(item, "so_what")["en"].endswith(
        "on average they have brought significantly less than the others. Try to win back those who brought most, and "
        "measure it with a control group."
    )
    line, words = headline(item, "quiet_share")
    assert (line.value, line.low, line.high) == (0.0972, 0.086, 0.11)
    assert words["sentence"]["zh"] == "10% 的家庭（240 户）已沉默超过 56 天（95% 区间：9% 至 11%）。"


def test_quiet_customers_who_brought_much_are_worth_a_call():
    beyond = bands(Quiet(56, 240, 2229, 0.1, 0.09, 0.11, float("nan")))
    assert str(beyond.part("title")) == "Silent for more than 56 days: 10% of households"
    assert beyond.part("so_what") is None
    quiet = Quiet(56, 240, 2229, 0.1, 0.09, 0.11, 0.3)
    assert (
        said(bands(quiet), "so_what")["zh"]
        == "沉默家庭占家庭的 10%、销售额的 30%，人均显著高于其他家庭：值得试行逐一联系，并设对照组检验效果。"
    )
    assert bands(quiet, differ=False).part("so_what") is None


@pytest.mark.parametrize(
    ("some", "active", "en"),
    [
        (3, 2466, "Fewer than 10 households have been silent for more than 56 days"),
        (15, 5, "Fewer than 10 households have made a purchase within the last 56 days"),
    ],
)
def test_a_few_are_not_counted_on_either_side(some, active, en):
    item = bands(Quiet(56, some, active, 0.5, 0.4, 0.6, 0.5), customers=(active, some))
    assert said(item)["en"] == en
    assert said(item, "so_what") is None
    assert headline(item, "quiet_share")[0].value is None
    assert item.figure(item.shown_table()).draw("zh").wide


# --- concentration


def test_how_much_depends_on_the_top_fifth():
    item = profile.fifths(BUYERS, fifths())
    assert said(item) == {
        "en": "The top fifth of households account for 55% of sales and spend 29 times as much as the lowest",
        "zh": "消费额前 20% 的家庭贡献 55% 的销售额，平均消费额是最低 20% 的 29 倍",
    }
    assert said(item, "alt")["en"] == (
        "2 points with intervals, from $176.00 in the lowest fifth to $5,077 in the top fifth."
    )
    assert said(item, "says")["en"] == (
        "494 households account for 55% of sales (95% interval: 53% to 56%): losing one in ten of them would cost "
        "about 5.5% of sales."
    )
    line, _words = headline(item, "best_fifth_share")
    assert (line.value, line.low, line.high, line.unit) == (0.546, 0.532, 0.559, "share")


def test_a_fifth_that_was_paid_back_more_has_no_multiple():
    assert said(profile.fifths(BUYERS, fifths(lowest=-3.0)))["en"].endswith("account for 55% of sales")


# --- habits


def test_the_hours_of_the_week():
    shares = pd.DataFrame({16: [0.1, 0.1], 17: [0.2, 0.3], 18: [0.1, 0.2]}, index=[4, 5])
    item = profile.week(BUYERS, shares, 0.01)
    assert said(item) == {
        "en": "100% of purchases are made between 16:00 and 19:00; the peak of the week is Saturday at 17:00",
        "zh": "100% 的消费发生在 16:00 至 19:00；一周的高峰是星期六 17:00",
    }
    assert said(item, "alt")["en"].endswith("darkest on Saturday at 17:00 with 30.0% of purchases.")
    assert "谁在 16:00 前不久收到信息、谁在其他时间收到" in said(item, "so_what")["zh"]
    assert item.table[["afternoon", "evening"]].round(1).to_numpy().tolist() == [[0.1, 0.3], [0.1, 0.5]]


def test_the_days_of_the_week():
    item = profile.week(BUYERS, pd.Series([0.1, 0.3], index=[0, 5]), 0.01)
    assert said(item)["en"] == "Most purchases are made on Saturday (30%), fewest on Monday (10%)"
    assert "who is written to just before Saturday and who on another day" in said(item, "so_what")["en"]
    assert said(item, "source")["zh"] == "来源：截至 2017 年 12 月 31 日的消费；n = 2,469 户家庭。"


@pytest.mark.parametrize(
    "shares", [pd.Series([0.4, 0.6], index=[0, 5]), pd.DataFrame({16: [0.4, 0.1], 17: [0.2, 0.3]}, index=[4, 5])]
)
def test_a_peak_that_chance_may_have_made_is_no_advice(shares):
    item = profile.week(BUYERS, shares, 0.36)
    assert said(item, "so_what") is None
    assert "about evenly" in said(item)["en"]
    assert "大致均匀" in said(item)["zh"]


def test_the_largest_categories():
    totals = pd.DataFrame({"category": ["BEEF", "dining"], "share": [0.05, 0.03], "reach": [0.9, 0.8]})
    item = profile.categories(BUYERS, totals)
    assert said(item) == {
        "en": "The largest product group, BEEF, makes up 5% of sales before refunds; the 2 shown make up 8%",
        "zh": "最大的品类“BEEF”占退款前销售额的 5%；所示 2 项合计 8%",
    }
    assert said(item, "alt")["zh"].endswith("从大到小：BEEF 和餐饮。")


@pytest.mark.parametrize(
    ("best", "en"),
    [
        (0.4, "The top fifth buy less on promotion than the lowest: 40% against 50% of purchases"),
        (0.6, "The top fifth buy more on promotion than the lowest: 60% against 50% of purchases"),
        (0.51, "The top and the lowest fifth buy about the same share on promotion: 51% and 50% of purchases"),
    ],
)
def test_whether_the_top_fifth_buys_on_promotion(best, en):
    parts = pd.DataFrame({"part": [1, 5], "customers": [494, 494], "mean": [0.5, best]})
    parts = parts.assign(low=parts["mean"] - 0.02, high=parts["mean"] + 0.02)
    assert said(profile.promotion(BUYERS, parts))["en"] == en


@pytest.mark.parametrize(
    ("reason", "en"),
    [
        ("no_promotion", "Promotions: this business does not say what was bought on promotion."),
        ("promotion", "Promotions: not shown, as a fifth would hold fewer than 10 households."),
    ],
)
def test_why_there_is_nothing_on_promotion(reason, en):
    assert said(profile.promotion(BUYERS, Unavailable("profile", reason)), "says")["en"] == en


# --- tags and a portrait


def library(*states, **counts):
    reach = pd.DataFrame(
        {"state": states, "label": [Bilingual(en=f"Tag {n}", zh=f"标签{n}") for n, _ in enumerate(states)]}
    )
    themes = pd.DataFrame({"theme": list("abc"), "facts": 1, "rules": 2, "models": 0, "in_use": 1, "share": 0.1})
    names = {name: Bilingual(en=name.upper(), zh=name) for name in "abc"}
    return profile.tags(BUYERS, reach, themes.assign(customers=[2465, 240, 3]), names, by_silence(2229, 240))


def test_the_library_says_how_many_of_its_tags_are_in_use():
    item = library("assigned", "assigned", "lacks", "later", "nobody")
    assert said(item)["en"] == "2 of 5 tags in 3 themes describe households of this business"
    assert said(item, "says") == {
        "en": "Tags that match nobody, to be mended or dropped: Tag 4.",
        "zh": "没有任何家庭符合、应修改或删除的标签：标签4。",
    }
    assert "delivers no such data: 1 tags" in said(item, "note")["en"]
    assert [(headline.name, headline.value) for headline in item.headlines] == [("tags", 2)]


def test_a_library_in_which_every_tag_tells_somebody_apart_says_no_more():
    item = library("assigned", "later")
    assert item.variants == {"note": "all", "says": None}


def test_a_theme_of_few_or_of_all_but_a_few_is_named_without_its_number():
    shown = library("assigned").shown_table()
    assert shown["customers"].map(str).tolist() == ["not shown", "240", "fewer than 10"]
    assert shown["share"].notna().tolist() == [False, True, False]


def portrait(*bounds):
    rows = [("household_size", "4", 0.09, 0.07, 133.0, *bounds), ("age_band", "65+", 0.05, 0.08, 63.0, 44.0, 90.0)]
    compared = pd.DataFrame(rows, columns=["trait", "level", "share_group", "share_all", "tgi", "low", "high"])
    return profile.portrait(BUYERS, compared.assign(customers=40), Bilingual(en="Top fifth", zh="消费额前 20%"))


def test_what_sets_a_group_apart():
    item = portrait(107.0, 165.0)
    assert said(item) == {
        "en": "Most over-represented among “Top fifth”: household size: 4 (9% against 7% of all, index 133)",
        "zh": "“消费额前 20%”中最突出的是：家庭人数：4（占 9%，全体为 7%，指数 133）",
    }
    assert said(item, "so_what")["en"].startswith(
        "Of 2 traits compared, those that differ clearly are 2: more frequent"
    )
    assert said(item, "caution")["zh"].endswith("特征在群体中常见，并不说明它是成因。")


def test_nothing_sets_a_group_apart():
    item = portrait(90.0, 165.0)
    assert said(item)["en"] == "Nothing known is clearly over-represented among “Top fifth”"
    assert said(item, "caption")["en"].endswith("grey: no clear difference")


def test_a_portrait_without_grey_explains_none():
    assert "grey" not in said(portrait(107.0, 165.0), "caption")["en"]


def test_a_tag_in_a_portrait_is_drawn_by_its_own_label():
    label = Bilingual(en="Gone quiet", zh="沉默")
    row = {"trait": label, "level": "yes", "customers": 40, "share_group": 0.2, "share_all": 0.1}
    compared = pd.DataFrame([row | {"tgi": 200.0, "low": 150.0, "high": 250.0}])
    item = profile.portrait(BUYERS, compared, "Top fifth")
    assert said(item)["zh"].startswith("“Top fifth”中最突出的是：沉默（占 20%")
    assert item.figure.draw("zh").wide


# --- figures


@pytest.mark.parametrize(
    "item",
    [
        curve(Threshold(2, 1, 2)),
        profile.fifths(BUYERS, fifths()),
        profile.week(BUYERS, pd.Series([0.1, 0.3], index=[0, 5]), 0.01),
        profile.week(BUYERS, pd.DataFrame({16: [0.1, None], 17: [0.2, 0.3]}, index=[4, 5]), 0.01),
    ],
    ids=["curve", "fifths", "weekdays", "hours"],
)
def test_every_figure_is_drawn_in_both_languages(item):
    assert item.figure.draw("en").digest == item.figure.draw("zh").digest


# --- quality of tags, and product opportunities


def judged(**fails):
    rows = [(name, Bilingual(en=f"Tag {name}", zh=f"标签{name}"), why) for name, why in fails.items()]
    frame = pd.DataFrame(rows, columns=["tag", "label", "fails"]).assign(
        customers=100, overlap=0.95, kept=0.4, twin="a"
    )
    ends = {"kept_low": 0.3, "kept_high": 0.5, "spend_times": 2.0, "spend_times_low": 1.5, "spend_times_high": 2.5}
    return profile.quality(BUYERS, frame.assign(**ends), by_silence(2229, 240), days=28)


def test_tags_that_fail_are_laid_out_with_the_reason():
    item = judged(b="twin", c="fades", d="mute", a="")
    assert said(item)["en"] == "1 of 4 tags last, repeat no other and tell what comes next; 3 do not"
    shown = item.shown_table()
    assert [name.en for name in shown["name"]] == ["Tag b", "Tag c", "Tag d"]
    assert [str(why) for why in shown["why"]] == [
        "the same households as “Tag a” (95% in common)",
        "fades before its time: 40% still have it after 28 days",
        "no clear difference in spend or silence over the next 28 days",
    ]


def test_where_no_tag_fails_it_is_said():
    item = judged(a="", b="")
    assert item.table is None
    assert said(item, "says")["en"] == "All 2 tags that can be judged last, repeat no other and tell what comes next."


def test_the_largest_opportunity_is_named_with_its_categories():
    rows = {"categories": [["fuel", "parking"], ["tea"]], "customers": [300, 200], "tgi": [340.0, 250.0]}
    rows |= {"extra": [1200.0, 300.0], "extra_low": [1000.0, 200.0], "extra_high": [1400.0, 400.0]}
    rows |= {"spent": [9e4, 1e4], "kept": [0.7, 0.5], "kept_low": [0.6, 0.4], "kept_high": [0.8, 0.6]}
    item = profile.opportunities(BUYERS, pd.DataFrame(rows), days=90)
    assert said(item)["en"].startswith(
        "The largest product opportunity: 300 households who prefer fuel and parking made 1,200"
    )
    assert "70% still did 90 days later" in said(item, "so_what")["en"]
    assert "whether an offer pays is what trials tell" in said(item, "caution")["en"]
    assert len(item.shown_table()) == 2
