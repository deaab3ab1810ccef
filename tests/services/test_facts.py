"""What the rules are told of a model's data, a dataset and a tool."""

import pytest

from audits.enums import DataClass, Impact
from audits.guidance.strictness import Asked
from audits.models import AIModel, ChecklistItem, Client, Dataset
from audits.queries import facts
from audits.services import checklist
from tests import factories
from tests.policies import make_policy
from tests.queries.rows import measured
from tests.sheets import tool_of


def _health(client: Client) -> Dataset:
    dataset = factories.make_dataset(client, "Visits")
    dataset.data_class, dataset.impact = DataClass.HEALTH, Impact.SPECIAL
    dataset.save()
    return dataset


def _facts(client: Client, kind: str) -> facts.Facts:
    (found,) = [one for one in facts.known_of(client).assets if one.kind == kind]
    return dict(found.facts)


@pytest.mark.parametrize("how", ["audited", "trained_on"])
def test_data_of_a_model_is_the_worst_of_its_entry_and_its_datasets(
    tenant: Client, how: str
) -> None:
    """An entry that says “internal” and health records behind it: the rules hear of health."""
    model = factories.make_model(tenant, impact=Impact.INTERNAL)
    version = factories.make_model_version(model)
    assert _facts(tenant, "model")["data.class"] == "internal"
    assert _facts(tenant, "model")["data.personal"] is False
    data = factories.make_dataset_version(_health(tenant))
    if how == "audited":
        audit = measured(version, 0)
        audit.dataset_version = data
        audit.save()
    else:
        version.trained_on = data
        version.save()
    found = _facts(tenant, "model")
    assert (found["data.class"], found["data.personal"], found["S"]) == ("health", True, 5)
    checklist.refresh(client=tenant)
    controls = set(ChecklistItem.objects.values_list("control", flat=True))
    assert {"AI-04", "AI-06", "AI-07", "AI-18"} <= controls


def test_entry_that_says_more_than_its_dataset_counts(tenant: Client) -> None:
    model = factories.make_model(tenant, impact=Impact.SENSITIVE)
    version = factories.make_model_version(model)
    version.trained_on = factories.make_dataset_version(factories.make_dataset(tenant))
    version.save()
    assert _facts(tenant, "model")["data.class"] == "client"
    assert AIModel.objects.get(pk=model.pk).impact == 4  # nobody's entry is changed


def test_stricter_policy_counts_for_data_and_tools_too(tenant: Client) -> None:
    factories.make_dataset(tenant)
    tool_of(tenant, data_class=DataClass.PERSONAL)
    assert [_facts(tenant, kind)["S"] for kind in ("dataset", "tool")] == [3, 3]
    make_policy(tenant.provider_id, client=tenant, asked=Asked(raised=frozenset({3})))
    assert [_facts(tenant, kind)["S"] for kind in ("dataset", "tool")] == [4, 4]


def _of_code(client: Client) -> Dataset:
    dataset = factories.make_dataset(client, "Repository")
    dataset.data_class, dataset.impact = DataClass.CODE, Impact.SENSITIVE
    dataset.save()
    return dataset


def test_source_code_is_confidential_and_about_nobody(tenant: Client) -> None:
    tool_of(tenant, data_class=DataClass.CODE)
    found = _facts(tenant, "tool")
    assert (found["data.class"], found["data.personal"], found["S"]) == ("code", False, 4)
    checklist.refresh(client=tenant)
    controls = set(ChecklistItem.objects.values_list("control", flat=True))
    assert {"AI-32", "AI-34"} <= controls
    assert not {"AI-06", "AI-07", "AI-08"} & controls  # what is asked of records about people


@pytest.mark.parametrize("entry", [Impact.INTERNAL, Impact.PERSONAL, Impact.SENSITIVE])
def test_model_of_source_code_is_about_people_only_if_its_entry_says_so(
    tenant: Client, entry: Impact
) -> None:
    version = factories.make_model_version(factories.make_model(tenant, impact=entry))
    version.trained_on = factories.make_dataset_version(_of_code(tenant))
    version.save()
    found = _facts(tenant, "model")
    is_personal = entry == Impact.PERSONAL
    assert (found["data.class"], found["data.personal"], found["S"]) == ("code", is_personal, 4)
