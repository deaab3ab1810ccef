"""The log as the database keeps it: numbered at the commit, in one chain, changed by nobody."""

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime

import psycopg
import pytest
from django.db import connection, transaction

from audits import tenancy
from audits.models import Activity, ActivityHead, Client, Provider
from audits.queries import activity_chain
from audits.services import activity, keys
from audits.tenancy import append_only
from tests.factories import make_client, make_user
from tests.tenancy.rows import APPEND_ONLY, copy_of, unguarded

pytestmark = pytest.mark.django_db(transaction=True)

Clients = tuple[Client, Client]
WRITES = ("UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE")


@pytest.fixture
def clients() -> Clients:
    """Two clients of one provider with their keys, committed; nothing is logged yet."""
    with tenancy.system_scope("a provider is made before anybody belongs to it"):
        provider = Provider.objects.create(name="Quay Managed IT")
    with tenancy.scope(provider_id=provider.pk, client_ids=(), provider_rows=True):
        made = make_client(provider.pk, "First"), make_client(provider.pk, "Second")
        for client in made:
            keys.of_client(client)
        keys.of_provider(provider.pk)
    return made


def both(clients: Clients) -> AbstractContextManager[tenancy.Scope]:
    return tenancy.scope(
        provider_id=clients[0].provider_id,
        client_ids=[client.pk for client in clients],
        provider_rows=True,
    )


def log(client: Client, verb: str = "changed") -> Activity:
    return activity.record(client=client, actor=None, verb=verb, obj=client)


def together(*works: Callable[[], None]) -> None:
    """Run each in a thread with a connection of its own; errors come back."""

    def one(work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(one, work) for work in works]:
            done.result(timeout=60)


def test_line_is_numbered_when_its_transaction_ends(clients: Clients) -> None:
    with both(clients):
        line = log(clients[0])
        assert (line.sequence, line.hash) == (None, None)
        log(clients[0], "second")
    with both(clients):
        found = list(Activity.objects.order_by("sequence").values_list("verb", "sequence"))
        head = ActivityHead.objects.get()
        verified = activity_chain.verify_client(clients[0])
    assert found == [("changed", 1), ("second", 2)]
    assert (head.sequence, bytes(head.hash).hex()) == (2, verified.head)
    assert verified.is_intact


def test_number_time_and_hash_are_not_the_writers_to_choose(clients: Clients) -> None:
    with both(clients):
        line = log(clients[0])
        forged = copy_of(line)
        forged.sequence, forged.hash, forged.at = 99, b"x" * 32, datetime(2001, 1, 1, tzinfo=UTC)
        forged.save()
    with both(clients):
        stored = Activity.objects.get(pk=forged.pk)
    assert stored.sequence == 2
    assert stored.at > line.at
    assert bytes(stored.hash or b"") == stored.hash_after(bytes(stored.previous_hash or b""), 2)


def test_writers_of_one_chain_at_once_neither_fork_it_nor_leave_gaps(clients: Clients) -> None:
    writers, each = 8, 12
    start = threading.Barrier(writers)

    def write() -> None:
        start.wait()
        for number in range(each):
            with both(clients):
                log(clients[0])
                log(clients[0], "second of the same transaction")
                if number % 4 == 3:  # taken back as a whole: no number is used up
                    transaction.set_rollback(True)

    together(*[write] * writers)
    with both(clients):
        verified = activity_chain.verify_client(clients[0])
        numbers = list(Activity.objects.order_by("sequence").values_list("sequence", flat=True))
    kept = writers * each * 2 * 3 // 4
    assert (verified.flaw, verified.lines, numbers) == (None, kept, list(range(1, kept + 1)))


def test_savepoint_taken_back_leaves_no_gap(clients: Clients) -> None:
    with both(clients):
        log(clients[0], "kept")
        with pytest.raises(RuntimeError), transaction.atomic():
            log(clients[0], "taken back")
            raise RuntimeError
        log(clients[0], "kept as well")
    with both(clients):
        assert list(Activity.objects.order_by("sequence").values_list("sequence", "verb")) == [
            (1, "kept"),
            (2, "kept as well"),
        ]
        assert activity_chain.verify_client(clients[0]).is_intact


