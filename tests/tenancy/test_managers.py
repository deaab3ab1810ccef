"""The second wall alone: as the owner, whom row-level security does not bind."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction
from django.db.models import Count

from audits import tenancy
from audits.models import AIModel, Client, ModelVersion, Provider, TenantModel
from audits.tenancy import ScopeError
from audits.tenancy.managers import TenantManager
from tests.factories import CLIENT, MODEL, World, make_client, make_model
from tests.tenancy.rows import TENANT_MODELS, copy_of, reached, row_of, unguarded

every_model = pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model.__name__)
both = pytest.mark.parametrize("neighbour", ["sibling", "stranger"])


@contextmanager
def refused() -> Iterator[None]:
    """The scope's refusal, rolled back to where it happened."""
    with pytest.raises(ScopeError), transaction.atomic():
        yield


@every_model
@both
def test_wall_b_alone_hides_foreign_rows_from_reads(
    world_without_rls: World, neighbour: str, model: type[TenantModel]
) -> None:
    world = world_without_rls
    foreign = row_of(getattr(world, neighbour), model)
    with world.here.scope():
        assert unguarded(model).filter(pk=foreign.pk).exists()  # row-level security is off
        rows = model._default_manager
        assert not rows.filter(pk=foreign.pk).exists()
        assert set(rows.values_list("client_id", flat=True)) == {world.here.client.pk}
        assert [row["client_id"] for row in rows.filter(pk=foreign.pk).values("client_id")] == []
        assert rows.filter(pk=foreign.pk).aggregate(n=Count("pk")) == {"n": 0}
        assert rows.in_bulk([foreign.pk]) == {}
        with pytest.raises(model.DoesNotExist):
            rows.get(pk=foreign.pk)
        with pytest.raises(model.DoesNotExist):
            foreign.refresh_from_db()


@every_model
@both
def test_wall_b_alone_changes_and_deletes_no_foreign_row(
    world_without_rls: World, neighbour: str, model: type[TenantModel]
) -> None:
    world = world_without_rls
    foreign = row_of(getattr(world, neighbour), model)
    rows = model._default_manager
    with world.here.scope():
        one = rows.filter(pk=foreign.pk)
        assert reached(model, lambda: one.update(provider_id=world.ours.provider.pk)) == 0
        assert reached(model, lambda: one.delete()[0]) == 0
        with refused():
            foreign.delete()
        with refused():
            foreign.save()
        assert unguarded(model).filter(pk=foreign.pk).exists()


@every_model
@both
def test_wall_b_alone_refuses_new_rows_for_a_foreign_client(
    world_without_rls: World, neighbour: str, model: type[TenantModel]
) -> None:
    world = world_without_rls
    foreign = row_of(getattr(world, neighbour), model)
    rows = model._default_manager
    with world.here.scope():
        before = unguarded(model).count()
        with refused():
            copy_of(foreign).save()
        with refused():
            rows.bulk_create([copy_of(foreign)])
        with refused():
            rows.get_or_create(pk=foreign.pk, client_id=foreign.client_id)
        assert unguarded(model).count() == before


@every_model
@both
def test_wall_b_alone_refuses_to_move_a_row_to_a_foreign_client(
    world_without_rls: World, neighbour: str, model: type[TenantModel]
) -> None:
    world = world_without_rls
    foreign = getattr(world, neighbour).client
    own = row_of(world.here, model)
    rows = model._default_manager
    with world.here.scope():
        with pytest.raises(ScopeError):
            rows.filter(pk=own.pk).update(client_id=foreign.pk)
        with pytest.raises(ScopeError):
            rows.filter(pk=own.pk).update(client=foreign)
        own.client = foreign
        with refused():
            rows.bulk_update([own], ["client"])
        with refused():
            own.save()
        with refused():
            own.save(update_fields=["client"])
        assert rows.filter(pk=own.pk).count() == 1


@every_model
def test_wall_b_alone_raises_outside_a_scope(
    world_without_rls: World, model: type[TenantModel]
) -> None:
    world = world_without_rls
    row = row_of(world.here, model)
    rows = model._default_manager
    for touch in (rows.all, rows.count, row.refresh_from_db, row.save, row.delete):
        with refused():
            touch()
    with refused():
        rows.create(client_id=world.here.client.pk, provider_id=world.ours.provider.pk)


@pytest.mark.parametrize("model", [Client, Provider])
def test_wall_b_alone_of_client_and_provider_raises_outside_a_scope(
    world_without_rls: World, model: type[Client | Provider]
) -> None:
    world = world_without_rls
    assert world.here.client.pk
    with pytest.raises(ScopeError):
        model.objects.count()


