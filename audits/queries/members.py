"""Who a person is at which provider and client: read before any scope exists."""

from collections.abc import Iterable

from django.db import models

from audits.models import Client, Grant, Membership


def memberships_of(user_id: int) -> list[Membership]:
    """Every membership of the person, oldest first."""
    return list(Membership.objects.filter(user_id=user_id))


def granted_client_ids(membership_ids: Iterable[int]) -> dict[int, list[int]]:
    """Client ids granted to each membership; a membership without grants is missing."""
    found: dict[int, list[int]] = {}
    rows = Grant.objects.filter(membership_id__in=list(membership_ids))
    for membership_id, client_id in rows.values_list("membership_id", "client_id"):
        found.setdefault(membership_id, []).append(client_id)
    return found


def client_ids_of_provider(provider_id: int) -> list[int]:
    """Every client id of a provider; row-level security allows it only under `every_client_of`."""
    directory: models.QuerySet[Client] = models.QuerySet(Client)
    return list(directory.filter(provider_id=provider_id).values_list("pk", flat=True))
