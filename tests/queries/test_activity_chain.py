"""Tampering with the log, by somebody whom the database cannot refuse, is found and named."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import psycopg
import pytest
from django.core.management import CommandError, call_command

from audits import tenancy
from audits.models import Activity, Client, ClientKey, Provider, ProviderKey
from audits.queries import activity as log_queries
from audits.queries import activity_chain
from audits.queries.activity_chain import Mark, Verified
from audits.services import activity
from tests.factories import make_client

pytestmark = pytest.mark.django_db(transaction=True)

LINES = 5
Superuser = psycopg.Connection


@pytest.fixture
def client() -> Client:
    """A client with five lines, beside a neighbour with as many; all committed."""
    with tenancy.system_scope("a provider is made before anybody belongs to it"):
        provider = Provider.objects.create(name="Quay Managed IT")
    with tenancy.scope(provider_id=provider.pk, client_ids=(), provider_rows=True):
        made, neighbour = make_client(provider.pk), make_client(provider.pk, "Neighbour")
        for number in range(1, LINES + 1):
            for one in (made, neighbour):
                activity.record(client=one, actor=None, verb=f"verb {number}", obj=one)
            activity.record_at_provider(
                provider_id=provider.pk, actor=None, verb=f"verb {number}", obj=provider
            )
    return made


@contextmanager
def inside(client: Client) -> Iterator[None]:
    with tenancy.scope(provider_id=client.provider_id, client_ids=[client.pk], provider_rows=True):
        yield


def verified(client: Client, noted: Mark | None = None) -> Verified:
    with inside(client):
        return activity_chain.verify_client(client, noted)


@pytest.fixture
def superuser(database_urls: Mapping[str, str], client: Client) -> Iterator[Superuser]:
    """Somebody before whom no trigger stands: what only verifying can find."""
    with psycopg.connect(database_urls["admin_url"], autocommit=True) as raw:
        raw.execute("SET session_replication_role = replica")
        yield raw


def recomputed(raw: Superuser, client: Client) -> None:
    """Write hashes that fit again, for the whole chain and its head."""
    with inside(client):
        previous, sequence = b"", 0
        for line in Activity.objects.order_by("sequence", "pk"):
            sequence += 1
            found = line.hash_after(previous, sequence)
            raw.execute(
                "UPDATE audits_activity SET sequence = %s, previous_hash = %s, hash = %s"
                " WHERE id = %s",
                [sequence, previous, found, line.pk],
            )
            previous = found
    raw.execute(
        "UPDATE audits_activityhead SET sequence = %s, hash = %s WHERE client_id = %s",
        [sequence, previous, client.pk],
    )


def change(what: str, sequence: int = 3) -> Callable[[Superuser, Client], None]:
    def run(raw: Superuser, client: Client) -> None:
        done = raw.execute(
            f"UPDATE audits_activity SET {what} WHERE client_id = %s AND sequence = %s".encode(),  # noqa: S608 - our own words
            [client.pk, sequence],
        )
        assert done.rowcount == 1

    return run


def remove(*sequences: int) -> Callable[[Superuser, Client], None]:
    def run(raw: Superuser, client: Client) -> None:
        found = [client.pk, list(sequences)]
        lines = "SELECT id FROM audits_activity WHERE client_id = %s AND sequence = ANY (%s)"
        raw.execute(
            f"DELETE FROM audits_activitypayload WHERE line_id IN ({lines})".encode(),  # noqa: S608 - our own words
            found,
        )
        done = raw.execute(f"DELETE FROM audits_activity WHERE id IN ({lines})".encode(), found)  # noqa: S608
        assert done.rowcount == len(sequences)

    return run


def swap(raw: Superuser, client: Client) -> None:
    """Put the second line in the third place and the third in the second."""
    for before, after in ((2, -2), (3, 2), (-2, 3)):
        change(f"sequence = {after}", before)(raw, client)


def put_in(raw: Superuser, client: Client) -> None:
    """A line of somebody's own making between the second and the third, the rest moved on."""
    for sequence in range(LINES, 2, -1):
        change(f"sequence = {sequence + 1}", sequence)(raw, client)
    raw.execute(
        "INSERT INTO audits_activity (provider_id, client_id, sequence, at, via, verb, object_type,"
        " object_id, payload_digest, previous_hash, hash)"
        " SELECT provider_id, client_id, 3, at, via, 'forged', object_type, object_id,"
        " payload_digest, hash, hash FROM audits_activity WHERE client_id = %s AND sequence = 2",
        [client.pk],
    )


