"""Who may leave and what customers are worth, as notebook 40 estimates it."""

from typing import Any

from insight.contracts.table import CUSTOMER, Column, Table, text

_P_ALIVE = Column(
    "p_alive",
    "number",
    "Chance that the customer has not left yet, by the purchase model; empty where it was not fitted.",
    "购买模型估计的客户尚未流失的概率；未建模时为空。",
    unit="share",
    minimum=0,
    maximum=1,
)

_WHY = (
    *(
        text(
            f"reason_{at}",
            "What raises the score, those first that raise it most, and where it stands: `high` or `low` against the "
            "median, `usual`, `missing`, `rare`, or the value itself.",
            "推高评分的因素，按作用大小排列，并注明其水平：与中位数相比的 high 或 low、usual（一般）、missing（缺失）、"
            "rare（少见），或取值本身。",
        )
        for at in range(1, 5)
    ),
    text("reasons_en", "The same in words: associations, no causes.", "上述因素的英文说明：是关联，而非因果。"),
    text("reasons_zh", "The same in Chinese.", "上述因素的中文说明。"),
)

CHURN_SCORES = Table(
    name="churn_scores",
    row="a customer who has bought, scored as of the last day that counts",
    row_zh="一位有过消费的客户，按截止日评分",
    key=("customer_id",),
    columns=(
        CUSTOMER,
        Column(
            "status",
            "text",
            "`active`: bought within the churn window; `churned`: did not; `unknown`: there is no window.",
            "active：流失窗口内有消费；churned：没有；unknown：无法确定窗口。",
            required=True,
            allowed=("active", "churned", "unknown"),
        ),
        Column(
            "silent_days",
            "integer",
            "Days since the last purchase day.",
            "距最近一次消费日的天数。",
            unit="days",
            minimum=0,
            required=True,
        ),
        Column(
            "churn_probability",
            "number",
            "Chance of no purchase within the next churn window; empty where it could not be estimated.",
            "下一个流失窗口内没有消费的概率；无法估计时为空。",
            unit="share",
            minimum=0,
            maximum=1,
        ),
        _P_ALIVE,
        Column(
            "scored_by",
            "text",
            "What the probability comes from: a churn model for active customers, the purchase model for the churned.",
            "概率的来源：活跃客户用流失模型，流失客户用购买模型。",
            required=True,
            allowed=("boosting", "logistic", "purchase model", "nothing"),
        ),
        *_WHY,
    ),
    references={"customer_id": "customers"},
)

MODEL_CARD = Table(
    name="model_card",
    row="a part of the card of the churn model in use",
    row_zh="所用流失模型之模型卡的一项",
    key=("part",),
    columns=(
        text(
            "part",
            "What it is about.",
            "项目。",
            required=True,
            allowed=("use", "soundness", "data", "outcomes", "groups", "refused", "limits", "monitoring"),
        ),
        text("said_en", "What holds.", "英文内容。", required=True),
        text("said_zh", "The same in Chinese.", "中文内容。", required=True),
    ),
)

WHOM_TO_KEEP = Table(
    name="whom_to_keep",
    row="a customer whom a contact is expected to pay for, or one of the best fifth who has gone quiet",
    row_zh="一位值得联系挽留的客户，或一位已沉默的前 20% 客户",
    key=("customer_id", "list"),
    columns=(
        CUSTOMER,
        text(
            "list",
            "`keep`: active, and a contact is expected to pay; `win back`: of the best fifth, and gone quiet.",
            "keep：活跃且预期联系有收益；win back：前 20% 客户且已沉默。",
            required=True,
            allowed=("keep", "win back"),
        ),
        Column("place", "integer", "Place on the list.", "在名单中的名次。", required=True, minimum=1),
        Column(
            "probability",
            "number",
            "Churn probability; empty for who has gone quiet.",
            "流失概率；已沉默者为空。",
            unit="share",
            minimum=0,
            maximum=1,
        ),
        Column(
            "spend",
            "number",
            "Net spend of the days before, as many as value looks ahead; for who has gone quiet, of the year up to the "
            "last purchase.",
            "此前与价值期等长天数的净消费额；已沉默者为最近一次消费前一年的净消费额。",
            unit="currency",
        ),
        Column(
            "room",
            "number",
            "Share of leaving that a contact is taken to prevent; empty for who has gone quiet.",
            "假定一次联系可避免的流失比例；已沉默者为空。",
            unit="share",
            minimum=0,
            maximum=1,
        ),
        Column(
            "gain",
            "number",
            "What a contact is expected to bring after its cost; empty for who has gone quiet.",
            "预期联系收益（扣除成本）；已沉默者为空。",
            unit="currency",
        ),
        text(
            "act_on",
            "First of the reasons that something can be done about; empty where there is none.",
            "第一个可采取行动的因素；没有则为空。",
        ),
    ),
    references={"customer_id": "customers"},
)

