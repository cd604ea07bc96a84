"""Résumé text as it is typed, made regular: one form of each letter, digit, space and label."""

from __future__ import annotations

import re
import unicodedata

# No pattern of this room is ever tried on a longer line, so that a hostile one cannot keep it busy.
MAX_LINE = 1_000
_FULL_WIDTH = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_SIGNS = {
    ord("．"): ".",
    ord("／"): "/",
    ord("－"): "-",
    ord("＋"): "+",
    ord("＠"): "@",
    ord("　"): " ",
    ord("\xa0"): " ",
}
# A font may say "figure dash" or "minus" where a hyphen or a dash was typed, or a Greek or Latin dot for 一·二.
_SIGNS |= dict.fromkeys(map(ord, "‐‑‒−﹘﹣"), "-") | dict.fromkeys(map(ord, "‧∙⋅・･"), "·")
# PDF writers name a character by the radical of the same shape; for these Unicode has no compatibility mapping, or one
# to the traditional form (EquivalentUnifiedIdeograph.txt).
_SIGNS |= {
    ord(radical): character
    for radical, character in zip(
        "㬵⼾⺌⺎⺓⺠⺢⺩⺪⺫⺬⺮⺯⺰⺶⺷⺸⺻⺼⺽⻁⻂⻃⻄⻅⻆⻈⻉⻊⻋⻌⻍⻎⻏⻐⻓⻔⻖⻗⻘⻙⻚⻛⻜⻝⻞⻟⻠⻢⻣⻤⻥⻦⻧⻨⻩⻪⻬⻮⻰⻳",
        "胶户小兀幺民氺王疋罒示竹糸纟羊羊羊聿肉臼虎衤覀西见角讠贝足车辶辶辶阝钅长门阝雨青韦页风飞食飠飠饣马骨鬼鱼鸟卤麦黄黾齐齿龙龟",
        strict=True,
    )
}
_INVISIBLE = re.compile(
    r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufe0f\U000e0000-\U000e007f]"
)
# Ligatures, and the radicals that PDF writers put in place of the characters they look like.
_LOOKALIKES = re.compile(r"[\u2e80-\u2fdf\ufb00-\ufb06\uf900-\ufaff]")
_LABELS = (
    "姓名 性别 民族 籍贯 年龄 学历 学位 专业 电话 手机 邮箱 婚姻 婚否 身高 体重 健康 学校 单位 公司 职位 职务 岗位 时间 户籍 生日 住址 地址 政治面貌 "
    "出生年月 出生日期 婚姻状况 健康状况 毕业院校 联系电话 工作经历 工作经验 教育背景 教育经历 专业技能 证书 自我评价 技能 项目经历 实习经历"
).split()
# A name or heading set wide, one character and a blank at a time.
_LETTERSPACED = re.compile(r"[\u4e00-\u9fff](?:\s{1,4}[\u4e00-\u9fff]){1,7}")
_SPACED = re.compile(
    "|".join(r"(?<![\u4e00-\u9fff])" + r"[ \t]{0,6}".join(label) + r"(?![\u4e00-\u9fff])" for label in _LABELS)
)


def normalise(text: str) -> list[str]:
    """Lines without empty ones; wide letters narrow, invisible signs gone, "姓  名" written as 姓名."""
    text = _INVISIBLE.sub("", text).translate(_FULL_WIDTH).translate(_SIGNS)
    text = _LOOKALIKES.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)
    lines = []
    for line in re.split(r"[\r\n\v\f\u2028\u2029]+", text):
        joined = _SPACED.sub(lambda match: re.sub(r"[ \t]", "", match.group()), line)
        if _LETTERSPACED.fullmatch(joined.strip()):
            joined = re.sub(r"\s", "", joined)
        plain = re.sub(r" {3,}", "\t", joined.strip()).strip()
        lines += [plain[start : start + MAX_LINE] for start in range(0, len(plain), MAX_LINE)]
    return lines
