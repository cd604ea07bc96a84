"""What must not be known when questions are written and answers are weighed: taken out before anything else reads on.

Two ways of writing are removed: a labelled fact (婚姻状况：已婚, "Date of birth: …") anywhere, and a bare fact
(男 | 28岁 | 汉族) only among the personal details at the head, so that 党建项目 or 身高体重秤 in a job stay whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from hr_bridge.resume.headings import split_heading

_SPLIT = re.compile(r"([\t|｜丨•·,，;；、/]+| {2,})")
_COLON = r"\s*[:：]\s*"


@dataclass(frozen=True)
class _Fact:
    """How one kind of fact is labelled, what its value looks like after a label, and how it stands alone."""

    kind: str
    labels: str
    value: str
    alone: str = ""


# Free words up to a separator, or up to the next label of the same line.
_FREE = r"[^\t|｜丨,，;；。:：]{1,24}?(?=$|[\t|｜丨,，;；。]|\s+[^\s:：]{1,12}\s*[:：])"
_DATE = (
    r"(?:(?:19|20)?\d\d\s*[年./-]\s*\d{1,2}(?:\s*[月./-]\s*\d{1,2})?\s*[月日]?|(?:19|20)\d\d年?"
    r"|\d{1,2}[./ -]\d{1,2}[./ -](?:19|20)\d\d|\d{1,2}(?:st|nd|rd|th)?\s+[A-Za-z]{3,9},?\s+\d{4}|[A-Za-z]{3,9}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4})"
)
_PEOPLE = (
    "汉|蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|高山|拉祜|水|东乡|纳西|景颇|柯尔克孜|土|达斡尔|仫佬|羌|布朗|撒拉|"
    "毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|京|塔塔尔|独龙|鄂伦春|赫哲|门巴|珞巴|基诺"
)
_PROVINCES = "北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|内蒙古|广西|西藏|宁夏|新疆"
_PARTY = (
    r"(?:中共)?(?:预备|正式)?党员|中共(?:预备)?党员|共青团员|团员|群众|民主党派|无党派(?:人士)?|九三学社社员|民盟盟员"
)
_WED = r"(?:已婚|未婚|离异|离婚|丧偶|单身)(?:[已未]育)?(?:有?[一二两1-3](?:孩|子女?|女))?|[已未]育"
_FACTS = (
    _Fact(
        "sex",
        r"性别|gender|sex",
        r"男性?|女性?|m(?:ale)?\b|f(?:emale)?\b|non-?binary|other",
        r"男性?|女性?|male|female",
    ),
    _Fact(
        "age",
        r"年龄|现龄|age",
        r"\d{2}\s*(?:周?岁|years?(?: old)?|yrs?)?",
        r"\d{2}\s*周?岁|\d{2}\s*years? old|aged? \d{2}|[6789]0后|0[0-9]后",
    ),
    _Fact(
        "birth_date",
        r"出生年月日?|出生日期|出生时间|出生|生日|date\s*of\s*birth|birth\s*date|birthday|d\.?o\.?b\.?|born(?:\s+on)?",
        rf"{_DATE}(?:\s*生)?(?:\s*[（(]\s*\d{{2}}\s*周?岁\s*[）)])?|{_FREE}",
        rf"{_DATE}\s*(?:日)?\s*(?:出?生|出生)|生于\s*{_DATE}|born(?:\s+on|\s+in)?\s+{_DATE}|(?:19[5-9]\d|200\d)年(?:\d{{1,2}}月)?|(?:19[5-9]\d|200\d)[./-](?:1[0-2]|0?[1-9])(?:[./-]\d{{1,2}})?",
    ),
    _Fact(
        "marriage",
        r"婚姻状[况态]|婚姻|婚否|婚育状况|婚育情况|婚育|marital\s*status|civil\s*status",
        _FREE,
        rf"{_WED}|married|single|divorced|widowed",
    ),
    _Fact(
        "children",
        r"子女情况|子女状况|子女|生育状况|生育情况|有无子女|(?:number of )?children|kids|dependents",
        r"[有无]?[一二两三1-3]?[个名]?[^\t|｜丨,，;；。 ]{0,10}|\d(?:\s*\([^)]*\))?|none|yes[^\t|;]{0,20}|no|one|two|three",
        r"育有?[一二两三1-3][^,，;；\t|]{0,8}|(?:mother|father) of [^,;\t|]{1,20}|[一二两][个]?孩子?|\d child(?:ren)?|no children",
    ),
    _Fact(
        "native_place",
        r"籍贯|户籍所在地|户籍地址|户籍地|户籍|户口所在地|户口性质|户口类型|户口|出生地|生源地|国籍|place\s*of\s*birth|birthplace|native\s*place|"
        r"nationality|citizenship|hometown|hukou",
        _FREE,
        rf"(?:{_PROVINCES})省?[\u4e00-\u9fff]{{0,5}}人",
    ),
    _Fact("ethnicity", r"民族|族别|ethnicity|ethnic\s*(?:group|origin)|race", _FREE, rf"(?:{_PEOPLE})族"),
    _Fact(
        "party",
        r"政治面貌|党派|政治身份|入党时间|入团时间|political\s*(?:status|affiliation|party)|party(?:\s*membership)?",
        _FREE,
        _PARTY,
    ),
    _Fact(
        "body",
        r"身高|体重|血型|视力|身高/体重|身高体重|height|weight|blood\s*type",
        r"[12][.．]?\d{1,2}\s*(?:cm|厘米|公分|米|m)?(?:\s*/\s*\d{2,3}\s*(?:kg|公斤)?)?|\d{2,3}(?:\.\d)?\s*(?:kg|公斤|斤|千克|lbs?|pounds)?|"
        r"\d\s*(?:ft|'|’|feet)\s*\d{0,2}[^\t|,;]{0,4}|(?:AB|A|B|O)[+-]?\s*型?|[左右双][^\t|,，;；]{1,10}|[45]\.\d",
        r"1[4-9]\d\s*(?:cm|厘米|公分)|1[.．][4-9]\d?\s*(?:米|m)|\d{2,3}\s*(?:kg|公斤)|(?:AB|A|B|O)型血?",
    ),
    _Fact(
        "health",
        r"健康状况|身体状况|健康|有无病史|既往病史|残疾状况|health(?:\s*(?:status|condition))?|disabilit(?:y|ies)|medical\s*history",
        _FREE,
        r"身体健康|健康|身体状况良好|in good health",
    ),
    _Fact(
        "religion",
        r"宗教信仰|宗教|信仰|religion|religious\s*beliefs?|faith",
        _FREE,
        r"佛教徒|基督徒|穆斯林|christian|muslim|buddhist|hindu|jewish",
    ),
    _Fact(
        "id_number",
        r"身份证号码?|身份证|证件号码?|护照号码?|社保号码?|passport(?:\s*(?:no\.?|number))?|id\s*(?:card)?\s*(?:no\.?|number)|ssn|social security(?: number)?|national insurance(?: (?:no\.?|number))?",
        r"[A-Za-z0-9*Xx \-]{6,24}",
    ),
    _Fact(
        "photo",
        r"照片|证件照|photo(?:graph)?",
        r"[^\t|]{0,24}",
        r"[（(\[【]?(?:照片|证件照|一寸照|photo(?:graph)?)[）)\]】]?",
    ),
    _Fact(
        "family",
        r"家庭成员|家庭情况|家庭状况|父亲|母亲|配偶|丈夫|妻子|家庭背景|family(?:\s*members)?|spouse|husband|wife",
        r"[^\t|]{1,60}",
    ),
)
# Labels that are ordinary words of a trade in the middle of a job ("Health: …", 照片：…) count only at the head.
_HEAD_ONLY = re.compile(
    r"age|sex|health|party|race|height|weight|children|kids|family|faith|photo(?:graph)?|健康|信仰|照片|证件照|身高|体重|血型|视力|出生|"
    r"dependents|spouse|husband|wife|父亲|母亲|配偶|丈夫|妻子|户口|single|身高体重|身高/体重|disabilit(?:y|ies)|born(?:\s+on)?|子女",
    re.IGNORECASE,
)
# Where people speak of themselves, a bare 汉族 or 身体健康 is a fact about them and no part of a job.
_BARE_SECTIONS = ("personal", "other")
_LABELLED = [
    (
        fact,
        re.compile(
            rf"(?<![A-Za-z\u4e00-\u9fff])(?P<label>{fact.labels}){_COLON}(?P<value>{fact.value})?", re.IGNORECASE
        ),
    )
    for fact in _FACTS
]
_LABEL_ONLY = [(fact, re.compile(rf"(?:{fact.labels})\s*[:：]?", re.IGNORECASE)) for fact in _FACTS]
_VALUE = {fact.kind: re.compile(fact.value, re.IGNORECASE) for fact in _FACTS}
_ALONE = [(fact, re.compile(rf"[（(]?(?:{fact.alone})[）)]?[。.]?", re.IGNORECASE)) for fact in _FACTS if fact.alone]
_BODY_NEXT = re.compile(
    r"(?<![\u4e00-\u9fff])(?:身高|体重)\s*(?:约|为)?\s*\d(?:[\d.．]*)\s*(?:cm|厘米|公分|米|m|kg|公斤|斤)", re.IGNORECASE
)
_ID_NUMBER = re.compile(
    r"(?<![\dA-Za-z])[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx](?![\dA-Za-z])"
)
# Sentences about oneself, wherever they stand: kind and the clause that says it.
_ABOUT_ONESELF = (
    ("birth_date", re.compile(rf"\b[Bb]orn(?:\s+on|\s+in)?\s+{_DATE}(?:\s+in\s+[A-Z][a-z]+)?")),
    (
        "marriage",
        re.compile(r"(?:本人|我)?(?:目前|现|现在|现已)?(?:已经?结婚|已婚|未婚|离异|尚未结婚)(?:[已未]育|且[已未]育)?"),
    ),
    (
        "marriage",
        re.compile(r"(?:因|由于)[^,，。;；]{0,6}(?:结婚|婚假)[^,，。;；]{0,12}"),
    ),
    (
        "children",
        re.compile(
            r"(?:因|由于)[^,，。;；]{0,6}(?:备孕|怀孕|生育|生孩子|生小孩|休产假|照顾孩子|带孩子|哺乳)[^,，。;；]{0,12}"
        ),
    ),
    (
        "children",
        re.compile(
            r"(?:(?:家有|育有|(?<![所没])有)[一二两三1-3][个名]?|家有|育有)(?:孩子|小孩|儿子|女儿|宝宝|子女)[^,，。;；]{0,10}|育有[一二两三][^,，。;；]{0,8}"
        ),
    ),
    (
        "children",
        re.compile(r"(?:休产假|怀孕|生孩子|二胎|孕期|哺乳期)(?:期间|离职|后|回家|在家|结束)[^,，。;；]{0,12}"),
    ),
    (
        "health",
        re.compile(r"(?:(?<=^)|(?<=[,，。;；\s]))(?:本人)?身体(?:非常|很)?(?:健康|强壮|状况良好)(?=[,，。;；、\s]|$)"),
    ),
    ("age", re.compile(r"(?:本人|我)?(?:今年|现年|年龄)\s*\d{2}\s*周?岁|本人\s*\d{2}\s*周?岁")),
    ("sex", re.compile(r"本人[男女](?:性)?")),
    ("party", re.compile(r"本人(?:是|为)?(?:一名)?(?:中共)?(?:预备)?党员")),
    ("ethnicity", re.compile(rf"本人(?:是|为)?(?:{_PEOPLE})族")),
    ("native_place", re.compile(r"本人(?:是|来自)[\u4e00-\u9fff]{2,9}(?:人|农村)")),
    (
        "marriage",
        re.compile(
            r"\b(?:i am|i'm|i’m)\s+(?:happily\s+|currently\s+|recently\s+)?(?:married|single(?![\s-]*(?:minded|handed))|divorced|engaged(?!\s+(?:in|with))|widowed|pregnant)\b[^.;,]{0,40}",
            re.I,
        ),
    ),
    (
        "children",
        re.compile(
            r"\b(?:i am|i'm|i’m)?\s*(?:a\s+)?(?:proud\s+)?(?:mother|father|mom|mum|dad|parent) of\s+(?:one|two|three|four|\d|a)\b[^.;,]{0,30}",
            re.I,
        ),
    ),
    (
        "children",
        re.compile(
            r"\b(?:i\s+)?(?:have|with)\s+(?:one|two|three|four|\d)\s+(?:young\s+|small\s+)?(?:kids|children|daughters?|sons?)\b[^.;,]{0,20}",
            re.I,
        ),
    ),
    (
        "children",
        re.compile(
            r"\b(?:left|away|break|gap|career break|while)\b[^.;,]{0,16}\b(?:maternity leave|pregnan\w+|parental leave|have a baby|raise my \w+)[^.;,]{0,30}",
            re.I,
        ),
    ),
    (
        "age",
        re.compile(
            r"\b(?:i am|i'm|i’m|aged?)\s+(?:a\s+)?\d{2}[\s-]years?[\s-]old\b|\b(?:i am|i'm|i’m)\s+\d{2}(?=[\s.,;]|$)(?!\s*(?:percent|%))",
            re.I,
        ),
    ),
    (
        "religion",
        re.compile(
            r"\b(?:i am|i'm|i’m)\s+(?:a\s+)?(?:devout\s+|practising\s+|practicing\s+)?(?:christian|muslim|buddhist|hindu|jewish|catholic)\b",
            re.I,
        ),
    ),
)
_MENTIONS = re.compile(
    r"[已未]婚|婚姻状|婚否|结婚|离异|[已未]育|怀孕|备孕|孕期|产假|二胎|生育|生孩子|要孩子|小孩|子女|党员|政治面貌|籍贯|户籍|民族[:：]|身份证|出生|生肖|"
    r"\b(?:married|marital|marriage|husband|wife|spouse|pregnan\w*|maternity|religion|ethnicity|date of birth|birthday|"
    r"(?:have|any|many|your)\s+(?:kids|children))\b|\d{2}\s*周?岁|\byears? old\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class CleanText:
    """Lines that may be read, and the kinds of facts that were taken out; never their values."""

    lines: list[str]
    removed: tuple[str, ...]


def mentions_protected(text: str) -> bool:
    """Whether a short text speaks of a protected fact, or asks for one; for what goes into a question."""
    return _MENTIONS.search(text) is not None or _ID_NUMBER.search(text) is not None


def remove_protected(lines: Iterable[str], *, pictures: bool = False) -> CleanText:
    """The same lines without protected facts; a family section goes as a whole."""
    removed: set[str] = {"photo"} if pictures else set()
    kept: list[str] = []
    head, family, open_kind = True, False, None
    for line in lines:
        heading = split_heading(line)
        if heading is not None:
            family = "家庭" in line[:12]
            head = heading[0] in _BARE_SECTIONS or (head and heading[0] == "objective")
        if family:
            removed.add("family")
            continue
        cleaned, open_kind = _clean_line(line, head, open_kind, removed)
        if cleaned:
            kept.append(cleaned)
    return CleanText(kept, tuple(sorted(removed)))


def _clean_line(line: str, head: bool, open_kind: str | None, removed: set[str]) -> tuple[str, str | None]:
    for kind, pattern in (("id_number", _ID_NUMBER), ("body", _BODY_NEXT), *_ABOUT_ONESELF):
        line, count = pattern.subn("", line)
        if count:
            removed.add(kind)
    for fact, pattern in _LABELLED:
        line = _without_label(line, fact, pattern, head, removed)
    if not head:
        return _tidy(line), None
    tokens, open_kind = _without_bare_facts(_SPLIT.split(line), open_kind, removed)
    return _tidy("".join(tokens)), open_kind


def _without_label(line: str, fact: _Fact, pattern: re.Pattern[str], head: bool, removed: set[str]) -> str:
    def cut(match: re.Match[str]) -> str:
        if match["value"] is None or (not head and _HEAD_ONLY.fullmatch(match["label"])):
            return match.group()
        removed.add(fact.kind)
        return ""

    return pattern.sub(cut, line)


def _without_bare_facts(tokens: list[str], open_kind: str | None, removed: set[str]) -> tuple[list[str], str | None]:
    """Drops bare facts, and the pair of a label and the cell, or the line, that follows it."""
    kept: list[str] = []
    for token in tokens:
        word = token.strip()
        if not word or _SPLIT.fullmatch(token):
            kept.append(token)
            continue
        waiting, open_kind = open_kind, None
        label = next((fact for fact, pattern in _LABEL_ONLY if pattern.fullmatch(word)), None)
        if label is not None:
            removed.add(label.kind)
            open_kind = label.kind
            continue
        if waiting is not None and _VALUE[waiting].fullmatch(word):
            continue
        rest, kinds = _spoken_facts(word)
        removed.update(kinds)
        if rest:
            kept.append(token if rest == word else rest)
    return kept, open_kind


def _spoken_facts(token: str) -> tuple[str, set[str]]:
    """(what is left, kinds) of "张三 男 28岁": blanks separate facts too, but a name or a school is kept whole."""
    kinds: set[str] = set()
    whole = next((fact for fact, pattern in _ALONE if pattern.fullmatch(token)), None)
    if whole is not None:
        return "", {whole.kind}
    words: list[str] = []
    waiting: str | None = None
    for word in token.split(" "):
        if waiting is not None and _VALUE[waiting].fullmatch(word):
            waiting = None
            continue
        label = next((fact for fact, pattern in _LABEL_ONLY if pattern.fullmatch(word)), None)
        alone = next((fact for fact, pattern in _ALONE if pattern.fullmatch(word)), None)
        waiting = label.kind if label and not word.isascii() else None
        if waiting is not None:
            kinds.add(waiting)
        elif alone is not None:
            kinds.add(alone.kind)
        else:
            words.append(word)
    return " ".join(words), kinds


def _tidy(line: str) -> str:
    line = re.sub(r"(?:[|｜丨•·,，;；、/]\s*){2,}", lambda match: match.group()[0] + " ", line)
    line = re.sub(r"[（(]\s*[）)]", "", line)
    line = re.sub(r"\t[\t ]*", "\t", line)
    return re.sub(r"^[\s|｜丨·,，;；、/:：。]+|[\s|｜丨·,，;；、/]+$", "", line)
