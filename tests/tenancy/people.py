"""What the tests of memberships and grants ask of either wall: which scope shows whom."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from django.db import models

from audits import tenancy
from audits.models import Grant, Membership
from tests.factories import World

Seen = set[int]
Scopes = dict[str, AbstractContextManager[object]]
MODELS = (Membership, Grant)


def scopes(world: World) -> Scopes:
    """Every kind of scope there is, by what it stands for."""
    ours, here = world.ours.provider.pk, world.here.client.pk
    return {
        "the person": tenancy.scope(
            provider_id=None, client_ids=(), user_id=world.ours.technician_of_first.pk
        ),
        "the staff": tenancy.scope(provider_id=ours, client_ids=(), provider_rows=True),
        "the client": tenancy.scope(provider_id=ours, client_ids=[here]),
        "the sibling": tenancy.scope(provider_id=ours, client_ids=[world.sibling.client.pk]),
        "the provider's directory": tenancy.scope(
            provider_id=ours, client_ids=(), every_client_of=ours
        ),
    }


def every_row(model: type[Membership | Grant]) -> list[Membership | Grant]:
    with tenancy.system_scope("the test looks first at what there is"):
        return list(model.objects.all())


def expected(world: World) -> dict[str, dict[type[models.Model], Seen]]:
    members = [row for row in every_row(Membership) if isinstance(row, Membership)]
    grants = [row for row in every_row(Grant) if isinstance(row, Grant)]
    person, ours = world.ours.technician_of_first, world.ours.provider
    both = {ours.pk, world.theirs.provider.pk}
    assert {row.provider_id for row in members} == {row.provider_id for row in grants} == both
    return {
        "the person": {
            Membership: {row.pk for row in members if row.user_id == person.pk},
            Grant: {row.pk for row in grants if row.provider_id == ours.pk},
        },
        "the staff": {
            Membership: {row.pk for row in members if row.provider_id == ours.pk},
            Grant: {row.pk for row in grants if row.provider_id == ours.pk},
        },
        "the client": {
            Membership: {row.pk for row in members if row.client_id == world.here.client.pk},
            Grant: set(),
        },
        "the sibling": {
            Membership: {row.pk for row in members if row.client_id == world.sibling.client.pk},
            Grant: set(),
        },
        "the provider's directory": {Membership: set(), Grant: set()},
    }


def seen_through(
    world: World, look: Callable[[type[models.Model]], models.QuerySet[models.Model]]
) -> dict[str, dict[type[models.Model], Seen]]:
    found: dict[str, dict[type[models.Model], Seen]] = {}
    for name, entered in scopes(world).items():
        with entered:
            found[name] = {model: {row.pk for row in look(model)} for model in MODELS}
    return found


def managed(model: type[models.Model]) -> models.QuerySet[models.Model]:
    return model._default_manager.all()


def foreign_row(world: World, model: type[Membership | Grant]) -> Membership | Grant:
    return next(row for row in every_row(model) if row.provider_id == world.theirs.provider.pk)
