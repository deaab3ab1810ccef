"""The third wall alone: queries go round the managers, as mia_app."""

import pytest
from django.db import ProgrammingError, connection, models, transaction
from django.db.models import Count, F

from audits import tenancy
from audits.models import Client, Provider, TenantModel
from tests.factories import ClientCast, World
from tests.tenancy.rows import TENANT_MODELS, copy_of, reached, refusal, row_of, unguarded

pytestmark = pytest.mark.parametrize("neighbour", ["sibling", "stranger"])
every_model = pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model.__name__)


def foreign_row(world: World, neighbour: str, model: type[TenantModel]) -> TenantModel:
    cast: ClientCast = getattr(world, neighbour)
    with cast.scope():
        return unguarded(model).get(pk=row_of(cast, model).pk)  # type: ignore[return-value]


@every_model
def test_wall_c_alone_hides_foreign_rows_from_reads(
    world_with_rls: World, neighbour: str, model: type[TenantModel]
) -> None:
    world = world_with_rls
    foreign = foreign_row(world, neighbour, model)
    with world.here.scope():
        rows = unguarded(model)
        assert not rows.filter(pk=foreign.pk).exists()
        assert set(rows.values_list("client_id", flat=True)) == {world.here.client.pk}
        assert rows.filter(pk=foreign.pk).aggregate(n=Count("pk")) == {"n": 0}
        with pytest.raises(model.DoesNotExist):
            foreign.refresh_from_db()
        table = connection.ops.quote_name(model._meta.db_table)
        assert list(rows.raw(f"SELECT * FROM {table} WHERE id = %s", [foreign.pk])) == []  # noqa: S608 - our own table name


@every_model
def test_wall_c_alone_changes_and_deletes_no_foreign_row(
    world_with_rls: World, neighbour: str, model: type[TenantModel]
) -> None:
    world = world_with_rls
    foreign = foreign_row(world, neighbour, model)
    with world.here.scope():
        rows = unguarded(model).filter(pk=foreign.pk)
        assert reached(model, lambda: rows.update(provider_id=F("provider_id"))) == 0
        assert reached(model, lambda: rows._raw_delete("default")) == 0
    assert foreign_row(world, neighbour, model).pk == foreign.pk


@every_model
def test_wall_c_alone_refuses_a_row_for_a_foreign_client(
    world_with_rls: World, neighbour: str, model: type[TenantModel]
) -> None:
    world = world_with_rls
    foreign = foreign_row(world, neighbour, model)
    with (
        world.here.scope(),
        pytest.raises(ProgrammingError, match=refusal(model)),
        transaction.atomic(),
    ):
        unguarded(model).bulk_create([copy_of(foreign)])


@every_model
def test_wall_c_alone_refuses_to_move_a_row_to_a_foreign_client(
    world_with_rls: World, neighbour: str, model: type[TenantModel]
) -> None:
    world = world_with_rls
    foreign = foreign_row(world, neighbour, model)
    own = row_of(world.here, model)
    with (
        world.here.scope(),
        pytest.raises(ProgrammingError, match=refusal(model)),
        transaction.atomic(),
    ):
        unguarded(model).filter(pk=own.pk).update(client_id=foreign.client_id)


@every_model
def test_wall_c_alone_shows_nothing_outside_a_scope(
    world_with_rls: World, neighbour: str, model: type[TenantModel]
) -> None:
    world = world_with_rls
    foreign_row(world, neighbour, model)
    assert unguarded(model).count() == 0


def test_wall_c_alone_hides_and_keeps_the_foreign_client_row(
    world_with_rls: World, neighbour: str
) -> None:
    world = world_with_rls
    foreign: Client = getattr(world, neighbour).client
    with getattr(world, neighbour).scope():
        assert unguarded(Client).filter(pk=foreign.pk).exists()
    with world.here.scope():
        rows = unguarded(Client).filter(pk=foreign.pk)
        assert not rows.exists()
        assert rows.update(name="taken") == 0
        assert rows._raw_delete("default") == 0
        with (
            pytest.raises(ProgrammingError, match="row-level security"),
            transaction.atomic(),
        ):
            unguarded(Client).bulk_create(
                [Client(provider_id=foreign.provider_id, name="new", slug="new-0000")]
            )


def test_wall_c_alone_lists_a_directory_of_the_own_provider_only(
    world_with_rls: World, neighbour: str
) -> None:
    world = world_with_rls
    foreign: Client = getattr(world, neighbour).client
    own = world.ours.provider.pk
    with tenancy.scope(provider_id=own, client_ids=(), every_client_of=own):
        listed = set(unguarded(Client).values_list("pk", flat=True))
        assert unguarded(Client).filter(pk=foreign.pk).update(name="taken") == 0
    assert listed == {world.here.client.pk, world.sibling.client.pk}


def test_wall_c_alone_keeps_providers_apart(world_with_rls: World, neighbour: str) -> None:
    world = world_with_rls
    theirs = world.theirs.provider
    with getattr(world, neighbour).scope():
        visible = set(unguarded(Provider).values_list("pk", flat=True))
    assert visible == {getattr(world, neighbour).client.provider_id}
    with world.here.scope():
        rows: models.QuerySet[models.Model] = unguarded(Provider).filter(pk=theirs.pk)
        assert not rows.exists()
        assert rows.update(name="taken") == 0
        with (
            pytest.raises(ProgrammingError, match="row-level security"),
            transaction.atomic(),
        ):
            unguarded(Provider).bulk_create([Provider(name="another")])


def test_wall_c_alone_refuses_a_client_for_another_provider(
    world_with_rls: World, neighbour: str
) -> None:
    world = world_with_rls
    foreign: Client = getattr(world, neighbour).client
    with tenancy.scope(provider_id=world.ours.provider.pk, client_ids=()):
        pk = tenancy.enter_new_client()
        made = Client(pk=pk, provider_id=foreign.provider_id, name="new", slug="new-0001")
        if foreign.provider_id == world.ours.provider.pk:
            assert [row.pk for row in unguarded(Client).bulk_create([made])] == [pk]
            return
        with (
            pytest.raises(ProgrammingError, match="row-level security"),
            transaction.atomic(),
        ):
            unguarded(Client).bulk_create([made])
