"""How employers, titles, schools, degrees and places can be told apart by the words they are made of."""

from __future__ import annotations

import re

from hr_bridge.resume.resume import Degree

_EMPLOYER = re.compile(
    r"(?:公司|集团|工厂|[^师]厂|医院|银行|酒店|宾馆|饭店|餐厅|超市|商场|事务所|研究院|研究所|设计院|学校|小学|中学|幼儿园|[护疗养康福]\w?院|大学|学院|中心|工作室|门店|专卖店|"
    r"药房|诊所|卫生院|服务站|卫生服务中心|物流|快递|外卖|速运|合作社|协会|基金会|律所|科技|股份|有限|证券|保险|租赁行|传媒|餐饮|连锁|地产|物业|4S店|美团|饿了么|"
    r"顺丰|京东|达达|滴滴|闪送|[\u4e00-\u9fff]{2,}店)(?:[（(][^）)]*[）)])?$|(?:有限公司|集团|股份|公司)"
    r"|\b(?:inc|ltd|llc|llp|plc|corp|corporation|co|company|gmbh|group|hospital|clinic|bank|hotel|restaurant|cafe|café|school|university|college|"
    r"institute|agency|solutions|systems|technologies|technology|logistics|industries|manufacturing|foods?|stores?|supermarkets?|studio|partners|"
    r"associates|consulting|services|labs?|centre|center|trust|council|nhs|foundation|airlines?|motors?|pharma|electronics|holdings|software|"
    r"retail|bakery|couriers?|deliveroo|uber|walmart|amazon|doordash|health|healthcare|medical center|care home)\b\.?(?=$|[\s,)])",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"(?:经理|主管|工程师|专员|文员|职员|员工|店员|组员|队员|教员|工|师|护士|护士长|骑手|司机|班长|组长|队长|店长|厂长|部长|科长|处长|院长|校长|总监|总裁|助理|顾问|"
    r"代表|秘书|会计|出纳|收银|收银员|导购|客服|销售|营业员|服务员|技术员|操作员|质检员|检验员|保安|保洁|厨师|学徒|实习生|负责人|主任|研发|开发|测试|运营|设计|策划|"
    r"编辑|翻译|老师|教师|讲师|培训生|管培生|合伙人|架构师|分析师|产品经理|程序员|督导|领班|拉长|线长|店助|猎头|采购|跟单|业务员|送餐员|配送员|快递员|医生|药师|总经理|"
    r"董事|[\u4e00-\u9fff]员|[A-Za-z]*QC|HRBP|人事|行政)(?:[（(][^）)]*[）)])?$"
    r"|\b(?:manager|engineer|developer|nurse|driver|rider|courier|supervisor|assistant|associate|representative|rep|executive|analyst|consultant|"
    r"director|officer|specialist|coordinator|administrator|technician|operator|accountant|clerk|cashier|lead|leader|intern|trainee|apprentice|"
    r"teacher|tutor|designer|architect|head|chief|president|vp|founder|owner|chef|cook|waiter|waitress|barista|server|advisor|adviser|agent|"
    r"planner|buyer|mechanic|electrician|welder|machinist|foreman|programmer|scientist|researcher|editor|writer|receptionist|secretary|"
    r"recruiter|partner|worker|handler|picker|packer|inspector|crew|salesperson|salesman|saleswoman|caregiver|carer|practitioner|physician|"
    r"doctor|pharmacist|merchandiser|volunteer|freelancer?|sde|swe|qa|devops)\b(?:\s+(?:i{1,3}|iv|[1-5]))?(?=$|[\s,)(/–-])",
    re.IGNORECASE,
)
_SCHOOL = re.compile(
    r"[\u4e00-\u9fffA-Za-z（）()·]{2,30}?(?:大学|学院|技师学院|技工学校|职业学校|职业高中|职高|技校|中专|中学|高中|一中|二中|学校|党校|电大)(?:[（(][^）)]{1,8}(?:校区|学院|分校)[）)])?"
    r"(?![\u4e00-\u9fff])|[\u4e00-\u9fff]{2,20}(?:大学|学院|学校|中学|职高|技校)(?=本科|专科|大专|硕士|博士|[（(]|毕业|\s|$)"
    r"|\b(?:Istituto|Instituto|Politeknik|Politecnico|Universit[aäàé]\w*|Universidad\w*|Hochschule|École)(?: (?:[A-Z]\w+|de|di|del|della|do|da)){1,5}"
    r"|\b(?:Imperial |King['’]s |University )College(?: [A-Z][a-z]+)?|\b(?:(?:The )?[A-Z][\w.'’&-]*(?: (?:of|and|for|the|in|at|&|[A-Z][\w.'’&-]*)){0,7} )?"
    r"(?:University|College|Institute|Polytechnic|Academy|(?:High|Secondary|Grammar|Business|Technical|Vocational|Nursing|Medical) School|School)"
    r"(?: (?:of|at|for|in)(?: (?:and|of|the|at|&|[A-Z][\w.'’&-]*))+)?(?:, (?:Berkeley|Los Angeles|San Diego|Irvine|Davis|Austin|Madison))?"
)
_DEGREES: tuple[tuple[Degree, str], ...] = (
    ("博士", r"博士|\bph\.?\s?d\b|\bdoctor(?:ate|al)?\b"),
    (
        "硕士",
        r"硕士|研究生|\bmaster(?:['’]?s)?\b|\bm\.?sc\b|\bmba\b|\bm\.?\s?eng\b|\bm\.?a\b\.?(?=\s|,|$|\))|\bm\.?s\.?(?=[\s,)]|$)|\bmphil\b",
    ),
    (
        "本科",
        r"本科|学士|\bbachelor(?:['’]?s)?\b|\bb\.?\s?sc\b|\bb\.?\s?a\b\.?(?=\s|,|$|\))|\bb\.?\s?eng\b|\bb\.?\s?tech\b|\bbba\b|\bbcom\b|\bb\.?s\.?n?(?=[\s,)]|$)|\bllb\b",
    ),
    (
        "大专",
        r"大专|专科|高职|\bassociate(?:['’]?s)?(?:\s+(?:degree|of|in))|(?<!school )\bdiploma\b|\bhnd\b|\ba\.?a\.?s\b",
    ),
    ("中专", r"中专|职高|职业高中|中技|\bvocational (?:certificate|diploma|qualification)\b|\bbtec\b|\bnvq\b"),
    ("技校", r"技校|技工学校|技师学院|高级技工|预备技师|\bapprenticeship\b|\btrade (?:school|certificate)\b"),
    ("高中", r"高中|\bhigh school\b|\ba[- ]levels?\b|\bgcses?\b|\bged\b|\bsecondary school\b"),
)
_DEGREE_PATTERNS = [(degree, re.compile(pattern, re.IGNORECASE)) for degree, pattern in _DEGREES]
# A school that gives one kind of degree only tells the degree where nobody wrote it.
_DEGREE_OF_SCHOOL: tuple[tuple[Degree, str], ...] = (
    ("技校", r"技工学校|技师学院|技校$"),
    ("中专", r"中等专业学校|职业中专|职业高中|职高$|中专$|卫生学校|职业学校|职业教育中心"),
    ("大专", r"职业技术学院|职业学院|高等专科学校"),
    ("高中", r"中学$|高中$|[一二三四五六七八九十]中$|High School|Secondary School|Grammar School"),
)
_PLACES = (
    "北京 上海 天津 重庆 广州 深圳 杭州 南京 苏州 武汉 成都 西安 长沙 郑州 青岛 济南 宁波 无锡 东莞 佛山 合肥 福州 厦门 昆明 南宁 贵阳 大连 沈阳 长春 "
    "哈尔滨 石家庄 太原 南昌 兰州 海口 珠海 中山 惠州 常州 温州 嘉兴 绍兴 烟台 潍坊 徐州 泉州"
).split()
_PLACE = re.compile(
    rf"(?:{'|'.join(_PLACES)})市?(?:[·\-]?[\u4e00-\u9fff]{{2,3}}区)?|[\u4e00-\u9fff]{{2,3}}省[\u4e00-\u9fff]{{2,4}}市|[\u4e00-\u9fff]{{2,3}}市"
    r"|(?:(?:[A-Z][a-z]+ ?){1,3},\s*)?(?:UK|USA|U\.S\.|[A-Z]{2}|London|Manchester|Birmingham|Leeds|Bristol|Glasgow|Edinburgh|Liverpool|New York|Boston|Chicago|"
    r"Seattle|Austin|Dallas|Denver|Houston|Atlanta|Toronto|Vancouver|Sydney|Melbourne|Singapore|Dublin|Berlin|Shanghai|Beijing|Shenzhen|Hong Kong|Remote|"
    r"California|Texas|Ohio|England|Scotland|Wales|Ireland|Canada|Australia|Germany|China|India|Bengaluru|Mumbai|Pune)"
)
_DEPARTMENT = re.compile(
    r"[\u4e00-\u9fff A-Za-z]{1,12}(?:部|部门|事业部|中心|科室|车间|[^工员]组|处)|.{2,30}\b(?:department|division|dept\.?)",
    re.IGNORECASE,
)


