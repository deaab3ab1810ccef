"""Links between rows of a provider carry the provider: none leads into another's house."""

import pytest
from django.db import IntegrityError, connection, transaction

from audits.models import ClientGroupMember, GroupGrant, Membership
from tests.factories import World

pytestmark = pytest.mark.django_db


def test_schema_refuses_members_and_grants_of_groups_across_providers(world: World) -> None:
    ours, theirs = world.ours, world.theirs
    with ours.scope():
        own = Membership.objects.get(user=ours.technician_of_none)
    with theirs.scope():
        foreign = Membership.objects.get(user=theirs.technician_of_none)
    links = [
        ClientGroupMember(provider=ours.provider, group=ours.group, client=world.stranger.client),
        ClientGroupMember(provider=ours.provider, group=theirs.group, client=world.sibling.client),
        GroupGrant(provider=ours.provider, group=theirs.group, membership=own),
        GroupGrant(provider=ours.provider, group=ours.group, membership=foreign),
    ]
    for link in links:
        with (
            ours.scope(),
            pytest.raises(IntegrityError, match="same_provider_fk"),
            transaction.atomic(),
        ):
            link.save()
            connection.check_constraints()
    with ours.scope():
        GroupGrant(provider=ours.provider, group=ours.group, membership=own).save()
        connection.check_constraints()
