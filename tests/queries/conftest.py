from collections.abc import Iterator

import pytest

from audits import tenancy
from audits.models import Provider


@pytest.fixture
def provider_id(db: None) -> Iterator[int]:
    """A provider without clients, and its scope; clients that are made join it."""
    with tenancy.system_scope("a provider is made before anybody belongs to it"):
        pk = Provider.objects.create(name="Quay Managed IT").pk
    with tenancy.scope(provider_id=pk, client_ids=()):
        yield pk
