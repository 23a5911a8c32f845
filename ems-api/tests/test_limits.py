"""Limits: tokens come back with time, callers do not share them, refusals say when to come again."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from ems_api.context import find_address
from ems_api.errors import ApiError
from ems_api.limits import Limiter


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def taken(limiter: Limiter, caller: str, times: int) -> int:
    done = 0
    for _ in range(times):
        try:
            limiter.take(caller)
        except ApiError:
            continue
        done += 1
    return done


def test_a_caller_has_a_burst_and_then_its_rate(clock: Clock) -> None:
    limiter = Limiter(2.0, 4.0, clock)
    assert taken(limiter, "user 1", 10) == 4
    clock.now_s += 1.0
    assert taken(limiter, "user 1", 10) == 2
    clock.now_s += 100.0
    assert taken(limiter, "user 1", 10) == 4


def test_callers_do_not_use_up_each_others_tokens(clock: Clock) -> None:
    limiter = Limiter(1.0, 2.0, clock)
    assert taken(limiter, "user 1", 5) == 2
    assert taken(limiter, "address 192.0.2.1", 5) == 2


@pytest.mark.parametrize(("per_s", "wait_s"), [(1.0, 1), (0.1, 10), (5 / 3600, 720)])
def test_a_refusal_says_when_the_next_token_is_there(clock: Clock, per_s: float, wait_s: int) -> None:
    limiter = Limiter(per_s, 1.0, clock)
    limiter.take("user 1")
    with pytest.raises(ApiError) as refused:
        limiter.take("user 1")
    assert refused.value.retry_after_s == wait_s
    clock.now_s += wait_s
    limiter.take("user 1")


def test_without_a_rate_there_is_no_limit() -> None:
    assert taken(Limiter(0.0, 0.0), "user 1", 1000) == 1000


def address(remote: str, forwarded: str | None) -> str:
    return find_address(remote, forwarded, (ip_network("127.0.0.0/8"), ip_network("172.16.0.0/12")))


def test_only_what_the_own_proxy_adds_is_believed_of_a_clients_address() -> None:
    assert address("127.0.0.1", "203.0.113.9") == "203.0.113.9"
    assert address("127.0.0.1", "10.0.0.1, 203.0.113.9") == "203.0.113.9"
    assert address("172.18.0.4", "203.0.113.9") == "203.0.113.9"
    assert address("198.51.100.7", "10.0.0.1") == "198.51.100.7"
    assert address("127.0.0.1", "10.0.0.1, nonsense") == "127.0.0.1"
    assert address("127.0.0.1", None) == "127.0.0.1"
