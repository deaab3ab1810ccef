"""How often something may be asked for: windows and counters on a clock that is handed in."""

from itertools import count

import pytest

from audits.cache import Owner, of_client, of_person
from audits.services import limits
from audits.services.errors import TooMany

_NUMBERS = count(1_000_000)


@pytest.fixture
def owner() -> Owner:
    return of_client(next(_NUMBERS))


def passes(owner: Owner, at: float, *, most: int = 2) -> bool:
    try:
        limits.spend(owner, "starts", most=most, seconds=60, refusal="two a minute", now=at)
    except TooMany:
        return False
    return True


def test_limit_lets_through_as_many_as_allowed_and_begins_anew(owner: Owner) -> None:
    found = [passes(owner, at) for at in (1_030.0, 1_059.0, 1_061.0, 1_089.9, 1_090.0, 1_091.0)]
    assert found == [True, True, False, False, True, True]
    assert not passes(owner, 1_092.0)


def test_limit_counts_each_owner_alone(owner: Owner) -> None:
    assert passes(owner, 1_000.0, most=1)
    assert not passes(owner, 1_001.0, most=1)
    assert passes(of_person(owner.pk), 1_001.0, most=1)
    assert passes(of_client(next(_NUMBERS)), 1_001.0, most=1)


def test_refusal_says_the_limit_and_when_it_is_possible_again(owner: Owner) -> None:
    def spend(at: float, seconds: int) -> None:
        limits.spend(owner, "asked", most=1, seconds=seconds, refusal="one an hour", now=at)

    spend(5_000.0, limits.HOUR)
    with pytest.raises(TooMany) as late:
        spend(5_000.0 + 3_595.5, limits.HOUR)
    assert late.value.retry_after_seconds == 5
    assert str(late.value) == "One an hour. Try again in 5 seconds."
    with pytest.raises(TooMany) as early:
        spend(5_060.5, limits.HOUR)
    assert early.value.retry_after_seconds == 3_540
    assert str(early.value) == "One an hour. Try again in 59 minutes."


def test_clock_that_went_back_locks_nobody_out(owner: Owner) -> None:
    assert passes(owner, 9_000.0, most=1)
    assert passes(owner, 8_000.0, most=1)
    assert not passes(owner, 8_001.0, most=1)
