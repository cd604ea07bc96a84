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
_DECLINED: Final = Phrase(
    zh="评估等级高于应聘职级，审批人未同意调整职级，按应聘职级给出建议。",
    en="Assessed above the grade applied for. The regrade was declined; the pay is for the grade applied for.",
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
    asked = session.exec(
        select(PayApproval).where(PayApproval.interview_id == interview_id).order_by(col(PayApproval.version).desc())
    ).all()
    agreed = [each for each in asked if each.approved]
    # A yes to another grade, given on an earlier report, is none to this one.
    to_grade = next((yes for yes in agreed if yes.regrade and yes.regrade == document["regrade"]), None)
    to_offer = next((yes for yes in agreed if yes.regrade is None or yes is to_grade), None)
    whole = document["regrade"] is None or to_grade is not None
    told = dict(document if whole else document.get(UNTIL) or {})
    if not told:  # a report from before approvals were kept
        return None
    told.pop(UNTIL, None)
    reasons = list(told["reasons"])
    by, declined = None, False
    if to_grade is not None:
        by = to_grade.answered_by_name or ""
        reasons.append(_AGREED_REGRADE.text(language).format(name=by))
    elif document["regrade"] is not None:
        newest = next((each for each in asked if each.regrade == document["regrade"]), None)
        declined = newest is not None and newest.approved is False
        reasons.append((_DECLINED if declined else _WAITS).text(language))
    offer = json.loads(key.open(to_offer.asked_sealed, PURPOSE))["offer"] if to_offer else None
    if to_offer is not None and offer is not None:
        by = to_offer.answered_by_name or ""
        reasons.append(_AGREED.text(language).format(name=by, offer=show_amount(offer)))
        told |= {"point": offer, "package": _package(told.get("package"), offer)}
    waits = not whole and not declined and by is None
    return SuggestedPay.model_validate({**told, "reasons": reasons, "awaiting_approval": waits, "approved_by": by})


def _package(terms: Mapping[str, Any] | None, base: float) -> dict[str, Any] | None:
    if terms is None:
        return None
    names = ("months", "bonus_share", "allowances", "social_insurance_base", "probation_share")
    return PackageShape(**{name: terms[name] for name in names}).as_json(base)
