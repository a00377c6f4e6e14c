"""The cities of the made-up market: districts with their codes, streets, housing compounds."""

from functools import cache

import numpy as np

# province, city, share of people, level of prices, first three digits of the postcode, districts as code and name
_CITIES = """
北京市 北京市 12 1.3 100 110101东城区 110105朝阳区 110108海淀区 110106丰台区
上海市 上海市 12 1.3 200 310101黄浦区 310104徐汇区 310115浦东新区 310110杨浦区
广东省 广州市 9 1.15 510 440103荔湾区 440104越秀区 440106天河区 440105海珠区
广东省 深圳市 9 1.25 518 440303罗湖区 440304福田区 440305南山区
浙江省 杭州市 7 1.15 310 330102上城区 330106西湖区 330108滨江区
四川省 成都市 7 0.95 610 510104锦江区 510105青羊区 510107武侯区
湖北省 武汉市 6 0.9 430 420102江岸区 420106武昌区 420111洪山区
江苏省 南京市 6 1.0 210 320102玄武区 320104秦淮区 320106鼓楼区
陕西省 西安市 5 0.85 710 610102新城区 610103碑林区 610113雁塔区
重庆市 重庆市 6 0.85 400 500103渝中区 500105江北区 500112渝北区
江苏省 苏州市 5 1.05 215 320505虎丘区 320506吴中区 320508姑苏区
天津市 天津市 4 0.95 300 120101和平区 120103河西区 120104南开区
湖南省 长沙市 4 0.85 410 430102芙蓉区 430104岳麓区 430111雨花区
山东省 青岛市 3 0.9 266 370202市南区 370203市北区 370212崂山区
福建省 厦门市 3 1.0 361 350203思明区 350206湖里区
河南省 郑州市 2 0.8 450 410102中原区 410105金水区
"""
_ROADS = """
人民路 中山路 解放路 建设路 和平路 文化路 新华路 胜利路 长江路 黄河路 青年路 迎宾路 学府路 滨河路
朝阳路 光明路 幸福路 友谊路 科技路 工业路 东风路 西湖路 南京路 北京路 上海路 广州路 复兴路 振兴路
花园路 体育路
"""
ROADS = _ROADS.split()
_COMPOUNDS = """
阳光花园 翠湖苑 金色家园 锦绣江南 碧水湾 万和城 星河湾 绿地世家 书香名邸 紫金府 御景园 东方明珠
桃源居 梧桐里 云顶华庭 春江花月 中央公馆 天鹅堡 丽景苑 康乐小区 新苑小区 祥和里 同心家园 银杏苑
"""
COMPOUNDS = _COMPOUNDS.split()

# six-digit codes valid whenever somebody was born: counties that people come from, and old city districts
_OLD_CODES = (
    "330122 330127 510121 510321 422823 610323 610326 430121 430321 350121 340121 360121 210224 210321 "
    "210726 230722 530124 620121 110101 110105 120101 120103 310104 310110"
)
ALWAYS = np.array([int(code) for code in _OLD_CODES.split()])
# codes of districts younger than 1983, and those that have ended
_SINCE = {
    310115: 1992, 440106: 1985, 330108: 1996, 350206: 1987, 370212: 1994, 440303: 1990, 440304: 1990, 440305: 1990,
    320505: 2000, 320506: 2000, 320508: 2012, 500103: 1997, 500105: 1997, 500112: 1997, 510104: 1990,
    510105: 1990, 510107: 1990, 430102: 1996, 430104: 1996, 430111: 1996,
}  # fmt: skip
_IN_FORCE = (110101, 110105, 110106, 110108, 120101, 120103, 120104, 310101, 310104, 310110)


@cache
def cities() -> tuple[list[str], list[str], np.ndarray, np.ndarray]:
    """Give provinces, cities, their shares of people and their level of prices."""
    rows = [line.split() for line in _CITIES.strip().split("\n")]
    return (
        [row[0] for row in rows],
        [row[1] for row in rows],
        np.array([float(row[2]) for row in rows]),
        np.array([float(row[3]) for row in rows]),
    )


@cache
def districts() -> tuple[list[str], np.ndarray, np.ndarray, list[str]]:
    """Give the districts' names, their codes, the city each is in, and their postcodes."""
    names, codes, owners, postcodes = [], [], [], []
    for at, line in enumerate(_CITIES.strip().split("\n")):
        row = line.split()
        for number, district in enumerate(row[5:]):
            names.append(district[6:])
            codes.append(int(district[:6]))
            owners.append(at)
            postcodes.append(f"{row[4]}0{number}0")
    return names, np.array(codes), np.array(owners), postcodes


def birth_codes(rng: np.random.Generator, district: np.ndarray, year: np.ndarray) -> np.ndarray:
    """Draw the code in a person's document: 55% of the district they live in, else of a county.

    A code is used only for births in years in which it was in force.
    """
    _, codes, _, _ = districts()
    since = np.array([0 if code in _IN_FORCE else _SINCE.get(int(code), 1983) for code in codes])
    local = (rng.random(len(district)) < 0.55) & (year >= since[district])
    return np.where(local, codes[district], ALWAYS[rng.integers(0, len(ALWAYS), len(district))])
