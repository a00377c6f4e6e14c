"""Names of people in one form: Latin and Chinese, with or without titles, in either order."""

import re
import unicodedata
from functools import cache, lru_cache
from importlib import resources

from pypinyin import Style, lazy_pinyin

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_UNSEEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x1f\x7f]")
# parts of names recur in millions of names
_REMEMBERED = 1 << 16
_TITLES = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "dr",
        "prof",
        "professor",
        "sir",
        "rev",
        "reverend",
        "hon",
        "capt",
        "madam",
        "messrs",
        "herr",
        "frau",
        "monsieur",
        "mme",
        "mlle",
        "sra",
        "srta",
        "esq",
        "phd",
        "md",
    ]
)
_SENIOR = dict.fromkeys(("sr", "snr", "senior", "sen", "pere"), "1")
_JUNIOR = dict.fromkeys(("jr", "jnr", "junior", "jun", "fils", "ii"), "2")
_GENERATIONS = {**_SENIOR, **_JUNIOR, "iii": "3", "iv": "4"}
# names as well (Amartya Sen, Li Jun), but for their dot
_ALSO_NAMES = frozenset(["sen", "jun", "pere", "fils"])
_FORMS = (
    r"gmbh|mbh|ohg|gbr|e\.? ?k\.?|e\.? ?v\.?|ltd|limited|llc|llp|plc|inc|incorporated|corp|corporation|company|"
    r"s\.?a\.?r\.?l|s\.?r\.?l|s\.?p\.?a|sp\.? z o\.?o|pty|pte|holdings?|group|foundation|stiftung|verein|"
    r"aktiengesellschaft|firm|business dept"
)
_FIRM = re.compile(rf"(?:^|[\s,&(])(?:{_FORMS})\.?(?:$|[\s,&)])")
# forms that are names or beginnings of words too: last, in capitals, behind another word
_SHORT_FIRM = re.compile(r"\S\s+(?:& Co\.? )?(?:AG|KG|UG|SE|SA|SAS|BV|NV|AB|AS|OY|SL|KGaA|Co\.?)\.?$")
_HAN_FIRM = re.compile(
    r"(?:公司|集团|商店|商行|经营部|银行|学校|医院|酒店|饭店|超市|工厂|事务所|合作社|研究院|协会|厂|中心)$"
)
_HAN_TITLES = re.compile(r"(先生|女士|小姐|太太|夫人|老师|博士|教授|经理|总经理|同志|阿姨|师傅)$")
# how a familiar person is called: by the last character of the given name
_BETWEEN, _MARKS = re.compile(r"[-_/.,;·・]"), re.compile(r"[^\w\s]")
_FAMILIAR = re.compile("阿.")
_NO_NAMES = frozenset(
    [
        "unknown",
        "unk",
        "n/a",
        "none",
        "nil",
        "not known",
        "not given",
        "no name",
        "noname",
        "anonymous",
        "test",
        "xxx",
        "-",
        "--",
        ".",
        "?",
        "不详",
        "未知",
        "无",
        "无名",
        "匿名",
        "测试",
    ]
)
_TWO_HAN_SURNAMES = frozenset(
    [
        "欧阳",
        "司马",
        "上官",
        "诸葛",
        "司徒",
        "夏侯",
        "皇甫",
        "东方",
        "尉迟",
        "公孙",
        "慕容",
        "长孙",
        "宇文",
        "令狐",
        "司空",
        "端木",
        "独孤",
        "南宫",
        "呼延",
        "轩辕",
        "百里",
        "东郭",
        "西门",
        "澹台",
    ]
)
_HAN_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金"
    "陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒"
    "耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑荆谌银扬明沙薄伏岑习胥保和蔺"
)
# where a surname is read otherwise than the word
_SURNAME_READINGS = {
    "单": "shan", "曾": "zeng", "解": "xie", "仇": "qiu", "任": "ren", "查": "zha", "区": "ou", "尉迟": "yuchi",
    "朴": "piao", "盖": "ge", "冼": "xian", "覃": "qin", "翟": "zhai", "乐": "yue", "缪": "miao", "宁": "ning",
}  # fmt: skip


