from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import SQLModel, select

from core.encryption import new_master_key
from core.tables import (
    CandidateCheck,
    CompetencyRating,
    Employee,
    EmployeeExit,
    Hire,
    MarketPay,
    PayBand,
    PerformanceRating,
)
from hr_bridge.imports import importer
from hr_bridge.imports.employee_keepers import PURPOSE
from hr_bridge.imports.kinds import KINDS, Kind, kinds, presets
from hr_bridge.imports.template import csv_template, xlsx_template
from tests.hr_bridge.imports.tables import House, as_csv, as_xlsx

BANDS = ("岗位族", "职级", "下限", "上限", "币种", "周期")
APPRAISALS = ("员工编号", "考核周期", "评分", "量表")


KEPT_ELSEWHERE: tuple[Kind, ...] = ("positions", "candidates")
"""By the caller."""


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path, new_master_key())
    house.add_candidate("A-1001")  # of the templates' examples
    return house


def everything(house: House, table: type[SQLModel]) -> list[dict[str, object]]:
    with house.database.reading() as session:
        return [row.model_dump() for row in session.exec(select(table)).all()]


def test_of_three_rows_with_a_bad_one_two_are_taken_and_one_is_named(house: House) -> None:
    data = as_csv(
        BANDS,
        ("sales", "mid", "1万", "1.3万", "CNY", "月"),
        ("sales", "senior", "13", "", "CNY", "月"),
        ("sales", "junior", "8千", "1万", "CNY", "月"),
    )
    report = house.take("pay_bands", data, "薪资带.csv")

    assert (report.rows, report.new, report.refused) == (3, 2, 1)
    assert {(one.line, one.column) for one in report.remarks} == {(3, "下限"), (3, "上限")}
    bands = {str(row["grade"]): row for row in everything(house, PayBand)}
    assert (bands["mid"]["low"], bands["mid"]["high"], bands["mid"]["source"]) == (10000, 13000, "薪资带.csv")
    assert bands.keys() == {"mid", "junior"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [(name, kind) for name, one in presets().items() for kind in one.kinds if kind not in KEPT_ELSEWHERE],
)
def test_an_export_in_each_systems_headings_is_taken_and_a_second_time_changes_nothing(
    house: House, name: str, kind: Kind
) -> None:
    columns = presets()[name].kinds[kind]
    examples = kinds()[kind].columns
    heading = [headings[-1] for headings in columns.values()]
    row = [examples[field].example.zh for field in columns]
    data = as_csv(heading, row, encoding="gb18030")

    first = house.take(kind, data, "export.csv", preset=name)
    tables = (PayBand, MarketPay, Employee, PerformanceRating, EmployeeExit, Hire, CandidateCheck)
    before = [everything(house, table) for table in tables]
    second = house.take(kind, data, "export.csv", preset=name)

    assert (first.preset, first.new, first.refused) == (name, 1, 0)
    assumed = (presets()[name].defaults.keys() & examples.keys()) - columns.keys()
    assert [one.refused for one in first.remarks] == [False] * len(assumed)
    assert (second.new, second.changed, second.unchanged) == (0, 0, 1)
    assert [everything(house, table) for table in tables] == before


def test_a_newer_file_changes_what_it_says_otherwise_and_keeps_the_rest(house: House) -> None:
    row = ("sales", "mid", "10000", "13000", "CNY", "月")
    house.take("pay_bands", as_csv(BANDS, row, ("sales", "senior", "13000", "16000", "CNY", "月")), "2025.csv")
    report = house.take("pay_bands", as_csv(BANDS, ("sales", "mid", "11000", "14000", "CNY", "月")), "2026.csv")

    assert (report.new, report.changed) == (0, 1)
    found = {str(one["grade"]): (one["low"], one["source"]) for one in everything(house, PayBand)}
    assert found == {"mid": (11000, "2026.csv"), "senior": (13000, "2025.csv")}


def test_what_a_preset_adds_is_said(house: House) -> None:
    heading = ("职位序列", "职级", "薪酬下限", "薪酬上限")
    report = house.take("pay_bands", as_csv(heading, ("sales", "P5", "10000", "13000")), preset="beisen")
    assert [(one.line, one.why.zh) for one in report.remarks] == [
        (1, "文件没有“币种”列，按预设取“CNY”。"),
        (1, "文件没有“周期”列，按预设取“月”。"),
    ]
    assert (everything(house, PayBand)[0]["currency"], everything(house, PayBand)[0]["period"]) == ("CNY", "month")


