"""Errors are named by what to do next.

MianshiError
├── Refused       tell the person, kindly; trying again as it is will not help them
├── Unavailable   try again later: something we need is down or busy
└── Rejected      park it and call a human: our data or another system's rules are at fault

Raise with the facts as attributes; translate once, at the edge: gateway → status, channel → phrase,
delivery → retry or park. The message is one plain sentence for a log or an operator and never holds
a candidate's words.
"""

from __future__ import annotations

from collections.abc import Mapping


class MianshiError(Exception):
    """Base of every error of ours. `phrase` names the sentence that a candidate gets, in domain.yml or the
    door's sentences.yml; `members` are facts that a program gets beside it (RFC 9457, extension members)."""

    phrase: str = "utter_something_went_wrong"
    members: Mapping[str, object] = {}


class Refused(MianshiError):
    """The request cannot be granted as it is; the person is told what to do instead."""


class Unavailable(MianshiError):
    """Something we depend on did not answer; the same request may succeed later."""

    phrase = "utter_one_moment"


class Rejected(MianshiError):
    """Permanent: no retry will mend it, a person has to look."""


class LinkUnknown(Refused):
    """The interview link does not exist, has expired or was revoked."""

    phrase = "utter_link_unknown"


class DeviceUnknown(Refused):
    """The interview goes on in another browser; this one has to enter the 6-digit code first."""

    phrase = "utter_device_unknown"


class InterviewOver(Refused):
    """The interview is finished, withdrawn or expired: nothing more can be said in it."""

    phrase = "utter_interview_over"


class ButtonUnknown(Refused):
    """The button belongs to an earlier question or to no message of this interview."""

    phrase = "utter_button_stale"


class MessageRefused(Refused):
    """An empty or over-long message. `phrase` says which."""

    def __init__(self, phrase: str, message: str) -> None:
        super().__init__(message)
        self.phrase = phrase


class NoticeUnread(Refused):
    """A résumé or a recording before the notice was acknowledged: the candidate has not read yet what becomes of it.
    `phrase` says which."""

    def __init__(self, phrase: str, message: str) -> None:
        super().__init__(message)
        self.phrase = phrase


class CandidateErased(Refused):
    """The candidate's data key was destroyed: what they said can no longer be read by anyone."""

    phrase = "candidate_erased"


class PermissionMissing(Refused):
    """The account's role does not allow this."""


class RasaUnavailable(Unavailable):
    """The dialogue server did not answer; the message stays in the inbox and is tried again."""


class DatabaseBusy(Unavailable):
    """The database stayed locked for longer than we wait, is full, or is away."""

    phrase = "database_busy"