@cache
def _simplified() -> dict[int, str]:
    """Traditional characters to simplified ones, of the two thousand that differ in GB 2312."""
    text = resources.files("insight.unify.standardise").joinpath("traditional.txt").read_text(encoding="utf-8")
    traditional, simplified = text.split()
    return dict(zip(map(ord, traditional), simplified, strict=True))


def fold(text: str) -> str:
    """Write one text one way: width, case, accents, unseen characters, traditional characters.

    Examples
    --------
    >>> fold("  Ｊosé　Müller ")
    'jose muller'
    >>> fold("張偉")
    '张伟'
    """
    if text.isascii():
        if text.isprintable():
            return " ".join(text.lower().split())
        return " ".join(_UNSEEN.sub("", text).lower().split())
    text = _UNSEEN.sub("", unicodedata.normalize("NFKC", text)).casefold()
    text = text.translate(_simplified())
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    plain = plain.translate({0x142: "l", 0xF8: "o", 0x111: "d", 0xE6: "ae", 0x153: "oe", 0x131: "i"})
    return " ".join(unicodedata.normalize("NFC", plain).split())


def is_han(text: str) -> bool:
    """Whether a text holds Chinese characters."""
    return bool(_HAN.search(text))


@lru_cache(maxsize=_REMEMBERED)
def pinyin_of(han: str, *, surname: bool = False) -> str:
    """Give the reading without tones, in one word.

    Examples
    --------
    >>> pinyin_of("曾", surname=True), pinyin_of("晓明")
    ('zeng', 'xiaoming')
    """
    if surname and han in _SURNAME_READINGS:
        return _SURNAME_READINGS[han]
    return "".join(lazy_pinyin(han, style=Style.NORMAL)).replace("ü", "v")


@cache
def _surname_ranks() -> dict[str, int]:
    """Give the readings of surnames, the most frequent surname first."""
    ranks: dict[str, int] = {}
    for rank, surname in enumerate([*_HAN_SURNAMES, *sorted(_TWO_HAN_SURNAMES)]):
        ranks.setdefault(pinyin_of(surname, surname=True), rank)
    return ranks


@cache
def _syllables() -> frozenset[str]:
    """Every reading that a character of the basic block has."""
    found = {reading for code in range(0x4E00, 0x9FA6) for reading in lazy_pinyin(chr(code), style=Style.NORMAL)}
    return frozenset(reading for reading in found if reading.isascii())


@lru_cache(maxsize=_REMEMBERED)
def is_pinyin(word: str, *, most: int = 3) -> bool:
    """Whether a word can be cut into at most ``most`` readings.

    Examples
    --------
    >>> is_pinyin("xiaoming"), is_pinyin("smith")
    (True, False)
    """
    if not word:
        return True
    return most > 0 and any(
        word[:length] in _syllables() and is_pinyin(word[length:], most=most - 1)
        for length in range(min(6, len(word)), 0, -1)
    )


def name_part(text: str) -> tuple[str | None, str | None]:
    """Put a given or family name into one Latin form, and its Chinese form where it has one.

    Examples
    --------
    >>> name_part("Dr. O'Neill-Smith")
    ('oneill smith', None)
    >>> name_part("曉明")
    ('xiaoming', '晓明')
    """
    folded = fold(text)
    if not folded or folded in _NO_NAMES:
        return None, None
    if is_han(folded):
        han = _HAN_TITLES.sub("", "".join(_HAN.findall(folded))) or "".join(_HAN.findall(folded))
        return pinyin_of(han, surname=True), han
    words = _words(folded)
    if len(words) > 1 and all(len(word) > 1 and is_pinyin(word, most=1) for word in words):
        return "".join(words), None
    return " ".join(words) or None, None


