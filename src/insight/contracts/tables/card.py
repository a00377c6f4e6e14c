"""The credit card's own tables, beside those of every business."""

from typing import Any

from insight.contracts.table import CUSTOMER, Column, Table, more, text

_ACCOUNT = Column("account_id", "text", "The card account.", "信用卡账户。", required=True)
_CARD = Column("card_number", "integer", "Which of the account's cards it is.", "账户下的第几张卡。", minimum=1)
_BY_CUSTOMER = {"customer_id": "customers"}
_BY_ACCOUNT = {"account_id": "accounts"}

APPLICATIONS = Table(
    name="applications",
    row="an application for a card",
    row_zh="一次办卡申请",
    key=("application_id",),
    columns=(
        text("application_id", "Name of the application.", "申请编号。"),
        CUSTOMER,
        Column("applied_on", "day", "Day of the application.", "申请日期。", required=True, past=True),
        Column("channel", "text", "Way it came.", "渠道。"),
        Column("product", "text", "Card applied for.", "申请的卡种。"),
        Column(
            "decision",
            "text",
            "Outcome.",
            "审批结果。",
            allowed=("approved", "declined", "withdrawn", "pending"),
        ),
        Column("decided_on", "day", "Day of the decision.", "审批日期。"),
        Column("account_id", "text", "Account that it led to.", "开立的账户。"),
        more("occupation", "text", "Occupation as stated.", "申报职业。", sensitivity="quasi-identifier"),
        more("education", "text", "Education as stated.", "申报学历。", sensitivity="quasi-identifier"),
        more(
            *("stated_income", "money", "Income a year as stated.", "申报年收入。"),
            unit="currency",
            sensitivity="sensitive",
            minimum=0,
        ),
        more("decline_reason", "text", "Why it was declined.", "拒绝原因。"),
        more("approved_limit", "money", "Credit limit granted.", "核准额度。", unit="currency", minimum=0),
    ),
    references=_BY_CUSTOMER,
    delivered=True,
)

APPLICATION_CHECKS = Table(
    name="application_checks",
    row="a check of an applicant's identity",
    row_zh="一次申请人身份核验",
    key=("check_id",),
    columns=(
        text("check_id", "Name of the check.", "核验编号。"),
        text("application_id", "Application that it belongs to.", "所属申请。", required=True),
        CUSTOMER,
        Column("checked_at", "instant", "When it began, UTC.", "开始时刻（UTC）。", required=True, past=True),
        Column("checked_on", "day", "The day in the business time zone.", "业务时区的日期。", required=True, past=True),
        text("kind", "Document, face or voice.", "证件、人脸或声纹。", required=True),
        text("document", "Kind of document shown.", "出示的证件类型。"),
        text("device", "Device that it was done on.", "所用设备。"),
        text("outcome", "Passed or failed.", "通过或未通过。"),
        Column("minutes", "number", "How long it took.", "用时。", unit="minutes", minimum=0),
        text("staff", "Who did it.", "核验人员编号。"),
    ),
    references={**_BY_CUSTOMER, "application_id": "applications"},
    delivered=True,
)

REFERRALS = Table(
    name="referrals",
    row="an application that a customer referred",
    row_zh="一次由老客户推荐的申请",
    key=("application_id",),
    columns=(
        text("application_id", "Application referred.", "被推荐的申请。"),
        Column("customer_id", "text", "Issued id of who referred it.", "推荐人的客户编号。", required=True),
        Column("referred_on", "day", "Day of the referral.", "推荐日期。", required=True, past=True),
    ),
    references={**_BY_CUSTOMER, "application_id": "applications"},
    delivered=True,
)

CARDS = Table(
    name="cards",
    row="a card of an account",
    row_zh="账户下的一张卡",
    key=("account_id", "card_number"),
    columns=(
        _ACCOUNT,
        _CARD,
        text("holder", "Whose it is: the holder's, a firm's owner's, an employee's.", "持卡人：本人、企业主或员工。"),
        Column("issued_on", "day", "Day of issue.", "发卡日期。"),
    ),
    references=_BY_ACCOUNT,
    delivered=True,
)

