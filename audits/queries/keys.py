"""The keys of clients and providers, as far as they exist: who reads needs no new one."""

from audits import storage
from audits.models import Client, ClientKey, ProviderKey


def context_of_client(client_id: int) -> bytes:
    """Whose key it is, as it is bound to the wrapped key."""
    return f"client:{client_id}".encode()


def context_of_provider(provider_id: int) -> bytes:
    return f"provider:{provider_id}".encode()


def of_client(client: Client) -> dict[int, bytes]:
    """Every key of the client by its id: none where it was erased."""
    context = context_of_client(client.pk)
    rows = ClientKey.objects.filter(client=client)
    return {row.pk: storage.unwrap_key(bytes(row.wrapped), context=context) for row in rows}


def of_provider(provider_id: int) -> dict[int, bytes]:
    """Every key of the provider by its id."""
    context = context_of_provider(provider_id)
    rows = ProviderKey.objects.filter(provider_id=provider_id)
    return {row.pk: storage.unwrap_key(bytes(row.wrapped), context=context) for row in rows}


def opens_for(wrapped: bytes, client: Client) -> bool:
    """Say whether a wrapped key opens under this client's name."""
    try:
        storage.unwrap_key(wrapped, context=context_of_client(client.pk))
    except storage.DamagedError:
        return False
    return True
