"""What an upload may keep in memory: nothing of strangers, no more files than a form has."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.forms import Form, ModelForm
from django.http import HttpRequest
from django.test import Client as Browser
from django.test import RequestFactory
from django.urls import reverse
from pytest_django.fixtures import Settings

from audits.models import User
from audits.web.forms.ai_model import ModelVersionForm
from audits.web.forms.checklist_evidence import EvidenceForm
from audits.web.forms.dataset import DatasetVersionForm
from audits.web.forms.dataset_intake import PermissionForm
from audits.web.forms.lists import ListFileForm
from tests import casts
from tests.factories import World


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def posted(user: User | AnonymousUser | None) -> HttpRequest:
    upload = SimpleUploadedFile("a.csv", b"a,b\n1,2\n")
    request = RequestFactory().post("/accounts/login/", {"file": upload})
    if user is not None:
        request.user = user
    return request


def kept(request: HttpRequest) -> tuple[int, bytes]:
    """How large the upload is said to be, and what there is of it."""
    upload = request.FILES["file"]
    assert isinstance(upload, UploadedFile)
    with upload:
        return upload.size or 0, bytes(upload.read())


@pytest.mark.parametrize("user", [None, AnonymousUser()], ids=["nobody yet", "a stranger"])
def test_upload_of_a_stranger_is_counted_and_not_kept(user: AnonymousUser | None) -> None:
    assert kept(posted(user)) == (8, b"")


def test_upload_of_somebody_logged_in_is_kept() -> None:
    assert kept(posted(User(email="technician@one.example"))) == (
        8,
        b"a,b\n1,2\n",
    )


def test_more_files_than_a_form_has_are_refused(world: World) -> None:
    browser = Browser()
    browser.force_login(world.ours.technician)
    arguments = {"slug": world.here.client.slug, "pk": world.here.dataset.pk}
    files = {f"file{n}": SimpleUploadedFile("a.csv", b"a") for n in range(5)}
    assert browser.post(reverse("dataset_upload", kwargs=arguments), files).status_code == 400


@pytest.mark.parametrize(
    ("form", "name", "remedy"),
    [
        (DatasetVersionForm, "members", "Use a smaller sample of the records."),
        (ModelVersionForm, "file", "Use a smaller model, or predictions"),
        (PermissionForm, "upload", "Add the pages that say it, or a smaller scan."),
        (EvidenceForm, "file", "Add the pages that say it, or a smaller scan."),
        (ListFileForm, "file", "Export a shorter list."),
    ],
)
def test_too_large_a_file_is_refused_with_what_helps_for_its_kind(
    settings: Settings, form: type[Form | ModelForm[Any]], name: str, remedy: str
) -> None:
    settings.MIA_MAX_UPLOAD_BYTES = 3
    with pytest.raises(ValidationError, match=remedy):
        form.base_fields[name].clean(SimpleUploadedFile("a.bin", b"1234"))
