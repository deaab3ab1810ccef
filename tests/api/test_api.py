"""`/api/v1/`: what is answered, to whom, and at what price in queries."""

from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from audits.enums import JobState, VersionKind
from audits.models import AIModel, Audit, Dataset, Job, ModelVersion
from tests.factories import (
    DATASET,
    MODEL,
    World,
    make_audit,
    make_dataset_version,
    make_job,
    make_model,
    make_model_version,
    result_document,
)

Json = Any
STRANGERS = ("sibling", "stranger")


@pytest.fixture
def as_staff(world: World, client: Browser) -> Browser:
    client.force_login(world.ours.technician)
    return client


@pytest.fixture
def as_owner(world: World, client: Browser) -> Browser:
    client.force_login(world.ours.owner)
    return client


def url(name: str, world: World, **kwargs: int) -> str:
    return reverse(f"api:{name}", kwargs={"slug": world.here.client.slug, **kwargs})


def test_clients_are_those_that_the_person_may_open(world: World, client: Browser) -> None:
    here, sibling = world.here.client.slug, world.sibling.client.slug
    expected = {
        "admin": {here, sibling},
        "technician": {here, sibling},
        "technician_of_first": {here},
        "technician_of_group": {here},
        "technician_of_none": set(),
        "owner": {here},
        "contributor": {here},
        "viewer": {here},
    }
    found = {}
    for name, user in world.ours.people().items():
        client.force_login(user)
        answer = client.get(reverse("api:clients"))
        found[name] = {row["slug"] for row in answer.json()["results"]}
    assert found == expected


def test_client_shows_its_fields(world: World, as_owner: Browser) -> None:
    row = world.here.client
    assert as_owner.get(url("client", world)).json() == {
        "slug": row.slug,
        "name": row.name,
        "industry": "",
        "contact_name": "",
        "contact_email": "",
        "time_zone": "UTC",
        "locale": "en-gb",
        "state": "active",
        "created_at": row.created_at.isoformat().replace("+00:00", "Z"),
    }


def test_models_carry_newest_version_and_rating(world: World, as_owner: Browser) -> None:
    with world.here.scope():
        newest = make_model_version(world.here.model, number=2)
    (row,) = as_owner.get(url("models", world)).json()["results"]
    assert (row["id"], row["name"]) == (world.here.model.pk, MODEL)
    assert row["newest_version"]["id"] == newest.pk
    assert (row["rating"]["badge"], row["rating"]["audit"]) == ("expired", world.here.audit.pk)
    one = as_owner.get(url("model", world, pk=world.here.model.pk)).json()
    assert one == row


def test_models_without_version_or_audit_are_untested(world: World, as_owner: Browser) -> None:
    with world.here.scope():
        bare = make_model(world.here.client, "Bare")
    row = as_owner.get(url("model", world, pk=bare.pk)).json()
    assert row["newest_version"] is None
    rating = row["rating"]
    assert (rating["badge"], rating["audit"], rating["outcome"], rating["completed_at"]) == (
        "untested",
        None,
        None,
        None,
    )


def test_datasets_carry_their_versions_newest_first(world: World, as_owner: Browser) -> None:
    with world.here.scope():
        make_dataset_version(world.here.dataset, number=2)
    (row,) = as_owner.get(url("datasets", world)).json()["results"]
    assert (row["name"], [version["number"] for version in row["versions"]]) == (DATASET, [2, 1])
    assert as_owner.get(url("dataset", world, pk=row["id"])).json() == row
    told = row["versions"][0]
    assert (told["group"], told["weight"], told["subgroups"]) == ("", "", [])


def test_audits_list_leaves_the_document_out(world: World, as_staff: Browser) -> None:
    (row,) = as_staff.get(url("audits", world)).json()["results"]
    audit = world.here.audit
    assert (row["id"], row["model"], row["dataset"]) == (
        audit.pk,
        world.here.model.pk,
        world.here.dataset.pk,
    )
    assert (row["outcome"], row["badge"], row["progress"]["state"]) == (
        "serious",
        "elevated",
        "succeeded",
    )
    assert "document" not in row


def test_audit_shows_its_document_to_staff_alone(world: World, client: Browser) -> None:
    shown = {}
    for name in ("technician", "owner"):
        client.force_login(world.ours.people()[name])
        shown[name] = client.get(url("audit", world, pk=world.here.audit.pk)).json()["document"]
    assert shown == {"technician": result_document(), "owner": None}