LIMIT_CHANGES = Table(
    name="limit_changes",
    row="a change of an account's credit limit",
    row_zh="一次账户额度调整",
    key=("account_id", "changed_on"),
    columns=(
        _ACCOUNT,
        Column("changed_on", "day", "Day from which the new limit holds.", "新额度生效日期。", past=True),
        Column("old_limit", "money", "Limit before.", "原额度。", unit="currency", minimum=0),
        Column("new_limit", "money", "Limit since.", "新额度。", unit="currency", required=True, minimum=0),
        text("reason", "Why.", "原因。"),
    ),
    references=_BY_ACCOUNT,
    delivered=True,
)

ACCOUNT_CHANGES = Table(
    name="account_changes",
    row="a change of what holds for an account",
    row_zh="账户某项状态的一次变更",
    key=("account_id", "changed_on", "what"),
    columns=(
        _ACCOUNT,
        Column("changed_on", "day", "Day from which the new value holds.", "新值生效日期。", past=True),
        text("what", "What changed: status, blocked, autopay …", "变更项：状态、冻结、自动还款等。"),
        text(
            "old_value", "What held before, since the change before or the opening.", "原值，自上次变更或开户起有效。"
        ),
        text("new_value", "What holds since.", "新值。", required=True),
    ),
    references=_BY_ACCOUNT,
    delivered=True,
)

AUTHORISATIONS = Table(
    name="authorisations",
    row="a purchase that posted nothing: declined, or still open",
    row_zh="一笔未入账的交易：被拒绝或尚未清算",
    key=("authorisation_id",),
    columns=(
        text("authorisation_id", "Name of the purchase.", "授权编号。"),
        CUSTOMER,
        _ACCOUNT,
        Column("occurred_at", "instant", "When, UTC.", "发生时刻（UTC）。", required=True, past=True),
        Column(
            "occurred_on", "day", "The day in the business time zone.", "业务时区的日期。", required=True, past=True
        ),
        Column("amount", "money", "Amount asked for.", "申请金额。", unit="currency", required=True),
        text("kind", "What kind of line it would be.", "明细类型。"),
        text("status", "Declined or authorised.", "已拒绝或已授权。", required=True),
        text("decline_reason", "Why it was declined.", "拒绝原因。"),
        _CARD,
        text("category", "The merchant's category.", "商户类别。"),
        text("merchant_id", "Number of the merchant.", "商户编号。"),
        text("city", "City of the merchant; empty online.", "商户所在城市；线上为空。"),
        text("channel", "Way it was to be paid.", "渠道。"),
    ),
    amount="amount",
    references={**_BY_CUSTOMER, **_BY_ACCOUNT},
    delivered=True,
)

STATEMENTS = Table(
    name="statements",
    row="an account's monthly statement",
    row_zh="账户的一期账单",
    key=("account_id", "statement_on"),
    columns=(
        _ACCOUNT,
        Column("statement_on", "day", "Statement day.", "账单日。"),
        Column("due_on", "day", "Day the payment is due.", "还款日。"),
        Column("balance", "money", "Balance owed.", "应还余额。", unit="currency", required=True),
        Column("minimum_due", "money", "Least to be paid.", "最低还款额。", unit="currency"),
        Column("credit_limit", "money", "Credit limit on that day.", "当日信用额度。", unit="currency", minimum=0),
        Column("days_past_due", "integer", "Days in arrears.", "逾期天数。", unit="days", minimum=0),
        *(
            more(name, "money", meaning, meaning_zh, unit="currency")
            for name, meaning, meaning_zh in (
                ("previous_balance", "Balance of the statement before.", "上期余额。"),
                ("purchases", "Purchases since then.", "本期消费。"),
                ("cash_advances", "Cash drawn.", "本期取现。"),
                ("fees", "Fees.", "本期费用。"),
                ("interest", "Interest.", "本期利息。"),
                ("refunds", "Refunds.", "本期退款。"),
                ("payments", "Payments.", "本期还款。"),
                ("instalment_balance", "Instalments not billed yet.", "未出账分期余额。"),
            )
        ),
    ),
    amount="balance",
    references=_BY_ACCOUNT,
    delivered=True,
)

