from __future__ import annotations

import pytest

from bot.outreach.contact import EmailUnusable, PhoneUnusable, normal_email, normal_phone


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("13800001234", "+8613800001234"),
        ("138 0000 1234", "+8613800001234"),
        ("138-0000-1234", "+8613800001234"),
        ("１３８００００１２３４", "+8613800001234"),
        ("+86 138 0000 1234", "+8613800001234"),
        ("008613800001234", "+8613800001234"),
        ("+1 415 555 2671", "+14155552671"),
        ("+44 20 7946 0018", "+442079460018"),
    ],
)
def test_numbers_are_kept_in_e164(typed: str, number: str) -> None:
    assert normal_phone(typed) == number


@pytest.mark.parametrize("typed", ["", "1380000123", "138000012345", "12345678901", "phone", "+999 1", "=1+1"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(PhoneUnusable):
        normal_phone(typed)


def test_an_address_keeps_its_local_part_and_has_its_domain_in_lower_case() -> None:
    assert normal_email(" Li.Lei@Example.COM ") == "Li.Lei@example.com"


def test_a_chinese_domain_is_kept_as_mail_servers_know_it() -> None:
    assert normal_email("li@例子.中国") == "li@xn--fsqu00a.xn--fiqs8s"


@pytest.mark.parametrize(
    "typed", ["li..lei@example.com", "li.@example.com", "李@example.com", "li[1@example.com", "li@x..com"]
)
def test_an_address_that_no_mail_can_be_sent_to_is_refused(typed: str) -> None:
    with pytest.raises(EmailUnusable):
        normal_email(typed)


@pytest.mark.parametrize("typed", ["", "li", "li@", "@example.com", "li@example", "a b@example.com", "li@x.com\nBcc:y"])
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(EmailUnusable):
        normal_email(typed)
