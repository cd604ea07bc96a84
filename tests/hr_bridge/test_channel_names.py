from __future__ import annotations

import pytest

from hr_bridge.channel_names import one_name, title_of_channel
from hr_bridge.insights.cost import read_channel_prices


@pytest.mark.parametrize("written", ["BOSS直聘", "boss直聘", " Boss 直聘 ", "ＢＯＳＳ直聘", "BOSS", "boss zhipin"])
def test_a_known_channel_has_one_name_however_it_is_written(written: str) -> None:
    assert one_name(written) == "BOSS直聘"
    assert title_of_channel("BOSS直聘").en == "BOSS Zhipin"


def test_referrals_of_an_english_house_and_a_chinese_one_are_one_channel_and_job_boards_another() -> None:
    assert {one_name(each) for each in ("内推", "员工推荐", "Referral", "employee  referral")} == {"内推"}
    assert one_name("招聘网站") == one_name("job board") != one_name("BOSS")


def test_an_unknown_channel_stays_as_written_and_nothing_is_no_channel() -> None:
    assert one_name("  老乡 介绍 ") == "老乡 介绍"
    assert (one_name(None), one_name("  ")) == (None, None)
    assert title_of_channel("老乡 介绍").en == "老乡 介绍"


def test_prices_meet_the_channel_however_the_setting_writes_it() -> None:
    assert set(read_channel_prices("Referral=800/hire, boss=12")) == {"内推", "BOSS直聘"}
