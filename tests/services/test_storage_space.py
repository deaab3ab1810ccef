"""Nothing is taken in beyond the space of a client, and of two uploads at once only one fits."""

import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, transaction
from pytest_django.fixtures import Settings

from audits.enums import FilePurpose
from audits.models import Activity, StoredFile
from audits.queries import storage_use
from audits.services import files, storage_space
from audits.services.errors import InvalidInput
from tests.factories import ClientCast, World

LIMIT = 1_000
_WAIT_SECONDS = 30


@pytest.fixture
def here(world: World, storage_folder: Path, settings: Settings) -> Iterator[ClientCast]:
    """A client with room for exactly so much more."""
    with world.here.scope():
        StoredFile.objects.filter(client=world.here.client).update(size=0)
        settings.MIA_CLIENT_STORAGE_BYTES = LIMIT
        yield world.here


def take(cast: ClientCast, size: int, purpose: FilePurpose = FilePurpose.MODEL) -> StoredFile:
    return files.store(client=cast.client, purpose=purpose, source=io.BytesIO(bytes(size)))


@pytest.mark.django_db
def test_the_last_byte_fits_and_the_next_one_does_not(
    here: ClientCast, storage_folder: Path
) -> None:
    take(here, 600)
    take(here, 400)
    kept = {path.name for path in storage_folder.iterdir()}
    with pytest.raises(InvalidInput) as caught:
        take(here, 1)
    assert str(caught.value) == (
        "The files of this client use 1000\xa0bytes of 1000\xa0bytes, and this file needs"
        " 1\xa0byte. Delete old versions of models or datasets, or have the provider allow more"
        " space."
    )
    assert caught.value.field == "file"
    assert {path.name for path in storage_folder.iterdir()} == kept
    assert storage_use.of_client(here.client).is_full


@pytest.mark.django_db
def test_a_deleted_file_makes_room(here: ClientCast) -> None:
    first = take(here, LIMIT)
    with pytest.raises(InvalidInput):
        take(here, 1)
    files.delete(first)
    assert take(here, LIMIT).size == LIMIT


@pytest.mark.django_db
@pytest.mark.parametrize("purpose", list(FilePurpose))
def test_what_people_bring_is_refused_and_what_the_portal_makes_is_not(
    here: ClientCast, purpose: FilePurpose
) -> None:
    take(here, LIMIT)
    if purpose in {FilePurpose.UNIT_OUTPUT, FilePurpose.REPORT}:
        assert take(here, 5, purpose).size == 5
        assert storage_use.used_by(here.client) == LIMIT + 5
    else:
        with pytest.raises(InvalidInput, match="this file needs 5"):
            take(here, 5, purpose)


@pytest.mark.django_db
def test_a_client_has_its_own_limit_or_the_usual_one(here: ClientCast, world: World) -> None:
    admin = world.ours.admin
    storage_space.set_limit(client=here.client, actor=admin, limit_mb=1)
    assert take(here, 1 << 20).size == 1 << 20
    with pytest.raises(InvalidInput):
        take(here, 1)
    lines = Activity.objects.filter(client=here.client, verb="changed").count()
    storage_space.set_limit(client=here.client, actor=admin, limit_mb=1)
    assert Activity.objects.filter(client=here.client, verb="changed").count() == lines
    storage_space.set_limit(client=here.client, actor=admin, limit_mb=None)
    assert storage_use.limit_of(here.client) == LIMIT
    assert Activity.objects.filter(client=here.client, verb="changed").count() == lines + 1


@pytest.mark.django_db
def test_space_of_one_client_is_not_that_of_the_next(here: ClientCast, world: World) -> None:
    take(here, LIMIT)
    with world.sibling.scope():
        StoredFile.objects.filter(client=world.sibling.client).update(size=0)
        assert storage_use.used_by(world.sibling.client) == 0
        assert take(world.sibling, LIMIT).size == LIMIT


@pytest.mark.django_db(transaction=True)
def test_of_two_uploads_at_once_only_one_fits(
    world: World, storage_folder: Path, settings: Settings
) -> None:
    cast = world.here
    with cast.scope():
        StoredFile.objects.filter(client=cast.client).update(size=0)
        files.store_bytes(client=cast.client, purpose=FilePurpose.REPORT, data=b"x")
    settings.MIA_CLIENT_STORAGE_BYTES = LIMIT + 1
    answers: list[str] = []
    begun, may_end = threading.Event(), threading.Event()

    def first() -> None:
        with cast.scope(), transaction.atomic():
            take(cast, 600)
            begun.set()
            may_end.wait(_WAIT_SECONDS)
        answers.append("first")
        connection.close()

    def second() -> None:
        begun.wait(_WAIT_SECONDS)
        try:
            with cast.scope():
                take(cast, 600)
        except InvalidInput:
            answers.append("refused")
        else:
            answers.append("second")
        connection.close()

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    for thread in threads:
        thread.start()
    begun.wait(_WAIT_SECONDS)
    threads[1].join(0.5)
    assert answers == []  # the second one waits for the first
    may_end.set()
    for thread in threads:
        thread.join(_WAIT_SECONDS)
    assert sorted(answers) == ["first", "refused"]
    with cast.scope():
        assert storage_use.used_by(cast.client) == 601