def test_an_id_that_begins_with_a_hash_is_data(house: House) -> None:
    assert house.take("exits", as_csv(("员工编号", "离职日期"), ("#12", "2025-06-30"))).new == 1


def test_one_record_twice_in_a_file_is_taken_once_and_a_contradiction_is_named(house: House) -> None:
    row = ("E1", "2025", "A", "S>A>B")
    report = house.take("performance", as_csv(APPRAISALS, row, row, ("E1", "2025年", "B", "S>A>B")))

    assert (report.new, report.unchanged, report.refused) == (1, 1, 1)
    assert report.remarks[0].line == 4
    assert "第 2 行" in report.remarks[0].why.zh


def test_appraisals_exits_and_packages_are_sealed_with_the_employees_key(house: House, tmp_path: Path) -> None:
    house.take("performance", as_csv(APPRAISALS, ("E1", "2025", "卓越表现", "卓越表现>平平")))
    house.take("exits", as_csv(("员工编号", "离职日期", "离职原因"), ("E1", "2025-06-30", "辞退")))
    house.take(
        "hires",
        as_csv(
            ("候选人外部编号", "员工编号", "入职日期", "基本工资", "币种", "周期"),
            ("A-1", "E1", "2024-03-01", "12345", "CNY", "月"),
        ),
    )

    (employee,) = everything(house, Employee)
    key = house.keys.unwrap(employee["wrapped_key"])  # type: ignore[arg-type]
    opened = [
        json.loads(key.open(str(row["sealed"]), PURPOSE))
        for table in (PerformanceRating, EmployeeExit, Hire)
        for row in everything(house, table)
    ]
    assert opened == [
        {"rating": "卓越表现", "scale": "卓越表现>平平", "position": 1.0},
        {"reason": "dismissed"},
        {"base": 12345.0, "currency": "CNY", "period": "month", "months": None, "bonus_share": None},
    ]
    for file in tmp_path.iterdir():
        content = file.read_bytes()
        assert not any(words in content for words in ("卓越".encode(), b"dismissed", b"12345.0")), file


def test_a_changed_start_date_or_rating_is_a_change(house: House) -> None:
    heading = ("候选人外部编号", "员工编号", "入职日期")
    house.take("hires", as_csv(heading, ("A-1", "E1", "2024-03-01")))
    assert house.take("hires", as_csv(heading, ("A-1", "E1", "2024-04-01"))).changed == 1
    house.take("performance", as_csv(APPRAISALS, ("E1", "2025", "3", "1-5")))
    assert house.take("performance", as_csv(APPRAISALS, ("E1", "2025", "4", "1-5"))).changed == 1
    assert [str(row["started_on"]) for row in everything(house, Hire)] == ["2024-04-01"]


def test_ratings_of_competencies_are_one_record_an_employee_period_and_competency(house: House) -> None:
    heading = ("员工编号", "考核周期", "能力", "评分", "量表", "岗位族")
    rows = [("E1", "2025", "抗压韧性", "4", "1-5", "sales"), ("E1", "2025", "results", "2", "1-5", "sales")]
    assert house.take(None, as_csv(heading, *rows)).new == 2
    again = house.take("competency_ratings", as_csv(heading, (*rows[0][:5], "门店销售"), rows[1]))
    assert (again.changed, again.unchanged) == (1, 1)
    strange = house.take("competency_ratings", as_csv(heading, ("E1", "2025", "颜值", "4", "1-5", "")))
    assert [(one.column, one.why.zh) for one in strange.remarks] == [
        ("能力", "能力库里没有这项能力，请写能力的名称或英文键名，例如 抗压韧性。")
    ]
    kept = {(row["competency"], row["family"]) for row in everything(house, CompetencyRating)}
    assert kept == {("resilience", "门店销售"), ("results", "sales")}


