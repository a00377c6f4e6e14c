"""The tables that any business with customers can bring."""

from insight.contracts.table import Column, Table

_CUSTOMER = Column("customer_id", "text", "Issued id of the person.", "系统发放的客户编号。", required=True)
_UNASSIGNED = Column(
    "customer_id",
    "text",
    "Issued id of the person; empty when nobody is known.",
    "系统发放的客户编号；未知时为空。",
)
_CURRENCY = Column(
    "currency", "text", "Currency of the amounts, ISO 4217.", "金额的币种（ISO 4217）。", required=True
)


def _text(name: str, meaning: str, zh: str, **more) -> Column:
    return Column(name, "text", meaning, zh, **more)


TRANSACTIONS = Table(
    name="transactions",
    row="a purchase, payment or refund line",
    row_zh="一笔消费、还款或退款明细",
    key=("transaction_id",),
    columns=(
        _text("transaction_id", "Name of the line, unique.", "明细编号，唯一。"),
        _text(
            "basket_id",
            "The order or visit that the line belongs to.",
            "所属的订单或到店购物。",
            required=True,
        ),
        _UNASSIGNED,
        _text("account_id", "The product held that it was booked on.", "入账的账户。"),
        Column(
            "occurred_at", "instant", "When it happened, UTC.", "发生时刻（UTC）。", required=True, past=True
        ),
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
        _text(
            "kind",
            "What kind of line it is.",
            "明细类型。",
            required=True,
            allowed=("purchase", "refund", "payment", "fee", "other"),
        ),
        Column("quantity", "number", "Units on the line.", "数量。", unit="units"),
        Column(
            "discount", "money", "Reduction granted on the line.", "优惠金额。", unit="currency", minimum=0
        ),
        Column("promoted", "flag", "Whether it was bought on promotion.", "是否促销购买。"),
        _text("product_id", "The product bought.", "购买的商品。"),
        _text("category", "The product's or merchant's category.", "商品或商户类别。"),
        _text("merchant", "Shop or merchant.", "门店或商户。"),
        _text("channel", "Way it was bought.", "渠道。"),
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
        _text("customer_id", "Issued id of the person.", "系统发放的客户编号。"),
        Column(
            "birth_year",
            "integer",
            "Year of birth.",
            "出生年份。",
            unit="years",
            sensitivity="quasi-identifier",
            minimum=1880,
            maximum=2100,
        ),
        _text("age_band", "Age band as delivered.", "年龄段。", sensitivity="quasi-identifier"),
        _text("gender", "Gender as delivered.", "性别。", sensitivity="sensitive"),
        _text("region", "Region, country or city.", "地区、国家或城市。", sensitivity="quasi-identifier"),
        _text("origin", "Segment or source that the customer came from.", "客户来源或所属分类。"),
        _text("income_band", "Income band as delivered.", "收入段。", sensitivity="sensitive"),
        _text(
            "household_size",
            "Persons in the household, as delivered.",
            "家庭人数。",
            sensitivity="quasi-identifier",
        ),
        Column("first_seen_on", "day", "First day known to the business.", "首次出现日期。"),
        Column(
            "consent",
            "flag",
            "Whether they may be contacted; empty when nobody asked.",
            "是否同意被联系；未询问则为空。",
        ),
    ),
    delivered=True,
)

PRODUCTS = Table(
    name="products",
    row="a product on sale",
    row_zh="一种在售商品",
    key=("product_id",),
    columns=(
        _text("product_id", "Name of the product.", "商品编号。"),
        _text("name", "What it is called.", "商品名称。"),
        _text("category", "Group that it is sold in.", "商品类别。"),
        _text("department", "Department of the shop.", "部门。"),
        _text("brand", "Brand.", "品牌。"),
    ),
    delivered=True,
)

