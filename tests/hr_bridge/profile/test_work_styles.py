from __future__ import annotations

import csv
import math

import pytest

from core.settings import ROOT
from hr_bridge.profile.competencies import COMPETENCIES, WORK_STYLES, competency_named
from hr_bridge.profile.work_styles import importances, occupation_title
from scoring.rubric import load_library


def test_the_list_is_that_of_the_library_with_its_titles() -> None:
    assert {key: named.title for key, named in COMPETENCIES.items()} == {
        key: competency.title for key, competency in load_library().items()
    }


def test_a_competency_is_known_by_its_key_and_its_titles() -> None:
    assert competency_named("抗压韧性") == competency_named(" Resilience ") == competency_named("resilience")
    assert competency_named("魅力") is None


def test_every_element_in_use_has_a_name_and_a_column() -> None:
    with (ROOT / "hr_bridge" / "profile" / "onet" / "work_styles.csv").open(encoding="utf-8") as file:
        columns = next(csv.reader(file))
    used = {element for named in COMPETENCIES.values() for element in named.work_styles}
    assert used == WORK_STYLES.keys()
    assert used <= set(columns)


def test_an_importance_is_set_against_all_occupations() -> None:
    assert occupation_title("51-1011.00") == "First-Line Supervisors of Production and Operating Workers"
    found = importances("51-1011.00")["leadership"]
    assert (found.elements, found.value) == (("1.C.2.b",), 4.44)
    assert found.deviation > 1  # supervisors lead more than most
    over_all = [importances(code)["leadership"].deviation for code in _codes()]
    assert sum(over_all) / len(over_all) == pytest.approx(0, abs=1e-9)
    assert math.sqrt(sum(x * x for x in over_all) / len(over_all)) == pytest.approx(1)


def test_an_unknown_occupation_and_none_have_no_say() -> None:
    assert importances("99-9999.00") == importances(None) == {}
    assert occupation_title("99-9999.00") is None


def _codes() -> list[str]:
    with (ROOT / "hr_bridge" / "profile" / "onet" / "work_styles.csv").open(encoding="utf-8") as file:
        return [row["occupation"] for row in csv.DictReader(file)]
