from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.hr_bridge.connectors.contract import ConnectorContract
from tests.hr_bridge.connectors.odoo.running_odoo import RunningOdoo, running_odoo


class TestOdooKeepsTheContract(ConnectorContract):
    @pytest.fixture
    async def system(self, tmp_path: Path) -> AsyncIterator[RunningOdoo]:
        async with running_odoo(tmp_path) as odoo:
            yield odoo
