"""Names that businesses deliver as codes or in one language, in the words of both: categories, offers, cities.

A name that is not listed stays as it was delivered.
"""

from insight.report.language import Message, _

_KNOWN: dict[str, Message] = {
    # what cards pay for
    "groceries": _("groceries"),
    "dining": _("dining"),
    "fast_food": _("fast food"),
    "fuel": _("fuel"),
    "car_wash": _("car wash"),
    "parking": _("parking"),
    "air_travel": _("air travel"),
    "hotel": _("hotels"),
    "transport": _("transport"),
    "online_retail": _("online retail"),
    "electronics": _("electronics"),
    "clothing": _("clothing"),
    "children": _("children’s goods"),
    "education": _("education"),
    "health": _("health"),
    "entertainment": _("entertainment"),
    "digital_goods": _("digital goods"),
    "utilities": _("utilities"),
    "luxury": _("luxury"),
    "home": _("home"),
    "cash": _("cash"),
    # offers and kinds of campaigns
    "Activation bonus": _("Activation bonus"),
    "Spend and get": _("Spend and get"),
    "Dining cashback": _("Dining cashback"),
    "Car-wash card": _("Car-wash card"),
    "Instalment at a lower rate": _("Instalment at a lower rate"),
    "Points redemption": _("Points redemption"),
    "Autopay set-up": _("Autopay set-up"),
    "Limit increase": _("Limit increase"),
    "Retention gift": _("Retention gift"),
    "Trial of all offers": _("Trial of all offers"),
    "targeted": _("targeted"),
    "randomised": _("randomised"),
    # systems that records come from
    "applications": _("card applications"),
    "core": _("core banking"),
    "crm": _("sales leads"),
    "app": _("app"),
    "wecom": _("WeCom"),
    "rewards": _("points programme"),
    "call_centre": _("call centre"),
    "card": _("card system"),
    "other": _("other"),
    # cities
    "北京市": _("Beijing"),
    "上海市": _("Shanghai"),
    "深圳市": _("Shenzhen"),
    "广州市": _("Guangzhou"),
    "成都市": _("Chengdu"),
    "杭州市": _("Hangzhou"),
    "武汉市": _("Wuhan"),
    "南京市": _("Nanjing"),
    "重庆市": _("Chongqing"),
    "西安市": _("Xi’an"),
    "苏州市": _("Suzhou"),
    "天津市": _("Tianjin"),
    "长沙市": _("Changsha"),
    "青岛市": _("Qingdao"),
    "厦门市": _("Xiamen"),
    "郑州市": _("Zhengzhou"),
}


def in_words(name: str) -> Message | str:
    """Put a delivered name into words of the language of the page; an unknown one stays as it is.

    Examples
    --------
    >>> str(in_words("online_retail")), in_words("BEEF")
    ('online retail', 'BEEF')
    """
    return _KNOWN.get(name, name)