def test_audit_of_a_predictions_file_has_no_dataset(world: World, as_staff: Browser) -> None:
    with world.here.scope():
        audit = make_audit(world.here.model_version, None, job=make_job(world.here.client))
    row = as_staff.get(url("audit", world, pk=audit.pk)).json()
    assert (row["dataset"], row["dataset_version"], row["document"]) == (None, None, None)
    assert (row["outcome"], row["completed_at"]) == ("", None)


@pytest.mark.parametrize("neighbour", STRANGERS)
def test_rows_of_others_answer_like_absent_ones(
    world: World, client: Browser, neighbour: str
) -> None:
    foreign = getattr(world, neighbour)
    client.force_login(world.ours.technician_of_first)
    with foreign.scope():
        assert AIModel.objects.filter(pk=foreign.model.pk).exists()
        assert Dataset.objects.filter(pk=foreign.dataset.pk).exists()
        assert Audit.objects.filter(pk=foreign.audit.pk).exists()
    for name, row in (("model", "model"), ("dataset", "dataset"), ("audit", "audit")):
        absent = client.get(url(name, world, pk=10**9))
        theirs = client.get(url(name, world, pk=getattr(foreign, row).pk))
        elsewhere = client.get(
            reverse(f"api:{name}", kwargs={"slug": foreign.client.slug, "pk": 10**9})
        )
        nowhere = client.get(reverse(f"api:{name}", kwargs={"slug": "nowhere-0000", "pk": 10**9}))
        assert {answer.status_code for answer in (absent, theirs, elsewhere, nowhere)} == {404}
        assert absent.json() == {"detail": "Not found."}
        assert {answer.content for answer in (theirs, elsewhere, nowhere)} == {absent.content}


def count_of(world: World) -> int:
    with world.here.scope():
        return Audit.objects.count()


def start(browser: Browser, world: World, body: Json) -> Json:
    return browser.post(url("audits", world), body, content_type="application/json")


@pytest.mark.parametrize("neighbour", STRANGERS)
def test_start_knows_no_version_of_another_client(
    world: World, as_staff: Browser, neighbour: str
) -> None:
    foreign = getattr(world, neighbour)
    with foreign.scope():
        assert ModelVersion.objects.filter(pk=foreign.model_version.pk).exists()
    before = count_of(world)
    for field, pk in (
        ("model_version", foreign.model_version.pk),
        ("dataset_version", foreign.dataset_version.pk),
    ):
        own = {
            "model_version": world.here.model_version.pk,
            "dataset_version": world.here.dataset_version.pk,
        }
        theirs = start(as_staff, world, {**own, field: pk})
        absent = start(as_staff, world, {**own, field: 10**9})
        assert (theirs.status_code, absent.status_code) == (400, 400)
        assert theirs.json() == {field: [f'Invalid pk "{pk}" - object does not exist.']}
        assert absent.json() == {field: ['Invalid pk "1000000000" - object does not exist.']}
    assert count_of(world) == before


def test_start_names_the_fields_that_are_wrong(world: World, as_staff: Browser) -> None:
    answer = start(as_staff, world, {"preset": "endless", "split": "odd", "seed": -1})
    assert answer.status_code == 400
    assert set(answer.json()) == {"model_version", "preset", "split", "seed"}
    assert start(as_staff, world, "[").status_code == 400


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("[" * 50_000, "The body is nested too deeply."),
        (" " * 65_537, "The body is longer than 65,536 bytes."),
    ],
    ids=["deep", "long"],
)
def test_start_reads_a_body_within_bounds(
    world: World, as_staff: Browser, body: str, told: str
) -> None:
    answer = start(as_staff, world, body)
    assert (answer.status_code, answer.json()) == (400, {"detail": told})


