from __future__ import annotations

import pytest

from core.settings import ModelSettings
from scoring.assess import AnswerScorer


@pytest.fixture(scope="session")
def scorer() -> AnswerScorer:
    """The real scorer with the embedded encoder; loading takes seconds, so once for all tests."""
    return AnswerScorer.load(ModelSettings(encoder=None))
