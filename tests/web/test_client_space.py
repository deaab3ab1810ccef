"""The page on which staff see what a client's files take, and who may allow more."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from pytest_django.fixtures import Settings

from audits.enums import FilePurpose
from audits.models import Client, StoredFile
from audits.services import files
from tests.factories import World
from tests.web.reading import address, browser_of

LIST = b"a,b\n1,2\n"
pytestmark = pytest.mark.django_db


def test_staff_see_what_is_used(world: World, storage_folder: Path, settings: Settings) -> None:
    settings.MIA_CLIENT_STORAGE_BYTES = 2000
    with world.here.scope():
        StoredFile.objects.filter(client=world.here.client).update(size=0)
        files.store_bytes(client=world.here.client, purpose=FilePurpose.MODEL, data=bytes(1900))
    page = browser_of(world, "technician").get(address(world, "client_space")).content.decode()
    assert "1.9\xa0KB of 2.0\xa0KB used (95%)" in page
    assert "Nearly full" in page
    assert "storage_limit_mb" not in page
    settings.MIA_CLIENT_STORAGE_BYTES = 2_000_000
    page = browser_of(world, "technician").get(address(world, "client_space")).content.decode()
    assert "used (under 1%)" in page
    with world.here.scope():
        StoredFile.objects.filter(client=world.here.client).update(size=0)
    page = browser_of(world, "technician").get(address(world, "client_space")).content.decode()
    assert "used (0%)" in page


def test_the_manager_of_the_provider_allows_more(world: World) -> None:
    own = address(world, "client_space")
    for person, status in (("technician", 404), ("owner", 404), ("admin", 302)):
        answer = browser_of(world, person).post(own, {"storage_limit_mb": "700"})
        assert answer.status_code == status
        with world.here.scope():
            kept = Client.objects.get(pk=world.here.client.pk).storage_limit_mb
        assert kept == (700 if person == "admin" else None)
    browser = browser_of(world, "admin")
    assert "of 700.0\xa0MB used" in browser.get(own).content.decode()
    assert (
        "greater than or equal to 1"
        in browser.post(own, {"storage_limit_mb": "0"}).content.decode()
    )


def test_an_upload_that_does_not_fit_is_refused_at_its_field(
    world: World, storage_folder: Path, settings: Settings
) -> None:
    settings.MIA_CLIENT_STORAGE_BYTES = 1
    upload = SimpleUploadedFile("list.csv", LIST)
    form = {"kind": "file", "file": upload, "dated": timezone.localdate().isoformat()}
    url = address(world, "checklist_evidence_new", "checklist_item")
    answer = browser_of(world, "contributor").post(url, form)
    page = answer.content.decode()
    assert f"this file needs {len(LIST)}\xa0bytes" in page
    assert "Delete old versions" in page
    assert list(storage_folder.iterdir()) == []
    page = browser_of(world, "technician").get(address(world, "client_space")).content.decode()
    assert "Full" in page
