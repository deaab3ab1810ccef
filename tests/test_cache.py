"""Keys of the shared cache: nobody's value can be read as somebody else's."""

import itertools

import pytest

from audits import cache
from audits.cache import of_client, of_person, of_provider, of_token


def test_keys_of_different_owners_never_meet() -> None:
    owners = [make(pk) for make in (of_client, of_provider, of_person, of_token) for pk in (1, 11)]
    parts: list[tuple[str | int, ...]] = [
        (),
        (1,),
        (1, 1),
        (11,),
        ("1:1.1",),
        ("", "11"),
        ("x" * 300,),
        ("x" * 301,),
        ("é",),
        (" ",),
    ]
    keys = [
        cache.key(owner, name, *told)
        for owner, name, told in itertools.product(owners, ("a", "ab"), parts)
    ]
    assert len(set(keys)) == len(owners) * 2 * len(parts)
    assert max(len(key) for key in keys) < 250
    assert all(key.isascii() and key.isprintable() and " " not in key for key in keys)


@pytest.mark.parametrize("name", ["", "A", "a:b", "client-1", "a b"])
def test_key_refuses_a_name_that_could_be_taken_for_more(name: str) -> None:
    with pytest.raises(ValueError, match="no name of a cached value"):
        cache.key(of_client(1), name)


def test_values_of_two_clients_alternate_without_mixing() -> None:
    for round_ in range(3):
        for pk in (1, 2):
            cache.keep(f"client {pk} in round {round_}", of_client(pk), "shown", "page", seconds=60)
        for pk in (2, 1):
            assert cache.read(of_client(pk), "shown", "page") == f"client {pk} in round {round_}"
    assert cache.read(of_provider(1), "shown", "page") is None
    assert cache.read(of_client(1), "shown") is None


def test_first_value_stands_until_it_is_replaced() -> None:
    owner = of_person(1)
    assert cache.keep_first(1.5, owner, "begun_at", seconds=60) == 1.5
    assert cache.keep_first(2.5, owner, "begun_at", seconds=60) == 1.5
    cache.keep(3.5, owner, "begun_at", seconds=60)
    assert cache.keep_first(4.5, owner, "begun_at", seconds=60) == 3.5


def test_counter_adds_up_for_each_owner_alone() -> None:
    assert [cache.count(of_token(7), "asked", seconds=60) for _ in range(3)] == [1, 2, 3]
    assert cache.count(of_token(8), "asked", seconds=60) == 1
    assert cache.count(of_person(7), "asked", seconds=60) == 1
