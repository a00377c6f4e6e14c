"""The credit card's own tables, beside those of every business."""

from insight.contracts.table import Column, Table, text

_CUSTOMER = Column("customer_id", "text", "Issued id of the person.", "系统发放的客户编号。", required=True)
_ACCOUNT = Column("account_id", "text", "The card account.", "信用卡账户。", required=True)
_BY_CUSTOMER = {"customer_id": "customers"}
_BY_ACCOUNT = {"account_id": "accounts"}

APPLICATIONS = Table(
    name="applications",
    row="an application for a card",
    row_zh="一次办卡申请",
    key=("application_id",),
    columns=(
        text("application_id", "Name of the application.", "申请编号。"),
        _CUSTOMER,
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
    ),
    references=_BY_CUSTOMER,
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
        _CUSTOMER,
        Column("occurred_on", "day", "Day of the entry.", "日期。", required=True, past=True),
        Column("kind", "text", "Earned, redeemed or expired.", "获得、兑换或过期。", required=True),
        Column("points", "integer", "Points, signed.", "积分（带符号）。", unit="points", required=True),
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
        _CUSTOMER,
        Column("scored_on", "day", "Day of the score.", "评分日期。"),
        Column("score", "number", "The score.", "评分。", unit="points", sensitivity="sensitive", required=True),
    ),
    references=_BY_CUSTOMER,
    delivered=True,
)

TABLES = (APPLICATIONS, STATEMENTS, PAYMENTS, REWARDS, FRAUD_CASES, BUREAU_SCORES)
