from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlmodel import SQLModel, select
from typer.testing import CliRunner

from bot.cli import app
from bot.secrets_file import MAKERS
from core.database import Database
from core.settings import load_settings
from core.tables import PayBand
from tests.hr_bridge.imports.tables import as_csv

BANDS = ("岗位族", "职级", "下限", "上限", "币种", "周期")


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path}/mianshi.sqlite"
    for name, value in {
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": url,
        **{key: make() for key, make in MAKERS.items()},
    }.items():
        monkeypatch.setenv(name, value)
    load_settings.cache_clear()
    database = Database(url)
    SQLModel.metadata.create_all(database.engine)
    yield database
    database.close()
    load_settings.cache_clear()


def mianshi(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, ["hrms", *map(str, arguments)])


@pytest.mark.parametrize("name", ["t.csv", "t.xlsx"])
def test_a_template_is_written_as_its_name_ends(tmp_path: Path, name: str) -> None:
    out = tmp_path / name
    done = mianshi("template", "candidates", "--out", out)
    assert done.exit_code == 0, done.output
    if name.endswith("csv"):
        heading = out.read_text("utf-8-sig").splitlines()[0]
        assert heading == "姓名,手机,邮箱,岗位,渠道,外部编号,语言"
    else:
        sheet: Any = openpyxl.load_workbook(out).active
        assert [cell.value for cell in sheet[1]][:2] == ["姓名", "手机"]
        assert {cell.number_format for cell in sheet[2]} == {"@"}


def test_an_import_prints_one_document_and_says_what_it_did_not_take(tmp_path: Path, database: Database) -> None:
    file = tmp_path / "bands.csv"
    file.write_bytes(
        as_csv(BANDS, ("sales", "mid", "1万", "1.3万", "CNY", "月"), ("sales", "", "1万", "2万", "CNY", "月"))
    )

    dry = json.loads(mianshi("import", "pay_bands", file, "--dry-run", "--json").stdout)
    with database.reading() as session:
        assert session.exec(select(PayBand)).all() == []
    done = json.loads(mianshi("import", "pay_bands", file, "--json").stdout)
    again = json.loads(mianshi("import", "pay_bands", file, "--json").stdout)

    assert (dry["new"], done["new"], again["new"], again["unchanged"]) == (1, 1, 0, 1)
    assert (done["refused"], done["preset"], done["verified"], done["links"]) == (1, "mianshi", True, None)
    assert done["remarks"] == [
        {"line": 3, "column": "职级", "refused": True, "zh": "此格不能为空。", "en": "This cell must not be empty."}
    ]
    as_table = mianshi("import", "pay_bands", file)
    assert as_table.exit_code == 1  # a script sees that not every row was taken
    shown = as_table.stdout
    assert "line 3" in shown


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("import", "payslips", "{file}"), 2, "pay_bands"),
        (("import", "pay_bands", "{file}", "--preset", "sap"), 2, "beisen"),
        (("import", "pay_bands", "{file}", "--preset", "boss"), 1, "knows no pay_bands"),
        (("import", "exits", "{file}"), 1, "missing"),
        (("import", "pay_bands", "{none}"), 2, "exist"),
        (("template", "pay_bands", "--out", "t.pdf"), 2, ".xlsx"),
        (("template", "pay_bands", "--out", "t.csv", "--language", "fr"), 2, "zh or en"),
    ],
)
def test_what_goes_wrong_is_one_sentence(
    tmp_path: Path, database: Database, arguments: tuple[str, ...], code: int, words: str
) -> None:
    file = tmp_path / "bands.csv"
    file.write_bytes(as_csv(BANDS, ("sales", "mid", "1万", "1.3万", "CNY", "月")))
    done = mianshi(*(one.format(file=file, none=tmp_path / "none.csv") for one in arguments))
    assert done.exit_code == code
    assert words in done.stderr
    assert done.stdout == ""