def generation(text: str) -> str | None:
    """Tell which of a family's people of one name is meant: 1 for senior, 2 for junior or II, 3 and 4.

    Examples
    --------
    >>> generation("Otter sen."), generation("Vogt, Ina jun."), generation("Sen"), generation("Amartya Sen")
    ('1', '2', None, None)
    """
    return _GENERATIONS.get(word) if (word := _generation_word(fold(text))) else None


def _generation_word(folded: str) -> str | None:
    words = _plain_words(folded)
    if len(words) < 2 or words[-1] not in _GENERATIONS:
        return None
    dotted = folded.rstrip(" )").endswith(".")
    return words[-1] if dotted or words[-1] not in _ALSO_NAMES else None


def is_organisation(text: str) -> bool:
    """Whether a name is that of a firm or another organisation: by its legal form, or what it says it is.

    Examples
    --------
    >>> [is_organisation(name) for name in ("Quast Bau OHG", "Rabe Bau AG", "上海银行", "LI SA", "Anna Grupp")]
    [True, True, True, False, False]
    """
    whole, folded = " ".join(text.split()), fold(text)
    # in capitals throughout, LI SA is a name
    short = not whole.isupper() and _SHORT_FIRM.search(whole)
    return bool(short or _FIRM.search(folded) or _HAN_FIRM.search(folded))


def _plain_words(folded: str) -> list[str]:
    words = folded.split()
    return words if "".join(words).isalpha() else _MARKS.sub("", _BETWEEN.sub(" ", folded)).split()


def _words(folded: str) -> list[str]:
    words = _plain_words(folded)
    left = [word for word in words if word not in _TITLES]
    while len(left) > 1 and (left[-1] == _generation_word(folded) or left[-1] in ("ii", "iii", "iv")):
        left.pop()
    return left or words


def split_name(text: str) -> tuple[str | None, str | None, str | None, str | None]:
    """Cut a name in one piece: given name, family name, and both in Chinese where they are.

    A comma puts the family name first, and so does Chinese. Of two ends in pinyin the family name is
    the one that more people bear as a surname. Other names end with the family name. A familiar form
    (阿芳) has the end of the given name alone.

    Examples
    --------
    >>> split_name("张伟"), split_name("ZHANG, Wei")
    (('wei', 'zhang', '伟', '张'), ('wei', 'zhang', None, None))
    >>> split_name("Xiao Ming Zhang"), split_name("Mary Ann Smith")
    (('xiaoming', 'zhang', None, None), ('mary ann', 'smith', None, None))
    >>> split_name("阿芳")
    ('fang', None, '芳', None)
    """
    folded = fold(text)
    if not folded or folded in _NO_NAMES:
        return None, None, None, None
    if is_han(folded):
        han = "".join(_HAN.findall(folded))
        han = _HAN_TITLES.sub("", han) or han
        if _FAMILIAR.fullmatch(han):
            return pinyin_of(han[1:]), None, han[1:], None
        cut = 2 if han[:2] in _TWO_HAN_SURNAMES and len(han) > 2 else 1
        family, given = han[:cut], han[cut:]
        return (
            (pinyin_of(given) if given else None),
            pinyin_of(family, surname=True),
            given or None,
            family,
        )
    if "," in folded:
        before, _, rest = folded.partition(",")
        if rest.strip(" .") and not set(_words(rest)) <= _TITLES:
            return name_part(rest)[0], name_part(before)[0], None, None
    words = _words(folded)
    if len(words) < 2:
        return (None, words[0], None, None) if words else (None, None, None, None)
    own, shared = (words[1:], words[:1]) if _family_first(words) else (words[:-1], words[-1:])
    return name_part(" ".join(own))[0], " ".join(shared), None, None


def _family_first(words: list[str]) -> bool:
    if not all(is_pinyin(word) for word in words):
        return False
    ranks = _surname_ranks()
    never = len(ranks) + len(_HAN_SURNAMES)
    return ranks.get(words[0], never) <= ranks.get(words[-1], never)
