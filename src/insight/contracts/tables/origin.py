"""Where customers and rows come from: records of the source systems, the crosswalk, the delivery."""

from dataclasses import replace

from insight.contracts.table import CUSTOMER, TYPE_OF_CUSTOMER, Column, Table, more, text

CUSTOMER_RECORDS = Table(
    name="customer_records",
    row="a customer as one source system knows them",
    row_zh="某一来源系统中的一条客户记录",
    key=("source_system", "source_record_id"),
    columns=(
        text("source_system", "System that delivered it.", "来源系统。"),
        text("source_record_id", "Its key there.", "在来源系统中的编号。", sensitivity="direct identifier"),
        text(
            "full_name", "Name in one piece, as written there.", "姓名（按来源写法）。", sensitivity="direct identifier"
        ),
        text("family_name", "Family name.", "姓。", sensitivity="direct identifier"),
        text("given_name", "Given name.", "名。", sensitivity="direct identifier"),
        text(
            "latin_name",
            "Name in Latin letters, beside another one.",
            "拼音或拉丁字母姓名。",
            sensitivity="direct identifier",
        ),
        text("title", "Form of address.", "称谓。"),
        text("nickname", "Name that they go by.", "昵称。", sensitivity="direct identifier"),
        text("gender", "Gender as delivered.", "性别。", sensitivity="sensitive"),
        Column("birth_date", "day", "Date of birth.", "出生日期。", sensitivity="direct identifier", past=True),
        text("document_type", "Kind of identity document.", "证件类型。"),
        text("document_number", "Identity document.", "证件号码。", sensitivity="direct identifier"),
        text("phone", "Telephone.", "电话。", sensitivity="direct identifier"),
        text("email", "E-mail.", "电子邮箱。", sensitivity="direct identifier"),
        text(
            "wechat_id", "Id in WeChat, the same in every channel.", "微信统一标识。", sensitivity="direct identifier"
        ),
        text("city", "City.", "城市。", sensitivity="quasi-identifier"),
        text("address", "Postal address.", "地址。", sensitivity="direct identifier"),
        text("postcode", "Postcode.", "邮政编码。", sensitivity="quasi-identifier"),
        Column("consent", "flag", "Whether they may be contacted.", "是否同意被联系。"),
        Column("first_seen_on", "day", "First day known to the source.", "来源系统首次记录日期。", past=True),
        Column("updated_at", "instant", "Last change in the source, UTC.", "来源系统最后更新时刻（UTC）。"),
        *TYPE_OF_CUSTOMER,
        *(
            more(f"representative_{name}", "text", meaning, meaning_zh, sensitivity="direct identifier")
            for name, meaning, meaning_zh in (
                ("name", "Who speaks for a firm: its owner.", "企业的法定代表人或负责人。"),
                ("phone", "Their telephone.", "其电话。"),
                (
                    "record_id",
                    "Their own key there, where they are a customer too.",
                    "其本人在该系统中的客户编号（如有）。",
                ),
            )
        ),
    ),
    delivered=True,
    extra_columns=True,
)

LABELLED = Table(
    name="labelled",
    row="a customer of a flat table, with what became of them",
    row_zh="一张宽表中的一位客户及其结果",
    key=("row_id",),
    columns=(
        text(
            "row_id",
            "What the row says, as a checksum; numbered where several say the same.",
            "行内容的校验码；内容相同的各行加编号。",
        ),
        text(
            "label",
            "Whether they left, as delivered; empty for those who are to be scored.",
            "是否流失（按来源写法）；待评分者为空。",
        ),
        text("observed", "When the row was known, as delivered.", "该行数据的时点（按来源写法）。"),
        text(
            "known",
            "Every other column that names nobody: a JSON object of texts as delivered.",
            "其余不指认个人的各列：按来源写法的 JSON 对象。",
            sensitivity="quasi-identifier",
            required=True,
        ),
    ),
    delivered=True,
)

LABELLED_DEFAULTS = replace(
    LABELLED,
    name="labelled_defaults",
    row="a client or an application of a flat table, with whether they paid back",
    row_zh="一张宽表中的一位客户或一笔申请，及其是否违约",
    columns=tuple(
        text(
            "label",
            "Whether they defaulted, as delivered; empty for those who are to be scored.",
            "是否违约（按来源写法）；待评分者为空。",
        )
        if column.name == "label"
        else column
        for column in LABELLED.columns
    ),
)