PAYMENTS = Table(
    name="payments",
    row="a payment to an account",
    row_zh="一次还款",
    key=("payment_id",),
    columns=(
        text("payment_id", "Name of the payment.", "还款编号。"),
        _ACCOUNT,
        Column("paid_on", "day", "Day it arrived.", "到账日期。", required=True, past=True),
        Column("amount", "money", "Amount paid.", "还款金额。", unit="currency", required=True),
        Column("kind", "text", "Autopay, manual, minimum …", "自动还款、主动还款、最低还款等。"),
        more("channel", "text", "Way it was paid.", "还款渠道。"),
        more("late_days", "integer", "Days after the due day.", "超过还款日的天数。", unit="days", minimum=0),
    ),
    amount="amount",
    references=_BY_ACCOUNT,
    delivered=True,
)

REWARDS = Table(
    name="rewards",
    row="points earned, redeemed or expired",
    row_zh="一次积分获得、兑换或过期",
    key=("reward_id",),
    columns=(
        text("reward_id", "Name of the entry.", "积分流水编号。"),
        CUSTOMER,
        Column("occurred_on", "day", "Day of the entry.", "日期。", required=True, past=True),
        Column("kind", "text", "Earned, redeemed or expired.", "获得、兑换或过期。", required=True),
        Column("points", "integer", "Points, signed.", "积分（带符号）。", unit="points", required=True),
        more("item", "text", "What was redeemed.", "兑换的礼品。"),
    ),
    references=_BY_CUSTOMER,
    delivered=True,
)

FRAUD_CASES = Table(
    name="fraud_cases",
    row="a fraud case",
    row_zh="一件欺诈案件",
    key=("case_id",),
    columns=(
        text("case_id", "Name of the case.", "案件编号。"),
        _ACCOUNT,
        Column("opened_on", "day", "Day it was opened.", "立案日期。", required=True, past=True),
        Column("amount", "money", "Amount in question.", "涉案金额。", unit="currency"),
        Column("outcome", "text", "Confirmed, false alarm, open.", "确认、误报、处理中。"),
        more("closed_on", "day", "Day it was closed; empty while open.", "结案日期；未结案则为空。"),
        more("kind", "text", "Kind of fraud.", "欺诈类型。"),
    ),
    references=_BY_ACCOUNT,
    delivered=True,
)

BUREAU_SCORES = Table(
    name="bureau_scores",
    row="a credit bureau's score on a day",
    row_zh="征信机构某日的评分",
    key=("customer_id", "scored_on"),
    columns=(
        CUSTOMER,
        Column("scored_on", "day", "Day of the score.", "评分日期。"),
        Column("score", "number", "The score.", "评分。", unit="points", sensitivity="sensitive", required=True),
        more("inquiries_6m", "integer", "Inquiries of lenders in six months.", "近六个月机构查询次数。", minimum=0),
        more("other_cards", "integer", "Cards of other banks.", "他行信用卡数量。", minimum=0),
    ),
    references=_BY_CUSTOMER,
    delivered=True,
)

_CHANCE: dict[str, Any] = {"unit": "share", "minimum": 0, "maximum": 1, "required": True}

TRUE_APPLICATIONS = Table(
    name="true_applications",
    row="an application whose true chance of default is known, as of a made-up bank",
    row_zh="一笔真实违约概率已知的申请（模拟银行）",
    key=("application_id",),
    columns=(
        text("application_id", "Name of the application.", "申请编号。"),
        Column(
            "default_12",
            "number",
            "Chance of being 90 days past due within a year of opening, had it been approved; to score with alone.",
            "若获批准，开户后一年内逾期 90 天的概率，仅用于评估。",
            **_CHANCE,
        ),
    ),
    references={"application_id": "applications"},
)

TRUE_DEFAULTS = Table(
    name="true_defaults",
    row="a card holder whose true chance of default is known, seen from a day, as of a made-up bank",
    row_zh="一位在某日真实违约概率已知的持卡人（模拟银行）",
    key=("customer_id", "seen_on"),
    columns=(
        Column("customer_id", "text", "Issued id of the person.", "系统发放的客户编号。"),
        Column("seen_on", "day", "Day that it is seen from.", "观察日期。"),
        Column(
            "default_12",
            "number",
            "Chance of falling short of money for good within a year, 1 where that has begun; to score with alone.",
            "十二个月内彻底丧失还款能力的概率，已开始者为 1，仅用于评估。",
            **_CHANCE,
        ),
    ),
    references={"customer_id": "customers"},
)

