"""The portfolio report for a provider's leaders: lateness, permissions, and what is shared."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from audits.enums import FilePurpose, RatingBadge
from audits.models import AITool, Authorisation, ChecklistItem, Client, ModelVersion, StoredFile
from audits.reports.document import Document
from tests import casts
from tests.factories import ClientCast, World
from tests.queries.rows import audited, measured
from tests.services.test_portfolio import HERE, SIBLING, made, said, section


@pytest.fixture
def world(cast_of_app: World, storage_folder: Path) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        for cast, name in ((lent.here, HERE), (lent.sibling, SIBLING)):
            with cast.scope():
                Client.objects.filter(pk=cast.client.pk).update(name=name)
        yield lent


def whole(world: World) -> Document:
    return said(made(world.ours.admin))


def _grave(cast: ClientCast, name: str, days_ago: int) -> None:
    """A model that was found to be High so many days ago."""
    with cast.scope():
        version = audited(cast.client, 4, name=name).versions.get()
        measured(version, 4, days_ago=days_ago)
        version.audits.exclude(pk=version.audits.order_by("completed_at")[0].pk).delete()


def test_leaders_see_grave_models_by_how_late_they_are(world: World) -> None:
    _grave(world.here, "Old", 45)
    _grave(world.sibling, "New", 3)
    (table,) = section(whole(world), "grave").tables
    rows = {row[0]: row for row in table.rows}
    assert next(iter(rows)) == "Old"
    assert (rows["Old"][1], rows["New"][1]) == (HERE, SIBLING)
    assert rows["Old"][2] == rows["New"][2] == str(RatingBadge.HIGH.label)
    assert (rows["Old"][4], rows["Old"][6]) == ("30 days", "15 days late")
    assert rows["New"][6] == "27 days left"
    (told,) = section(whole(world), "grave").paragraphs
    assert told.endswith("past their day: 1.")


def test_nothing_grave_is_said_in_one_sentence(world: World) -> None:
    part = section(whole(world), "grave")
    assert part.paragraphs == ()
    assert part.tables[0].empty.startswith("No model is rated High or Critical")


def test_leaders_see_clients_whose_models_nobody_permitted_to_audit(world: World) -> None:
    with world.here.scope():
        Authorisation.objects.filter(client=world.here.client).update(
            ends_on=timezone.localdate() - timedelta(days=1),
            given_on=timezone.localdate() - timedelta(days=9),
        )
    (table,) = section(whole(world), "permissions").tables
    rows = {row[0]: row for row in table.rows}
    assert rows[HERE][1] == "1"
    assert SIBLING not in rows
    with world.here.scope():
        Authorisation.objects.filter(client=world.here.client).update(
            ends_on=timezone.localdate() + timedelta(days=9)
        )
    assert section(whole(world), "permissions").tables[0].rows == ()


def test_leaders_see_how_far_a_shared_vendor_reaches(world: World) -> None:
    for cast, vendor, people in (
        (world.here, "Scribe Health", 4),
        (world.sibling, "scribe health", 3),
    ):
        with cast.scope():
            AITool.objects.filter(client=cast.client).update(
                sheet=None, vendor=vendor, people=people
            )
    (table,) = section(whole(world), "shared").tables
    (row,) = [one for one in table.rows if one[0].casefold() == "scribe health"]
    assert row[1:4] == ("2", f"{HERE}, {SIBLING}", "7")
    with world.sibling.scope():
        AITool.objects.filter(client=world.sibling.client).update(vendor="Another")
    names = {one[0].casefold() for one in section(whole(world), "shared").tables[0].rows}
    assert "scribe health" not in names


def _files_alike(world: World, digest: str) -> None:
    for cast in (world.here, world.sibling):
        with cast.scope():
            version = ModelVersion.objects.filter(client=cast.client, file__isnull=False).first()
            assert version is not None
            assert version.file_id is not None
            StoredFile.objects.filter(pk=version.file_id).update(sha256=digest)


def test_leaders_see_a_model_file_that_lies_at_several_clients(world: World) -> None:
    _files_alike(world, "f" * 64)
    (table,) = section(whole(world), "shared").tables
    (row,) = [one for one in table.rows if one[0].startswith("Model file: ")]
    assert row[1:3] == ("2", f"{HERE}, {SIBLING}")
    with world.sibling.scope():
        StoredFile.objects.filter(purpose=FilePurpose.MODEL).update(sha256="0" * 64)
        StoredFile.objects.update(sha256="0" * 64)
    rows = section(whole(world), "shared").tables[0].rows
    assert [one for one in rows if one[0].startswith("Model file: ")] == []


def test_a_technicians_report_knows_nothing_of_what_others_share(world: World) -> None:
    _files_alike(world, "f" * 64)
    text = said(made(world.ours.technician_of_first)).to_json()
    assert (HERE in text, SIBLING in text, "Model file: " in text) == (True, False, False)


def test_overdue_actions_have_nobody_yet(world: World) -> None:
    with world.here.scope():
        ChecklistItem.objects.filter(pk=world.here.checklist_item.pk).update(
            due=timezone.localdate() - timedelta(days=9)
        )
    (table,) = section(whole(world), "overdue").tables
    assert table.headers[2] == "Who"
    assert {row[2] for row in table.rows} == {"Nobody yet"}