def put_at_the_end(raw: Superuser, client: Client) -> None:
    """The same after the last line, with a hash that fits, but not in the head."""
    with inside(client):
        last = Activity.objects.get(sequence=LINES)
        last.verb = "forged"
        found = last.hash_after(bytes(last.hash or b""), LINES + 1)
    raw.execute(
        "INSERT INTO audits_activity (provider_id, client_id, sequence, at, via, verb, object_type,"
        " object_id, payload_digest, previous_hash, hash)"
        " SELECT provider_id, client_id, sequence + 1, at, via, 'forged', object_type, object_id,"
        " payload_digest, hash, %s FROM audits_activity WHERE client_id = %s AND sequence = %s",
        [found, client.pk, LINES],
    )


def rewrite(raw: Superuser, client: Client) -> None:
    """Change a line and make every hash behind it fit again, the head's as well."""
    change("verb = 'rewritten'")(raw, client)
    recomputed(raw, client)


def remove_and_close_the_gap(raw: Superuser, client: Client) -> None:
    """Take a line out, its words left, and number and hash the rest anew."""
    raw.execute("DELETE FROM audits_activity WHERE client_id = %s AND sequence = 3", [client.pk])
    recomputed(raw, client)


def words(statement: str) -> Callable[[Superuser, Client], None]:
    """Something about the words of the third line."""

    def run(raw: Superuser, client: Client) -> None:
        line = "(SELECT id FROM audits_activity WHERE client_id = %(client)s AND sequence = 3)"
        other = "(SELECT id FROM audits_activity WHERE client_id = %(client)s AND sequence = 4)"
        done = raw.execute(statement.format(line=line, other=other).encode(), {"client": client.pk})
        assert done.rowcount == 1

    return run


def head(raw: Superuser, client: Client) -> None:
    raw.execute(
        "UPDATE audits_activityhead SET hash = %s WHERE client_id = %s", [b"x" * 32, client.pk]
    )


def no_head(raw: Superuser, client: Client) -> None:
    raw.execute("DELETE FROM audits_activityhead WHERE client_id = %s", [client.pk])


