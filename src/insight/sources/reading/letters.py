"""How much a decoded text looks like one that people wrote: which tells a right encoding from a wrong one.

A wrong encoding decodes without an error and shows itself in what comes out: capitals inside words,
signs between letters, letters of several languages that no language has together.
"""

import re
import unicodedata
from collections import Counter
from functools import cache

#: Letters beyond ASCII by language: the usual ones, the rarer ones, and how common files of it are.
_ALPHABETIC = {
    "German": ("äöüß", "é", 1.0),
    "French": ("éèàçêô", "âîïëùûœæü", 1.0),
    "Spanish": ("áéíóúñ", "üªº", 1.0),
    "Portuguese": ("ãçõáéíóêâ", "àôúªº", 1.0),
    "Italian": ("àèéìòù", "", 1.0),
    "several western": ("éèàçêôáíóúñäöüßãõåæø", "âîïëùûœìòý", 0.75),
    "Nordic": ("åäöæøé", "üáèà", 1.0),
    "Icelandic": ("áéíóúýþæöð", "", 0.75),
    "Polish": ("ąćęłńóśźż", "", 1.0),
    "Czech and Slovak": ("áčéěířšžýů", "ďňóťúäĺľôŕö", 1.0),
    "Hungarian": ("áéíóöőúüű", "", 1.0),
    "Romanian": ("ăâîșțşţ", "", 0.95),
    "Croatian and Slovene": ("čćđšž", "", 1.0),
    "Turkish": ("çğıöşüİ", "âîû", 1.0),
    "Latvian": ("āčēģīķļņšūž", "ōŗ", 1.0),
    "Lithuanian": ("ąčęėįšųūž", "", 1.0),
    "Estonian": ("äöõü", "šž", 0.95),
    "Russian": ("оеаинтсрвлкмдпуяы", "ьгзбчйхжшюцщэфъё", 1.0),
    "Ukrainian": ("оаинтвіерсклудм", "пяьзгбчйїхжшюцщєфґ", 0.95),
    "Bulgarian and Serbian": ("аиоентрсвлкдпмзяъгубч", "щцжюйхфшђјљњћџ", 0.9),
    "Greek": ("αοιετσνηυρπκλμ", "ςωάέήίόύώγδθβξχφζψϊϋ", 1.0),
    "Hebrew": ("אבגדהוזחטילמנסעפקרשת", "יםןךףץצכ", 1.0),
    "Arabic": ("ابتحدرسعفقكلمنهوي", "ةأإآىئؤءثجخذزشصضطظغگپچژ", 1.0),
    "Thai": ("กงจชดตทนบปพมยรลวสหอาิีุู่้เแไัะ", "ขคฆฉซญฎฏฐฑฒณถธผฝฟภศษฬฮำึืโใๆ็์ๅฯ๊๋", 1.0),
}
# What running text and the words of tables often consist of, in both scripts of Chinese, in Japanese and Korean.
_CHINESE = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事"
    "成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此"
    "已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代"
    "内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安"
    "少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光"
    "這個們來為國說時會對過發後裡種經麼現當沒動還進樣開從實軍無與長機問應戰頭體見產話門東聲論義條氣題爾別變總電數報結場計"
    "客户號号姓名交易订单訂單金额額商品数量價价格日期编編类類型门店支付方式退款消费消費电话電話地址北京上海广州廣州深圳台台北灣"
    "张张王李赵刘陈杨黄吴周徐孙朱林何郭罗梁宋郑谢韩唐冯程曹袁邓曾彭吕苏卢蒋蔡贾丁魏薛叶余潘杜戴夏钟汪田任姜范石姚谭廖邹熊陸陳"
    "張劉趙黃吳孫羅鄭謝韓馮鄧呂蘇盧蔣賈葉鍾譚鄒會員卡銷售櫃位中高雄桃園新竹南投花蓮屏嘉義彰化宜蘭杭州成都武汉重庆西安苏州京津"
)
_JAPANESE = (
    "東京都大阪府県市区町村山田中川本木林佐藤鈴高橋伊渡辺小野吉加日月年金額数量商品番号名前顧客店売上合計税込注文購入単価住所"
    "電話横浜札幌福岡神戸名古屋仙台広島千葉埼玉奈良静岡京松井上石原崎島宮清水和森池内斉阿部岩前後藤長谷近藤坂遠青西岡三浦太郎"
    "子美一二三四五六七八九十百千万円会員社株式会支払日時間分類備考種別性男女年齢新規割引返品受取送料料理茶酒米花本文具家電服"
)
_KOREAN = (
    "서울부산대구인천광주전울경기도강원충청라북남제세종시군동읍면로길김이박최정조윤장임한오신권황안송류홍고양문손배백허유노심하"
    "객번호일자금액매출상품주문구입결제취소환불수량단가합계카드회원지점성명가나다마바사아차타파민지영현수진우은미준서연희철숙자순"
    "옥혜경재형승태호석원규선화연주예빈윤하린채온라스트리보그니무용식음료커피과의류전제화장생활도서고양평택포항창"
)
#: Languages of ideographs and syllables: the rows of an encoding that hold the common ones, and the most frequent.
_IDEOGRAPHIC = {
    "Chinese, simplified": ("gb2312", 0xB0, 0xD8, _CHINESE),
    "Chinese, traditional": ("big5", 0xA4, 0xC7, _CHINESE),
    "Japanese": ("euc-jp", 0xB0, 0xD0, _JAPANESE),
    "Korean": ("euc-kr", 0xB0, 0xC9, _KOREAN),
}
_OF_ONE_LANGUAGE = {
    "gb18030": "Chinese, simplified",
    "big5": "Chinese, traditional",
    "cp932": "Japanese",
    "euc-jp": "Japanese",
    "cp949": "Korean",
}
_PLAIN_SIGNS = frozenset("€£¥°–—“”‘’„…«»§²³½¼¾©®™№±×·•、。，：；（）！？「」『』【】《》・ー～￥％")
_AFTER_WORDS, _BEFORE_WORDS = frozenset("…”’»®™²³–—、。，：；）！？」』】》％"), frozenset("“‘„«€£¥–—（「『【《￥")
_INSIDE_WORDS = frozenset("’‘·-–´ʼ・ー")
_UNREADABLE, _CAPITAL_INSIDE, _MIXED, _SIGN_INSIDE, _ODD_SIGN, _BESIDE_DIGIT, _ALONE = (
    -3.0,
    -1.5,
    -1.0,
    -1.2,
    -0.7,
    -0.6,
    -0.8,
)
_PLAIN_SIGN, _INSIDE_SIGN = 0.5, 1.0
_MOST_WORDS = 4_000


