"""What was deleted is gone in the end, also where the storage was down at that moment."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from pytest_django.fixtures import Settings

from audits import tasks
from audits.enums import FilePurpose
from audits.models import Client, Removal, StoredFile
from audits.services import files, removal

pytestmark = pytest.mark.django_db

DOWN = "s3://a-storage-that-does-not-answer"


def _keep(client: Client) -> StoredFile:
    return files.store_bytes(client=client, purpose=FilePurpose.MEMBERS, data=b"name\nAda\n")


def _said(*options: str) -> str:
    out = StringIO()
    call_command("removals", *options, stdout=out)
    return out.getvalue()


def test_bytes_that_stayed_behind_go_once_the_storage_answers(
    tenant: Client,
    storage_folder: Path,
    settings: Settings,
    django_capture_on_commit_callbacks: Any,  # noqa: ANN401 - pytest-django's own type is private
) -> None:
    rows = [_keep(tenant), _keep(tenant)]
    up, names = settings.STORAGE_URL, {row.name for row in rows}
    settings.STORAGE_URL = DOWN
    with django_capture_on_commit_callbacks(execute=True):
        for row in rows:
            files.delete(row)
    assert not StoredFile.objects.exists()
    assert {path.name for path in storage_folder.iterdir()} == names
    assert {row.name for row in Removal.objects.all()} == names
    tasks.remove_files()
    assert {row.attempts for row in Removal.objects.all()} == {2}
    said = _said()
    assert said.startswith("2 waiting.")
    assert "2 attempts, StorageError" in said
    settings.STORAGE_URL = up
    tasks.remove_files()
    assert list(storage_folder.iterdir()) == []
    assert _said() == "0 waiting.\n"


def test_command_tries_at_once(tenant: Client, storage_folder: Path) -> None:
    row = _keep(tenant)
    Removal.objects.create(name=row.name)
    assert _said("--now") == "1 removed.\n0 waiting.\n"
    assert list(storage_folder.iterdir()) == []


def test_bytes_that_are_gone_already_are_asked_for_no_longer(storage_folder: Path) -> None:
    waiting = Removal.objects.create(name="0" * 32)
    assert removal.carry_out(waiting) is True
    assert not Removal.objects.exists()
    assert list(storage_folder.iterdir()) == []


def test_a_deletion_that_is_taken_back_removes_nothing(
    tenant: Client,
    storage_folder: Path,
    django_capture_on_commit_callbacks: Any,  # noqa: ANN401 - pytest-django's own type is private
) -> None:
    row = _keep(tenant)
    with django_capture_on_commit_callbacks(execute=True):
        with pytest.raises(RuntimeError), transaction.atomic():
            files.delete(row)
            raise RuntimeError
        tasks.remove_files()
    assert StoredFile.objects.filter(name=row.name).exists()
    assert [path.name for path in storage_folder.iterdir()] == [row.name]
    assert not Removal.objects.exists()
