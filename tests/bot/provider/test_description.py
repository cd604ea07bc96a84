"""schemathesis makes requests from the description of the provider API, good and bad, and holds the answers to it."""

from __future__ import annotations

import asyncio
import copy
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.openapi.checks import UndefinedStatusCode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from bot.accounts import Account
from bot.console.api_docs import description
from bot.provider.orders import Wish, place_order
from tests.bot.console.house import House, furnish, furnished

ALL = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
NOT_FOR_US = [positive_data_acceptance]
"""What is well-formed may still be refused: a phone number that does not exist, a package that nobody offers."""


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    with ExitStack() as stack:

        async def built() -> House:
            return furnish(stack.enter_context(furnished(tmp_path, monkeypatch)))

        yield asyncio.run(built())


@pytest.fixture
def order_id(house: House) -> str:
    """An order that exists."""
    wish = Wish(package="sales", name="李雷", external_id="77", phone="13800001234", client_reference="77")
    order, _ = place_order(house.services, wish, None, Account("token:1", "provider", "provider"))
    return order.id


OPERATIONS = sorted(
    (method.upper(), path)
    for path, methods in description()["paths"].items()
    if path.startswith("/api/provider/")
    for method in methods
)
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]


def ask_everything(
    house: House, method: str, path: str, mode: GenerationMode, order_id: str | None = None, sound: bool = False
) -> Counter[int]:
    """Make requests to one route, hold each answer to the description, and count the statuses. The order is
    `order_id` where one is given; a `sound` order is for a package and a phone number that exist."""
    schema = schemathesis.openapi.from_asgi("/openapi.json", house.app)
    fixed = {"order_id": order_id} if order_id else None
    answered: Counter[int] = Counter()

    @ALL
    @given(case=schema[path][method].as_strategy(generation_mode=mode, path_parameters=fixed))
    def ask(case: Case) -> None:
        if sound:
            case.body |= {"package": "sales", "callback_url": None}
            case.body["candidate"]["phone"] = "13800001234"
        token = {"Authorization": f"Bearer {house.tokens['provider']}"}
        answered[case.call_and_validate(headers=token, excluded_checks=NOT_FOR_US).status_code] += 1

    ask()
    return answered


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_answer_is_as_described(house: House, method: str, path: str, mode: GenerationMode) -> None:
    assert ask_everything(house, method, path, mode)


def test_orders_that_are_taken_are_answered_as_described(house: House) -> None:
    answered = ask_everything(house, "POST", "/api/provider/v1/orders", GenerationMode.POSITIVE, sound=True)
    assert answered[201] > 0


@pytest.mark.parametrize(("method", "path"), [one for one in OPERATIONS if "{order_id}" in one[1]])
def test_answers_about_an_order_that_exists_are_as_described(
    house: House, order_id: str, method: str, path: str
) -> None:
    assert set(ask_everything(house, method, path, GenerationMode.POSITIVE, order_id)) == {200}


def test_an_answer_that_is_not_described_is_found(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    path = "/api/provider/v1/orders/{order_id}"
    short = copy.deepcopy(description())
    del short["paths"][path]["get"]["responses"]["404"]
    monkeypatch.setattr("bot.console.api_docs.description", lambda: short)
    with pytest.raises(BaseExceptionGroup) as found:
        ask_everything(house, "GET", path, GenerationMode.POSITIVE)
    assert found.group_contains(UndefinedStatusCode)