def test_writer_waits_for_nobody_whose_transaction_is_still_open(clients: Clients) -> None:
    """A request that has logged and goes on for long holds up no other one of the client."""
    logged, done = threading.Event(), threading.Event()

    def slow() -> None:
        with both(clients):
            log(clients[0], "slow")
            logged.set()
            assert done.wait(30)

    def quick() -> None:
        assert logged.wait(30)
        try:
            with both(clients):
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '1s'")
                log(clients[0], "quick")
        finally:
            done.set()

    together(slow, quick)
    with both(clients):
        found = list(Activity.objects.order_by("sequence").values_list("verb", flat=True))
        assert activity_chain.verify_client(clients[0]).is_intact
    assert found == ["quick", "slow"]


def test_transactions_that_log_to_several_chains_in_opposite_order_never_block(
    clients: Clients,
) -> None:
    start = threading.Barrier(3)
    provider_id = clients[0].provider_id

    def house() -> None:
        activity.record_at_provider(
            provider_id=provider_id, actor=None, verb="changed", obj=clients[0]
        )

    steps = [lambda: log(clients[0]), lambda: log(clients[1]), house]

    def writer(shift: int) -> Callable[[], None]:
        def write() -> None:
            start.wait()
            for _ in range(15):
                with both(clients):
                    for step in steps[shift:] + steps[:shift]:
                        step()

        return write

    together(*[writer(shift) for shift in range(3)])
    with both(clients):
        found = [activity_chain.verify_client(client) for client in clients]
        found.append(activity_chain.verify_provider(provider_id))
    assert [(one.flaw, one.lines) for one in found] == [(None, 45)] * 3


def test_line_outlives_the_account_it_names(clients: Clients) -> None:
    person = make_user("ada@quay.example")
    with both(clients):
        activity.record(client=clients[0], actor=person, verb="changed", obj=clients[0])
    pk = person.pk
    with both(clients):
        person.delete()
    with both(clients):
        line = Activity.objects.select_related("actor").get()
        assert (line.actor_id, line.actor) == (pk, None)
        assert activity_chain.verify_client(clients[0]).is_intact


@pytest.fixture(params=["app_url", "owner_url", "admin_url"])
def role(
    request: pytest.FixtureRequest, database_urls: Mapping[str, str], clients: Clients
) -> Iterator[psycopg.Connection]:
    """A connection as application, owner or superuser to a log that has lines."""
    with both(clients):
        log(clients[0])
        activity.record_at_provider(
            provider_id=clients[0].provider_id, actor=None, verb="changed", obj=clients[0]
        )
    with psycopg.connect(database_urls[request.param]) as raw:
        yield raw
        raw.rollback()


@pytest.mark.parametrize("table", append_only.LOGS)
def test_database_refuses_to_change_the_log_whoever_asks(
    role: psycopg.Connection, table: str, clients: Clients
) -> None:
    (model,) = (model for model in APPEND_ONLY if model._meta.db_table == table)
    with both(clients):
        assert unguarded(model).exists()
    for statement in WRITES:
        with pytest.raises(psycopg.errors.InsufficientPrivilege), role.transaction():
            role.execute(statement.format(table).encode())


@pytest.mark.parametrize(
    "table", [append_only.CLIENT_CHAINS.heads, append_only.PROVIDER_CHAINS.heads]
)
def test_database_moves_the_head_of_a_chain_itself(role: psycopg.Connection, table: str) -> None:
    columns = "provider_id, client_id" if "provider" not in table else "provider_id"
    values = "1, 1" if "provider" not in table else "1"
    with pytest.raises(psycopg.errors.InsufficientPrivilege), role.transaction():
        role.execute(
            f"INSERT INTO {table} ({columns}, sequence, hash) VALUES ({values}, 1, 'x')".encode()  # noqa: S608
        )


def test_application_has_no_right_to_change_the_log(clients: Clients) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, privilege_type FROM information_schema.role_table_grants"
            " WHERE grantee = current_user AND table_name = ANY (%s)",
            [list(append_only.TABLES)],
        )
        found = set(cursor.fetchall())
    heads = {tables.heads for tables in append_only.CHAINS}
    assert found == {(table, "SELECT") for table in append_only.TABLES} | {
        (table, "INSERT") for table in append_only.TABLES if table not in heads
    }
