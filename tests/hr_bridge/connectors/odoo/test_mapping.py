from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from hr_bridge.connectors.odoo.mapping import Job, MappingInvalid, load_mapping

RULE = {
    "source": "match",
    "target": "x_score",
    "type": "float",
    "transform": "one_decimal",
    "owner": "ours",
    "required": True,
}


def written(folder: Path, **changes: Any) -> Path:
    file = folder / "mapping.yml"
    file.write_text(yaml.safe_dump({"fields": [RULE]} | changes), "utf-8")
    return file


def test_the_packaged_mapping_writes_no_pay_and_moves_nobody() -> None:
    mapping = load_mapping()
    assert mapping.jobs == {}
    assert not mapping.pay.enabled
    assert not any(rule.is_pay for rule in mapping.rules("ours", "shared", "theirs"))


def test_a_house_can_write_a_field_of_its_own(tmp_path: Path) -> None:
    jobs = {"sales": {"job": 3, "moves": [{"when": "advance", "from": [1, 2], "to": 3}]}}
    mapping = load_mapping(written(tmp_path, jobs=jobs))
    assert mapping.fields[0].target == "x_score"
    assert mapping.jobs["sales"].moves[0].from_ == (1, 2)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"fields": [RULE | {"target": "stage_id"}]}, "never written from here"),
        ({"fields": [RULE | {"target": "active"}]}, "never written from here"),
        ({"fields": [RULE | {"source": "candidate.age"}]}, "fields.0.source"),
        ({"fields": [RULE | {"source": "level"}]}, "needs a number"),
        ({"fields": [RULE | {"source": "salary", "transform": "as_is"}]}, "goes with the transform pay_terms"),
        ({"fields": [RULE, RULE]}, "two rules write x_score"),
        ({"fields": [RULE | {"target": "applicant_properties.a", "owner": "shared"}]}, "a property is ours"),
        ({"jobs": {"a": {"job": 1}, "b": {"job": 1}}}, "two positions share job 1"),
        ({"jobs": {"a": {"job": 1, "moves": [{"when": "reject", "from": [1], "to": 2}]}}}, "jobs.a.moves.0.when"),
        ({"jobs": {"a": {"job": 1, "moves": [{"when": "hold", "from": [2], "to": 2}]}}}, "cannot start there"),
        (
            {
                "jobs": {
                    "a": {
                        "job": 1,
                        "moves": [{"when": "hold", "from": [1], "to": 2}, {"when": "hold", "from": [1], "to": 3}],
                    }
                }
            },
            "from stage 1 there are two moves when hold",
        ),
        ({"pay": {"currency": "yuan"}}, "pay.currency"),
        ({"payy": {}}, "payy"),
    ],
)
def test_what_cannot_be_used_is_said_with_its_place(tmp_path: Path, changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(MappingInvalid) as caught:
        load_mapping(written(tmp_path, **changes))
    assert "ODOO_MAPPING" in str(caught.value)
    assert sentence in str(caught.value)


def test_a_file_that_is_missing_or_no_yaml_is_named(tmp_path: Path) -> None:
    with pytest.raises(MappingInvalid, match=r"none\.yml cannot be read"):
        load_mapping(tmp_path / "none.yml")
    (tmp_path / "broken.yml").write_text("jobs: [\n", "utf-8")
    with pytest.raises(MappingInvalid, match=r"broken\.yml is no YAML at line"):
        load_mapping(tmp_path / "broken.yml")


def test_a_job_may_say_otherwise_what_becomes_of_its_applicants() -> None:
    mapping = load_mapping()
    assert not mapping.takes_applicants  # no job is mapped
    jobs = {"sales": Job(job=3), "driver": Job(job=4, invite="never")}
    mapping = mapping.model_copy(update={"jobs": jobs})
    assert (mapping.invite_for("sales"), mapping.invite_for("driver")) == ("prepare", "never")
    assert mapping.takes_applicants
    assert not mapping.model_copy(update={"jobs": {"driver": jobs["driver"]}}).takes_applicants
