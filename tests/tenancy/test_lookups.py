"""A list of ids that is one value finds what a list of values finds."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audits import tenancy
from audits.models import AIModel, Client
from tests.factories import World


def test_any_of_finds_what_in_finds(world: World) -> None:
    ids = [world.here.client.pk, world.sibling.client.pk]
    with tenancy.system_scope("the test looks at every client"):
        assert Client.objects.count() > len(ids)
        for chosen in (ids, ids[:1], [*ids, 10**9]):
            assert set(Client.objects.filter(pk__any_of=chosen)) == set(
                Client.objects.filter(pk__in=chosen)
            )
            own = set(AIModel.objects.filter(client_id__any_of=chosen))
            assert own == set(AIModel.objects.filter(client_id__among=chosen))
            assert own == set(AIModel.objects.filter(client__in=chosen)) != set()
            others = set(AIModel.objects.exclude(client_id__any_of=chosen))
            assert others.isdisjoint(own)
            assert len(others) + len(own) == AIModel.objects.count()


def test_any_of_nothing_asks_nothing(world: World) -> None:
    with world.here.scope(), CaptureQueriesContext(connection) as asked:
        assert list(AIModel.objects.filter(client_id__any_of=[])) == []
    assert not [one for one in asked.captured_queries if "aimodel" in one["sql"]]


@pytest.mark.parametrize("lookup", ["any_of", "among"])
@pytest.mark.parametrize("ids", [[1, "1); DROP TABLE audits_client; --"], ["1"], [1.5]])
def test_ids_are_ids(world: World, lookup: str, ids: list[object]) -> None:
    with world.here.scope(), pytest.raises(TypeError):
        list(AIModel.objects.filter(**{f"client_id__{lookup}": ids}))
