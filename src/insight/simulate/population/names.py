"""Chinese family and given names with their pinyin, and how common each is."""

from functools import cache

import numpy as np
import pyarrow as pa

from insight.simulate.draws import chance, pick

# name, pinyin, people per thousand (before the rest of the country is left out)
_FAMILY = """
王 Wang 72|李 Li 71|张 Zhang 68|刘 Liu 54|陈 Chen 45|杨 Yang 31|黄 Huang 22|赵 Zhao 21|吴 Wu 20|周 Zhou 19
徐 Xu 14|孙 Sun 14|马 Ma 13|朱 Zhu 12|胡 Hu 12|郭 Guo 11|何 He 11|林 Lin 11|高 Gao 10|罗 Luo 10
郑 Zheng 9|梁 Liang 8|谢 Xie 8|宋 Song 7|唐 Tang 7|许 Xu 7|韩 Han 6|邓 Deng 6|冯 Feng 6|曹 Cao 6
彭 Peng 6|曾 Zeng 6|肖 Xiao 6|田 Tian 5|董 Dong 5|潘 Pan 5|袁 Yuan 5|蔡 Cai 5|蒋 Jiang 5|余 Yu 5
于 Yu 5|杜 Du 5|叶 Ye 5|程 Cheng 4|魏 Wei 4|苏 Su 4|吕 Lv 4|丁 Ding 4|任 Ren 4|卢 Lu 4
姚 Yao 4|沈 Shen 4|钟 Zhong 4|姜 Jiang 4|崔 Cui 4|谭 Tan 4|陆 Lu 4|范 Fan 4|汪 Wang 3|廖 Liao 3
石 Shi 3|金 Jin 3|韦 Wei 3|贾 Jia 3|夏 Xia 3|付 Fu 3|方 Fang 3|邹 Zou 3|熊 Xiong 3|白 Bai 3
孟 Meng 3|秦 Qin 3|邱 Qiu 3|侯 Hou 3|江 Jiang 3|尹 Yin 2|薛 Xue 2|闫 Yan 2|段 Duan 2|雷 Lei 2
龙 Long 2|黎 Li 2|史 Shi 2|陶 Tao 2|贺 He 2|毛 Mao 2|郝 Hao 2|顾 Gu 2|龚 Gong 2|邵 Shao 2
欧阳 Ouyang 1|司马 Sima 1|上官 Shangguan 1|诸葛 Zhuge 1
"""

# character and pinyin, from common to rare
_MALE = """
伟 wei|强 qiang|磊 lei|军 jun|勇 yong|杰 jie|涛 tao|明 ming|超 chao|刚 gang|平 ping|辉 hui|鹏 peng|华 hua|飞 fei
鑫 xin|波 bo|斌 bin|宇 yu|浩 hao|凯 kai|健 jian|俊 jun|帅 shuai|建 jian|国 guo|志 zhi|文 wen|海 hai|林 lin
东 dong|峰 feng|龙 long|亮 liang|旭 xu|宁 ning|博 bo|晨 chen|轩 xuan|睿 rui|泽 ze|子 zi|家 jia|天 tian|永 yong
振 zhen|嘉 jia|世 shi|立 li|春 chun|成 cheng|庆 qing|卫 wei|新 xin|利 li|少 shao|云 yun|阳 yang|翔 xiang|毅 yi
"""
_FEMALE = """
芳 fang|娜 na|敏 min|静 jing|丽 li|艳 yan|娟 juan|霞 xia|秀 xiu|燕 yan|玲 ling|桂 gui|英 ying|萍 ping|红 hong
婷 ting|雪 xue|慧 hui|颖 ying|欣 xin|佳 jia|梅 mei|琳 lin|莉 li|洁 jie|倩 qian|晓 xiao|雨 yu|梦 meng|思 si
怡 yi|涵 han|子 zi|诗 shi|文 wen|玉 yu|春 chun|丹 dan|琴 qin|云 yun|莹 ying|露 lu|瑶 yao|薇 wei|悦 yue
美 mei|兰 lan|凤 feng|月 yue|珍 zhen|淑 shu|巧 qiao|彩 cai|爱 ai|佩 pei|可 ke|心 xin|语 yu|萱 xuan|珊 shan
"""


def _entries(text: str) -> list[list[str]]:
    return [entry.split() for line in text.split("\n") for entry in line.split("|") if entry]


@cache
def family_names() -> tuple[tuple[str, ...], tuple[str, ...], np.ndarray]:
    """Give characters, pinyin and weights of the family names."""
    names, pinyin, weights = zip(*_entries(_FAMILY), strict=True)
    return names, pinyin, np.array(weights, float)


@cache
def given_names(gender: str) -> tuple[list[str], list[str], np.ndarray]:
    """Give every given name of one or two characters of a gender (``M`` or ``F``).

    The first ``k`` are the single characters; name ``k + i * k + j`` is character i and then j.
    Two syllables of pinyin are set apart by a space.
    """
    parts = _entries(_MALE if gender == "M" else _FEMALE)
    characters = [part[0] for part in parts]
    sounds = [part[1].capitalize() for part in parts]
    weights = 1.0 / (np.arange(len(parts)) + 8.0)
    both = characters + [a + b for a in characters for b in characters]
    spoken = sounds + [f"{a} {b}" for a in sounds for b in sounds]
    return both, spoken, weights


def draw_given(rng: np.random.Generator, birth_year: np.ndarray, first: np.ndarray | None = None) -> np.ndarray:
    """Draw positions in `given_names`: 35% single characters before 1995, 18% after.

    ``first``, where not negative, is the first character that siblings share.
    """
    count = len(birth_year)
    _, _, weights = given_names("M")
    size = len(weights)
    one, two = pick(rng, weights, count).astype(np.int32), pick(rng, weights, count).astype(np.int32)
    single = chance(rng, np.where(birth_year < 1995, 0.35, 0.18), count)
    if first is not None:
        one = np.where(first >= 0, first, one)
        single &= first < 0
    return np.where(single, one, size + one * size + two)


def given_columns(codes: np.ndarray, female: np.ndarray) -> tuple[pa.Array, pa.Array]:
    """Turn positions into columns of characters and of pinyin."""
    men, women = given_names("M"), given_names("F")
    index = pa.array(np.where(female, codes + len(men[0]), codes).astype(np.int16))
    both = (pa.DictionaryArray.from_arrays(index, pa.array(men[at] + women[at])) for at in (0, 1))
    return tuple(column.dictionary_decode().dictionary_encode() for column in both)