TAMPERED: dict[str, tuple[Callable[[Superuser, Client], None], int, str]] = {
    "verb edited": (change("verb = 'edited'"), 3, "altered"),
    "actor edited": (change("actor_id = 7"), 3, "altered"),
    "time edited": (change("at = at - interval '1 second'"), 3, "altered"),
    "object edited": (change("object_id = object_id + 1"), 3, "altered"),
    "origin edited": (change("via = 'web'"), 3, "altered"),
    "request edited": (change("request_id = gen_random_uuid()"), 3, "altered"),
    "digest edited": (change("payload_digest = sha256('x')"), 3, "altered"),
    "hash edited": (change("hash = sha256('x')"), 3, "altered"),
    "first removed": (remove(1), 2, "missing"),
    "middle removed": (remove(2, 3), 4, "missing"),
    "end removed": (remove(4, 5), 4, "missing"),
    "all removed": (remove(1, 2, 3, 4, 5), 1, "missing"),
    "reordered": (swap, 2, "does not continue"),
    "put in": (put_in, 3, "altered"),
    "put at the end": (put_at_the_end, 6, "its words are missing"),
    "chain computed anew": (rewrite, 3, "do not belong"),
    "gap closed": (remove_and_close_the_gap, 4, "words of 1 lines"),
    "words edited": (
        words("UPDATE audits_activitypayload SET sealed = sealed || 'x' WHERE line_id = {line}"),
        3,
        "do not belong",
    ),
    "words removed": (
        words("DELETE FROM audits_activitypayload WHERE line_id = {line}"),
        3,
        "words are missing",
    ),
    "words of another line": (
        words(
            "UPDATE audits_activitypayload SET sealed = (SELECT sealed FROM audits_activitypayload"
            " WHERE line_id = {other}) WHERE line_id = {line}"
        ),
        3,
        "do not belong",
    ),
    "head edited": (head, 5, "head of the chain"),
    "head removed": (no_head, 1, "head of the chain"),
    "without a place": (change("sequence = NULL", LINES), 5, "without a place"),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_is_found_and_the_first_line_named(
    superuser: Superuser, client: Client, name: str
) -> None:
    tamper, sequence, problem = TAMPERED[name]
    assert verified(client).flaw is None
    tamper(superuser, client)
    flaw = verified(client).flaw
    assert flaw is not None
    assert (flaw.sequence, problem in flaw.problem) == (sequence, True), flaw
    with pytest.raises(CommandError, match="1 of 3 logs") as failed:
        call_command("verify_activity")
    assert failed.value.returncode == 1
    with inside(client):
        assert activity_chain.verify_provider(client.provider_id).is_intact


def test_chain_cut_off_with_its_head_shows_against_what_was_noted(
    superuser: Superuser, client: Client
) -> None:
    """The database alone cannot tell: the line that an auditor kept does."""
    before = verified(client)
    noted = Mark(sequence=before.lines, hash=before.head[:16])
    remove(4, 5)(superuser, client)
    recomputed(superuser, client)
    assert verified(client).is_intact
    flaw = verified(client, noted).flaw
    assert flaw is not None
    assert (flaw.sequence, "up to line 5" in flaw.problem) == (4, True)


def test_chain_computed_anew_without_a_key_shows_against_what_was_noted(
    superuser: Superuser, client: Client
) -> None:
    before = verified(client)
    noted = Mark(sequence=before.lines, hash=before.head)
    with inside(client):
        ClientKey.objects.all().delete()
    assert verified(client, noted).is_intact
    rewrite(superuser, client)
    assert verified(client).is_intact  # no key, no words to compare: hashes are anybody's to make
    flaw = verified(client, noted).flaw
    assert flaw is not None
    assert (flaw.sequence, "noted" in flaw.problem) == (5, True)


def test_erased_key_leaves_a_verifiable_chain_without_words(client: Client) -> None:
    with inside(client):
        activity.record(client=client, actor=None, verb="changed", obj=client)
        assert "Harbour Dental" in log_queries.latest(client)[0].what
        ClientKey.objects.all().delete()
    found = verified(client)
    assert (found.is_intact, found.lines, found.erased) == (True, 6, 6)
    with inside(client):
        assert "Harbour Dental" not in log_queries.latest(client)[0].what
        ProviderKey.objects.all().delete()
        house = activity_chain.verify_provider(client.provider_id)
        assert (house.is_intact, house.erased) == (True, 5)
        activity.record(client=client, actor=None, verb="went on", obj=client)
    found = verified(client)
    assert (found.is_intact, found.lines, found.erased) == (True, 7, 6)


def test_same_words_twice_have_two_digests(client: Client) -> None:
    with inside(client):
        lines = [
            activity.record(client=client, actor=None, verb="same", obj=client) for _ in range(2)
        ]
        digests = {bytes(line.payload_digest) for line in lines}
        sealed = {bytes(line.payload.sealed) for line in lines}
    assert (len(digests), len(sealed)) == (2, 2)
    assert hashlib.sha256(b"{}").digest() not in digests
    assert all(b"Harbour" not in one for one in sealed)
