"""What could be offered to whom, and the list that goes out."""

from typing import Any

from insight.contracts.table import CUSTOMER, Column, Table, text

_GROUP = Column("product_group", "text", "Group of products.", "商品组。", required=True)
_SCORE = Column(
    "score",
    "number",
    "Chance that the customer buys from the group in the coming weeks.",
    "客户在未来数周内购买该商品组的概率。",
    unit="share",
    required=True,
    minimum=0,
    maximum=1,
)
_SALES = Column(
    "expected_sales",
    "money",
    "Chance times what a week with the group brings; sales, not margin.",
    "购买概率乘以有购买周的平均金额；为销售额，而非毛利。",
    unit="currency",
    required=True,
    minimum=0,
)

_SHARE: dict[str, Any] = {"unit": "share", "minimum": 0, "maximum": 1, "required": True}

PROPENSITY = Table(
    name="propensity",
    row="one of the product groups that a customer is most likely to buy from",
    row_zh="客户最可能购买的商品组之一",
    key=("customer_id", "product_group"),
    columns=(
        CUSTOMER,
        _GROUP,
        _SCORE,
        Column(
            "rank",
            "integer",
            "Place among the customer's groups.",
            "在该客户各商品组中的名次。",
            required=True,
            minimum=1,
        ),
        Column(
            "weeks_since",
            "integer",
            "Whole weeks since the customer last bought from the group; empty when never.",
            "距该客户上次购买该商品组的整周数；从未购买则为空。",
            unit="weeks",
            minimum=0,
        ),
        _SALES,
        Column(
            "is_offerable",
            "flag",
            "Whether it may be offered: the customer has agreed to contact, was not contacted too recently, and has "
            "not bought it lately.",
            "是否可推荐：客户已同意联系，近期未被联系或推荐过，且近期未购买。",
            required=True,
        ),
    ),
    references={"customer_id": "customers"},
)

_SEND_ON = Column(
    "send_on",
    "day",
    "Day of the coming week on whose weekday the customer buys most; empty where no habits are known.",
    "下一周中该客户最常购买的星期几所对应的日期；习惯未知时为空。",
)

CAMPAIGN_LIST = Table(
    name="campaign_list",
    row="a customer on the list, to be contacted or held out",
    row_zh="名单上的一位客户，予以联系或作为对照",
    key=("customer_id",),
    columns=(
        CUSTOMER,
        Column("rank", "integer", "Place on the list.", "在名单上的名次。", required=True, minimum=1),
        Column("product_group", "text", "Group to be offered.", "推荐的商品组。", required=True),
        _SEND_ON,
        _SCORE,
        _SALES,
        Column(
            "cost",
            "money",
            "Cost of the contact; nothing for a hold-out.",
            "联系成本；对照为零。",
            unit="currency",
            required=True,
            minimum=0,
        ),
        Column(
            "response_cost",
            "money",
            "Expected cost of a response: chance times what a response costs; nothing for a hold-out.",
            "响应的预期成本：概率乘以一次响应的成本；对照为零。",
            unit="currency",
            required=True,
            minimum=0,
        ),
        Column(
            "is_holdout",
            "flag",
            "Drawn at random not to be contacted, so that the effect can be measured.",
            "随机抽取、不予联系，用以衡量效果。",
            required=True,
        ),
    ),
    references={"customer_id": "customers"},
)

_OFFER = Column("offer_id", "text", "Offer.", "优惠。", required=True)


def _money(name: str, meaning: str, meaning_zh: str) -> Column:
    return Column(name, "money", meaning, meaning_zh, unit="currency", required=True)


_CHANNEL = text(
    "channel",
    "Way of contact: the one that added most responses in trials of such customers, or another where that has no place "
    "left.",
    "触达渠道：在同类客户的试验中新增响应最多的渠道；其名额已满时为其他渠道。",
)

OFFER_LIST = Table(
    name="offer_list",
    row="a customer on the list of offers on trial, to be contacted or held out",
    row_zh="试验优惠名单上的一位客户，予以联系或作为对照",
    key=("customer_id",),
    columns=(
        CUSTOMER,
        Column("rank", "integer", "Place on the list.", "在名单上的名次。", required=True, minimum=1),
        _OFFER,
        _CHANNEL,
        _SEND_ON,
        Column(
            "uplift",
            "number",
            "Chance of a response that the contact adds.",
            "联系所增加的响应概率。",
            unit="share",
            required=True,
            minimum=0,
            maximum=1,
        ),
        _money(
            "expected_gain",
            "What the additional response brings within a year, times its chance, corrected for having been chosen.",
            "新增响应一年内带来的收益乘以其概率，并按入选偏差修正。",
        ),
        _money("gain_low", "Lower bound of its 95% interval.", "其 95% 区间下限。"),
        _money("gain_high", "Upper bound of its 95% interval.", "其 95% 区间上限。"),
        _money("cost", "Cost of the contact; nothing for a hold-out.", "联系成本；对照为零。"),
        _money(
            "response_cost",
            "Expected cost of a response; nothing for a hold-out.",
            "响应的预期成本；对照为零。",
        ),
        Column(
            "is_holdout",
            "flag",
            "Drawn at random not to be contacted, so that the effect can be measured.",
            "随机抽取、不予联系，用以衡量效果。",
            required=True,
        ),
        *(
            text(
                f"reason_{at}",
                "What is known of the customer that raises the uplift, those first that raise it most.",
                "推高响应增量的已知特征，按作用大小排列。",
            )
            for at in range(1, 4)
        ),
    ),
    references={"customer_id": "customers", "offer_id": "offers"},
)

