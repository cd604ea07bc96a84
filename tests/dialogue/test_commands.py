from __future__ import annotations

import pytest

from core.content import Language
from dialogue.commands import asked_to, is_no, is_nothing_more, is_yes
from dialogue.manager import COMMANDS


@pytest.mark.parametrize("text", ["是的", "确定！", " OK ", "Yes, please.", "嗯。"])
def test_a_plain_yes_is_a_yes(text: str) -> None:
    assert is_yes(text)
    assert not is_no(text)


@pytest.mark.parametrize("text", ["不退出", "算了。", "No, thanks!", "继续"])
def test_a_plain_no_is_a_no(text: str) -> None:
    assert is_no(text)
    assert not is_yes(text)


@pytest.mark.parametrize("text", ["没有了，谢谢！", "没了", "No, that's all.", "none"])
def test_nothing_more_ends_the_own_questions(text: str) -> None:
    assert is_nothing_more(text)


@pytest.mark.parametrize("text", ["没有加班费吗", "是的，我当时负责整个项目", "no overtime?"])
def test_longer_words_are_left_to_understanding(text: str) -> None:
    assert not is_yes(text)
    assert not is_no(text)
    assert not is_nothing_more(text)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_command_can_be_named_back(language: Language) -> None:
    assert all(asked_to(command, language) for command in COMMANDS)