LABELLED_RESPONSES = replace(
    LABELLED,
    name="labelled_responses",
    row="a customer of a flat table, with whether they responded",
    row_zh="一张宽表中的一位客户，及其是否响应",
    columns=tuple(
        text(
            "label",
            "Whether they responded (accepted, bought), as delivered; empty for those who are to be scored.",
            "是否响应（接受、购买），按来源写法；待评分者为空。",
        )
        if column.name == "label"
        else column
        for column in LABELLED.columns
    ),
)

FLAT_TRIAL = Table(
    name="flat_trial",
    row="a customer of a flat table, with the treatment that lots gave them and what followed",
    row_zh="一张宽表中的一位客户，及其随机分到的处理与结果",
    key=("row_id",),
    columns=(
        LABELLED.columns[0],
        text("treatment", "Which treatment, or none, as delivered.", "所受处理，或无处理（按来源写法）。"),
        text("outcome", "Whether they responded, or an amount, as delivered.", "是否响应，或金额（按来源写法）。"),
        LABELLED.columns[-1],
    ),
    delivered=True,
)

FLAT_CUSTOMERS = Table(
    name="flat_customers",
    row="a customer of a flat table",
    row_zh="一张宽表中的一位客户",
    key=("row_id",),
    columns=(LABELLED.columns[0], LABELLED.columns[-1]),
    delivered=True,
)

CROSSWALK = Table(
    name="crosswalk",
    row="a source record's customer",
    row_zh="来源记录与客户的对应",
    key=("source_system", "source_record_id"),
    columns=(
        text("source_system", "System that delivered it.", "来源系统。"),
        text("source_record_id", "Its key there.", "在来源系统中的编号。", sensitivity="direct identifier"),
        CUSTOMER,
        Column("match_probability", "number", "How sure the match is.", "匹配概率。", minimum=0, maximum=1),
        Column("since", "day", "Day from which it holds.", "生效日期。"),
    ),
    references={"customer_id": "customers"},
)

IDENTITY_LOG = Table(
    name="identity_log",
    row="a change of issued ids: what was issued on a run, or records that moved from one id to another",
    row_zh="一次客户编号变更：某次运行发放的编号，或从一个编号移到另一编号的记录",
    key=("entry",),
    columns=(
        Column("entry", "integer", "Number of the entry, counted from 1.", "序号，从 1 起。", minimum=1),
        Column("day", "day", "Last day of the data; empty where it has no days.", "数据截止日；数据无日期则为空。"),
        text(
            "kind",
            "What happened; `restored` gives back an id that a merge had taken away.",
            "变更类型；restored 表示恢复此前合并时停用的编号。",
            required=True,
            allowed=("issued", "merged", "split", "restored"),
        ),
        text("old_customer_id", "Previous id of the records.", "原客户编号。"),
        text(
            "new_customer_id",
            "Current id; of ids issued, the last one.",
            "新客户编号；发放时为最后一个编号。",
            required=True,
        ),
        Column("records", "integer", "Records that moved.", "变更的记录数。", minimum=0, required=True),
        Column("customers", "integer", "Ids issued.", "发放的编号数。", minimum=0, required=True),
    ),
)

DELIVERY = Table(
    name="delivery",
    row="what became of one delivered file's rows for one table",
    row_zh="一个交付文件中某张表的行的去向",
    key=("table_name", "source_file"),
    columns=(
        text("table_name", "Canonical table.", "标准表。"),
        text("source_file", "File or database table as delivered.", "交付的文件或数据库表。"),
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
                ("quarantined", "quarantined", "隔离"),
                ("duplicate", "removed as repeated", "因重复而移除"),
            )
        ),
        Column(
            "rows_unknown",
            "integer",
            "Rows quarantined whose amount cannot be read; it is in no sum.",
            "被隔离且金额无法读取的行数；其金额不计入任何合计。",
            unit="rows",
            required=True,
            minimum=0,
        ),
        *(
            Column(
                f"amount_{what}",
                "money",
                f"Amount {en}, as far as it can be read; empty where the table has none.",
                f"{zh}的金额（仅计可读取者）；无金额则为空。",
                unit="currency",
            )
            for what, en, zh in (
                ("delivered", "delivered", "交付"),
                ("accepted", "accepted", "接受"),
                ("quarantined", "quarantined", "隔离"),
                ("duplicate", "removed as repeated", "因重复而移除"),
            )
        ),
    ),
)

TABLES = (
    *(CUSTOMER_RECORDS, LABELLED, LABELLED_DEFAULTS, LABELLED_RESPONSES, FLAT_TRIAL, FLAT_CUSTOMERS),
    *(CROSSWALK, IDENTITY_LOG, DELIVERY),
)
