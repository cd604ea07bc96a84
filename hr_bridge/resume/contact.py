"""Name, phone and e-mail, taken out of the lines so that they stay apart from everything else."""

from __future__ import annotations

import re

import phonenumbers

from hr_bridge.resume.resume import Contact, Language

_EMAIL = re.compile(r"[\w.+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_LINK = re.compile(r"(?:https?://|www\.)\S+|\b(?:linkedin|github)\.com/\S+", re.IGNORECASE)
# A number that no plan of numbers knows is still the person's, where the label says so.
_LABELLED_PHONE = re.compile(
    r"(?:电话|手机|联系方式|tel|phone|mobile|cell)[^\d+\n]{0,8}(?P<number>\+?\d[\d ().-]{6,18}\d)", re.IGNORECASE
)
_DATES = re.compile(r"(?<!\d)(?:19|20)\d\d\s*[年./-]?\s*\d{0,2}\s*月?\s*[-–—~～至到]")
_LABELLED_NAME = re.compile(
    r"(?:姓名|名字|name)\s*[:：\t]\s*(?P<name>[\u4e00-\u9fff·]{2,8}|[A-Z][A-Za-z.'’-]*(?:\s+[A-Z][A-Za-z.'’-]*){0,3})",
    re.IGNORECASE,
)
_TITLED = re.compile(r"的?(?:个人|求职)?简历|个人资料|curriculum vitae|résumé|resume|\bcv\b", re.IGNORECASE)
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白"
    "崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐梅莫庄辛管祝左涂谷祁时舒"
    "耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来缪苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑荆谌银扬明沙薄伏岑习胥保和蔺"
)
_ZH_NAME = re.compile(
    rf"(?:欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯|[{_SURNAMES}])[\u4e00-\u9fff]{{1,2}}|[\u4e00-\u9fff]{{2,4}}·[\u4e00-\u9fff]{{2,6}}"
)
_EN_NAME = re.compile(
    r"[A-Z][a-z'’-]*(?:[A-Z][a-z]+)?(?:\s+(?:[A-Z]\.?|[A-Z][a-z'’-]+(?:[A-Z][a-z]+)?|de|van|von|al|bin)){1,3}|[A-Z]{2,}(?:\s+[A-Z]\.)?(?:\s+[A-Z]{2,}){1,2}"
)
_TOLD_NAME = re.compile(rf"我叫(?P<name>{_ZH_NAME.pattern})(?=[,，。\s])")
_NO_NAME = re.compile(
    r"engineer|manager|summary|profile|experience|education|skills|address|street|road|city|university|college|contact|objective|nurse|sales|driver|"
    r"求职|意向|销售|应聘|工程|经理|联系|电话|简历|个人|信息|岗位|地址|学历|本科|大专",
    re.IGNORECASE,
)


def take_contact(lines: list[str], language: Language) -> tuple[Contact, list[str]]:
    """(who and how to reach, the lines without phone numbers, e-mail addresses and links)."""
    email = _EMAIL.search("\n".join(lines))
    # E-mail and links go first: their digits are no phone numbers.
    bare = [_LINK.sub("", _EMAIL.sub("", line)) for line in lines]
    phone, kept = _take_phones(bare, ("CN",) if language == "zh" else ("US", "GB"))
    return Contact(_name(kept), phone, email.group() if email else None), [line for line in kept if line.strip()]


def _take_phones(lines: list[str], regions: tuple[str, ...]) -> tuple[str | None, list[str]]:
    """The first valid number in E.164, or as it is labelled, and the lines without any; "2021.9-2024.7" is a period and no number."""
    first: str | None = None
    kept = []
    for line in lines:
        for region in regions if _DATES.search(line) is None else ():
            found = list(phonenumbers.PhoneNumberMatcher(line, region, leniency=phonenumbers.Leniency.VALID))
            for match in reversed(found):
                line = line[: match.start] + line[match.end :]
            if found and first is None:
                first = phonenumbers.format_number(found[0].number, phonenumbers.PhoneNumberFormat.E164)
        labelled = _LABELLED_PHONE.search(line)
        if labelled:
            first = first or re.sub(r"[^\d+]", "", labelled["number"])
            line = line[: labelled.start("number")] + line[labelled.end("number") :]
        kept.append(line)
    return first, kept


def _name(lines: list[str]) -> str | None:
    for line in lines[:15]:
        labelled = _LABELLED_NAME.search(line) or _TOLD_NAME.search(line)
        if labelled:
            return _person(labelled["name"])
    for line in lines[:6]:
        for part in re.split(r"[\t|｜丨,，/:：]+|\s{2,}|(?<=[\u4e00-\u9fff])\s+", _TITLED.sub("\t", line)):
            word = part.strip(" -–—·•_*#()（）【】")
            if (_ZH_NAME.fullmatch(word) or _EN_NAME.fullmatch(word)) and not _NO_NAME.search(word):
                return _person(word)
    return None


def _person(name: str) -> str:
    name = " ".join(name.split())
    return name.title() if name.isupper() and name.isascii() else name