TIME_TO_LEAVE = Table(
    name="time_to_leave",
    row="a customer who holds an account, and the chance to have closed the last one within so many months",
    row_zh="一位持有账户的客户，及其在若干个月内销掉最后一个账户的概率",
    key=("customer_id",),
    columns=(
        CUSTOMER,
        *(
            Column(
                f"within_{months}",
                "number",
                f"Chance to have left by the end of month {months} from today on.",
                f"自今日起到第 {months} 个月末已离开的概率。",
                unit="share",
                minimum=0,
                maximum=1,
                required=True,
            )
            for months in range(1, 7)
        ),
    ),
    references={"customer_id": "customers"},
)

VALUE = Table(
    name="value",
    row="a customer who has bought, and what is expected of them over the value horizon",
    row_zh="一位有过消费的客户及其在价值期内的预期",
    key=("customer_id",),
    columns=(
        CUSTOMER,
        Column(
            "purchases", "integer", "Purchase days so far.", "迄今的消费天数。", unit="days", minimum=1, required=True
        ),
        _P_ALIVE,
        Column(
            "expected_purchases",
            "number",
            "Purchase days expected over the horizon; empty where no model was fitted.",
            "价值期内预期的消费天数；未建模时为空。",
            unit="days",
            minimum=0,
        ),
        Column(
            "likely_purchases",
            "number",
            "The same as the number nearest to most like this one: none where silence is likelier than a purchase.",
            "同上，但取最接近多数同类客户的次数：沉默的可能性更大时为零。",
            unit="days",
            minimum=0,
        ),
        Column(
            "spend_per_purchase",
            "number",
            "Net spend expected on a purchase day.",
            "每个消费日预期的净消费额。",
            unit="currency",
            minimum=0,
        ),
        Column(
            "expected_value",
            "number",
            "Net spend expected over the horizon: an average for customers like this one, not a promise.",
            "价值期内预期的净消费额：同类客户的平均水平，并非承诺。",
            unit="currency",
            minimum=0,
        ),
    ),
    references={"customer_id": "customers"},
)

_REASONS = tuple(
    text(
        f"reason_{at}",
        "Column that raises the score, those first that raise it most.",
        "推高评分的列，按作用大小排列。",
    )
    for at in range(1, 5)
)
_CHANCE: dict[str, Any] = {"unit": "share", "minimum": 0, "maximum": 1, "required": True}
_POINTS = Column(
    "points", "integer", "Points of the scorecard; more are better.", "评分卡分数，越高越好。", required=True
)


def _scored(name: str, of: str, row: tuple[str, str], chance: tuple[str, str, str], *more: Column) -> Table:
    """Give the table of scores of a flat table: its rows and the probability in words, and what it has beside them."""
    column, said, said_zh = chance
    row_id = text("row_id", f"The row, as in `{of}`.", f"对应 `{of}` 的行。")
    columns = (row_id, Column(column, "number", said, said_zh, **_CHANCE), *more)
    return Table(name=name, row=row[0], row_zh=row[1], key=("row_id",), columns=columns, references={"row_id": of})


LABELLED_SCORES = _scored(
    "labelled_scores",
    "labelled",
    ("a row of the flat table, scored", "宽表中的一行及其评分"),
    ("leave_probability", "Chance of leaving, by the model in use.", "所用模型估计的流失概率。"),
    *_WHY,
)

RESPONSE_SCORES = _scored(
    "response_scores",
    "labelled_responses",
    ("a row of the flat table of who responded, scored", "响应宽表中的一行及其评分"),
    ("response_probability", "Chance of responding, by the model in use.", "所用模型估计的响应概率。"),
    *_WHY,
)

DEFAULT_SCORES = _scored(
    "default_scores",
    "labelled_defaults",
    ("a row of the flat table of clients or applications, scored", "客户或申请宽表中的一行及其评分"),
    ("default_probability", "Chance of default, by the model in use.", "所用模型估计的违约概率。"),
    _POINTS,
    *_REASONS,
)

DECLINE_REASONS = Table(
    name="decline_reasons",
    row="a declined application, with what the scorecard holds against it",
    row_zh="一笔被拒绝的申请及其失分原因",
    key=("application_id",),
    columns=(text("application_id", "Name of the application.", "申请编号。"), _POINTS, *_WHY),
    references={"application_id": "applications"},
)

