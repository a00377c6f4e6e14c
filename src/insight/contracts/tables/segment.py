"""Where each customer belongs, and how customers moved between two days."""

from insight.contracts.table import Column, Table

STAGES = ("new", "growing", "mature", "won_back", "drifting", "dormant", "lost")
VALUE_TIERS = ("top", "middle", "base")


def _score(name: str, meaning: str, zh: str) -> Column:
    return Column(name, "integer", meaning, zh, unit="score", minimum=1, required=True)


def _text(name: str, meaning: str, zh: str, **more) -> Column:
    return Column(name, "text", meaning, zh, required=True, **more)


def _customers(meaning: str, zh: str) -> Column:
    return Column("customers", "integer", meaning, zh, unit="customers", minimum=1, required=True)


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
        _text(
            "tier",
            "Value tier: `top` brings the first half of sales, `middle` the next 30%, `base` the rest.",
            "价值层级：top 贡献前一半销售额，middle 接下来的 30%，base 其余。",
            allowed=VALUE_TIERS,
        ),
        _text("group", "Behaviour group, A with the highest mean spending.", "行为群体，A 组人均消费最高。"),
        _text("stage", "Where in the customer's life.", "生命周期阶段。", allowed=STAGES),
    ),
    references={"customer_id": "customers"},
)

GROUPS = Table(
    name="groups",
    row="a behaviour group",
    row_zh="一个行为群体",
    key=("group",),
    columns=(
        _text("group", "Letter of the group.", "群体代号。"),
        _text("name_en", "What sets it apart, in English.", "群体特征（英文）。"),
        _text("name_zh", "What sets it apart, in Chinese.", "群体特征（中文）。"),
        _customers("Customers in it.", "客户数。"),
        Column("monetary", "money", "Their net purchases.", "净消费额。", unit="currency", required=True),
    ),
)

MIGRATION = Table(
    name="migration",
    row="the customers who moved from one stage to another",
    row_zh="从一个阶段移到另一个阶段的客户",
    key=("from_stage", "to_stage"),
    columns=(
        _text(
            "from_stage",
            "Stage on the earlier day; `none`: not yet a customer.",
            "较早一天的阶段；none：尚非客户。",
            allowed=("none", *STAGES),
        ),
        _text("to_stage", "Stage on the later day.", "较晚一天的阶段。", allowed=STAGES),
        Column("from_day", "day", "The earlier day.", "较早日期。", required=True),
        Column("to_day", "day", "The later day.", "较晚日期。", required=True),
        _customers("Customers who did.", "客户数。"),
    ),
)

PLAYBOOK = Table(
    name="playbook",
    row="a customer who has bought at least once, with what the playbook gives them",
    row_zh="一位至少消费过一次的客户，及其适用的策略",
    key=("customer_id",),
    columns=(
        Column("customer_id", "text", "Issued id of the person.", "系统发放的客户编号。"),
        _text("rule", "Rule of params/playbook.yaml that applies.", "适用的策略规则（见 params/playbook.yaml）。"),
        _text("purpose", "What the customer's tags are used for by it.", "该规则使用标签的目的。"),
        _text("channel", "By what the customer is reached; `none`: not at all.", "触达渠道；none：不触达。"),
    ),
    references={"customer_id": "customers"},
)

TRUE_SEGMENTS = Table(
    name="true_segments",
    row="a customer whose true group and stage are known, as of a made-up bank",
    row_zh="一位真实群体与阶段已知的客户（模拟银行）",
    key=("customer_id",),
    columns=(
        Column("customer_id", "text", "Issued id of the person.", "系统发放的客户编号。"),
        _text("group", "True behaviour group; to score with, and for nothing else.", "真实行为群体，仅用于评估。"),
        _text(
            "stage",
            "True stage on the last day; to score with, and for nothing else.",
            "最后一天的真实阶段，仅用于评估。",
        ),
    ),
    references={"customer_id": "customers"},
)

TRUE_PEOPLE = Table(
    name="true_people",
    row="a customer of a made-up bank, with the person whom most of their records are of",
    row_zh="模拟银行的一位客户，及其多数记录所属的人",
    key=("customer_id",),
    columns=(
        Column("customer_id", "text", "Issued id of the customer.", "系统发放的客户编号。"),
        Column(
            "person",
            "integer",
            "Number of the person in the made-up bank; to play its next months with, and for nothing else.",
            "该人在模拟银行中的序号，仅用于推演其后的月份。",
        ),
    ),
    references={"customer_id": "customers"},
)

FLAT_GROUPS = Table(
    name="flat_groups",
    row="a customer of a flat table without a label",
    row_zh="无标签宽表中的一位客户",
    key=("row_id",),
    columns=(
        _text("row_id", "The row, as in `flat_customers`.", "对应 `flat_customers` 的行。"),
        _text("group", "Group, A with the highest columns on average.", "群体，A 组各列平均最高。"),
    ),
    references={"row_id": "flat_customers"},
)

TABLES = (FLAT_GROUPS, SEGMENTS, GROUPS, MIGRATION, PLAYBOOK, TRUE_SEGMENTS, TRUE_PEOPLE)