def employer_weight(text: str) -> int:
    """2 where a text is named as companies are, 1 where it may be, 0 where nothing says so."""
    if _EMPLOYER.search(text):
        return 2
    return 1 if re.fullmatch(r"[A-Z][\w&.'’-]*(?:\s+[A-Z&][\w&.'’-]*){0,4}", text) else 0


def title_weight(text: str) -> int:
    """2 where a text ends as a job title does, 0 elsewhere."""
    return 2 if _TITLE.search(text) else 0


def is_place(text: str) -> bool:
    """Whether a text is nothing but a town or country."""
    return _PLACE.fullmatch(text.strip(" ()（）")) is not None


def is_department(text: str) -> bool:
    """Whether a text is a department inside an employer."""
    return _DEPARTMENT.fullmatch(text) is not None and title_weight(text) == 0 and "公司" not in text


def find_school(text: str) -> re.Match[str] | None:
    """The first school named in a line."""
    return _SCHOOL.search(text)


def find_degree(text: str) -> tuple[Degree, str] | None:
    """(degree on the Chinese ladder, the words that said so), the highest that a line names."""
    for degree, pattern in _DEGREE_PATTERNS:
        match = pattern.search(text)
        if match:
            return degree, match.group()
    return None


def degree_of_school(school: str) -> Degree | None:
    """The degree that this kind of school gives, where it gives one only."""
    return next((degree for degree, pattern in _DEGREE_OF_SCHOOL if re.search(pattern, school)), None)
