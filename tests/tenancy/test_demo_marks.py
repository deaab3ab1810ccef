"""The mark of a provider of the demo is no way around a log."""

import pytest
from django.db import DatabaseError, connection, transaction

from audits import tenancy
from audits.services import activity
from audits.services import provider as providers
from tests.factories import World, make_client


def test_log_of_a_real_client_goes_with_no_provider_of_the_demo(world_without_rls: World) -> None:
    """Whoever claims to be removing the provider, the owner of the tables too."""
    with providers.entered(name="Tried on", is_demo=True) as provider:
        made_up = make_client(provider.pk, "From the demo", is_demo=True)
        for client in (made_up, make_client(provider.pk, "A real client")):
            activity.record(client=client, actor=None, verb="changed", obj=client)
    for pk in (provider.pk, world_without_rls.ours.provider.pk):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            _delete_log(pk)
    with providers.entered(name="To be tried on", is_demo=True) as alone:
        client = make_client(alone.pk, "Of the demo alone", is_demo=True)
        activity.record(client=client, actor=None, verb="changed", obj=client)
    with tenancy.system_scope("the test removes a log"), transaction.atomic():
        assert _delete_log(alone.pk) == 1


def _delete_log(provider_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('mia.removing', %s, true)", [f"provider:{provider_id}"])
        cursor.execute("DELETE FROM audits_activity WHERE provider_id = %s", [provider_id])
        return int(cursor.rowcount)
