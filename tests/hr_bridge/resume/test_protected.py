"""What must not be known is gone, and ordinary words of a trade stay."""

from __future__ import annotations

from datetime import date

import pytest

from hr_bridge.resume.normalise import normalise
from hr_bridge.resume.parser import parse_text
from hr_bridge.resume.protected import mentions_protected, remove_protected

TODAY = date(2026, 11, 1)


def clean(text: str, *, pictures: bool = False) -> tuple[str, tuple[str, ...]]:
    cleaned = remove_protected(normalise(text), pictures=pictures)
    return "\n".join(cleaned.lines), cleaned.removed


@pytest.mark.parametrize(
    ("line", "left", "kinds"),
    [
        ("张三  男  28岁  汉族  中共党员  已婚已育", "张三", ("age", "ethnicity", "marriage", "party", "sex")),
        ("姓  名：李四　性　别：女　民　族：壮族", "姓名：李四", ("ethnicity", "sex")),
        ("姓名\t王五\t性别\t男\t籍贯\t湖南长沙", "姓名\t王五", ("native_place", "sex")),
        ("出生年月：1990年5月（34岁）", "", ("birth_date",)),
        ("生于1990年5月 | 身高175cm | 65kg", "", ("birth_date", "body")),
        ("政治面貌：群众 身高：175cm 体重：65kg 健康状况：良好", "", ("body", "health", "party")),
        ("身份证号：430102199603071234", "", ("id_number",)),
        ("子女：1个 | 宗教信仰：佛教 | 照片", "", ("children", "photo", "religion")),
        ("户籍：河南周口 | 血型：O型", "", ("body", "native_place")),
        ("Jane Doe | Female | Date of Birth: 12 May 1990", "Jane Doe", ("birth_date", "sex")),
        ("Marital Status: Married, Nationality: Irish", "", ("marriage", "native_place")),
        ("Age: 34, Religion: Hindu, Height: 5'8\", Health: Excellent", "", ("age", "body", "health", "religion")),
    ],
)
def test_facts_at_the_head_are_removed_and_named_by_kind(line: str, left: str, kinds: tuple[str, ...]) -> None:
    assert clean(line) == (left, kinds)


@pytest.mark.parametrize(
    "line",
    [
        "负责党建项目，服务党员、群众三百人",
        "身高体重秤产品经理",
        "负责健康产品线，健康管理师",
        "贝贝孕婴童用品公司 店长，负责母婴渠道",
        "办理员工产假、婚假审批，核对年龄与性别数据",
        "民族乐器销售，覆盖少数民族地区",
        "北京儿童医院 护士",
        "婚庆公司策划，完成婚礼120场",
        "a marriage of design and code",
        "Health: reduced incidents by 40%",
        "Maternity ward nurse at Children's Hospital",
        "Third party: negotiated with vendors",
        "Built a single sign-on service; race conditions fixed",
        "改版后年龄分层推荐，点击率提升12%",
    ],
)
def test_ordinary_words_of_a_job_stay(line: str) -> None:
    assert clean(f"工作经历\n{line}") == (f"工作经历\n{line}", ())


@pytest.mark.parametrize(
    ("line", "gone"),
    [
        ("因怀孕离职，之后重新就业", "怀孕"),
        ("性格开朗，本人已婚已育，能加班", "已婚"),
        ("家有两个孩子，时间稳定", "孩子"),
        ("今年35岁，身体健康", "35"),
        ("I am 34 years old and calm", "34"),
        ("I am happily married with two kids", "married"),
        ("Career break for maternity leave, then returned", "maternity"),
    ],
)
def test_what_people_say_of_themselves_is_removed_anywhere(line: str, gone: str) -> None:
    text, kinds = clean(f"工作经历\n2019-2021 启明公司 销售\n{line}")
    assert gone not in text
    assert kinds


def test_a_family_section_goes_as_a_whole() -> None:
    text, kinds = clean("家庭成员\n父亲 李大山 农民\n妻子 王兰 教师\n工作经历\n2019-2021 启明公司 销售")
    assert text == "工作经历\n2019-2021 启明公司 销售"
    assert kinds == ("family",)


def test_a_picture_is_reported_as_a_removed_photo() -> None:
    assert clean("张三", pictures=True) == ("张三", ("photo",))


def test_no_removed_value_reaches_the_parsed_resume() -> None:
    text = (
        "张三 男 37岁 满族 已婚已育 籍贯：辽宁鞍山 政治面貌：中共党员 身高：181cm\n身份证：210302198805061234\n"
        "工作经历\n2019.3-至今 启明科技有限公司 销售经理\n因生育二胎离职一年。目前月薪：15000元\n"
        "自我评价\n本人男，满族，身体健康，信仰佛教"
    )
    printed = str(parse_text(text, today=TODAY).to_json())
    for value in ("37", "满族", "已婚", "鞍山", "党员", "181", "2103", "二胎", "佛教", "15000"):
        assert value not in printed
    assert "启明科技有限公司" in printed


@pytest.mark.parametrize("text", ["您结婚了吗有限公司", "how many children do you have", "已婚人士俱乐部"])
def test_a_name_that_speaks_of_a_protected_fact_is_known(text: str) -> None:
    assert mentions_protected(text)


@pytest.mark.parametrize(
    "text", ["贝贝孕婴童用品公司", "北京儿童医院", "Children's Hospital", "Marriott Hotels", "喜洋洋婚庆公司"]
)
def test_lawful_trades_with_children_and_weddings_may_be_named(text: str) -> None:
    assert not mentions_protected(text)