CAMPAIGNS = Table(
    name="campaigns",
    row="a campaign with its days",
    row_zh="一次营销活动及其起止日期",
    key=("campaign_id",),
    columns=(
        _text("campaign_id", "Name of the campaign.", "活动编号。"),
        _text("name", "What it is called.", "活动名称。"),
        _text("kind", "Kind of campaign.", "活动类型。"),
        Column("starts_on", "day", "First day.", "开始日期。", required=True),
        Column("ends_on", "day", "Last day.", "结束日期。", required=True),
    ),
    delivered=True,
)

OFFERS = Table(
    name="offers",
    row="an offer in the catalogue",
    row_zh="目录中的一个优惠",
    key=("offer_id",),
    columns=(
        _text("offer_id", "Name of the offer.", "优惠编号。"),
        _text("campaign_id", "Campaign that carries it.", "所属活动。"),
        _text("product", "Product or group of products it is about.", "对应的商品或商品组。"),
        Column("cost", "money", "Cost of one acceptance.", "每次兑现的成本。", unit="currency", minimum=0),
        Column("margin", "money", "Margin of one acceptance.", "每次兑现的毛利。", unit="currency"),
        _text("eligibility", "Who may get it.", "适用条件。"),
        _text("channels", "Ways it may be sent.", "可用渠道。"),
        Column(
            "cooldown_days",
            "integer",
            "Days before it may be sent again.",
            "再次发送的间隔天数。",
            unit="days",
            minimum=0,
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
        _text("offer_id", "Name of the offer.", "优惠编号。"),
        _text("product_id", "Name of the product.", "商品编号。"),
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
        _text("contact_id", "Name of the contact.", "触达编号。"),
        _CUSTOMER,
        _text("campaign_id", "Campaign that it belongs to.", "所属活动。", required=True),
        _text("offer_id", "Offer that it carried.", "所带优惠。"),
        _text("channel", "Way it was sent.", "渠道。"),
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
        _text("response_id", "Name of the response.", "响应编号。"),
        _text(
            "contact_id", "Contact that it answers; empty when there was none.", "对应的触达；没有则为空。"
        ),
        _CUSTOMER,
        _text("campaign_id", "Campaign that it answers.", "对应的活动。"),
        Column("responded_at", "instant", "When, UTC.", "响应时刻（UTC）。", required=True),
        Column(
            "responded_on", "day", "The day in the business time zone.", "业务时区的日期。", required=True
        ),
        _text("kind", "What the customer did.", "响应方式。", required=True),
        Column("value", "money", "What it was worth.", "响应金额。", unit="currency"),
    ),
    references={"contact_id": "contacts", "customer_id": "customers", "campaign_id": "campaigns"},
    delivered=True,
)

ACCOUNTS = Table(
    name="accounts",
    row="a product held",
    row_zh="持有的一个账户",
    key=("account_id",),
    columns=(
        _text("account_id", "Name of the account.", "账户编号。"),
        _CUSTOMER,
        _text("product", "Product held.", "产品。"),
        Column("opened_on", "day", "First day.", "开户日期。"),
        Column("closed_on", "day", "Last day; empty while open.", "销户日期；未销户则为空。"),
        Column("credit_limit", "money", "Credit limit.", "信用额度。", unit="currency", minimum=0),
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
        _text("interaction_id", "Name of the touch.", "互动编号。"),
        _CUSTOMER,
        Column("occurred_at", "instant", "When, UTC.", "发生时刻（UTC）。", required=True, past=True),
        Column(
            "occurred_on",
            "day",
            "The day in the business time zone.",
            "业务时区的日期。",
            required=True,
            past=True,
        ),
        _text("channel", "Where.", "渠道。"),
        _text("kind", "Visit, click, call, chat …", "访问、点击、来电、聊天等。"),
    ),
    references={"customer_id": "customers"},
    delivered=True,
)

SERVICE_TICKETS = Table(
    name="service_tickets",
    row="a case",
    row_zh="一件服务工单",
    key=("ticket_id",),
    columns=(
        _text("ticket_id", "Name of the case.", "工单编号。"),
        _CUSTOMER,
        Column(
            "opened_at", "instant", "When it was opened, UTC.", "受理时刻（UTC）。", required=True, past=True
        ),
        Column("closed_at", "instant", "When it was closed, UTC.", "办结时刻（UTC）。"),
        _text("channel", "Where.", "渠道。"),
        _text("topic", "What about.", "主题。"),
        _text("text", "What was written.", "工单内容。", sensitivity="sensitive"),
        Column("satisfaction", "number", "Satisfaction given.", "满意度。", unit="points"),
    ),
    references={"customer_id": "customers"},
    delivered=True,
)

CUSTOMER_RECORDS = Table(
    name="customer_records",
    row="a customer as one source system knows them",
    row_zh="某一来源系统中的一条客户记录",
    key=("source_system", "source_record_id"),
    columns=(
        _text("source_system", "System that delivered it.", "来源系统。"),
        _text("source_record_id", "Its key there.", "在来源系统中的编号。", sensitivity="direct identifier"),
        _text("full_name", "Name in one piece.", "姓名。", sensitivity="direct identifier"),
        _text("given_name", "Given name.", "名。", sensitivity="direct identifier"),
        _text("family_name", "Family name.", "姓。", sensitivity="direct identifier"),
        Column("birth_date", "day", "Date of birth.", "出生日期。", sensitivity="direct identifier"),
        _text("document_number", "Identity document.", "证件号码。", sensitivity="direct identifier"),
        _text("phone", "Telephone.", "电话。", sensitivity="direct identifier"),
        _text("email", "E-mail.", "电子邮箱。", sensitivity="direct identifier"),
        _text("address", "Postal address.", "地址。", sensitivity="direct identifier"),
        Column("updated_at", "instant", "Last change in the source, UTC.", "来源系统最后更新时刻（UTC）。"),
    ),
    delivered=True,
)

CROSSWALK = Table(
    name="crosswalk",
    row="a source record's customer",
    row_zh="来源记录与客户的对应",
    key=("source_system", "source_record_id"),
    columns=(
        _text("source_system", "System that delivered it.", "来源系统。"),
        _text("source_record_id", "Its key there.", "在来源系统中的编号。", sensitivity="direct identifier"),
        _CUSTOMER,
        Column("match_probability", "number", "How sure the match is.", "匹配概率。", minimum=0, maximum=1),
        Column("since", "day", "Day from which it holds.", "生效日期。"),
    ),
    references={"customer_id": "customers"},
)

DELIVERY = Table(
    name="delivery",
    row="what became of one delivered file's rows for one table",
    row_zh="一个交付文件中某张表的行的去向",
    key=("table_name", "source_file"),
    columns=(
        _text("table_name", "Canonical table.", "标准表。"),
        _text("source_file", "File or database table as delivered.", "交付的文件或数据库表。"),
        *(
            Column(
                f"rows_{what}",
                "integer",
                f"Rows {en}.",
                f"{zh}的行数。",
                unit="rows",
                required=True,
                minimum=0,
            )
            for what, en, zh in (
                ("delivered", "delivered", "交付"),
                ("accepted", "accepted", "接受"),
                ("quarantined", "set aside", "隔离"),
                ("duplicate", "removed as repeated", "因重复而移除"),
            )
        ),
        *(
            Column(
                f"amount_{what}",
                "money",
                f"Amount {en}; empty where the table has none.",
                f"{zh}的金额；无金额则为空。",
                unit="currency",
            )
            for what, en, zh in (
                ("delivered", "delivered", "交付"),
                ("accepted", "accepted", "接受"),
                ("quarantined", "set aside", "隔离"),
                ("duplicate", "removed as repeated", "因重复而移除"),
            )
        ),
    ),
)

TABLES = (
    CUSTOMER_RECORDS,
    CROSSWALK,
    CUSTOMERS,
    ACCOUNTS,
    TRANSACTIONS,
    PRODUCTS,
    INTERACTIONS,
    CAMPAIGNS,
    OFFERS,
    OFFER_PRODUCTS,
    CONTACTS,
    RESPONSES,
    SERVICE_TICKETS,
    DELIVERY,
)
