"""Lines of a section taken apart: bullets, labels (公司名称：…), and the short pieces of a heading line."""

from __future__ import annotations

import re

_BULLET = re.compile(
    r"^\s*(?:[•●◦○■□◆◇▪▫►▶★☆✓✔·*\uf0b7\uf06c\uf0d8➢-]|\d{1,2}\s*(?:[、)）]|\.(?!\d))|[（(]\d{1,2}[）)]|[①-⑳])\s*"
)
_ORG_COMMA = re.compile(r",(?=\s*(?:Ltd|Inc|LLC|L\.L\.C|Corp|Co|GmbH|S\.A|PLC)\b)", re.IGNORECASE)
_PIECES = re.compile(
    r"[\t|｜丨，]|\s+[-–—·•/@]+\s+|\s{2,}|,\s+|\s+at\s+|(?<=[\u4e00-\u9fff)）])\s+"
    r"|(?<=[\u4e00-\u9fff])·(?=[\u4e00-\u9fff])|(?<=[a-z]{2})(?<!Inc)(?<!Ltd)(?<!Co)(?<!Corp)\. +(?=[A-Z])"
)
_LABEL = re.compile(r"^\s*(?P<label>[^:：\t]{2,16}?)\s*(?:[:：]\s*|\t)(?P<value>.*)$")
_LABELS = {
    "employer": "公司名称 公司 单位 工作单位 单位名称 所在公司 企业名称 雇主 实习单位 company employer organisation organization",
    "title": "职位 职务 岗位 担任职务 职位名称 担任职位 岗位名称 职位/岗位 所任职务 工种 position title role job_title",
    "period": "时间 起止时间 工作时间 在职时间 任职时间 起止日期 起止年月 就读时间 在校时间 时间段 实习时间 period dates date duration",
    "school": "学校 学校名称 毕业院校 毕业学校 院校 就读学校 院校名称 school university institution",
    "major": "专业 所学专业 专业名称 主修专业 主修 major field_of_study course",
    "degree": "学历 学位 文化程度 最高学历 学历/学位 degree qualification",
    "ignored": "部门 所在部门 汇报对象 下属人数 离职原因 证明人 证明人电话 公司规模 公司性质 公司简介 公司描述 行业 所属行业 工作地点 "
    "主修课程 主要课程 相关课程 gpa 绩点 平均绩点 排名 专业排名 成绩 班主任 在校职务 department location reason_for_leaving team_size relevant_coursework coursework",
    "description": "工作职责 职责 工作内容 工作描述 主要职责 职责描述 岗位职责 主要工作 工作业绩 业绩 主要业绩 工作成果 "
    "项目描述 项目职责 responsibilities key_responsibilities duties achievements key_achievements description",
}
_KIND_OF_LABEL = {word.replace("_", " "): kind for kind, words in _LABELS.items() for word in words.split()}


def strip_bullet(line: str) -> tuple[str, bool]:
    """(line without its bullet or number, whether there was one)."""
    match = _BULLET.match(line)
    return (line[match.end() :].strip(), True) if match else (line.strip(), False)


def label_of(line: str) -> tuple[str, str] | None:
    """(kind of field, value) for "职位：销售经理"; kinds are the keys above."""
    match = _LABEL.match(line)
    kind = _KIND_OF_LABEL.get(match["label"].strip().lower()) if match else None
    return (kind, match["value"].strip()) if match and kind else None


def is_table_head(line: str) -> bool:
    """起止时间 | 工作单位 | 职务: a row of labels and nothing else."""
    cells = [cell.strip().lower() for cell in re.split(r"[\t|｜]|\s{2,}", line) if cell.strip()]
    return len(cells) > 1 and all(cell in _KIND_OF_LABEL for cell in cells)


def labelled_cells(line: str) -> list[str]:
    """单位：… 部门：… 职位：… on one line become a line each; any other line stays whole."""
    cells = [cell.strip() for cell in re.split(r"\t|\s{2,}", line) if cell.strip()]
    return cells if len(cells) > 1 and all(re.search(r"[:：]", cell) and label_of(cell) for cell in cells) else [line]


def pieces(line: str) -> list[str]:
    """The short pieces of a heading line: employer, title, place. "Acme Co., Ltd." stays one piece."""
    kept = _ORG_COMMA.sub("\x00", line)
    parts = [part.replace("\x00", ",") for part in _PIECES.split(kept)]
    return [part for part in (trim(part) for part in parts) if part]


def trim(text: str) -> str:
    """Without blanks, dashes and empty brackets at the ends."""
    text = re.sub(r"[（(\[【]\s*[）)\]】]", "", text)
    text = re.sub(r"^[\s\-–—|｜,，、:：;；·•~～/]+|[\s\-–—|｜,，、:：;；·•~～/]+$", "", text)
    if text.startswith(("(", "（")) and not re.search(r"[)）].", text):
        text = text.strip("()（）")
    # A bracket whose other half stands elsewhere is none of the name's.
    if len(re.findall(r"[（(]", text)) != len(re.findall(r"[）)]", text)):
        text = text.strip("()（） ")
    return text.strip()


def reads_as_head(line: str, bullet: bool) -> bool:
    """Whether a line may name an employer or title: short, and no sentence."""
    return (
        not bullet
        and len(line) <= 70
        and not re.search(r"[。；;！!]|(?<!\bInc)(?<!\bLtd)(?<!\bCo)(?<!\bCorp)(?<=[a-z]{2})\.$|，.*，", line)
    )
