"""What PDF writers and typists do to letters is undone before anything is looked for."""

from __future__ import annotations

import pytest

from hr_bridge.resume.normalise import normalise


@pytest.mark.parametrize(
    ("typed", "regular"),
    [
        ("２０２４．０３－至今", "2024.03-至今"),
        ("姓    名：陈志远　　　性    别：男", "姓名：陈志远\t性别：男"),
        ("性\t别：女", "性别：女"),
        ("谭 雪 梅", "谭雪梅"),
        ("⻓江⻝品⻋间⻔店", "长江食品车间门店"),
        ("⼾籍：⼭东", "户籍：山东"),
        ("2012‒2016", "2012-2016"),
        ("ofﬁce work", "office work"),
        ("销\u200b售\u202e经理\ufeff", "销售经理"),
    ],
)
def test_one_form_of_each_letter(typed: str, regular: str) -> None:
    assert normalise(typed) == [regular]


def test_ordinary_words_are_not_taken_for_a_spaced_label() -> None:
    assert normalise("负责 单 位 内部培训") == ["负责 单位 内部培训"]
    assert normalise("熟悉 Java 与 SQL") == ["熟悉 Java 与 SQL"]


def test_a_line_without_end_is_cut_into_bounded_ones() -> None:
    assert [len(line) for line in normalise("啊" * 2500)] == [1000, 1000, 500]