def likelihood(text: str, encoding: str = "") -> float:
    """Say how much the characters beyond ASCII look like those of a language: about 1 for real text, below 0 for junk.

    Parameters
    ----------
    text
        As decoded.
    encoding
        Which it was decoded by, where that one is of a single language.

    Examples
    --------
    >>> right, wrong = "Łódź Kraków Gdańsk", "Łódź Kraków Gdańsk".encode("cp1250").decode("cp1252")
    >>> likelihood(right) > 0.9, likelihood(wrong) < 0.5
    (True, True)
    """
    found: Counter[str] = Counter()
    penalty = 0.0
    words = re.split(r"[\s,;|\"\t]+", re.sub(r"\d+", "0", text))  # numbers with the same marks are one word
    for word in list(dict.fromkeys(words))[:_MOST_WORDS]:
        for at, sign in enumerate(word):
            if ord(sign) > 127:
                found[sign] += 1
                penalty += _out_of_place(word, at)
    total = sum(found.values())
    if not total:
        return 0.0
    languages = [_weights()[_OF_ONE_LANGUAGE[encoding]]] if encoding in _OF_ONE_LANGUAGE else _weights().values()
    return (max(_fit(found, weights) for weights in languages) + penalty) / total


def _fit(found: Counter[str], weights: dict[str, float]) -> float:
    return sum(times * weights.get(sign, _other(sign)) for sign, times in found.items())


@cache
def _other(sign: str) -> float:
    """Weigh a character that a language does not have: signs are common to all, letters of others are not."""
    return 0.0 if not (sign.isalpha() or unicodedata.category(sign).startswith("M")) else -0.5


@cache
def _weights() -> dict[str, dict[str, float]]:
    """Give each language's characters with their weights."""
    made = {}
    for language, (usual, rarer, weight) in _ALPHABETIC.items():
        letters = dict.fromkeys(rarer + rarer.upper(), 0.5 * weight) | dict.fromkeys(usual + usual.upper(), weight)
        made[language] = {sign: value for sign, value in letters.items() if ord(sign) > 127}
    kana = {chr(code): 1.0 for code in range(0x3041, 0x30FF)} | {chr(code): 0.45 for code in range(0xFF66, 0xFFA0)}
    for language, (name, first, last, frequent) in _IDEOGRAPHIC.items():
        made[language] = dict.fromkeys(_block(name, first, last), 0.6) | dict.fromkeys(frequent, 1.0)
    made["Japanese"] |= kana
    return made


def _block(name: str, first: int, last: int) -> str:
    """Give the common characters of an Asian encoding, which stand in rows of their own."""
    low = [*range(0x40, 0x7F), *range(0xA1, 0xFF)] if name == "big5" else range(0xA1, 0xFF)
    return "".join(bytes((high, second)).decode(name, "ignore") for high in range(first, last) for second in low)


def _out_of_place(word: str, at: int) -> float:
    """Weigh what is odd about a character where it stands."""
    sign = word[at]
    kind = unicodedata.category(sign)
    if kind in ("Cc", "Cn", "Co", "Cs") or sign == "\ufffd":
        return _UNREADABLE
    before, after = word[at - 1] if at else "", word[at + 1] if at + 1 < len(word) else ""
    if not (sign.isalpha() or kind.startswith("M")):
        if sign in "¿¡":
            return _PLAIN_SIGN if after.isalpha() and not before else _ODD_SIGN
        if before.isalpha() and after.isalpha():
            return _INSIDE_SIGN if sign in _INSIDE_WORDS else _SIGN_INSIDE
        fitting = _AFTER_WORDS if before.isalpha() else _BEFORE_WORDS if after.isalpha() else _PLAIN_SIGNS
        return _PLAIN_SIGN if sign in fitting else _ODD_SIGN
    if sign in "ºª" and before and not after.isalpha():  # Nº, 1ª
        return _PLAIN_SIGN
    if "\uff66" <= sign <= "\uff9f" and max(before, after) < "\u3040":  # such kana come in rows
        return _MIXED
    if kind == "Lo" and ord(sign) > 0x0FFF:  # ideographs stand beside anything
        return 0.0
    odd = 0.0 if before.isalpha() or after.isalpha() else _ALONE
    odd += _CAPITAL_INSIDE if sign.isupper() and before.islower() else 0.0
    odd += _BESIDE_DIGIT if before.isdigit() or after.isdigit() else 0.0
    if ord(sign) > 0x24F and kind != "Mn":
        return odd + (_MIXED if any(beside.isascii() and beside.isalpha() for beside in (before, after)) else 0.0)
    around = word[max(0, at - 1) : at + 2]
    return odd + (_MIXED if len(around) == 3 and not any(map(str.isascii, around)) else 0.0)
