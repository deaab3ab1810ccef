from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client as Browser
from pytest_django.fixtures import Settings

from audits.enums import Role
from audits.models import Membership, User
from tests import casts
from tests.factories import World, make_user
from tests.second_factor import protect
from tests.web.sign_on.identity_provider import IdentityProvider, started
from tests.web.sign_on.journey import Journey, of, set_up


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    cache.clear()  # it counts attempts
    with casts.undone(cast_of_app) as lent:
        yield lent


@pytest.fixture
def provider(tmp_path: Path, settings: Settings) -> Iterator[IdentityProvider]:
    with started(tmp_path) as found:
        settings.MIA_OUTBOUND_ALLOW = [found.endpoint]
        settings.MIA_OUTBOUND_CA_FILE = found.authority
        yield found


@pytest.fixture
def journey(world: World, provider: IdentityProvider) -> Journey:
    """Our provider's single sign-on, with its technician at the identity provider."""
    set_up(world.ours, provider)
    provider.person = of(world.ours.technician)
    return Journey(provider, world.ours.sign_on_address, Browser())


@pytest.fixture
def of_both(world: World) -> User:
    """Staff of both providers, with an address of ours."""
    user = protect(make_user("both@ours.example"))
    for cast in (world.ours, world.theirs):
        with cast.scope():
            Membership.objects.create(
                user=user, provider=cast.provider, role=Role.TECHNICIAN, all_clients=True
            )
    return user
