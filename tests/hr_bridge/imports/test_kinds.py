from __future__ import annotations

import time

import pytest

from hr_bridge.imports.kinds import (
    KINDS,
    OWN,
    KindUnknown,
    find_layout,
    kind_named,
    kind_of_file,
    kinds,
    presets,
)
from hr_bridge.imports.table_file import TableRefused


def test_every_preset_names_columns_that_exist_and_those_that_are_needed() -> None:
    assert {"beisen", "moka", "boss", "yonyou", "kingdee"} <= presets().keys()
    for name, preset in presets().items():
        assert preset.verified == (name == OWN)
        for kind, columns in preset.kinds.items():
            known = kinds()[kind].columns
            assert columns.keys() <= known.keys(), (name, kind)
            needed = {column for column, content in known.items() if content.required}
            assert needed <= columns.keys() | preset.defaults.keys(), (name, kind)


def test_headings_are_found_below_a_title_and_whatever_surrounds_them() -> None:
    rows = [(1, ["2026年薪资带"]), (3, ["*岗位族", "职级（必填）", "下 限", "上限", "备注"])]
    layout = find_layout(rows, "pay_bands", None)
    assert (layout.header_line, layout.preset) == (3, OWN)
    assert layout.columns == {"family": 0, "grade": 1, "low": 2, "high": 3}
    assert layout.headings["grade"] == "职级（必填）"


def test_the_preset_that_knows_the_most_headings_is_taken() -> None:
    rows = [(1, ["姓名", "手机号", "沟通职位", "牛人ID"])]
    assert find_layout(rows, "candidates", None).preset == "boss"
    with pytest.raises(TableRefused, match="应聘者姓名"):
        find_layout(rows, "candidates", "beisen")


def test_headings_that_are_missing_are_named_in_both_languages() -> None:
    with pytest.raises(TableRefused) as caught:
        find_layout([(1, ["岗位族", "职级", "下限"])], "pay_bands", None)
    assert "缺少：上限" in caught.value.why.zh
    assert "missing: 上限" in caught.value.why.en


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("candidates-2026.csv", "candidates"),
        ("候选人 11月.xlsx", "candidates"),
        ("Pay_Bands.csv", "pay_bands"),
        ("绩效2025.csv", "performance"),
        ("export(3).csv", None),
    ],
)
def test_a_files_name_may_tell_its_kind(name: str, kind: str | None) -> None:
    assert kind_of_file(name) == kind


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_headings_alone_tell_the_kind_of_our_own_templates(kind: str, language: str) -> None:
    columns = kinds()[kind_named(kind)].columns.values()
    heading = [column.title.zh if language == "zh" else column.title.en for column in columns]
    assert find_layout([(1, heading)], None, None).kind == kind


def test_what_is_not_known_is_named() -> None:
    with pytest.raises(TableRefused, match="cannot be told"):
        find_layout([(1, ["a", "b"])], None, None)
    with pytest.raises(KindUnknown, match="beisen"):
        find_layout([(1, ["a"])], "hires", "sap")
    with pytest.raises(KindUnknown, match="knows no exits"):
        find_layout([(1, ["a"])], "exits", "moka")
    with pytest.raises(KindUnknown, match="pay_bands"):
        kind_named("payband")


def test_a_heading_full_of_brackets_takes_no_time() -> None:
    begun = time.process_time()
    assert kind_of_file("(" * 20_000) is None
    assert time.process_time() - begun < 1
