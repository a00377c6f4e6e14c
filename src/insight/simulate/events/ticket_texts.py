"""What customers say in tickets, by what they want; ``#`` stands for an amount."""

import numpy as np

_OPENINGS = {
    "zh": (
        "",
        "你好，",
        "您好，请问",
        "客服您好，",
        "我想问一下，",
    ),
    "en": ("", "Hello, ", "Hi there. ", "Good morning. ", "Dear team, "),
}


def openings(language: str) -> np.ndarray:
    """Give five ways to begin in a language, ``zh`` or ``en``."""
    return np.array(_OPENINGS[language], object)


SENTENCES: dict[str, dict[str, tuple[str, ...]]] = {
    "bill_query": {
        "zh": (
            "这个月账单里有一笔#元的消费我不记得了，帮我查一下。",
            "账单日和还款日分别是哪天？",
            "为什么这期账单比上期多了#元？",
            "我还没有收到本期电子账单。",
            "最低还款额是怎么算出来的？",
            "上个月退的#元怎么没有体现在账单上？",
        ),
        "en": (
            "there is a charge of # yuan on my bill that I do not recognise.",
            "when is my statement day and when is payment due?",
            "why is this month's bill # yuan higher than the last one?",
            "I have not received my e-statement this month.",
            "how is the minimum payment worked out?",
            "the refund of # yuan is missing from my statement.",
        ),
    },
    "fee_complaint": {
        "zh": (
            "为什么收我#元滞纳金？我明明已经还款了。",
            "年费#元太高了，之前说刷满就免年费的。",
            "利息#元是怎么产生的？我要求退还。",
            "只晚了一天就收费，太不合理了。",
            "请帮我减免这笔#元的费用，否则我要投诉。",
        ),
        "en": (
            "why was I charged a late fee of # yuan when I had paid?",
            "the annual fee of # yuan is far too high, I was told it would be waived.",
            "I want the interest of # yuan refunded.",
            "one day late and you charge me, that is not fair.",
            "please waive the fee of # yuan or I will complain.",
        ),
    },
    "declined_payment": {
        "zh": (
            "刚才刷卡#元被拒了，是什么原因？",
            "扫码付款一直失败，提示交易受限。",
            "在国外刷卡不成功，很着急。",
            "额度明明够，为什么#元的交易通不过？",
            "网上付款提示银行拒绝，请尽快处理。",
        ),
        "en": (
            "my card was just declined for # yuan, why?",
            "paying by QR code keeps failing with a restriction message.",
            "my card does not work abroad and I need it urgently.",
            "I have enough credit, so why did a payment of # yuan not go through?",
            "the online shop says my bank refused the payment.",
        ),
    },
    "fraud_report": {
        "zh": (
            "有一笔#元的交易不是我本人操作的，请马上冻结。",
            "半夜收到#元的消费短信，我的卡可能被盗刷了。",
            "我没有在这个网站买过东西，要求拒付。",
            "接到自称银行的电话套走了验证码，怎么办？",
        ),
        "en": (
            "a payment of # yuan was not made by me, please freeze the card at once.",
            "I got a text about # yuan in the middle of the night, my card must have been stolen.",
            "I never bought anything on that website and I want the charge disputed.",
            "somebody claiming to be the bank got my code from me, what now?",
        ),
    },
    "points": {
        "zh": (
            "我的积分什么时候过期？",
            "用积分换的洗车券没有到账。",
            "上个月消费#元怎么没有积分？",
            "积分可以换里程吗，比例是多少？",
            "积分商城打不开，想换咖啡券。",
        ),
        "en": (
            "when do my points expire?",
            "the car-wash voucher I redeemed has not arrived.",
            "why did # yuan of spending bring no points?",
            "can I turn points into miles, and at what rate?",
            "the points shop does not open and I want my coffee voucher.",
        ),
    },
    "limit": {
        "zh": (
            "我想申请提高信用额度。",
            "下个月要装修，能临时提额到#元吗？",
            "为什么我的额度被降低了？",
            "用了两年一直按时还款，为什么不给提额？",
        ),
        "en": (
            "I would like a higher credit limit.",
            "can you raise my limit by # yuan for next month?",
            "why was my limit lowered?",
            "I have paid on time for two years, why no increase?",
        ),
    },
    "instalment": {
        "zh": (
            "#元的账单可以分几期，手续费多少？",
            "我想提前结清分期，还要付手续费吗？",
            "分期的费率能不能优惠一点？",
            "分期办理成功了吗，怎么没有短信？",
        ),
        "en": (
            "into how many parts can I split # yuan and what is the fee?",
            "I want to settle my instalment plan early, is there a charge?",
            "can you offer a better rate for instalments?",
            "did my instalment plan go through? I got no message.",
        ),
    },
    "app_login": {
        "zh": (
            "手机银行登录不上，一直提示密码错误。",
            "换了手机收不到验证码。",
            "人脸识别总是失败，没法登录。",
            "APP闪退，打不开账单页面。",
        ),
        "en": (
            "I cannot log in to the app, it says the password is wrong.",
            "I have a new phone and the code does not arrive.",
            "face recognition keeps failing.",
            "the app crashes when I open my statement.",
        ),
    },
    "lost_card": {
        "zh": (
            "我的卡丢了，请帮我挂失补办。",
            "钱包被偷了，卡要马上挂失。",
            "卡片消磁了，怎么换新卡？",
        ),
        "en": (
            "I have lost my card, please block it and send a new one.",
            "my wallet was stolen, block the card now.",
            "my card is damaged, how do I get another?",
        ),
    },
    "cancel_card": {
        "zh": (
            "我不想用这张卡了，怎么注销？",
            "别家银行的优惠更好，我要销卡。",
            "一年都没怎么用，帮我把卡销了吧。",
            "注销以后积分还能用吗？",
        ),
        "en": (
            "I no longer want this card, how do I cancel it?",
            "another bank has better offers, please close my account.",
            "I have hardly used it this year, please cancel it.",
            "what happens to my points if I cancel?",
        ),
    },
    "marketing_complaint": {
        "zh": (
            "不要再给我发营销短信了！",
            "天天打电话推销，已经影响到我的生活。",
            "我已经说过不需要，请把我从名单里删除。",
        ),
        "en": (
            "stop sending me advertising messages!",
            "your sales calls come every day and disturb me.",
            "I have said no before, take me off your list.",
        ),
    },
    "autopay": {
        "zh": (
            "怎么设置自动还款？",
            "自动还款没有扣成功，会不会影响征信？",
            "我想换一张借记卡做自动还款。",
        ),
        "en": (
            "how do I set up automatic payment?",
            "the automatic payment did not go through, will it hurt my credit record?",
            "I want to change the account for automatic payment.",
        ),
    },
}
