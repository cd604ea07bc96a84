"""One file per noun. Anyone may read a table; one package writes each of them."""

from core.tables.account import (
    AccessGrant,
    ApiToken,
    AuditEntry,
    AuditHead,
    RecoveryCode,
    SecondFactor,
    User,
    UserSession,
)
from core.tables.applicant import Applicant, PollCursor
from core.tables.approved_answer import ApprovedAnswer
from core.tables.asking import AskingAccount, AskingCode, AskingSettings, GroupNote
from core.tables.assessment import Decision, Report, Score
from core.tables.base import new_id
from core.tables.candidate import Candidate, Resume
from core.tables.check import CandidateCheck
from core.tables.delivery import Delivery, Heartbeat, Timer
from core.tables.demographics import DemographicAnswer
from core.tables.duplicate import PossibleDuplicate
from core.tables.employee import CompetencyRating, Employee, EmployeeExit, EmployeePay, Hire, PerformanceRating
from core.tables.hrms_link import HrmsLink
from core.tables.integrity import IntegritySignal, TypedInput
from core.tables.interview import AccessLink, Device, DeviceCode, Interview
from core.tables.invitation_list import InvitationList
from core.tables.letter import Letter, Schedule
from core.tables.mailbox import MailboxMark
from core.tables.message import InboxMessage, Message
from core.tables.new_address import NewAddress
from core.tables.pay_approval import PayApproval
from core.tables.pay_data import MarketPay, PayBand
from core.tables.position import Position
from core.tables.privacy import (
    Backup,
    ErasedSubject,
    ErasureCertificate,
    ErasureNotice,
    ErasureRequest,
    LegalHold,
    RetentionRun,
)
from core.tables.provider_order import ProviderOrder
from core.tables.question import Answer, Confirmation, Question
from core.tables.recording import EnvironmentRecord, Recording, RecordingChunk
from core.tables.report_prose import ReportProse
from core.tables.review import Feedback, InterviewRating, Override, QuestionReply, ReviewerRating
from core.tables.rights import DataCorrection, RightsRequest, RightsSession
from core.tables.second_rating import SecondRating
from core.tables.talk import Talk, TalkOffer, TalkTime
from core.tables.telegram import TelegramBot, TelegramChat, TelegramUpdate
from core.tables.walk_in import WalkIn
from core.tables.webhook_receipt import WebhookReceipt

__all__ = [
    "AccessGrant",
    "AccessLink",
    "Answer",
    "ApiToken",
    "Applicant",
    "ApprovedAnswer",
    "AskingAccount",
    "AskingCode",
    "AskingSettings",
    "AuditEntry",
    "AuditHead",
    "Backup",
    "Candidate",
    "CandidateCheck",
    "CompetencyRating",
    "Confirmation",
    "DataCorrection",
    "Decision",
    "Delivery",
    "DemographicAnswer",
    "Device",
    "DeviceCode",
    "Employee",
    "EmployeeExit",
    "EmployeePay",
    "EnvironmentRecord",
    "ErasedSubject",
    "ErasureCertificate",
    "ErasureNotice",
    "ErasureRequest",
    "Feedback",
    "GroupNote",
    "Heartbeat",
    "Hire",
    "HrmsLink",
    "InboxMessage",
    "IntegritySignal",
    "Interview",
    "InterviewRating",
    "InvitationList",
    "LegalHold",
    "Letter",
    "MailboxMark",
    "MarketPay",
    "Message",
    "NewAddress",
    "Override",
    "PayApproval",
    "PayBand",
    "PerformanceRating",
    "PollCursor",
    "Position",
    "PossibleDuplicate",
    "ProviderOrder",
    "Question",
    "QuestionReply",
    "Recording",
    "RecordingChunk",
    "RecoveryCode",
    "Report",
    "ReportProse",
    "Resume",
    "RetentionRun",
    "ReviewerRating",
    "RightsRequest",
    "RightsSession",
    "Schedule",
    "Score",
    "SecondFactor",
    "SecondRating",
    "Talk",
    "TalkOffer",
    "TalkTime",
    "TelegramBot",
    "TelegramChat",
    "TelegramUpdate",
    "Timer",
    "TypedInput",
    "User",
    "UserSession",
    "WalkIn",
    "WebhookReceipt",
    "new_id",
]
