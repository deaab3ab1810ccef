"""Notes of the provider's staff: written, shown and deleted among themselves."""

from collections.abc import Iterator

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from audits import tenancy
from audits.enums import NoteAbout
from audits.models import Activity, Note, ProviderActivity, Report
from audits.services import note as service
from tests import casts
from tests.factories import World
from tests.summaries import posted
from tests.web.reading import address, browser_of, page, proven

TEXT = "Owes us two invoices."
THINGS = {
    NoteAbout.CLIENT: ("client", "client"),
    NoteAbout.MODEL: ("model", "model"),
    NoteAbout.DATASET: ("dataset", "dataset"),
    NoteAbout.TOOL: ("tool", "tool"),
}


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def notes_at(world: World, kind: NoteAbout) -> str:
    row = getattr(world.here, THINGS[kind][1])
    here = {"slug": world.here.client.slug, "kind": kind.value, "pk": row.pk}
    return reverse("notes", kwargs=here)


def shown_to(world: World, person: str, kind: NoteAbout) -> str:
    name, row = THINGS[kind]
    return page(world, person, name, "" if kind == NoteAbout.CLIENT else row)


@pytest.mark.parametrize("kind", THINGS)
def test_note_stands_beside_its_thing_for_staff_and_for_nobody_else(
    world: World, kind: NoteAbout
) -> None:
    answer = browser_of(world, "technician").post(notes_at(world, kind), {"note": f" {TEXT} "})
    assert answer.status_code == 302
    with world.here.scope():
        made = Note.objects.get(text=TEXT)
        assert (made.author, made.client) == (world.ours.technician, world.here.client)
    assert TEXT in shown_to(world, "technician_of_first", kind)
    for person in ("owner", "viewer"):
        assert TEXT not in shown_to(world, person, kind)
        assert "Notes of your team" not in shown_to(world, person, kind)


def test_note_leaves_its_line_in_the_log_of_the_provider_and_not_of_the_client(
    world: World,
) -> None:
    with world.here.scope():
        before = Activity.objects.count()
    browser = browser_of(world, "technician")
    browser.post(notes_at(world, NoteAbout.MODEL), {"note": TEXT})
    with world.here.scope():
        assert Activity.objects.count() == before
        made = Note.objects.get(text=TEXT)
    with world.ours.scope():
        line = ProviderActivity.objects.order_by("-pk").first()
        assert line is not None
        assert (line.verb, line.object_type, line.object_id) == (
            "noted",
            "aimodel",
            world.here.model.pk,
        )
    told = browser_of(world, "admin").get(reverse("provider_activity")).content.decode()
    assert f"wrote a note about “{world.here.model.name}”" in told
    assert TEXT not in told
    url = reverse("note_delete", kwargs={"slug": world.here.client.slug, "pk": made.pk})
    assert proven(world, "technician").post(url).status_code == 302
    told = browser_of(world, "admin").get(reverse("provider_activity")).content.decode()
    assert "deleted a note about" in told


def test_empty_and_endless_notes_are_refused_and_kept_in_the_form(world: World) -> None:
    browser, url = browser_of(world, "technician"), notes_at(world, NoteAbout.TOOL)
    long = "n" * (service.LONGEST + 1)
    for text in ("", long):
        html = browser.post(url, {"note": text}).content.decode()
        assert 'aria-invalid="true"' in html
        assert text in html
    with world.here.scope():
        assert Note.objects.count() == 1  # the one of the cast


def test_newest_notes_are_shown_and_the_others_counted(world: World) -> None:
    with world.here.scope():
        own = {"provider_id": world.here.client.provider_id, "client": world.here.client}
        for number in range(5):
            Note.objects.create(**own, model=world.here.model, text=f"Note number {number}")
    told = shown_to(world, "technician", NoteAbout.MODEL)
    shown = [number for number in range(5) if f"Note number {number}" in told]
    assert shown == [2, 3, 4]
    assert "All 5 notes" in told
    whole = browser_of(world, "technician").get(notes_at(world, NoteAbout.MODEL))
    assert all(f"Note number {number}" in whole.content.decode() for number in range(5))


def test_deleted_note_is_gone_and_the_clients_people_delete_none(world: World) -> None:
    note = world.here.note
    url = reverse("note_delete", kwargs={"slug": world.here.client.slug, "pk": note.pk})
    with world.here.scope():
        assert Note.objects.filter(pk=note.pk).exists()
    assert browser_of(world, "owner").post(url).status_code == 404
    with world.here.scope():
        assert Note.objects.filter(pk=note.pk).exists()
    answer = proven(world, "technician_of_group").post(url)
    assert answer["Location"] == notes_at(world, NoteAbout.CLIENT)
    with world.here.scope():
        assert not Note.objects.filter(pk=note.pk).exists()


def test_notes_of_what_is_no_thing_are_nowhere(world: World) -> None:
    browser, slug = browser_of(world, "technician"), world.here.client.slug
    for kind, pk in (
        ("client", world.sibling.client.pk),
        ("model", world.sibling.model.pk),
        ("audit", world.here.audit.pk),
    ):
        url = reverse("notes", kwargs={"slug": slug, "kind": kind, "pk": pk})
        assert browser.get(url).status_code == 404
        assert browser.post(url, {"note": TEXT}).status_code == 404


def test_report_says_nothing_of_the_notes(world: World) -> None:
    browser_of(world, "technician").post(notes_at(world, NoteAbout.MODEL), {"note": TEXT})
    browser = browser_of(world, "technician")
    asked = posted(world.here.audit)
    assert browser.post(address(world, "report_make"), asked).status_code == 302
    with world.here.scope():
        assert Note.objects.filter(text=TEXT).exists()
        assert TEXT not in str(Report.objects.order_by("-pk").first().data)  # type: ignore[union-attr]


def test_a_thing_has_so_many_notes_and_no_more(world: World) -> None:
    with tenancy.scope(
        provider_id=world.here.client.provider_id,
        client_ids=[world.here.client.pk],
        provider_rows=True,
    ):
        own = {"provider_id": world.here.client.provider_id, "client": world.here.client}
        Note.objects.bulk_create(
            Note(**own, tool=world.here.tool, text="Said") for _ in range(service.MOST_AT_A_THING)
        )
    url = notes_at(world, NoteAbout.TOOL)
    answer = browser_of(world, "technician").post(url, {"note": TEXT})
    assert b"There are 500 notes here already." in answer.content


def test_note_is_about_one_thing_at_most(world: World) -> None:
    with (
        world.here.scope(),
        pytest.raises(IntegrityError, match="note_about_one_thing"),
        transaction.atomic(),
    ):
        Note.objects.filter(pk=world.here.note.pk).update(
            model=world.here.model, tool=world.here.tool
        )
