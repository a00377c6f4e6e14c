"""What is counted about each customer as of a day, and the tags that follow from it."""

from dataclasses import replace

from insight.contracts.table import CUSTOMER, Column, Table


def _share(name: str, meaning: str, zh: str, **more) -> Column:
    return Column(name, "number", meaning, zh, unit="share", **more)


def _days(name: str, meaning: str, zh: str) -> Column:
    return Column(name, "integer", meaning, zh, unit="days", minimum=0, required=True)


def _part(name: str, meaning: str, zh: str) -> Column:
    return Column(name, "number", meaning, zh, unit="share", minimum=0, maximum=1)


def _money(name: str, meaning: str, zh: str) -> Column:
    return Column(name, "money", meaning, zh, unit="currency", required=True)


PROFILE = Table(
    name="profile",
    row="a customer who has bought at least once",
    row_zh="一位至少消费过一次的客户",
    key=("customer_id",),
    columns=(
        CUSTOMER,
        Column("first_on", "day", "Day of the first purchase.", "首次消费日期。", required=True),
        Column("last_on", "day", "Day of the last purchase.", "最近一次消费日期。", required=True),
        _days(
            "recency_days",
            "Days from the last purchase to the last day that counts.",
            "距最近一次消费的天数。",
        ),
        _days("tenure_days", "Days from the first purchase to the last day that counts.", "距首次消费的天数。"),
        Column(
            "frequency",
            "integer",
            "Baskets in which something was paid for.",
            "有实付金额的订单（到店）数。",
            unit="baskets",
            minimum=1,
            required=True,
        ),
        Column(
            "purchase_days",
            "integer",
            "Different days with such a basket.",
            "有消费的天数。",
            unit="days",
            minimum=1,
            required=True,
        ),
        _money("monetary", "Purchases less refunds.", "净消费额（消费减退款）。"),
        _money("gross", "Purchases before refunds.", "消费总额（退款前）。"),
        _money("refunds", "What was paid back, as a positive amount.", "退款额（正数）。"),
        Column(
            "gap_days_mean",
            "number",
            "Mean days between neighbouring purchase days; empty with one such day.",
            "相邻消费日的平均间隔；只有一个消费日时为空。",
            unit="days",
            minimum=1,
        ),
        Column(
            "gap_days_median",
            "number",
            "Median days between neighbouring purchase days.",
            "相邻消费日间隔的中位数。",
            unit="days",
            minimum=1,
        ),
        Column("basket_mean", "number", "Purchases per basket.", "平均每单金额。", unit="currency"),
        _share("discount_share", "Reduction as a share of the price before it.", "优惠占优惠前金额的比例。"),
        _share("promoted_share", "Share of purchases bought on promotion.", "促销消费占消费额的比例。"),
        _part("weekend_share", "Share of baskets on Saturdays and Sundays.", "周末订单占比。"),
        _part("morning_share", "Share of baskets before noon.", "中午前订单占比。"),
        _part("evening_share", "Share of baskets from 17:00 on.", "17 点以后订单占比。"),
        _money("spend_recent", "Purchases in the last `trend_days`.", "最近 trend_days 天的消费额。"),
        _money("spend_before", "Purchases in as many days before those.", "之前同样天数的消费额。"),
        Column(
            "trend",
            "number",
            "(recent - before) / (recent + before); empty before twice `trend_days`, or without spending.",
            "（近期 − 前期）/（近期 + 前期）；客龄不足两倍 trend_days 或两期均无消费时为空。",
            minimum=-1,
            maximum=1,
        ),
        Column("categories", "integer", "Different categories bought.", "购买过的品类数。", minimum=1),
        Column("top_category", "text", "Category with most spending; ties by name.", "消费最多的品类。"),
        Column(
            "next_planned_on",
            "day",
            "Next appointment or journey ahead that was not cancelled; whoever has one is not silent.",
            "下一次未取消的预约或出行；有约者不视为沉默。",
            if_delivered=True,
        ),
    ),
    references={"customer_id": "customers"},
)

CATEGORY_SHARES = Table(
    name="category_shares",
    row="what a customer has spent in a category",
    row_zh="一位客户在一个品类的消费",
    key=("customer_id", "category"),
    columns=(
        CUSTOMER,
        Column("category", "text", "The category; `missing` where there is none.", "品类；未提供时为 missing。"),
        _money("amount", "Purchases in it.", "该品类消费额。"),
        _share("share", "Its share of the customer's purchases.", "占该客户消费额的比例。"),
    ),
    amount="amount",
    references={"customer_id": "customers"},
)

TAGS = Table(
    name="tags",
    row="a tag of a customer",
    row_zh="一位客户的一个标签",
    key=("customer_id", "tag"),
    columns=(
        CUSTOMER,
        Column("tag", "text", "Name of the tag in params/tags.", "标签名称（见 params/tags）。"),
        Column(
            "kind",
            "text",
            "`fact`: counted; `rule`: a judgement by a threshold; `model`: estimated.",
            "fact：事实；rule：按规则判断；model：模型预测。",
            allowed=("fact", "rule", "model"),
            required=True,
        ),
        Column("since", "day", "Day as of which it was found true.", "判定日期。", required=True),
        Column("valid_until", "day", "Last day on which it may be relied on.", "有效期至。", required=True),
    ),
    references={"customer_id": "customers"},
)

KPIS = Table(
    name="kpis",
    row="a key figure of one period, where it rests on enough customers to be shown",
    row_zh="一个时段的一项关键指标，仅限所涉客户数足以显示者",
    key=("kpi", "period"),
    columns=(
        Column("kpi", "text", "Name of the figure.", "指标名称。"),
        Column("period", "integer", "Periods back from the last one, 0.", "距最近时段的时段数，最近为 0。", minimum=0),
        Column("period_from", "day", "First day of the period.", "时段首日。", required=True),
        Column("period_to", "day", "Last day of the period.", "时段末日。", required=True),
        Column("numerator", "number", "What was counted.", "分子。", required=True),
        Column("denominator", "number", "Of how many; empty for counts and amounts.", "分母；计数与金额为空。"),
        Column("value", "number", "The figure: a count, an amount, or a share of 0 to 1.", "指标值。", required=True),
    ),
)

MODEL_TAGS = replace(
    TAGS, name="model_tags", row="a tag of a customer that an estimate gives", row_zh="一位客户由模型预测得出的一个标签"
)

TABLES = (PROFILE, CATEGORY_SHARES, TAGS, MODEL_TAGS, KPIS)
