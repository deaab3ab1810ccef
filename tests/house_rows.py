"""Rows that belong to a provider itself, for the cast."""

from typing import TypedDict

from audits import tenancy
from audits.enums import FleetColumn
from audits.models import (
    FleetTable,
    FleetView,
    Provider,
    SignOn,
    SignOnAddress,
    SignOnIdentity,
    User,
)


class SignOnCast(TypedDict):
    sign_on: SignOn
    sign_on_address: SignOnAddress
    sign_on_identity: SignOnIdentity


class FleetCast(TypedDict):
    fleet_table: FleetTable
    fleet_view: FleetView


def fleet_of(provider: Provider, user: User) -> FleetCast:
    """How a person set up the fleet: every column, and a view with a name."""
    with tenancy.scope(provider_id=provider.pk, client_ids=(), provider_rows=True):
        own = {"provider": provider, "user": user}
        return {
            "fleet_table": FleetTable.objects.create(**own, columns=FleetColumn.values, size=50),
            "fleet_view": FleetView.objects.create(**own, name="By name", query="sort=name"),
        }


def sign_on_of(provider: Provider, user: User) -> SignOnCast:
    """Single sign-on that is open, with one person who came that way."""
    issuer = f"https://login.house-{provider.pk}.example"
    with tenancy.scope(provider_id=provider.pk, client_ids=(), provider_rows=True):
        return {
            "sign_on": SignOn.objects.create(
                provider=provider, issuer=issuer, client_id="portal", allowed_domains=["a.example"]
            ),
            "sign_on_address": SignOnAddress.objects.create(
                provider=provider, slug=f"quay-{provider.pk}", is_open=True
            ),
            "sign_on_identity": SignOnIdentity.objects.create(
                provider=provider, issuer=issuer, subject="0001", user=user
            ),
        }