FLAT_UPLIFT = Table(
    name="flat_uplift",
    row="a row of the flat table of a trial, and a treatment that it could get",
    row_zh="试验宽表中的一行及其可受的一种处理",
    key=("row_id", "treatment"),
    columns=(
        text("row_id", "The row, as in `flat_trial`.", "对应 `flat_trial` 的行。"),
        text("treatment", "The treatment.", "处理。"),
        Column(
            "uplift",
            "number",
            "How much likelier a response is with the treatment, by a model that has not seen the row.",
            "受此处理后响应概率的增量，由未见过该行的模型估计。",
            unit="share",
            minimum=-1,
            maximum=1,
        ),
        Column(
            "added",
            "number",
            "Where the outcome is an amount, what the treatment adds to it instead, by models that have not seen the "
            "row; the mean for everybody where an order by it is no better than the placebo's.",
            "结果为金额时，改为此处理净增的金额，由未见过该行的模型估计；若按其排序不优于安慰剂，则人人取平均值。",
            unit="currency",
        ),
    ),
    references={"row_id": "flat_trial"},
)

TRUE_CHANCES = Table(
    name="true_chances",
    row="how likely a customer truly is to leave in one sense within so many months, as of a made-up bank",
    row_zh="某客户在若干个月内按某一含义流失的真实概率（模拟银行）",
    key=("customer_id", "sense", "months"),
    columns=(
        CUSTOMER,
        Column(
            "sense",
            "text",
            "`leaving`: decides to leave; `closing`: closes the account; `silent`: buys nothing.",
            "leaving：决定离开；closing：销户；silent：不再消费。",
            required=True,
            allowed=("leaving", "closing", "silent"),
        ),
        Column("months", "integer", "Within so many months.", "在多少个月之内。", minimum=1, required=True),
        Column("seen_on", "day", "From the start of this day on.", "自该日起计。", required=True),
        Column(
            "chance",
            "number",
            "True chance; to score with, and for nothing else.",
            "真实概率，仅用于评估。",
            unit="share",
            minimum=0,
            maximum=1,
            required=True,
        ),
    ),
    references={"customer_id": "customers"},
)


def _yuan(name: str, en: str, zh: str, **more: Any) -> Column:
    return Column(name, "number", en, zh, unit="currency", required=True, **more)


CARD_VALUE = Table(
    name="card_value",
    row="a card holder, and the margin to expect in the next twelve months, before contacts",
    row_zh="一位持卡客户及其未来十二个月的预期利润（未扣触达成本）",
    key=("customer_id",),
    columns=(
        CUSTOMER,
        _yuan("expected_margin", "Mean of what may come: for sums.", "可能结果的均值，用于合计。"),
        _yuan("likely_margin", "The middle of what may come: to rank by.", "可能结果的中位，用于排序。"),
        _yuan("margin_low", "Lower bound of the 95% interval of the margin.", "利润 95% 区间的下限。"),
        _yuan("margin_high", "Upper bound of the 95% interval of the margin.", "利润 95% 区间的上限。"),
        _yuan("discounted_margin", "The expected margin as it is worth today.", "预期利润的现值。"),
        _yuan("spending", "Expected on spending: interchange less points.", "消费收益：服务费减积分成本。"),
        _yuan("lending", "Expected on lending: interest and fees less funds.", "贷款收益：利息与手续费减资金成本。"),
        _yuan(
            "costs", "Costs of account, service and fraud: not above 0.", "账户、服务与欺诈成本，不大于零。", maximum=0
        ),
        _yuan("losses", "Expected credit losses: not above 0.", "预期信用损失，不大于零。", maximum=0),
        Column(
            "default_chance",
            "number",
            "Chance of being charged off within the twelve months.",
            "十二个月内被核销的概率。",
            unit="share",
            required=True,
            minimum=0,
            maximum=1,
        ),
    ),
    references={"customer_id": "customers"},
)

TRUE_MARGINS = Table(
    name="true_margins",
    row="the margin that a card holder is truly expected to bring in twelve months, as of a made-up bank",
    row_zh="某持卡客户未来十二个月的真实预期利润（模拟银行）",
    key=("customer_id",),
    columns=(
        CUSTOMER,
        Column("seen_on", "day", "From the start of this day on.", "自该日起计。", required=True),
        _yuan(
            "expected_margin",
            "True expectation, nobody being contacted; to score with, and for nothing else.",
            "无人被触达时的真实期望，仅用于评估。",
        ),
    ),
    references={"customer_id": "customers"},
)

TABLES = (
    *(CARD_VALUE, TRUE_MARGINS, CHURN_SCORES, MODEL_CARD, WHOM_TO_KEEP, TIME_TO_LEAVE, VALUE),
    *(LABELLED_SCORES, RESPONSE_SCORES, DEFAULT_SCORES, DECLINE_REASONS, FLAT_UPLIFT, TRUE_CHANCES),
)
