"""One door to the outside: who may open a connection is listed here, with the reason."""

import ast

import pytest

from tests.architecture.sources import imported, python_files, tree

CLIENTS = frozenset(
    {
        "aiohttp",
        "asyncio",
        "botocore",
        "boto3",
        "ftplib",
        "http.client",
        "httplib2",
        "httpx",
        "imaplib",
        "clamav_client",
        "kombu",
        "multiprocessing.connection",
        "nntplib",
        "paramiko",
        "poplib",
        "pycurl",
        "redis",
        "requests",
        "sentry_sdk",
        "smtplib",
        "socket",
        "ssl",
        "telnetlib",
        "urllib.request",
        "urllib3",
        "websocket",
        "websockets",
        "xmlrpc.client",
    }
)
OUTBOUND = "audits/outbound/"
# Operator-configured servers (PostgreSQL, the broker, SMTP) are reached by Django and Celery with
# the operator's own settings; what we open ourselves is this, and none of it is typed on a page.
EXCEPTIONS = {
    "audits/scanner.py": (
        {"clamav_client"},
        "speaks to the operator's malware scanner, which no page can name",
    ),
    "audits/queue.py": (
        {"kombu"},
        "knows the errors of the operator's broker; Celery speaks to it",
    ),
    "audits/servers/application.py": (
        {"http.client", "socket"},
        "asks its own web server on loopback whether it answers, and whether a port is free",
    ),
    "audits/servers/valkey.py": (
        {"socket"},
        "asks its own Valkey, over a socket in a folder of its own, whether it answers",
    ),
}


def opens_connections(path: str) -> set[str]:
    """Names of the libraries with which a file could speak to a server."""
    named = {
        client
        for client in CLIENTS
        for module in imported(path)
        if module == client or module.startswith(f"{client}.")
    }
    dynamic = {
        node.args[0].value
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith("import_module")
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and node.args[0].value in CLIENTS
    }
    return named | {str(name) for name in dynamic}


def test_only_outbound_opens_connections() -> None:
    found = {
        path: clients
        for path in python_files("audits", "mia_portal")
        if not path.startswith(OUTBOUND) and (clients := opens_connections(path))
    }
    assert found == {path: clients for path, (clients, _reason) in EXCEPTIONS.items()}


def test_exceptions_have_reasons() -> None:
    assert all(len(reason) > 20 for _clients, reason in EXCEPTIONS.values())


@pytest.mark.parametrize(
    ("line", "client"),
    [
        ("import requests", "requests"),
        ("from requests import Session", "requests"),
        ("from requests.adapters import HTTPAdapter", "requests"),
        ("from urllib import request", "urllib.request"),
        ("import urllib.request as net", "urllib.request"),
        ("from http import client", "http.client"),
        ("from socket import create_connection", "socket"),
        ("def ask():\n    import httpx", "httpx"),
        ("importlib.import_module('smtplib')", "smtplib"),
    ],
)
def test_line_that_opens_a_connection_is_seen(
    line: str, client: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("line") / "line.py"
    path.write_text(line)
    assert opens_connections(str(path)) == {client}


def test_addresses_are_parsed_without_opening_one(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("line") / "line.py"
    path.write_text("from urllib.parse import quote, urlsplit\nfrom http import HTTPStatus\n")
    assert opens_connections(str(path)) == set()
