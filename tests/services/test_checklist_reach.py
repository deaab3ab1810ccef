"""Every control reaches somebody: by facts that the product reads from real rows, and no others."""

from typing import Any

import pytest

from audits.enums import DataClass, Exposure, Origin, Outputs, ToolDecision, TrainsOnData
from audits.guidance.catalogue import by_id
from audits.models import ChecklistItem, Client, Finding
from audits.queries import checklist as queries
from audits.services import checklist
from tests import factories
from tests.queries.rows import audited
from tests.sheets import tool_of

# advice (paraphrased) -> the numbers of the controls that carry it
COVERAGE = {
    "data used in training may be exposed indirectly": (4, 6, 10, 18, 27, 28, 29),
    "HR, health, financial and client records carry extra risk": (5, 6, 8, 18, 22),
    "review third-party AI tools before uploading": (32, 33, 34, 35, 36),
    "privacy matters even when raw records never appear": (3, 13, 20, 22, 24, 25, 26, 27),
    "be cautious about training on client data": (14, 15, 16, 18, 6),
    "review vendors' privacy and training practices": (32, 34, 36, 16),
    "limit exposure of sensitive datasets": (2, 5, 6, 7, 11, 13, 15, 35),
    "minimisation and differential privacy": (7, 8, 9, 22, 37),
    "monitor AI inside wider risk management": (1, 29, 30, 31, 36, 38),
    "provider breadth can expose many organisations": (15, 16, 17, 38),
    "membership alone can reveal a status": (5, 4, 28),
    "client data is not put at needless risk": (2, 18, 31, 38),
}
OF_PROVIDERS = {"AI-14", "AI-15", "AI-16", "AI-17"}


def _controls(client: Client) -> set[str]:
    return set(ChecklistItem.objects.filter(client=client).values_list("control", flat=True))


@pytest.fixture
def house(tenant: Client) -> Client:
    """The provider as its own client, beside two others that it looks after."""
    for name in ("One", "Two"):
        factories.make_client(tenant.provider_id, name)
    tenant.is_house = True
    tenant.save()
    return tenant


def _everything(client: Client) -> None:
    """Models, data and tools in the states in which controls are asked."""
    leaking = audited(
        client, 3, name="Churn", impact=5, exposure=Exposure.PUBLIC, outputs=Outputs.PROBS
    )
    version = leaking.versions.get()
    version.family, version.facts = "KNeighborsClassifier", {}
    version.save()
    Finding.objects.create(
        provider_id=client.provider_id,
        client=client,
        audit=version.audits.get(),
        key="leak_L3plus",
    )
    factories.make_model(client, "Chat", origin=Origin.FINE_TUNED_LLM)
    factories.make_model(client, "File", outputs=Outputs.WEIGHTS)
    factories.make_dataset(client)
    tool_of(
        client,
        data_class=DataClass.HEALTH,
        trains_on_data=TrainsOnData.YES,
        decision=ToolDecision.RESTRICT,
    )


def test_every_control_and_every_advice_reaches_a_checklist(house: Client) -> None:
    _everything(house)
    checklist.refresh(client=house)
    found = _controls(house)
    assert found == set(by_id())
    for advice, numbers in COVERAGE.items():
        assert {f"AI-{number:02}" for number in numbers} <= found, advice


def test_what_looking_after_others_needs_is_asked_of_the_provider_alone(house: Client) -> None:
    other = Client.objects.exclude(pk=house.pk).first()
    assert other is not None
    for client in (house, other):
        _everything(client)
        checklist.refresh(client=client)
    assert _controls(house) - _controls(other) == OF_PROVIDERS
    found = {row.control.id: row.told for row in queries.told(house, queries.rows(house))}
    assert found["AI-14"] == f"“{house.name}” looks after other companies."


def test_mixing_clients_is_asked_where_there_are_several(tenant: Client) -> None:
    tenant.is_house = True
    tenant.save()
    checklist.refresh(client=tenant)
    assert OF_PROVIDERS - _controls(tenant) == {"AI-15"}
    factories.make_client(tenant.provider_id, "One")
    checklist.refresh(client=tenant)
    assert "AI-15" not in _controls(tenant)
    factories.make_client(tenant.provider_id, "Two")
    checklist.refresh(client=tenant)
    assert _controls(tenant) >= OF_PROVIDERS


@pytest.mark.parametrize(
    ("origin", "controls"),
    [
        (Origin.FINE_TUNED_LLM, {"AI-12", "AI-23", "AI-27"}),
        (Origin.OPEN_WEIGHTS_TUNED, {"AI-27"}),
    ],
)
def test_language_models_and_open_ones_have_controls_of_their_own(
    tenant: Client, origin: Origin, controls: set[str]
) -> None:
    factories.make_model(tenant, origin=origin, impact=1, exposure=Exposure.LOCKED)
    checklist.refresh(client=tenant)
    assert _controls(tenant) & {"AI-12", "AI-23", "AI-27"} == controls


def test_cards_of_two_clients_differ_in_model_data_and_figure(tenant: Client) -> None:
    """The same control, asked of both: what is said about it is each client's own."""
    other = factories.make_client(tenant.provider_id, "Other")
    said: dict[int, Any] = {}
    for client, name, leaf in ((tenant, "Churn", 1), (other, "Triage", 3)):
        model = audited(client, 2, name=name, impact=5 if leaf == 3 else 4)
        model.versions.update(facts={"min_samples_leaf": leaf})
        audit = model.versions.get().audits.get()
        Finding.objects.create(
            provider_id=client.provider_id,
            client=client,
            audit=audit,
            key="leak_L2",
            params={"form": "pairs", "right": "72", "right_low": "68", "right_high": "76"},
        )
        checklist.refresh(client=client)
        rows = {row.control.id: row for row in queries.told(client, queries.rows(client))}
        tuned = queries.tuned_to(client, by_id()["AI-20"], plain=False)
        said[client.pk] = (
            rows["AI-07"].told,
            rows["AI-20"].because,
            [one.text for one in tuned.steps],
        )
    assert said[tenant.pk] == (
        "“Churn” was made from private data on staff, money or clients.",
        "“Churn” lets a test guess better than chance who was in its data: of one record that was"
        " and one that was not, it names the right one 72 times in 100 (68 to 76).",
        ["“Churn”: min_samples_leaf is 1; set it to 5 or more"],
    )
    assert said[other.pk][0] == "“Triage” was made from the most private kind of data."
    assert said[other.pk][2] == ["“Triage”: min_samples_leaf is 3; set it to 5 or more"]
