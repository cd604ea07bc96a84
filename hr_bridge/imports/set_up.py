"""The keepers of every kind that this room keeps itself; positions and candidates are the caller's business."""

from __future__ import annotations

from core.database import Database
from core.encryption import KeyRing
from core.tables import CompetencyRating, EmployeeExit, EmployeePay, Hire, MarketPay, PayBand, PerformanceRating
from hr_bridge.imports.check_keeper import CheckKeeper
from hr_bridge.imports.employee_keepers import EmployeeKeeper
from hr_bridge.imports.importer import Keeper
from hr_bridge.imports.kinds import Kind
from hr_bridge.imports.pay_keepers import PayKeeper


def open_keepers(database: Database, keys: KeyRing) -> dict[Kind, Keeper]:
    """A keeper for every kind but positions and candidates."""
    return {
        "pay_bands": PayKeeper(database, PayBand),
        "market": PayKeeper(database, MarketPay),
        "performance": EmployeeKeeper(database, keys, PerformanceRating),
        "competency_ratings": EmployeeKeeper(database, keys, CompetencyRating),
        "exits": EmployeeKeeper(database, keys, EmployeeExit),
        "hires": EmployeeKeeper(database, keys, Hire),
        "pay_changes": EmployeeKeeper(database, keys, EmployeePay),
        "checks": CheckKeeper(database, keys),
    }
