"""Mails that come back, in the shapes of the servers that send them, and a mailbox for them on loopback."""

from __future__ import annotations

import imaplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.rasa_process import free_port

ORIGINAL = """From: =?utf-8?b?5ZCv5piO56eR5oqA5oub6IGY?= <jobs@qiming.example>
To: {to}
Subject: =?utf-8?b?57q/5LiK6Z2i6K+V6YKA6K+3?=
Message-ID: <{letter}@qiming.example>
Auto-Submitted: auto-generated
"""

POSTFIX = """Return-Path: <>
From: MAILER-DAEMON@mx.qiming.example (Mail Delivery System)
Subject: {subject}
To: jobs@qiming.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
 boundary="9A1B2C.1764000000/mx.qiming.example"

This is a MIME-encapsulated message.

--9A1B2C.1764000000/mx.qiming.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients.

--9A1B2C.1764000000/mx.qiming.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.qiming.example
X-Postfix-Queue-ID: 9A1B2C
Arrival-Date: Tue, 24 Nov 2026 10:00:00 +0800 (CST)

Final-Recipient: rfc822; {to}
Original-Recipient: rfc822;{to}
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.com
Diagnostic-Code: smtp; {said}

--9A1B2C.1764000000/mx.qiming.example
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

{original}
--9A1B2C.1764000000/mx.qiming.example--
"""

EXCHANGE = """From: MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.com
To: <jobs@qiming.example>
Subject: =?utf-8?b?5peg5rOV6YCB6L6+OiDnur/kuIrpnaLor5XpgoDor7c=?=
Content-Type: multipart/report; report-type=delivery-status;
 boundary="85ffa7ae-a0c4-4b2c"
MIME-Version: 1.0
In-Reply-To: <{letter}@qiming.example>
References: <{letter}@qiming.example>
Auto-Submitted: auto-replied

--85ffa7ae-a0c4-4b2c
Content-Type: text/html; charset="utf-8"

<p>未将邮件传递给 {to}。未找到该收件人。</p>

--85ffa7ae-a0c4-4b2c
Content-Type: message/delivery-status

Reporting-MTA: dns;TY2PR01.apcprd01.prod.example.com

Final-recipient: RFC822;{to}
Action: failed
Status: 5.1.10
Diagnostic-code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup

--85ffa7ae-a0c4-4b2c
Content-Type: message/rfc822

{original}Content-Type: text/plain

--85ffa7ae-a0c4-4b2c--
"""

COREMAIL = """From: Postmaster@163.com
To: jobs@qiming.example
Subject: =?GBK?B?z7XNs83L0MU=?=
MIME-Version: 1.0
Content-Type: multipart/report; boundary="----=_Part_163"; report-type="delivery-status"

------=_Part_163
Content-Type: text/html; charset=GBK
Content-Transfer-Encoding: 8bit

<p>抱歉，您的邮件被退回来了……收件人 {to}：用户不存在</p>

------=_Part_163
Content-Type: message/delivery-status

Reporting-MTA: dns; 163.com

Final-recipient: RFC822; {to}
Action: failed
Status: 5.0.0
Diagnostic-Code: SMTP; 550 User not found

------=_Part_163
Content-Type: message/rfc822

{original}
------=_Part_163--
"""

QQ = """From: "=?gbk?B?UVHTys/k?=" <PostMaster@qq.com>
To: jobs@qiming.example
Subject: =?gb18030?B?z7XNs83L0MU=?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="----=_NextPart_QQ"

------=_NextPart_QQ
Content-Type: text/html; charset="utf-8"

<p>无法发送到 {to}</p><p>退信原因：收件人邮箱不存在。</p>
<p>host mx3.qq.com said: 550 Mailbox not found. http://service.mail.qq.com/detail/122/549</p>

------=_NextPart_QQ
Content-Type: message/rfc822

{original}Content-Type: text/plain

------=_NextPart_QQ--
"""

OUT_OF_OFFICE = """From: {to}
To: jobs@qiming.example
Subject: =?utf-8?b?6Ieq5Yqo5Zue5aSN?=
In-Reply-To: <{letter}@qiming.example>
Auto-Submitted: auto-replied
Content-Type: text/plain; charset=utf-8

我在休假，550 5.1.1 号工位找不到我。12月5日回来。
"""


def report(
    form: str,
    letter: str,
    to: str = "li@example.com",
    *,
    action: str = "failed",
    status: str = "5.1.1",
    said: str = "550 5.1.1 <li@example.com>: Recipient address rejected: User unknown",
) -> bytes:
    original = ORIGINAL.format(letter=letter, to=to)
    subject = "Undelivered Mail Returned to Sender"
    filled = form.format(
        letter=letter, to=to, action=action, status=status, said=said, original=original, subject=subject
    )
    charset = "gbk" if "charset=GBK" in form else "utf-8"
    return filled.replace("\n", "\r\n").encode(charset)


@dataclass(frozen=True)
class Mailbox:
    """A folder of its own for each test on a real IMAP server (pymap)."""

    port: int

    def new_folder(self, name: str) -> None:
        with self._open() as box:
            box.delete(name)
            assert box.create(name)[0] == "OK"

    def put(self, folder: str, raw: bytes, at: datetime) -> None:
        with self._open() as box:
            assert box.append(folder, "", imaplib.Time2Internaldate(at), raw)[0] == "OK"

    def unread(self, folder: str) -> int:
        with self._open() as box:
            box.select(folder, readonly=True)
            return len(box.search(None, "UNSEEN")[1][0].split())

    @contextmanager
    def _open(self) -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=5) as box:
            box.login("demouser", "demopass")
            yield box


@contextmanager
def mailbox_server() -> Iterator[Mailbox]:
    port = free_port()
    program = [str(Path(sys.executable).with_name("pymap")), "--host", "127.0.0.1", "--port", str(port)]
    off = ["--no-service", "admin", "--no-service", "managesieve"]
    server = subprocess.Popen(
        [*program, "--no-tls", *off, "dict", "--demo-data"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            try:
                imaplib.IMAP4("127.0.0.1", port, timeout=2).logout()
                break
            except OSError:
                assert server.poll() is None, "pymap did not start"
                time.sleep(0.05)
        yield Mailbox(port)
    finally:
        server.terminate()
        server.wait(5)
