"""Section headings of résumés in both languages: 工作经历, Work Experience, and what people write instead."""

from __future__ import annotations

import re
from typing import Literal

Section = Literal[
    "personal",
    "objective",
    "work",
    "internship",
    "education",
    "skills",
    "certificates",
    "projects",
    "languages",
    "other",
]

_NAMES: dict[Section, str] = {
    "personal": "个人信息 基本信息 个人资料 基本资料 个人概况 基本情况 个人基本信息 联系方式 联系信息 个人简历 personal_information "
    "personal_details personal_data personal contact contact_details contact_information contact_info about_me_details",
    "objective": "求职意向 应聘岗位 应聘职位 意向岗位 期望工作 求职目标 objective career_objective job_objective target_position",
    "work": "工作经历 工作经验 工作履历 职业经历 任职经历 工作背景 从业经历 工作情况 主要工作经历 工作简历 个人履历 工作 经历 "
    "打工经历 work_experience work_history "
    "professional_experience experience employment employment_history career_history relevant_experience "
    "professional_background experiences clinical_experience nursing_experience job_history career_summary_and_experience",
    "internship": "实习经历 实习经验 社会实践 实践经历 社会实践经历 实习实践 实习 兼职经历 校外实践 internship internships "
    "internship_experience part_time_jobs part-time_jobs part-time_work",
    "education": "教育背景 教育经历 教育 学历 教育情况 学习经历 毕业院校 教育程度 学历背景 学历情况 education educational_background education_background "
    "academic_background academic_qualifications education_and_qualifications",
    "skills": "专业技能 技能 技能特长 个人技能 掌握技能 职业技能 技能专长 相关技能 工作技能 专业特长 核心技能 个人专长 技术栈 特长 "
    "技能清单 专长 技能与特长 it技能 计算机技能 skills key_skills technical_skills core_skills professional_skills core_competencies "
    "skills_summary skills_and_tools tools technologies areas_of_expertise expertise computer_skills",
    "certificates": "证书 资格证书 职业资格 技能证书 证书资质 专业证书 所获证书 获得证书 持有证书 执业资格 资质证书 职业证书 从业资格 证照 "
    "荣誉证书 certificates certifications certificate certification licenses licences licenses_and_certifications "
    "certifications_and_licenses professional_certifications qualifications licences_and_certificates",
    "projects": "项目经历 项目经验 主要项目 项目 毕业设计 毕业设计与项目 projects project_experience key_projects personal_projects "
    "selected_projects academic_projects",
    "languages": "语言能力 外语水平 语言 外语能力 语言水平 languages language_skills",
    "other": "自我评价 自我介绍 个人评价 个人总结 自我描述 个人优势 个人简介 获奖情况 荣誉奖项 所获荣誉 获奖经历 奖项 奖励荣誉 荣誉 "
    "校园经历 校内经历 在校经历 学生工作 培训经历 培训 兴趣爱好 爱好 兴趣 附加信息 其他 其他信息 家庭成员 家庭情况 主要课程 主修课程 备注 "
    "summary profile professional_summary career_summary about about_me personal_statement personal_profile "
    "references interests hobbies hobbies_and_interests awards honors honours awards_and_honors activities "
    "volunteer_experience volunteering publications training additional_information extracurricular_activities achievements",
}
_SECTIONS: dict[str, Section] = {
    name.replace("_", " ").replace("-", " "): section for section, names in _NAMES.items() for name in names.split()
}
_LONGEST_FIRST = sorted((name for name in _SECTIONS if not name.isascii()), key=len, reverse=True)
# "Teaching Experience", "Warehouse and Driving Experience": whatever the trade is called.
_ANY_EXPERIENCE = re.compile(
    r"(?!volunteer|project|research|intern)[a-z]+(?: (?:and )?[a-z]+){0,2} (?:experience|employment|history)"
)
_DECORATION = re.compile(r"[^0-9a-z\u4e00-\u9fff&+ ]+")
_NUMBER = re.compile(
    r"^\s*(?:[（(]?[一二三四五六七八九十\d]{1,2}[）)]?\s*[、.．:：]|[（(][一二三四五六七八九十\d]{1,2}[）)])\s*"
)
_INLINE = re.compile(r"^(?P<name>[^:：\t]{2,24}?)\s*(?:[:：]|\t)\s*(?P<rest>\S.*)$")
_BRACKETED = re.compile(r"^[【\[〔](?P<name>[^】\]〕]{2,16})[】\]〕]\s*(?P<rest>.*)$")
# These words also label one field of a line (学历：本科), so they open a section only when they stand alone.
_ALONE_ONLY = frozenset(
    {"学历", "毕业院校", "教育程度", "语言", "项目", "experience", "培训", "其他", "tools", "about", "personal"}
)


def section_of(line: str) -> Section | None:
    """The section that a line opens when it is a heading and nothing else."""
    plain = _NUMBER.sub("", line.strip())
    if not plain or len(plain) > 48 or plain.endswith(("。", "；", ";")):
        return None
    words = " ".join(_DECORATION.sub(" ", plain.lower()).replace("&", " and ").split())
    squeezed = words.replace(" ", "")
    for key in (words,) if re.search(r"\S\s*[/、与和&]\s*\S", plain) else (words, squeezed):
        if key in _SECTIONS:
            return _SECTIONS[key]
    if _ANY_EXPERIENCE.fullmatch(words):
        return "work"
    return _doubled(words)


def _doubled(words: str) -> Section | None:
    """工作经历 Work Experience, 技能 / 证书: several names of sections and nothing else."""
    rest, first, named = words, None, set()
    for name in _LONGEST_FIRST:
        if name in rest:
            position = words.find(name)
            if first is None or position < first[0]:
                first = (position, _SECTIONS[name])
            rest = rest.replace(name, "", 1)
            named.add(_SECTIONS[name])
    if first is None:
        parts = [part.strip() for part in re.split(r" and | / ", words)]
        sections = [_SECTIONS.get(part) for part in parts]
        return sections[0] if len(parts) > 1 and all(sections) else None
    left = re.sub(r"[与及和 ]|and", "", rest)
    latin = re.sub(r"[^a-z ]", "", words).strip()
    # Certificates are told apart from skills by their words, skills from certificates are not.
    section: Section = "skills" if named == {"skills", "certificates"} else first[1]
    return section if not left or (left == latin.replace(" ", "").replace("and", "") and latin in _SECTIONS) else None


def split_heading(line: str) -> tuple[Section, str] | None:
    """(section, what follows on the same line) where a line opens a section: "专业技能：Python、SQL"."""
    section = section_of(line)
    if section is not None:
        return section, ""
    plain = _NUMBER.sub("", line.strip(" \t•●■◆▪★*#-—|"))
    for pattern in (_BRACKETED, _INLINE):
        match = pattern.match(plain)
        if match:
            section = section_of(match["name"])
            if section is not None and match["name"].strip().lower() not in _ALONE_ONLY:
                return section, match["rest"].strip()
    return None


def is_heading(line: str) -> bool:
    """Whether a line opens a section."""
    return split_heading(line) is not None
