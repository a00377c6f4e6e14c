"""What a business offers to whom, and what follows: campaigns, offers, contacts, responses."""

from insight.contracts.table import CUSTOMER, Column, Table, more, text

CAMPAIGNS = Table(
    name="campaigns",
    row="a campaign with its days",
    row_zh="一次营销活动及其起止日期",
    key=("campaign_id",),
    columns=(
        text("campaign_id", "Name of the campaign.", "活动编号。"),
        text("name", "What it is called.", "活动名称。"),
        text("kind", "Kind of campaign.", "活动类型。"),
        Column("starts_on", "day", "First day.", "开始日期。", required=True),
        Column("ends_on", "day", "Last day.", "结束日期。", required=True),
        more("offer_id", "text", "Offer that it carries; empty where several.", "所带优惠；多个则为空。"),
        more("channel", "text", "Way it is sent; empty where several.", "渠道；多个则为空。"),
        more("holdout_share", "number", "Share held out.", "对照比例。", unit="share", minimum=0, maximum=1),
    ),
    delivered=True,
)

OFFERS = Table(
    name="offers",
    row="an offer in the catalogue",
    row_zh="目录中的一个优惠",
    key=("offer_id",),
    columns=(
        text("offer_id", "Name of the offer.", "优惠编号。"),
        text("campaign_id", "Campaign that carries it.", "所属活动。"),
        text("product", "Product or group of products it is about.", "对应的商品或商品组。"),
        Column("cost", "money", "Cost of one acceptance.", "每次兑现的成本。", unit="currency", minimum=0),
        Column("margin", "money", "Margin of one acceptance.", "每次兑现的毛利。", unit="currency"),
        text("eligibility", "Who may get it.", "适用条件。"),
        text("channels", "Ways it may be sent.", "可用渠道。"),
        Column(
            "cooldown_days",
            "integer",
            "Days before it may be sent again.",
            "再次发送的间隔天数。",
            unit="days",
            minimum=0,
        ),
        more("name", "text", "What it is called.", "优惠名称。"),
        more("contact_cost", "money", "Cost of one contact.", "每次触达的成本。", unit="currency", minimum=0),
        more(
            "horizon_months", "integer", "Months that its effect lasts.", "效果持续的月数。", unit="months", minimum=0
        ),
    ),
    references={"campaign_id": "campaigns"},
    delivered=True,
)

OFFER_PRODUCTS = Table(
    name="offer_products",
    row="a product that an offer covers",
    row_zh="优惠涵盖的一种商品",
    key=("offer_id", "product_id"),
    columns=(
        text("offer_id", "Name of the offer.", "优惠编号。"),
        text("product_id", "Name of the product.", "商品编号。"),
    ),
    references={"offer_id": "offers", "product_id": "products"},
    delivered=True,
)

CONTACTS = Table(
    name="contacts",
    row="one treatment, or its hold-out",
    row_zh="一次触达，或其对照",
    key=("contact_id",),
    columns=(
        text("contact_id", "Name of the contact.", "触达编号。"),
        CUSTOMER,
        text("campaign_id", "Campaign that it belongs to.", "所属活动。", required=True),
        text("offer_id", "Offer that it carried.", "所带优惠。"),
        text("channel", "Way it was sent.", "渠道。"),
        Column("sent_at", "instant", "When it was sent, UTC.", "发送时刻（UTC）。", required=True),
        Column("sent_on", "day", "The day in the business time zone.", "业务时区的日期。", required=True),
        Column(
            "is_holdout",
            "flag",
            "Whether nothing was sent, on purpose.",
            "是否为特意不发送的对照。",
            required=True,
        ),
        Column(
            "propensity",
            "number",
            "Chance that this customer was chosen.",
            "被选中的概率。",
            minimum=0,
            maximum=1,
        ),
        more("is_random", "flag", "Whether lots chose customer and offer.", "客户与优惠是否随机抽取。"),
    ),
    references={"customer_id": "customers", "campaign_id": "campaigns", "offer_id": "offers"},
    delivered=True,
)

RESPONSES = Table(
    name="responses",
    row="what followed a contact",
    row_zh="触达之后的一次响应",
    key=("response_id",),
    columns=(
        text("response_id", "Name of the response.", "响应编号。"),
        text("contact_id", "Contact that it answers; empty when there was none.", "对应的触达；没有则为空。"),
        CUSTOMER,
        text("campaign_id", "Campaign that it answers.", "对应的活动。"),
        Column("responded_at", "instant", "When, UTC.", "响应时刻（UTC）。", required=True),
        Column("responded_on", "day", "The day in the business time zone.", "业务时区的日期。", required=True),
        text("kind", "What the customer did.", "响应方式。", required=True),
        Column("value", "money", "What it was worth.", "响应金额。", unit="currency"),
        more("offer_id", "text", "Offer that it answers.", "对应的优惠。"),
    ),
    references={"contact_id": "contacts", "customer_id": "customers", "campaign_id": "campaigns"},
    delivered=True,
)

TRUE_CONTACTS = Table(
    name="true_contacts",
    row="a contact whose effect is known, as of a made-up bank",
    row_zh="真实效果已知的一次触达（模拟银行）",
    key=("contact_id",),
    columns=(
        text("contact_id", "Name of the contact.", "触达编号。"),
        *(
            Column(f"chance_{side}", "number", meaning, meaning_zh, unit="share", minimum=0, maximum=1, required=True)
            for side, meaning, meaning_zh in (
                (
                    "without",
                    "True chance of a response without the contact; to score with alone.",
                    "不触达时的真实响应概率，仅用于评估。",
                ),
                (
                    "with",
                    "True chance of a response with the contact; to score with alone.",
                    "触达后的真实响应概率，仅用于评估。",
                ),
            )
        ),
    ),
)

TABLES = (CAMPAIGNS, OFFERS, OFFER_PRODUCTS, CONTACTS, RESPONSES, TRUE_CONTACTS)
