"""What could be offered to whom, and the list that goes out."""

from insight.contracts.table import CUSTOMER, Column, Table

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

CAMPAIGN_LIST = Table(
    name="campaign_list",
    row="a customer on the list, to be contacted or held out",
    row_zh="名单上的一位客户，予以联系或作为对照",
    key=("customer_id",),
    columns=(
        CUSTOMER,
        Column("rank", "integer", "Place on the list.", "在名单上的名次。", required=True, minimum=1),
        Column("product_group", "text", "Group to be offered.", "推荐的商品组。", required=True),
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

TABLES = (PROPENSITY, CAMPAIGN_LIST)
