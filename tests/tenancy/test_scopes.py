import threading

import pytest
from django.db import connection, transaction

from audits import tenancy
from audits.models import AIModel, Client, Provider
from audits.tenancy import Scope, ScopeError, current_scope
from tests.factories import World, make_client, make_model
from tests.tenancy.rows import unguarded


def announced() -> tuple[str, ...]:
    """What PostgreSQL was told: provider, clients, the two directories."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('mia.provider', true), current_setting('mia.clients', true),"
            " current_setting('mia.every_client_of', true),"
            " current_setting('mia.every_provider', true)"
        )
        return tuple(value or "" for value in cursor.fetchone())


NOTHING = ("", "", "", "")


def test_scope_announces_itself_to_the_database(db: None) -> None:
    with tenancy.scope(provider_id=7, client_ids=[12, 3], every_client_of=7) as entered:
        assert entered == current_scope()
        assert entered == Scope(provider_id=7, client_ids=frozenset({3, 12}), every_client_of=7)
        assert announced() == ("7", "3,12", "7", "")
    assert announced() == NOTHING


def test_scope_is_required(db: None) -> None:
    with pytest.raises(ScopeError):
        current_scope()


def test_scope_nested_in_another_restores_it(db: None) -> None:
    with tenancy.scope(provider_id=1, client_ids=[1, 2]) as outer:
        with tenancy.scope(provider_id=1, client_ids=[2]):
            assert announced() == ("1", "2", "", "")
        assert current_scope() == outer
        assert announced() == ("1", "1,2", "", "")


def test_scope_left_by_an_error_restores_the_outer_one(db: None) -> None:
    with tenancy.scope(provider_id=1, client_ids=[1, 2]) as outer:
        with pytest.raises(ZeroDivisionError), tenancy.scope(provider_id=1, client_ids=[2]):
            raise ZeroDivisionError
        assert current_scope() == outer
        assert announced() == ("1", "1,2", "", "")
    with pytest.raises(ScopeError):
        current_scope()


def test_scope_left_with_a_marked_rollback_restores_the_outer_one(db: None) -> None:
    with tenancy.scope(provider_id=1, client_ids=[1, 2]) as outer:
        with tenancy.scope(provider_id=1, client_ids=[2]):
            transaction.set_rollback(True)
        assert current_scope() == outer
        assert announced() == ("1", "1,2", "", "")


def test_scope_survives_a_savepoint_that_is_rolled_back(world: World) -> None:
    with world.here.scope():
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            make_model(world.here.client, "never kept")
            raise ZeroDivisionError
        assert announced()[1] == str(world.here.client.pk)
        assert list(AIModel.objects.all()) == [world.here.model]


def test_scope_is_one_transaction(world: World) -> None:
    with pytest.raises(ZeroDivisionError), world.here.scope():
        make_model(world.here.client, "never kept")
        raise ZeroDivisionError
    with world.here.scope():
        assert list(AIModel.objects.all()) == [world.here.model]


@pytest.mark.django_db(transaction=True)
def test_scope_does_not_leak_through_a_persistent_connection(world: World) -> None:
    with world.here.scope():
        assert unguarded(AIModel).count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        before = cursor.fetchone()
    assert announced() == NOTHING
    assert unguarded(AIModel).count() == 0
    with world.sibling.scope():
        assert [row.pk for row in unguarded(AIModel)] == [world.sibling.model.pk]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone() == before  # it was the same connection all along


def test_scope_is_not_seen_by_another_thread(db: None) -> None:
    found: list[type[Exception]] = []

    def look() -> None:
        try:
            current_scope()
        except ScopeError as error:
            found.append(type(error))

    with tenancy.scope(provider_id=1, client_ids=[1]):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert found == [ScopeError]


def test_enter_new_client_widens_the_running_scope_alone(world: World) -> None:
    with world.here.scope() as _:
        outer = current_scope().client_ids
        with tenancy.scope(provider_id=world.ours.provider.pk, client_ids=outer):
            made = make_client(world.ours.provider.pk)
            assert current_scope().client_ids == outer | {made.pk}
            assert announced()[1] == f"{world.here.client.pk},{made.pk}"
            assert set(Client.objects.all()) == {world.here.client, made}
        assert current_scope().client_ids == outer
        assert announced()[1] == str(world.here.client.pk)


def test_enter_new_client_needs_a_scope(db: None) -> None:
    with pytest.raises(ScopeError):
        tenancy.enter_new_client()


def test_system_scope_needs_a_reason(db: None) -> None:
    with pytest.raises(ScopeError), tenancy.system_scope(""):
        pass


def test_system_scope_ends_with_its_block(world: World) -> None:
    with tenancy.system_scope("what the test asks"):
        assert unguarded(AIModel).count() == 4
    assert announced() == NOTHING
    assert unguarded(AIModel).count() == 0


def test_new_provider_scope_sees_the_provider_it_makes_and_no_other(world: World) -> None:
    with tenancy.new_provider_scope() as provider_id:
        assert current_scope() == Scope(
            provider_id=provider_id, client_ids=frozenset(), provider_rows=True
        )
        made = Provider.objects.create(pk=provider_id, name="Quay Managed IT")
        assert list(Provider.objects.all()) == [made]
    assert made.pk not in {world.ours.provider.pk, world.theirs.provider.pk}
    with tenancy.system_scope("what the test asks"):
        assert Provider.objects.count() == 3
