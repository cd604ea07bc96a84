from __future__ import annotations

import pytest

from core.errors import Rejected
from hr_bridge.insights.cost import ChannelPrice, Costs, read_channel_prices


def test_prices_of_channels_are_read_with_chinese_commas_too() -> None:
    assert read_channel_prices("内推=800/hire，招聘网站=12.5, 校招=3/invited") == {
        "内推": ChannelPrice(800, "hire"),
        "招聘网站": ChannelPrice(12.5, "invited"),
        "校招": ChannelPrice(3, "invited"),
    }
    assert read_channel_prices("") == {}


@pytest.mark.parametrize("text", ["内推", "内推=很多", "=5", "内推=-1", "内推=5/month", "内推=nan"])
def test_a_price_that_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(Rejected, match="COST_CHANNELS cannot be read at"):
        read_channel_prices(text)


def test_prices_that_nobody_set_are_named() -> None:
    assert Costs(text=0.05).missing == ("review_minute", "interview")
    assert not Costs().are_set
