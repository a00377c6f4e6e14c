"""Where each customer belongs, and how customers moved between two days."""

from insight.contracts.table import Column, Table

STAGES = ("new", "growing", "active", "won_back", "drifting", "lapsed")
VALUE_TIERS = ("top", "middle", "base")


def _score(name: str, meaning: str, zh: str) -> Column:
    return Column(name, "integer", meaning, zh, unit="score", minimum=1, required=True)


SEGMENTS = Table(
    name="segments",
    row="a customer who has bought at least once",
    row_zh="一位至少消费过一次的客户",
    key=("customer_id",),
    columns=(
        Column("customer_id", "text", "Issued id of the person.", "系统发放的客户编号。"),
        _score("r", "Recency score; highest: bought most recently.", "最近消费得分，越高越近。"),
        _score("f", "Frequency score; highest: buys most often.", "消费频次得分，越高越频繁。"),
        _score("m", "Money score; highest: spends most.", "消费金额得分，越高越多。"),
        Column(
            "tier",
            "text",
            "Value tier: `top` brings the first half of sales, `middle` the next 30%, `base` the rest.",
            "价值层级：top 贡献前一半销售额，middle 接下来的 30%，base 其余。",
            allowed=VALUE_TIERS,
            required=True,
        ),
        Column("group", "text", "Behaviour group, A with the highest mean spending.", "行为群体，A 组人均消费最高。", required=True),
        Column(
            "stage", "text", "Where in the customer's life.", "生命周期阶段。", allowed=STAGES, required=True
        ),
    ),
    references={"customer_id": "customers"},
)

GROUPS = Table(
    name="groups",
    row="a behaviour group",
    row_zh="一个行为群体",
    key=("group",),
    columns=(
        Column("group", "text", "Letter of the group.", "群体代号。"),
        Column("name_en", "text", "What sets it apart, in English.", "群体特征（英文）。", required=True),
        Column("name_zh", "text", "What sets it apart, in Chinese.", "群体特征（中文）。", required=True),
        Column("customers", "integer", "Customers in it.", "客户数。", unit="customers", minimum=1, required=True),
        Column("monetary", "money", "Their purchases less refunds.", "净消费额。", unit="currency", required=True),
    ),
)

MIGRATION = Table(
    name="migration",
    row="the customers who moved from one stage to another",
    row_zh="从一个阶段移到另一个阶段的客户",
    key=("from_stage", "to_stage"),
    columns=(
        Column(
            "from_stage",
            "text",
            "Stage on the earlier day; `none`: not yet a customer.",
            "较早一天的阶段；none：尚非客户。",
            allowed=("none", *STAGES),
        ),
        Column("to_stage", "text", "Stage on the later day.", "较晚一天的阶段。", allowed=STAGES),
        Column("from_day", "day", "The earlier day.", "较早日期。", required=True),
        Column("to_day", "day", "The later day.", "较晚日期。", required=True),
        Column("customers", "integer", "Customers who did.", "客户数。", unit="customers", minimum=1, required=True),
    ),
)

TABLES = (SEGMENTS, GROUPS, MIGRATION)
