"""The tests themselves run on real servers, with the rights of the application."""

import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from kombu import Connection


@pytest.mark.django_db
def test_tests_run_with_the_rights_of_the_application() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname LIKE 'mia_app_%%', rolsuper, rolbypassrls "
            "FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == (True, False, False)
        cursor.execute(
            "SELECT count(*) FROM pg_class JOIN pg_roles r ON r.oid = relowner "
            "WHERE rolname = current_user"
        )
        assert cursor.fetchone() == (0,)
        with pytest.raises(ProgrammingError), transaction.atomic():
            cursor.execute("TRUNCATE django_content_type CASCADE")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_transactional_tests_start_from_empty_tables(turn: int) -> None:
    assert ContentType.objects.filter(app_label="left").count() == 0
    ContentType.objects.create(app_label="left", model=f"behind{turn}")


def test_owner_and_application_share_one_database(database_urls: Mapping[str, str]) -> None:
    seen = []
    for name in ("app_url", "owner_url"):
        with psycopg.connect(database_urls[name]) as opened:
            seen.append(opened.info.dbname)
    assert seen[0] == seen[1]


def test_broker_of_the_tests_speaks_redis(redis_urls: Mapping[str, Any]) -> None:
    with Connection(redis_urls["broker"]) as broker:
        queue = broker.SimpleQueue("mia-test-hello")
        queue.put({"said": 1})
        received = queue.get(block=True, timeout=10)
        received.ack()
        queue.close()
    assert received.payload == {"said": 1}


@pytest.mark.services("MIA_TEST_AMQP_URL")
def test_named_amqp_server_takes_a_message(amqp_url: str) -> None:
    with Connection(amqp_url) as broker:
        queue = broker.SimpleQueue("mia-test-hello", queue_opts={"auto_delete": True})
        queue.put({"said": 1})
        received = queue.get(block=True, timeout=10)
        received.ack()
        queue.close()
    assert received.payload == {"said": 1}


@pytest.mark.services
def test_named_servers_are_the_ones_in_use(
    database_urls: Mapping[str, str], redis_urls: Mapping[str, str]
) -> None:
    for url in (database_urls["app_url"], redis_urls["broker"]):
        parts = urlsplit(url)
        default = 5432 if parts.scheme == "postgresql" else 6379
        with socket.create_connection((parts.hostname or "", parts.port or default), timeout=5):
            pass
