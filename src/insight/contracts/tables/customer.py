"""The tables that any business with customers can bring."""

from insight.contracts.table import CUSTOMER, TYPE_OF_CUSTOMER, Column, Table, more, text

_UNASSIGNED = Column(
    "customer_id",
    "text",
    "Issued id of the person; empty when nobody is known.",
    "系统发放的客户编号；未知时为空。",
)
_CURRENCY = Column("currency", "text", "Currency of the amounts, ISO 4217.", "金额的币种（ISO 4217）。", required=True)


TRANSACTIONS = Table(
    name="transactions",
    row="a purchase, payment or refund line",
    row_zh="一笔消费、还款或退款明细",
    key=("transaction_id",),
    columns=(
        text("transaction_id", "Name of the line, unique.", "明细编号，唯一。"),
        text(
            "basket_id",
            "The order or visit that the line belongs to.",
            "所属的订单或到店购物。",
            required=True,
        ),
        _UNASSIGNED,
        text("account_id", "The product held that it was booked on.", "入账的账户。"),
        Column("occurred_at", "instant", "When it happened, UTC.", "发生时刻（UTC）。", required=True, past=True),
        Column(
            "occurred_on",
            "day",
            "The day in the business time zone.",
            "业务时区的日期。",
            required=True,
            past=True,
        ),
        Column(
            "hour",
            "integer",
            "Hour of the day in the business time zone; empty when only days are known.",
            "业务时区的小时；只有日期时为空。",
            unit="hours",
            minimum=0,
            maximum=23,
            follows=True,
        ),
        Column(
            "amount",
            "money",
            "Signed amount: purchases positive, refunds negative.",
            "带符号金额：消费为正，退款为负。",
            unit="currency",
            required=True,
        ),
        _CURRENCY,
        text(
            "kind",
            "What kind of line it is.",
            "明细类型。",
            required=True,
            allowed=("purchase", "refund", "payment", "fee", "other"),
        ),
        Column("quantity", "number", "Units on the line.", "数量。", unit="units"),
        Column("discount", "money", "Reduction granted on the line.", "优惠金额。", unit="currency", minimum=0),
        Column("promoted", "flag", "Whether it was bought on promotion.", "是否促销购买。"),
        text("product_id", "The product bought.", "购买的商品。"),
        text("category", "The product's or merchant's category.", "商品或商户类别。"),
        text("merchant", "Shop or merchant.", "门店或商户。"),
        text("channel", "Way it was bought.", "渠道。"),
        more("posted_on", "day", "Day it was booked.", "入账日期。"),
        more("merchant_id", "text", "Number of the merchant.", "商户编号。"),
        more("city", "text", "City of the merchant; empty online.", "商户所在城市；线上为空。"),
        more("instalment_months", "integer", "Parts that it is paid in.", "分期期数。", unit="months"),
        more("disputed", "flag", "Whether the customer has disputed it.", "客户是否提出争议。"),
        more("original_id", "text", "Purchase that a refund gives back.", "退款对应的原消费。"),
        more("card_number", "integer", "Which of the account's cards paid.", "使用账户下的第几张卡。", minimum=1),
    ),
    amount="amount",
    references={"customer_id": "customers", "product_id": "products", "account_id": "accounts"},
    delivered=True,
)

