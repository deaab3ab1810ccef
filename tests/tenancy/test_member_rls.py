"""Who belongs where, behind the third wall alone: queries go round the managers."""

import pytest
from django.db import ProgrammingError, transaction
from django.db.models import F

from audits.models import Grant, Membership
from audits.tenancy import ScopeError
from tests.factories import World
from tests.tenancy.people import MODELS, every_row, expected, foreign_row, scopes, seen_through
from tests.tenancy.rows import copy_of, unguarded

every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


def test_wall_c_alone_shows_people_to_themselves_their_staff_and_their_client(
    world_with_rls: World,
) -> None:
    wanted = expected(world_with_rls)
    assert seen_through(world_with_rls, unguarded) == wanted
    assert [unguarded(model).count() for model in MODELS] == [0, 0]  # outside a scope


@every_model
def test_wall_c_alone_refuses_to_write_people_of_another_provider(
    world_with_rls: World, model: type[Membership | Grant]
) -> None:
    world = world_with_rls
    foreign = foreign_row(world, model)
    for entered in scopes(world).values():
        with entered:
            rows = unguarded(model).filter(pk=foreign.pk)
            assert rows.update(provider_id=F("provider_id")) == 0
            assert rows._raw_delete("default") == 0
            with (
                pytest.raises(ProgrammingError, match="row-level security"),
                transaction.atomic(),
            ):
                unguarded(model).bulk_create([copy_of(foreign)])


def test_walls_let_nobody_write_the_own_membership(world_with_rls: World) -> None:
    """What a person sees of themselves is for reading: nobody makes himself an administrator."""
    world = world_with_rls
    person = world.ours.technician_of_first
    own = next(row for row in every_row(Membership) if row.user_id == person.pk)  # type: ignore[union-attr]
    with scopes(world)["the person"]:
        assert unguarded(Membership).filter(pk=own.pk).exists()
        assert unguarded(Membership).filter(pk=own.pk).update(all_clients=True) == 0
        assert unguarded(Membership).filter(pk=own.pk)._raw_delete("default") == 0
        with pytest.raises(ScopeError), transaction.atomic():
            own.save()
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            unguarded(Grant).bulk_create(
                [
                    Grant(
                        provider=world.ours.provider,
                        membership_id=own.pk,
                        client=world.sibling.client,
                    )
                ]
            )


def test_walls_let_a_client_scope_write_its_own_people_and_nobody_elses(
    world_with_rls: World,
) -> None:
    world = world_with_rls
    user = world.theirs.viewer
    own = {"user": user, "provider": world.ours.provider, "role": "client_viewer"}
    with world.here.scope():
        made = Membership.objects.create(**own, client=world.here.client)
        assert Membership.objects.filter(pk=made.pk).update(role="client_owner") == 1
        staff = {**own, "role": "technician"}
        for row in (
            Membership(**own, client=world.sibling.client),
            Membership(**staff, client=None, all_clients=True),
        ):
            with pytest.raises(ScopeError), transaction.atomic():
                row.save()
            with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
                unguarded(Membership).bulk_create([row])
        assert made.delete()[0] == 1