def test_an_employee_who_was_erased_does_not_come_back(house: House) -> None:
    data = as_csv(APPRAISALS, ("E1", "2025", "3", "1-5"), ("E2", "2025", "3", "1-5"))
    house.take("performance", data)
    with house.database.unit_of_work() as session:
        session.exec(select(Employee).where(Employee.external_id == "E1")).one().wrapped_key = None

    report = house.take("performance", data)

    assert (report.refused, report.unchanged) == (1, 1)
    assert "erased" in report.remarks[0].why.en


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in KEPT_ELSEWHERE])
def test_a_dry_run_counts_and_keeps_nothing(house: House, kind: Kind) -> None:
    example = [column.example.zh for column in kinds()[kind].columns.values()]
    data = as_csv([column.title.zh for column in kinds()[kind].columns.values()], example)

    assert house.take(kind, data, dry_run=True).new == 1
    assert all(not everything(house, table) for table in (PayBand, MarketPay, Employee, Hire))
    assert house.take(kind, data).new == 1


def test_the_same_holds_on_postgresql(tmp_path: Path, fresh_postgres: Callable[[], str]) -> None:
    house = House(tmp_path, new_master_key(), fresh_postgres())
    house.add_candidate("A-1001")
    for kind in house.keepers:
        columns = kinds()[kind].columns.values()
        data = as_csv([column.title.zh for column in columns], [column.example.zh for column in columns])
        assert house.take(kind, data, dry_run=True).new == 1
        assert house.take(kind, data).new == 1
        assert house.take(kind, data).unchanged == 1
    assert house.take("performance", as_csv(APPRAISALS, ("E-2001", "2025H1", "B", "S>A>B"))).changed == 1
    house.database.close()


def test_a_file_of_several_chunks_that_is_cut_off_goes_on_where_it_was(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "CHUNK", 10)
    data = as_csv(APPRAISALS, *((f"E{n}", "2025", "3", "1-5") for n in range(35)))
    keep, calls = house.keepers["performance"].keep, 0

    def cut(*args: object, **options: object) -> object:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return keep(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(house.keepers["performance"], "keep", cut)
    with pytest.raises(KeyboardInterrupt):
        house.take("performance", data)
    assert len(everything(house, PerformanceRating)) == 20

    report = house.take("performance", data)

    assert (report.new, report.unchanged) == (15, 20)
    assert len(everything(house, PerformanceRating)) == len(everything(house, Employee)) == 35


def test_phones_and_days_that_excel_mangled_in_a_workbook_are_read_or_named(house: House) -> None:
    data = as_xlsx(
        ("员工编号", "离职日期", "离职原因"),
        (10023.0, 45838, "退休"),
        (10024, 2025.6, "退休"),
        (10025, 2025.1, "退休"),
        ("1.00E+04", "2025-06-30", "退休"),
    )
    report = house.take("exits", data, "离职.xlsx")

    assert [(one.line, one.column) for one in report.remarks] == [(4, "离职日期"), (5, "员工编号")]
    assert [str(row["left_on"]) for row in everything(house, EmployeeExit)] == ["2025-06-30", "2025-06-01"]
    assert [row["external_id"] for row in everything(house, Employee)] == ["10023", "10024"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_template_comes_back_as_an_empty_table_of_its_kind(house: House, kind: Kind, language: str) -> None:
    house.keepers |= dict.fromkeys(KEPT_ELSEWHERE, house.keepers["market"])  # nothing is kept
    for make in (csv_template, xlsx_template):
        report = house.take(None, make(kind, "en" if language == "en" else "zh"), "download.bin")
        assert (report.kind, report.rows, report.remarks) == (kind, 0, [])


def test_the_report_names_what_was_not_taken_and_repeats_no_cell(house: House) -> None:
    report = house.take(
        "performance", as_csv(APPRAISALS, ("=cmd|1", "2025", "秘密评语", "1-5"), ("E2", "2025", "3", "1-5"))
    )

    rows = list(csv.reader(io.StringIO(report.to_csv().decode("utf-8-sig"))))
    assert "共 2 行：新增 1" in rows[1][3]
    assert rows[2][:3] == ["2", "评分", "未导入 not taken"]
    assert "秘密评语" not in report.to_csv().decode()
    assert report.to_json()["remarks"][0]["line"] == 2
