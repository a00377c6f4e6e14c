"""What is counted about each customer as of a day, and the tags that follow from it."""

from dataclasses import replace

from insight.contracts.table import CUSTOMER, Column, Table
from insight.contracts.tables.features import FEATURES


def _share(name: str, meaning: str, zh: str, **more) -> Column:
    return Column(name, "number", meaning, zh, unit="share", **more)


def _money(name: str, meaning: str, zh: str) -> Column:
    return Column(name, "money", meaning, zh, unit="currency", required=True)


PROFILE = Table(
    name="profile",
    row="a customer who has bought at least once",
    row_zh="一位至少消费过一次的客户",
    key=("customer_id",),
    columns=(
        CUSTOMER,
        *FEATURES,
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