TRUE_FRAUDS = Table(
    name="true_frauds",
    row="a card purchase whose true probability of being a thief's is known, as of a made-up bank",
    row_zh="一笔真实盗刷概率已知的刷卡消费（模拟银行）",
    key=("purchase_id",),
    columns=(
        text("purchase_id", "Name of the purchase: a transaction, or an authorisation.", "消费编号：明细或授权。"),
        Column(
            "chance",
            "number",
            "Probability for who knows all but the thief; those not named have less than one in a thousand.",
            "除盗刷者外一切已知时的概率；未列出的低于千分之一。",
            **_CHANCE,
        ),
    ),
)

TRUE_TICKETS = Table(
    name="true_tickets",
    row="a wish of a service ticket whose truth is known, as of a made-up bank",
    row_zh="服务工单中真实内容已知的一项诉求（模拟银行）",
    key=("ticket_id", "place"),
    columns=(
        text("ticket_id", "Name of the case.", "工单编号。"),
        Column(
            "place",
            "integer",
            "Which of the ticket's wishes it is, from 0.",
            "工单中的第几项诉求，自 0 起。",
            minimum=0,
        ),
        text("intent", "What is asked for; to score with alone.", "诉求类别，仅用于评估。", required=True),
        Column(
            "family", "integer", "Which family of sentences it is worded by.", "所属句式。", minimum=0, required=True
        ),
        text("answer", "The right one of the bank's answers, where there is one.", "正确的标准答复编号（如有）。"),
        Column(
            *("machine_may", "flag", "Whether nothing has to be looked up or decided.", "是否无需查询或人工决定。"),
            required=True,
        ),
    ),
)

TICKET_ROUTES = Table(
    name="ticket_routes",
    row="a topic that a ticket of the last month is told to be about",
    row_zh="上月一张工单涉及的一个主题",
    key=("ticket_id", "place"),
    columns=(
        text("ticket_id", "Name of the case.", "工单编号。"),
        Column(
            "place",
            "integer",
            "Which of the ticket's topics it is, the likeliest from 1.",
            "第几可能的主题，自 1 起。",
            minimum=1,
        ),
        text("topic", "The topic.", "主题。", required=True),
        Column("chance", "number", "Chance of that topic.", "该主题的概率。", **_CHANCE),
        Column(
            "for_a_person",
            "flag",
            "Whether no topic is likely, and a person has to read it.",
            "是否无较可能的主题而需人工阅读。",
            required=True,
        ),
        text(
            "answer_id",
            "The bank's answer that is offered; empty where none is sure enough.",
            "建议的标准答复；无足够把握则为空。",
        ),
    ),
    references={"ticket_id": "service_tickets"},
)

FRAUD_ALERTS = Table(
    name="fraud_alerts",
    row="a card to look at, of the last day",
    row_zh="一张待核查的卡（最后一天）",
    key=("account_id", "raised_on"),
    columns=(
        _ACCOUNT,
        Column("raised_on", "day", "Day of the purchase.", "消费日期。"),
        text("purchase_id", "The purchase with the highest score.", "得分最高的消费。", required=True),
        Column(
            "place", "integer", "Which of the day's it is, from 1.", "当日名次，自 1 起。", minimum=1, required=True
        ),
        Column(
            "probability", "number", "Probability of being a thief's, by the model.", "模型估计的盗刷概率。", **_CHANCE
        ),
    ),
    references=_BY_ACCOUNT,
)

TABLES = (
    *(APPLICATIONS, APPLICATION_CHECKS, REFERRALS, AUTHORISATIONS, STATEMENTS, PAYMENTS),
    *(CARDS, LIMIT_CHANGES, ACCOUNT_CHANGES, REWARDS, FRAUD_CASES, BUREAU_SCORES),
    *(TRUE_APPLICATIONS, TRUE_DEFAULTS, TRUE_FRAUDS, TRUE_TICKETS, TICKET_ROUTES, FRAUD_ALERTS),
)