CUSTOMERS = Table(
    name="customers",
    row="one person, without direct identifiers",
    row_zh="一位客户，不含直接标识",
    key=("customer_id",),
    columns=(
        text("customer_id", "Issued id of the person.", "系统发放的客户编号。"),
        Column(
            "birth_year",
            "integer",
            "Year of birth.",
            "出生年份。",
            unit="years",
            sensitivity="quasi-identifier",
            minimum=1901,  # whoever was born before has died; 1900 is what programs fill in
            maximum=2100,
            past=True,
        ),
        Column(
            "birth_month",
            "integer",
            "Month of birth, 1 to 12.",
            "出生月份，1 至 12。",
            sensitivity="quasi-identifier",
            minimum=1,
            maximum=12,
            if_delivered=True,
        ),
        text(
            "age_band",
            "Age band: as delivered, or by date of birth on the last day of the data.",
            "年龄段：按交付内容，或按出生日期计至数据截止日。",
            sensitivity="quasi-identifier",
        ),
        text("gender", "Gender as delivered.", "性别。", sensitivity="sensitive"),
        text("region", "Region, country or city.", "地区、国家或城市。", sensitivity="quasi-identifier"),
        text("origin", "Segment or source that the customer came from.", "客户来源或所属分类。"),
        text("income_band", "Income band as delivered.", "收入段。", sensitivity="sensitive"),
        text(
            "household_size",
            "Persons in the household, as delivered.",
            "家庭人数。",
            sensitivity="quasi-identifier",
        ),
        Column("first_seen_on", "day", "First day known to the business.", "首次出现日期。", past=True),
        Column(
            "consent",
            "flag",
            "Whether they may be contacted; empty when nobody asked.",
            "是否同意被联系；未询问则为空。",
        ),
        *TYPE_OF_CUSTOMER,
    ),
    delivered=True,
)

PRODUCTS = Table(
    name="products",
    row="a product on sale",
    row_zh="一种在售商品",
    key=("product_id",),
    columns=(
        text("product_id", "Name of the product.", "商品编号。"),
        text("name", "What it is called.", "商品名称。"),
        text("category", "Group that it is sold in.", "商品类别。"),
        text("department", "Department of the shop.", "部门。"),
        text("brand", "Brand.", "品牌。"),
    ),
    delivered=True,
)

ACCOUNTS = Table(
    name="accounts",
    row="a product held",
    row_zh="持有的一个账户",
    key=("account_id",),
    columns=(
        text("account_id", "Name of the account.", "账户编号。"),
        CUSTOMER,
        text("product", "Product held.", "产品。"),
        Column("opened_on", "day", "First day.", "开户日期。"),
        Column("closed_on", "day", "Last day; empty while open.", "销户日期；未销户则为空。"),
        Column("credit_limit", "money", "Credit limit.", "信用额度。", unit="currency", minimum=0),
        more("activated_on", "day", "Day of activation; empty before.", "激活日期；未激活则为空。"),
        more("status", "text", "State when it was delivered.", "交付时的状态。"),
        more("billing_day", "integer", "Day of the month of its statement.", "每月账单日。", minimum=1, maximum=31),
        more("autopay", "flag", "Whether it is paid automatically when delivered.", "交付时是否自动还款。"),
        more("branch", "text", "Branch that keeps it.", "开户网点。"),
    ),
    references={"customer_id": "customers"},
    delivered=True,
)

INTERACTIONS = Table(
    name="interactions",
    row="a touch that the customer began",
    row_zh="客户主动发起的一次互动",
    key=("interaction_id",),
    columns=(
        text("interaction_id", "Name of the touch.", "互动编号。"),
        CUSTOMER,
        Column(
            "occurred_at",
            "instant",
            "When, UTC: of a booking when it was made, else when what was planned took place.",
            "发生时刻（UTC）：预订则为下单时刻，否则为约定事项实际发生的时刻。",
            past=True,
        ),
        Column("occurred_on", "day", "The day in the business time zone.", "业务时区的日期。", past=True),
        text("channel", "Where.", "渠道。"),
        text("kind", "Visit, click, call, chat, appointment …", "访问、点击、来电、聊天、预约等。"),
        Column(
            "planned_at",
            "instant",
            "When an appointment or a journey was to be, UTC; may lie ahead.",
            "预约或出行的约定时刻（UTC），可在将来。",
            if_delivered=True,
        ),
        Column("planned_on", "day", "That day in the business time zone.", "业务时区的约定日期。", if_delivered=True),
        text(
            "outcome",
            "What became of what was planned; empty where nobody said.",
            "约定事项的结果；未说明则为空。",
            allowed=("planned", "kept", "missed", "cancelled"),
            if_delivered=True,
        ),
        more("result", "text", "What came of it, in the source's words.", "结果（按来源写法）。"),
        more("staff", "text", "Who served the customer.", "服务人员编号。"),
        more("device", "text", "System of the customer's device.", "客户设备的系统。"),
    ),
    references={"customer_id": "customers"},
    delivered=True,
    either=("occurred_at", "occurred_on", "planned_at", "planned_on"),
)

