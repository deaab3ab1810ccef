"""The key of a client or provider, made when something is to be encrypted for the first time."""

from collections.abc import Mapping

from audits import storage
from audits.models import Client, ClientKey, ProviderKey
from audits.queries import keys


def of_client(client: Client) -> tuple[int, bytes]:
    """Return id and key of the client."""
    context = keys.context_of_client(client.pk)
    row = ClientKey.objects.filter(client=client).first()
    if row is None:
        wrapped = storage.wrap_key(storage.new_client_key(), context=context)
        # Two first uses at once must end up with one key.
        row, _ = ClientKey.objects.get_or_create(
            client=client, defaults={"provider_id": client.provider_id, "wrapped": wrapped}
        )
    return row.pk, storage.unwrap_key(bytes(row.wrapped), context=context)


def of_clients(clients: Mapping[int, Client]) -> dict[int, tuple[int, bytes]]:
    """Return id and key of each of these clients, asked for together."""
    found = {
        row.client_id: (
            row.pk,
            storage.unwrap_key(bytes(row.wrapped), context=keys.context_of_client(row.client_id)),
        )
        for row in ClientKey.objects.filter(client__in=list(clients))
    }
    return {pk: found.get(pk) or of_client(client) for pk, client in clients.items()}


def of_provider(provider_id: int) -> tuple[int, bytes]:
    """Return id and key of the provider."""
    context = keys.context_of_provider(provider_id)
    row = ProviderKey.objects.filter(provider_id=provider_id).first()
    if row is None:
        wrapped = storage.wrap_key(storage.new_client_key(), context=context)
        row, _ = ProviderKey.objects.get_or_create(
            provider_id=provider_id, defaults={"wrapped": wrapped}
        )
    return row.pk, storage.unwrap_key(bytes(row.wrapped), context=context)
