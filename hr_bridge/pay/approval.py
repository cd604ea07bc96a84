"""What may be told about pay as long as nobody has agreed to a regrade, and once somebody has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from sqlmodel import Session, col, select

from core.content import Language, Phrase
from core.encryption import DataKey
from core.tables import PayApproval
from hr_bridge.assessment import SuggestedPay
from hr_bridge.pay.package import PackageShape
from hr_bridge.pay.reasons import show_amount

PURPOSE: Final = "pay approval"
UNTIL: Final = "until_approved"
"""Within a report's salary: the suggestion without the regrade."""
_WAITS: Final = Phrase(
    zh="评估等级高于应聘职级，调整职级的建议须经审批人同意；同意之前按应聘职级给出建议。",
    en="Assessed above the grade applied for. A regrade needs an approver's yes; until then the pay is for this grade.",
)
_AGREED: Final = Phrase(zh="审批人{name}已同意：月薪{offer}K。", en="{name} has approved a monthly base of {offer}K.")
_AGREED_REGRADE: Final = Phrase(zh="审批人{name}已同意调整职级。", en="{name} has approved the regrade.")


def tellable_pay(
    session: Session, key: DataKey, interview_id: str, document: Mapping[str, Any] | None, language: Language
) -> SuggestedPay | None:
    """Return what the HR system may know of a report's suggestion: a regrade, or an offer above the range, only after
    an approver's yes. `document` is `Report.salary`. None where there is nothing that may be told."""
    if document is None:
        return None
    told = {name: value for name, value in document.items() if name != UNTIL}
    yes = _newest_yes(session, interview_id, document["regrade"])
    if yes is None:
        if document["regrade"] is None:
            return SuggestedPay.model_validate(told)
        if document.get(UNTIL) is None:  # a report from before approvals were kept
            return None
        before = document[UNTIL]
        reasons = [*before["reasons"], _WAITS.text(language)]
        return SuggestedPay.model_validate({**before, "reasons": reasons, "awaiting_approval": True})
    name, offer = yes.answered_by_name or "", json.loads(key.open(yes.asked_sealed, PURPOSE))["offer"]
    reasons = list(document["reasons"])
    if yes.regrade:
        reasons.append(_AGREED_REGRADE.text(language).format(name=name))
    if offer is not None:
        reasons.append(_AGREED.text(language).format(name=name, offer=show_amount(offer)))
        told |= {"point": offer, "package": _package(document.get("package"), offer)}
    return SuggestedPay.model_validate({**told, "reasons": reasons, "approved_by": name})


def _newest_yes(session: Session, interview_id: str, regrade: str | None) -> PayApproval | None:
    """The newest yes that speaks of the same grade: a yes to another one, given on an earlier report, is none."""
    found = (
        select(PayApproval)
        .where(PayApproval.interview_id == interview_id, col(PayApproval.approved).is_(True))
        .order_by(col(PayApproval.version).desc())
    )
    return next((each for each in session.exec(found) if each.regrade == regrade), None)


def _package(terms: Mapping[str, Any] | None, base: float) -> dict[str, Any] | None:
    if terms is None:
        return None
    names = ("months", "bonus_share", "allowances", "social_insurance_base", "probation_share")
    return PackageShape(**{name: terms[name] for name in names}).as_json(base)
