from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError

from audits import storage, tenancy
from audits.enums import FilePurpose
from audits.models import Activity, Client, ClientKey, Provider, StoredFile, User
from audits.services import files, keys
from audits.services.errors import NotPossible
from tests.chains import details
from tests.factories import make_client
from tests.services.material import uploaded

PLAIN = b"name,came\nAda Lovelace,yes\n" * 50


def _keep(client: Client) -> StoredFile:
    return files.store_bytes(client=client, purpose=FilePurpose.MEMBERS, data=PLAIN)


def test_bytes_come_back_and_are_nowhere_in_plain(tenant: Client, storage_folder: Path) -> None:
    row = _keep(tenant)
    assert (row.size, len(row.sha256)) == (len(PLAIN), 64)
    with files.open_plain(row) as plain:
        assert plain.read() == PLAIN
    assert [path.name for path in storage_folder.iterdir()] == [row.name]
    assert b"Ada Lovelace" not in (storage_folder / row.name).read_bytes()


def test_the_key_of_another_client_opens_nothing(tenant: Client) -> None:
    row, other = _keep(tenant), make_client(tenant.provider_id)
    _keep(other)
    row.client = other
    with pytest.raises(storage.DamagedError):
        files.open_plain(row)
    # A wrapped key moved to another client's row does not open either.
    key = ClientKey.objects.get(client=tenant)
    ClientKey.objects.filter(client=other).update(wrapped=bytes(key.wrapped))
    with pytest.raises(storage.DamagedError):
        keys.of_client(other)


def test_a_client_has_one_key_for_ever(tenant: Client) -> None:
    assert keys.of_client(tenant) == keys.of_client(tenant)
    assert ClientKey.objects.filter(client=tenant).count() == 1


def test_delete_waits_for_the_commit(
    tenant: Client,
    storage_folder: Path,
    django_capture_on_commit_callbacks: Any,  # noqa: ANN401 - pytest-django's own type is private
) -> None:
    row = _keep(tenant)
    with django_capture_on_commit_callbacks(execute=True):
        files.delete(row)
        assert (StoredFile.objects.count(), len(list(storage_folder.iterdir()))) == (0, 1)
    assert list(storage_folder.iterdir()) == []


def test_a_block_that_fails_takes_its_files_back_and_no_others(
    tenant: Client, storage_folder: Path
) -> None:
    with files.undone_on_error():
        kept = _keep(tenant)
    with pytest.raises(RuntimeError), files.undone_on_error():
        with files.undone_on_error():
            _keep(tenant)
        raise RuntimeError
    assert [path.name for path in storage_folder.iterdir()] == [kept.name]


@pytest.mark.django_db(transaction=True)
def test_a_commit_that_fails_takes_files_back(storage_folder: Path) -> None:
    with tenancy.system_scope("a provider is made before anybody belongs to it"):
        provider = Provider.objects.create(name="Quay Managed IT")
    with tenancy.scope(provider_id=provider.pk, client_ids=()):
        client = make_client(provider.pk)
    in_scope = tenancy.scope(provider_id=provider.pk, client_ids=[client.pk])
    with pytest.raises(IntegrityError), files.undone_on_error(), in_scope:
        row = _keep(client)
        # A foreign key that is looked at only when the transaction ends.
        StoredFile.objects.filter(pk=row.pk).update(created_by_id=10**9)
        assert [path.name for path in storage_folder.iterdir()] == [row.name]
    assert list(storage_folder.iterdir()) == []


def test_an_upload_is_stored_from_its_start(tenant: Client) -> None:
    with uploaded(PLAIN) as source:
        source.seek(7)
        row = files.store(client=tenant, purpose=FilePurpose.MODEL, source=source)
    with files.open_plain(row) as plain:
        assert plain.read() == PLAIN


def test_only_a_file_of_the_named_purpose_is_handed_out_and_the_log_says_to_whom(
    tenant: Client, technician: User
) -> None:
    row = _keep(tenant)
    with files.hand_out(
        file=row, purposes={FilePurpose.MEMBERS}, actor=technician, about=tenant
    ) as plain:
        assert plain.read() == PLAIN
    line = Activity.objects.get(verb="downloaded")
    assert line.actor == technician
    assert details(line)["sha256"] == row.sha256
    for file, purpose in ((row, FilePurpose.MODEL), (None, FilePurpose.MEMBERS)):
        with pytest.raises(NotPossible):
            files.hand_out(file=file, purposes={purpose}, actor=technician, about=tenant)
    assert Activity.objects.filter(verb="downloaded").count() == 1