SERVICE_TICKETS = Table(
    name="service_tickets",
    row="a case",
    row_zh="一件服务工单",
    key=("ticket_id",),
    columns=(
        text("ticket_id", "Name of the case.", "工单编号。"),
        CUSTOMER,
        Column("opened_at", "instant", "When it was opened, UTC.", "受理时刻（UTC）。", required=True, past=True),
        Column("closed_at", "instant", "When it was closed, UTC.", "办结时刻（UTC）。"),
        text("channel", "Where.", "渠道。"),
        text("topic", "What about.", "主题。"),
        text("text", "What was written.", "工单内容。", sensitivity="sensitive"),
        Column("satisfaction", "number", "Satisfaction given.", "满意度。", unit="points"),
        more("account_id", "text", "Account that it is about.", "涉及的账户。"),
        more("language", "text", "Language it is written in.", "工单语言。"),
        more("resolution", "text", "How it ended.", "处理结果。"),
    ),
    references={"customer_id": "customers"},
    delivered=True,
)

MERCHANTS = Table(
    name="merchants",
    row="a shop or merchant",
    row_zh="一家门店或商户",
    key=("merchant_id",),
    columns=(
        text("merchant_id", "Number of the merchant.", "商户编号。"),
        text("name", "What it is called.", "商户名称。"),
        text("category", "What it sells.", "商户类别。"),
        text("mcc", "Merchant category code, ISO 18245.", "商户类别码（ISO 18245）。"),
        text("city", "City; empty online.", "所在城市；线上为空。"),
        Column("online", "flag", "Whether it sells online alone.", "是否仅线上经营。"),
    ),
    delivered=True,
)

CONSENTS = Table(
    name="consents",
    row="an answer to whether the customer may be contacted",
    row_zh="客户对是否同意被联系的一次答复",
    key=("customer_id", "given_on", "channel"),
    columns=(
        CUSTOMER,
        Column("given_on", "day", "Day of the answer; it holds since then.", "答复日期，自该日起有效。"),
        text("channel", "Where it was given.", "答复渠道。"),
        Column("granted", "flag", "Whether the customer agreed.", "是否同意。", required=True),
    ),
    references={"customer_id": "customers"},
    delivered=True,
)

FAQ = Table(
    name="faq",
    row="an answer that the business gives, in one language",
    row_zh="一条标准答复的一种语言版本",
    key=("answer_id", "language"),
    columns=(
        text("answer_id", "Number of the answer, the same in every language.", "答复编号，各语言相同。"),
        text("language", "Language.", "语言。"),
        text("topic", "What it is about.", "主题。"),
        text("question", "Question that it answers.", "问题。"),
        text("answer", "The answer.", "答复。", required=True),
        Column("since", "day", "Day since which it holds.", "生效日期。"),
    ),
    delivered=True,
)

EVENTS = Table(
    name="events",
    row="something that happened with a customer, whichever source told it",
    row_zh="与客户有关的一件事，无论来自哪个来源",
    key=("event_id",),
    columns=(
        text("event_id", "Its table and its key there.", "所在表及其编号。"),
        _UNASSIGNED,
        text("stream", "Table that it stands in.", "所在表。", required=True),
        Column(
            "occurred_at",
            "instant",
            "When, UTC; empty where only the day is known.",
            "发生时刻（UTC）；只有日期则为空。",
        ),
        Column("occurred_on", "day", "The day in the business time zone.", "业务时区的日期。", required=True),
        text("kind", "What happened, in the words of its table.", "事件类型（按所在表的说法）。"),
        text("channel", "Where.", "渠道。"),
        Column("amount", "money", "Amount, signed as in its table.", "金额（正负同所在表）。", unit="currency"),
    ),
    amount="amount",
    references={"customer_id": "customers"},
)

TABLES = (
    *(EVENTS, TRANSACTIONS, CUSTOMERS, PRODUCTS, MERCHANTS, ACCOUNTS),
    *(INTERACTIONS, SERVICE_TICKETS, FAQ, CONSENTS),
)