def test_wall_b_alone_follows_no_forward_key_to_a_foreign_row(world_without_rls: World) -> None:
    world = world_without_rls
    stray = ModelVersion(model_id=world.stranger.model.pk)
    with world.here.scope():
        assert unguarded(AIModel).filter(pk=world.stranger.model.pk).exists()
        with pytest.raises(AIModel.DoesNotExist):
            _ = stray.model


def test_wall_b_alone_follows_no_reverse_key_to_foreign_rows(world_without_rls: World) -> None:
    world = world_without_rls
    with world.here.scope():
        assert list(world.stranger.model.versions.all()) == []
        assert list(world.here.model.versions.all()) == [world.here.model_version]


def test_wall_b_alone_takes_a_row_for_the_client_in_scope(world_without_rls: World) -> None:
    world = world_without_rls
    with world.here.scope():
        made = make_model(world.here.client, "Second model")
        found, created = AIModel.objects.get_or_create(
            client=world.here.client, name=MODEL, defaults={"impact": 1}
        )
        names = set(AIModel.objects.values_list("name", flat=True))
        assert AIModel.objects.filter(pk=made.pk).update(name="Third model") == 1
        assert made.delete() == (1, {"audits.AIModel": 1})
    assert (found, created) == (world.here.model, False)
    assert names == {MODEL, "Second model"}


def test_wall_b_alone_refuses_raw_sql(world_without_rls: World) -> None:
    world = world_without_rls
    with world.here.scope(), pytest.raises(ScopeError):
        AIModel.objects.raw("SELECT * FROM audits_aimodel")


@both
def test_wall_b_alone_client_stops_reads_and_writes(
    world_without_rls: World, neighbour: str
) -> None:
    world = world_without_rls
    foreign: Client = getattr(world, neighbour).client
    with world.here.scope():
        assert unguarded(Client).filter(pk=foreign.pk).exists()
        assert list(Client.objects.filter(name=CLIENT)) == [world.here.client]
        assert Client.objects.filter(pk=foreign.pk).update(name="taken") == 0
        for write in (foreign.save, Client(provider=world.ours.provider, name="new").save):
            with refused():
                write()
        with refused():
            foreign.delete()


def test_wall_b_alone_client_keeps_a_client_with_its_provider(world_without_rls: World) -> None:
    world = world_without_rls
    with world.here.scope():
        with pytest.raises(ScopeError):
            Client.objects.update(provider=world.theirs.provider)
        with pytest.raises(ScopeError):
            Client.objects.update(id=world.stranger.client.pk)
        with pytest.raises(ScopeError):
            make_client(world.theirs.provider.pk)


def test_wall_b_alone_provider_stops_reads_and_writes(world_without_rls: World) -> None:
    world = world_without_rls
    with world.here.scope():
        assert unguarded(Provider).filter(pk=world.theirs.provider.pk).exists()
        assert list(Provider.objects.all()) == [world.ours.provider]
        assert Provider.objects.filter(pk=world.theirs.provider.pk).update(name="taken") == 0
        for write in (world.theirs.provider.save, Provider(name="new").save):
            with refused():
                write()
        with refused():
            world.theirs.provider.delete()


def test_system_scope_sees_every_provider_and_client(world_without_rls: World) -> None:
    world = world_without_rls
    casts = (world.here, world.sibling, world.stranger, world.theirs.second)
    with tenancy.system_scope("what the test asks"):
        assert set(Provider.objects.all()) == {world.ours.provider, world.theirs.provider}
        assert set(Client.objects.all()) == {cast.client for cast in casts}
        assert set(AIModel.objects.all()) == {cast.model for cast in casts}


@every_model
@both
def test_question_to_all_clients_reaches_those_in_scope_alone(
    world_without_rls: World, neighbour: str, model: type[TenantModel]
) -> None:
    foreign = row_of(getattr(world_without_rls, neighbour), model)
    here, rows = world_without_rls.here.client.pk, model._default_manager
    assert isinstance(rows, TenantManager)
    with world_without_rls.here.scope():
        assert unguarded(model).filter(pk=foreign.pk).exists()  # row-level security is off
        assert set(rows.every_row()) == set(rows.all()) != set()
        asked = rows.every_row(at=[here, foreign.client_id])
        assert set(asked.values_list("client_id", flat=True)) == {here}
        assert list(rows.every_row(at=[foreign.client_id])) == []


def test_question_to_all_clients_needs_a_scope() -> None:
    with pytest.raises(ScopeError):
        AIModel.objects.every_row()
