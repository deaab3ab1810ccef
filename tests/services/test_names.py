from collections.abc import Callable

import pytest
from django.db import IntegrityError

from audits import tenancy
from audits.enums import DataClass, Exposure, Impact, Reveals
from audits.models import Activity, AIModel, AITool, Dataset
from audits.services import ai_model, client, dataset, names, tool
from audits.services.errors import InvalidInput
from audits.tenancy import ScopeError
from tests.factories import DATASET, MODEL, TOOL, World, make_job

Verb = Callable[[World, str], object]


def register_model(world: World, name: str) -> AIModel:
    return ai_model.register(
        client=world.here.client,
        actor=world.ours.admin,
        values={
            "name": name,
            "impact": Impact.PERSONAL,
            "reveals": Reveals.NO,
            "exposure": Exposure.INTERNAL,
        },
    )


def register_dataset(world: World, name: str) -> Dataset:
    return dataset.register(
        client=world.here.client,
        actor=world.ours.admin,
        values={"name": name, "impact": Impact.PERSONAL, "reveals": Reveals.NO},
    )


def save_tool(world: World, name: str) -> AITool:
    return tool.save(
        client=world.here.client,
        actor=world.ours.admin,
        tool=None,
        values={"name": name, "data_class": DataClass.PUBLIC},
    )


@pytest.mark.parametrize(
    ("verb", "taken"),
    [(register_model, MODEL), (register_dataset, DATASET), (save_tool, TOOL)],
    ids=["model", "dataset", "tool"],
)
def test_name_in_use_is_refused_at_its_field(world: World, verb: Verb, taken: str) -> None:
    """Other clients use the same name: that is no obstacle, and the transaction stays whole."""
    with world.here.scope():
        before = Activity.objects.count()
        with pytest.raises(InvalidInput) as caught:
            verb(world, taken)
        assert (caught.value.field, caught.value.problem) == (
            "name",
            "This name is in use already.",
        )
        assert Activity.objects.count() == before
        verb(world, "Another name")
        assert Activity.objects.count() == before + 1


def test_name_in_use_is_refused_on_a_change(world: World) -> None:
    with world.here.scope():
        other = register_model(world, "Other")
        with pytest.raises(InvalidInput):
            ai_model.edit(model=other, actor=world.ours.admin, values={"name": MODEL})
        other.refresh_from_db()
        assert other.name == "Other"


def test_other_broken_rules_are_not_about_the_name(world: World) -> None:
    with world.here.scope(), pytest.raises(IntegrityError), names.refused_if_taken():
        make_job(world.here.client, steps=-1)


def test_client_of_another_provider_cannot_be_created(world: World) -> None:
    with (
        tenancy.scope(provider_id=world.ours.provider.pk, client_ids=()),
        pytest.raises(ScopeError),
    ):
        client.create(provider_id=world.theirs.provider.pk, actor=None, name="Stolen")
