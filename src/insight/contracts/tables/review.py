"""What campaigns brought."""

from insight.contracts.table import Column, Table


def _number(name: str, meaning: str, zh: str, **more) -> Column:
    return Column(name, "number", meaning, zh, **more)


def _per_week(name: str, meaning: str, zh: str) -> Column:
    return Column(name, "number", meaning, zh, unit="currency per customer and week")


def _count(name: str, meaning: str, zh: str) -> Column:
    return Column(name, "integer", meaning, zh, unit="customers", minimum=0)


CAMPAIGN_EFFECTS = Table(
    name="campaign_effects",
    row="a campaign, whether its effect could be estimated or not",
    row_zh="一次营销活动，无论其效果能否估计",
    key=("campaign_id",),
    columns=(
        Column("campaign_id", "text", "Name of the campaign.", "活动编号。", required=True),
        Column("name", "text", "What it is called.", "活动名称。"),
        Column("kind", "text", "Kind of campaign.", "活动类型。"),
        Column("starts_on", "day", "First day.", "开始日期。", required=True),
        Column("ends_on", "day", "Last day.", "结束日期。", required=True),
        _count("contacted", "Customers contacted.", "被联系的客户数。"),
        _count("held_out", "Customers held out.", "作为对照的客户数。"),
        _count(
            "responded",
            "Contacted customers who responded; empty when not recorded.",
            "有响应的被联系客户数；无记录则为空。",
        ),
        _number(
            "response_rate", "Share of the contacted who responded.", "响应率。", unit="share", minimum=0, maximum=1
        ),
        _number(
            "response_low", "Lower bound, Wilson 95%.", "响应率下限（Wilson 95%）。", unit="share", minimum=0, maximum=1
        ),
        _number(
            "response_high",
            "Upper bound, Wilson 95%.",
            "响应率上限（Wilson 95%）。",
            unit="share",
            minimum=0,
            maximum=1,
        ),
        Column(
            "verdict",
            "text",
            "Whether it could be compared, or why not.",
            "能否比较，或不能比较的原因。",
            required=True,
        ),
        Column(
            "comparison",
            "text",
            "Compared with hold-outs or with others.",
            "比较对象：对照或其他客户。",
            allowed=("others", "hold-out"),
        ),
        _per_week(
            "spend_per_week", "What the contacted spent during the campaign.", "被联系客户在活动期间的周均消费。"
        ),
        _per_week("effect", "How much more than comparable customers.", "比可比客户多消费的金额。"),
        _per_week("effect_low", "Lower bound, 95%.", "效果下限（95%）。"),
        _per_week("effect_high", "Upper bound, 95%.", "效果上限（95%）。"),
        _per_week(
            "placebo", "The same before the campaign, when there was none.", "活动开始之前的同口径差额（安慰剂检验）。"
        ),
        _per_week("placebo_low", "Lower bound, 95%.", "安慰剂检验下限（95%）。"),
        _per_week("placebo_high", "Upper bound, 95%.", "安慰剂检验上限（95%）。"),
        _number(
            "effective_contacted",
            "Contacted customers who count after weighting.",
            "加权后有效的被联系客户数。",
            unit="customers",
            minimum=0,
        ),
        _number(
            "balance_before",
            "Largest standardised difference before weighting.",
            "加权前最大标准化差异。",
            unit="standard deviations",
            minimum=0,
        ),
        _number(
            "balance_after",
            "Largest standardised difference after weighting.",
            "加权后最大标准化差异。",
            unit="standard deviations",
            minimum=0,
        ),
    ),
    references={"campaign_id": "campaigns"},
)

OFFER_RESULTS = Table(
    name="offer_results",
    row="an offer that can be read out by itself",
    row_zh="一项可单独评估的优惠",
    key=("offer_id",),
    columns=(
        Column(
            "offer_id",
            "text",
            "Offer; the campaigns' name where contacts name none.",
            "优惠；触达未注明优惠时为活动名称。",
            required=True,
        ),
        Column("code", "text", "Its product, else its name.", "产品；没有时为名称。", required=True),
        Column("name", "text", "Its name.", "名称。", required=True),
        _count("contacted", "Contacts in campaigns with a control group.", "设有对照组的活动中的触达数。"),
        _count("held_out", "Customers held out.", "对照客户数。"),
        _count("responded", "Contacts responded to.", "有响应的触达数。"),
        _count("held_responded", "Held out customers who did the same.", "对照客户中有同样行为的人数。"),
        _number("rate", "Response rate of contacts.", "触达响应率。", unit="share", minimum=0, maximum=1),
        _number("held_rate", "The same of those held out.", "对照组响应率。", unit="share", minimum=0, maximum=1),
        _number("added", "The first less the second.", "两者之差。", unit="share"),
        _number("added_low", "Lower bound, 95% for all offers.", "差值下限（全部优惠 95%）。", unit="share"),
        _number("added_high", "Upper bound, 95% for all offers.", "差值上限（全部优惠 95%）。", unit="share"),
        _count("contacts_year", "Contacts of the last year, compared or not.", "最近一年的触达数。"),
        _number("contact_cost", "Cost of a contact.", "每次触达的成本。", unit="currency", minimum=0),
        _number("response_cost", "Cost of a response.", "每次响应的成本。", unit="currency", minimum=0),
        _number("worth", "What a response brings; empty if unknown.", "每次响应的收益；未知则为空。", unit="currency"),
        _number("spent", "Of a contact with its responses.", "每次触达及其响应的成本。", unit="currency", minimum=0),
        _number("price", "Cost of an added response; empty if none is added.", "每次净增响应的成本；无净增则为空。"),
        _number("price_low", "Its lower bound.", "其下限。"),
        _number("price_high", "Its upper bound; empty if none may be added.", "其上限；可能无净增则为空。"),
        _number("returned", "What comes back per unit spent; empty if unknown.", "每单位花费的回报；未知则为空。"),
        _number("returned_low", "Its lower bound.", "其下限。"),
        _number("returned_high", "Its upper bound.", "其上限。"),
        Column(
            "next",
            "text",
            "What to do next.",
            "下一步。",
            required=True,
            allowed=("scale", "change", "stop", "again"),
        ),
    ),
)

TABLES = (CAMPAIGN_EFFECTS, OFFER_RESULTS)
