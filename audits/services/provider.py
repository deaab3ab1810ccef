"""A new provider: the one thing that nobody inside the portal can create."""

from collections.abc import Iterator
from contextlib import contextmanager

from audits import tenancy
from audits.enums import Role
from audits.models import Membership, Provider
from audits.services import activity, member


@contextmanager
def entered(*, name: str, synthetic: bool = False, is_demo: bool = False) -> Iterator[Provider]:
    """Create a provider in its own scope, and stay in it.

    `synthetic`: made up for load tests; `is_demo`: it comes with the demo.
    """
    with tenancy.new_provider_scope() as provider_id:
        provider = Provider(pk=provider_id, name=name, synthetic=synthetic, is_demo=is_demo)
        provider.save(force_insert=True)
        yield provider


def create(*, name: str, email: str, password: str, person: str = "") -> Provider:
    """Create a provider with its first administrator, who may open every client of it.

    Raises InvalidInput on "email" or "password"; then nothing is created.
    """
    with entered(name=name) as provider:
        admin = member.new_account(email=email, password=password, name=person)
        Membership.objects.create(
            user=admin, provider=provider, role=Role.MSP_ADMIN, all_clients=True
        )
        activity.record_at_provider(provider_id=provider.pk, actor=None, verb="admitted", obj=admin)
    return provider