def test_start_queues_an_audit_and_refuses_the_same_again(world: World, as_staff: Browser) -> None:
    """A predictions file brings its own records, so nothing has to be opened first."""
    with world.here.scope():
        ModelVersion.objects.update(kind=VersionKind.PREDICTIONS)
    body = {"model_version": world.here.model_version.pk, "preset": "quick", "seed": 7}
    first = start(as_staff, world, body)
    made = first.json()
    assert (first.status_code, made["preset"], made["seed"]) == (201, "quick", 7)
    assert (made["progress"]["state"], made["document"]) == ("queued", None)
    with world.here.scope():
        assert Job.objects.get(audit=made["id"]).started_by == "api"
        before = Audit.objects.count()
    again = start(as_staff, world, body)
    assert (again.status_code, again.json()) == (
        409,
        {"detail": "This is being worked on already.", "running": made["id"]},
    )
    assert count_of(world) == before


def test_start_passes_on_what_the_service_refuses(world: World, as_staff: Browser) -> None:
    """A model file without records is refused by the same service that the page asks."""
    before = count_of(world)
    answer = start(as_staff, world, {"model_version": world.here.model_version.pk})
    assert (answer.status_code, set(answer.json())) == (400, {"dataset_version"})
    assert count_of(world) == before


@pytest.mark.parametrize("person", ["owner", "viewer", "technician_of_none"])
def test_start_and_cancel_do_not_exist_for_those_who_may_not(
    world: World, client: Browser, person: str
) -> None:
    client.force_login(world.ours.people()[person])
    for address in (url("audits", world), url("audit_cancel", world, pk=world.here.audit.pk)):
        answer = client.post(address, {}, content_type="application/json")
        assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})


def test_cancel_stops_a_queued_audit(world: World, as_staff: Browser) -> None:
    with world.here.scope():
        job = make_job(world.here.client, key="queued")
        audit = make_audit(world.here.model_version, world.here.dataset_version, job=job)
    answer = as_staff.post(url("audit_cancel", world, pk=audit.pk))
    assert (answer.status_code, answer.json()["progress"]["state"]) == (200, "cancelled")
    with world.here.scope():
        assert Job.objects.get(pk=job.pk).state == JobState.CANCELLED
    again = as_staff.post(url("audit_cancel", world, pk=audit.pk))
    assert (again.status_code, again.json()) == (409, {"detail": "This audit has ended already."})


def test_writing_needs_the_token_against_forgery(world: World) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(world.ours.technician)
    answer = browser.post(url("audit_cancel", world, pk=world.here.audit.pk))
    assert answer.status_code == 403
    assert answer.json()["detail"].startswith("CSRF Failed")


def test_nobody_without_log_in_learns_anything(world: World, client: Browser) -> None:
    bodies = set()
    for address in (
        url("models", world),
        reverse("api:models", kwargs={"slug": "nowhere-0000"}),
        reverse("api:clients"),
        reverse("api:schema"),
    ):
        answer = client.get(address)
        assert answer.status_code == 401
        bodies.add(answer.json()["detail"])
    assert len(bodies) == 1


def test_answers_are_kept_by_no_cache(world: World, as_owner: Browser) -> None:
    assert as_owner.get(url("models", world))["Cache-Control"] == "no-store, private"


def test_schema_describes_every_endpoint(world: World, as_owner: Browser) -> None:
    paths = as_owner.get(reverse("api:schema")).json()["paths"]
    found = {(path, verb) for path, verbs in paths.items() for verb in verbs}
    base = "/api/v1/clients/"
    assert found == {
        (base, "get"),
        (base + "{slug}/", "get"),
        (base + "{slug}/models/", "get"),
        (base + "{slug}/models/{id}/", "get"),
        (base + "{slug}/datasets/", "get"),
        (base + "{slug}/datasets/{id}/", "get"),
        (base + "{slug}/tools/", "get"),
        (base + "{slug}/tools/{id}/", "get"),
        (base + "{slug}/checklist/", "get"),
        (base + "{slug}/audits/", "get"),
        (base + "{slug}/audits/", "post"),
        (base + "{slug}/audits/{id}/", "get"),
        (base + "{slug}/audits/{id}/cancel/", "post"),
    }


def test_pages_are_cut_to_at_most_two_hundred(world: World, as_owner: Browser) -> None:
    with world.here.scope():
        for number in range(3):
            make_model(world.here.client, f"Model {number}")
    answer = as_owner.get(url("models", world), {"limit": 2, "offset": 1}).json()
    assert (answer["count"], len(answer["results"])) == (4, 2)
    wide = as_owner.get(url("models", world), {"limit": 10**6}).json()
    assert len(wide["results"]) == 4
