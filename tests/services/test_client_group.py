"""Groups of clients belong to one provider and are changed by its administrators."""

import pytest

from audits.access import actor_for, opened
from audits.enums import Hue
from audits.models import ClientGroup, ProviderActivity
from audits.queries import client_group as groups
from audits.services import client_group as service
from audits.services.errors import InvalidInput, NotPossible
from tests.chains import details
from tests.factories import GROUP, World


def test_save_keeps_name_colour_and_clients_and_says_what_changed(world: World) -> None:
    ours = world.ours
    with opened(ours.admin, slug=None) as (actor, _):
        service.save(
            actor=actor,
            provider_id=ours.provider.pk,
            group=ours.group,
            name="Harbour",
            hue=Hue.ROSE,
            clients=[world.sibling.client],
        )
        row = ClientGroup.objects.get(pk=ours.group.pk)
        assert (row.name, row.hue) == ("Harbour", Hue.ROSE)
        assert list(groups.clients_in(row)) == [world.sibling.client]
        told = details(ProviderActivity.objects.get(verb="changed"))
    assert told == {
        "name": {"before": GROUP, "after": "Harbour"},
        "colour": {"before": "Blue", "after": "Rose"},
    }
    assert actor_for(ours.technician_of_group).client_ids == {world.sibling.client.pk}


def test_save_refuses_a_name_that_the_provider_has(world: World) -> None:
    with opened(world.ours.admin, slug=None) as (actor, _):
        with pytest.raises(InvalidInput) as refused:
            service.save(
                actor=actor,
                provider_id=world.ours.provider.pk,
                group=None,
                name=GROUP,
                hue=Hue.BLUE,
                clients=[],
            )
        assert refused.value.field == "name"
        assert ClientGroup.objects.count() == 1


def test_save_refuses_clients_of_another_provider(world: World) -> None:
    with opened(world.ours.admin, slug=None) as (actor, _):
        with pytest.raises(InvalidInput) as refused:
            service.save(
                actor=actor,
                provider_id=world.ours.provider.pk,
                group=world.ours.group,
                name=GROUP,
                hue=Hue.BLUE,
                clients=[world.here.client, world.stranger.client],
            )
        assert refused.value.field == "clients"
        assert list(groups.clients_in(world.ours.group)) == [world.here.client]


@pytest.mark.parametrize("person", ["technician", "technician_of_group", "owner"])
def test_groups_are_changed_by_administrators_alone(world: World, person: str) -> None:
    actor, group = actor_for(world.ours.people()[person]), world.ours.group
    with world.ours.scope():
        with pytest.raises(NotPossible):
            service.delete(actor=actor, group=group)
        with pytest.raises(NotPossible):
            service.save(
                actor=actor,
                provider_id=group.provider_id,
                group=group,
                name="Mine",
                hue=Hue.BLUE,
                clients=[],
            )
        assert ClientGroup.objects.get().name == GROUP


def test_group_of_another_provider_is_out_of_reach(world: World) -> None:
    actor = actor_for(world.ours.admin)
    with world.theirs.scope():
        with pytest.raises(NotPossible):
            service.delete(actor=actor, group=world.theirs.group)
        assert ClientGroup.objects.filter(pk=world.theirs.group.pk).exists()