OFFER_GAINS = Table(
    name="offer_gains",
    row="an offer on trial that is open to a customer, on the list or not",
    row_zh="一项可提供给某客户的试验优惠，无论是否列入名单",
    key=("customer_id", "offer_id"),
    columns=(
        Column("customer_id", "text", "Issued id of the customer.", "系统发放的客户编号。"),
        text("offer_id", "Offer.", "优惠。"),
        _CHANNEL,
        Column(
            "chance",
            "number",
            "Chance that the customer responds to a contact.",
            "客户响应联系的概率。",
            unit="share",
            required=True,
            minimum=0,
            maximum=1,
        ),
        _money(
            "expected_gain",
            "What a contact is expected to leave within a year, its costs deducted.",
            "一次联系一年内的预期净收益（已减去成本）。",
        ),
        _money("cost", "Cost of the contact and of its expected response.", "联系及其预期响应的成本。"),
    ),
    references={"customer_id": "customers", "offer_id": "offers"},
)

TRUE_EFFECTS = Table(
    name="true_effects",
    row="what an offer that is open to a customer truly brings, as of a made-up bank",
    row_zh="一项可提供给某客户的优惠的真实收益（模拟银行）",
    key=("customer_id", "offer_id"),
    columns=(
        Column("customer_id", "text", "Issued id of the person.", "系统发放的客户编号。"),
        text("offer_id", "Offer.", "优惠。"),
        Column(
            "net_gain",
            "number",
            "Margin that it adds in a year less what it costs; to score with, and for nothing else.",
            "一年内增加的利润减去成本，仅用于评估。",
            unit="currency",
            required=True,
        ),
    ),
    references={"customer_id": "customers"},
)

RESPONSE_WORTH = Table(
    name="response_worth",
    row="an offer on trial",
    row_zh="一项试验中的优惠",
    key=("offer_id",),
    columns=(
        _OFFER,
        Column(
            "worth",
            "number",
            "What an additional response of those contacted with it brings within a year, on average.",
            "触达客户的每次新增响应一年内平均带来的收益。",
            unit="currency",
            required=True,
        ),
    ),
    references={"offer_id": "offers"},
)

TRIGGER_LIST = Table(
    name="trigger_list",
    row="a customer whom an event makes a message due to on the next day, to be contacted or held out",
    row_zh="次日因某一事件应触达的一位客户，予以触达或作为对照",
    key=("customer_id",),
    columns=(
        Column("customer_id", "text", "Issued id of the customer.", "系统发放的客户编号。"),
        text("trigger", "The trigger, as the parameters name it.", "触发规则（按参数中的名称）。", required=True),
        Column("due_on", "day", "Day on which the message is due.", "应触达的日期。", required=True),
        text("reason", "Why, in English.", "原因（英文）。", required=True),
        text("reason_zh", "The same in Chinese.", "原因（中文）。", required=True),
        Column(
            "is_holdout",
            "flag",
            "Held out of this trigger at random, always the same customers, so that its effect can be measured.",
            "按规则随机保留、固定不予触达，用以衡量效果。",
            required=True,
        ),
    ),
    references={"customer_id": "customers"},
)

LIMIT_PROPOSALS = Table(
    name="limit_proposals",
    row="an open account that is not past due, with the limit that is proposed for a person to decide on",
    row_zh="一个未逾期的账户及供人决定的额度建议",
    key=("account_id",),
    columns=(
        text("account_id", "Name of the account.", "账户编号。"),
        text(
            *("proposal", "What is proposed: raise, keep, lower.", "建议：提高、保持、降低。"),
            required=True,
            allowed=("raise", "keep", "lower"),
        ),
        Column("limit_now", "money", "Credit limit now.", "当前额度。", unit="currency", required=True, minimum=0),
        Column("limit_proposed", "money", "Limit proposed.", "建议额度。", unit="currency", required=True, minimum=0),
        Column(
            *("probability", "number", "Chance of being 90 days past due within a year.", "一年内逾期 90 天的概率。"),
            **_SHARE,
        ),
        Column(
            *("expected_use", "number", "Use of the limit that is expected a year on.", "预期一年后的额度使用率。"),
            **_SHARE,
        ),
        *(
            Column(f"{name}_{when}", "money", f"{what} {limit}.", f"{limit_zh}{what_zh}。", unit="currency", minimum=0)
            for name, what, what_zh in (
                ("exposure", "What is owed should the account fall behind, with the", "下违约时的欠款"),
                ("loss", "Loss expected within a year, with the", "下一年内的预期损失"),
            )
            for when, limit, limit_zh in (("now", "limit now", "当前额度"), ("proposed", "limit proposed", "建议额度"))
        ),
        *(text(f"reason_{at}", "Why, the weightiest first.", "原因，按重要性排列。") for at in range(1, 4)),
        text("reasons_en", "The same in words.", "上述原因的英文说明。"),
        text("reasons_zh", "The same in Chinese.", "上述原因的中文说明。"),
    ),
    references={"account_id": "accounts"},
)

TABLES = (
    *(PROPENSITY, CAMPAIGN_LIST, OFFER_LIST, OFFER_GAINS, RESPONSE_WORTH, TRUE_EFFECTS, TRIGGER_LIST),
    LIMIT_PROPOSALS,
)
