from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from bot import conversation
from bot.metrics import metrics_response
from tests.bot.gateway.chat_door import invite, open_door


def test_metrics_count_and_name_nobody(tmp_path: Path) -> None:
    door = open_door(tmp_path)
    invited = invite(door)
    conversation.receive_text(door.services, invited.interview_id, str(uuid4()), "我叫李雷")
    text = bytes(metrics_response(door.database).body).decode()
    assert "mianshi_inbox_waiting 1.0" in text
    assert "mianshi_interviews_finished 0.0" in text
    assert invited.interview_id not in text
    assert "李雷" not in text
