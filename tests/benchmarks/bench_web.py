"""How fast the pages are: a production build before a full database, clicked on by twenty people.

`MIA_BENCH_WEB` says how full (clients/models/audits), `MIA_BENCH_WEB_SECONDS` how long people
click. Server, database and load generator share the machine.
"""

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from audits.servers import application
from tests.benchmarks import load
from tests.benchmarks.load import Pages, Run, Visitor
from tests.keeper import ROOT

SIZE = os.environ.get("MIA_BENCH_WEB", "500/50000/200000")
SECONDS = float(os.environ.get("MIA_BENCH_WEB_SECONDS", "120"))
PEOPLE, PAUSE_SECONDS, SATURATING = 20, 1.0, 8
# Milliseconds under which 95 of 100 answers are to come, where there is such a promise.
TARGETS = {"fleet": 150, "audit": 150, "search": 100}
FIRST_PAINT_BYTES = 150_000
_SAMPLE = 200


def _told(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@pytest.fixture
def production(
    database_urls: Mapping[str, str],
    redis_urls: Mapping[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, str]:
    """An installation as the README sets it up, but that staff log in with a password alone."""
    folder = tmp_path_factory.mktemp("production")
    kept = ("PATH", "HOME", "SECRET_KEY", "MIA_ENCRYPTION_KEY", "LANG")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "SECRET_KEY": secrets.token_urlsafe(64),
        "DATABASE_URL": database_urls["app_url"],
        "BROKER_URL": redis_urls["broker"],
        "CACHE_URL": redis_urls["cache"],
        "STORAGE_URL": f"file://{folder / 'files'}",
        "STATIC_ROOT": str(folder / "static"),
        "MIA_STATE_DIR": str(folder),
        "ALLOWED_HOSTS": application.HOST,
        "MIA_PROXIES": application.HOST,
        "MIA_TRUSTED_PROXIES": "1",
        "MIA_REQUIRE_MFA": "0",
        "MIA_SECURITY_CONTACT": "mailto:security@example.org",
        "EMAIL_URL": "memorymail://",
        "LOG_LEVEL": "ERROR",
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "mia_portal.settings",
    }


def _manage(environment: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


_COUNT = "from audits.tasks import refresh_figures; refresh_figures()"


def _filled(environment: Mapping[str, str], admin_url: str) -> tuple[str, float, float]:
    """Fill the database, let it look at itself, and count ahead as the beat's job does.

    Returns the password of everybody, and what filling and counting took in seconds.
    """
    clients, models, audits = SIZE.split("/")
    began = time.monotonic()
    said = _manage(
        environment,
        "seed_scale",
        f"--clients={clients}",
        f"--models={models}",
        f"--audits={audits}",
    )
    took = time.monotonic() - began
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    began = time.monotonic()
    _manage(environment, "shell", "--no-imports", "-c", _COUNT)
    counting = time.monotonic() - began
    found = re.search(r"with (\S+)$", said)
    assert found is not None
    return found.group(1), took, counting


@contextmanager
def _served(environment: Mapping[str, str]) -> Iterator[int]:
    """The web server as `up` starts it."""
    with socket.socket() as probe:
        probe.bind((application.HOST, 0))
        port: int = probe.getsockname()[1]
    program = application.web(environment, port=port)
    process = subprocess.Popen(
        program.command,
        cwd=program.folder,
        env=dict(program.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + load.PATIENCE_SECONDS
        while not application.answers(port):
            assert process.poll() is None, "the web server ended"
            assert time.monotonic() < deadline, "the web server did not answer"
        yield port
    finally:
        process.terminate()
        process.wait(load.PATIENCE_SECONDS)


def _pages(admin_url: str) -> Pages:
    """Addresses of each kind; audits whose results are the longest, and so the slowest to show."""
    with psycopg.connect(admin_url) as connection:
        clients = connection.execute(
            "SELECT slug, name FROM audits_client WHERE synthetic ORDER BY md5(id::text) LIMIT %s",
            (_SAMPLE,),
        ).fetchall()
        audits = connection.execute(
            "SELECT c.slug, a.id FROM audits_audit a JOIN audits_client c ON c.id = a.client_id"
            " WHERE a.completed_at IS NOT NULL ORDER BY pg_column_size(a.document) DESC LIMIT %s",
            (_SAMPLE,),
        ).fetchall()
    words = sorted({word for _slug, name in clients for word in name.split()})
    return {
        "fleet": ["/fleet/"],
        "audit": [f"/c/{slug}/audits/{pk}/" for slug, pk in audits],
        "search": [f"/search/?q={word}" for word in (*words, "forecast", "score+1", "triage")],
        "models": [f"/c/{slug}/models/" for slug, _name in clients],
        "client": [f"/c/{slug}/" for slug, _name in clients],
    }


def _queries(pages: Pages, blocker: Any) -> dict[str, int]:  # noqa: ANN401 - pytest-django's own type is private
    """Count what one page of each kind asks the database, by asking the same code here."""
    from django.db import connection  # noqa: PLC0415 - Django is set up by then
    from django.test import Client as Browser  # noqa: PLC0415 - the same
    from django.test.utils import (  # noqa: PLC0415 - the same
        CaptureQueriesContext,
        override_settings,
    )

    from audits.models import User  # noqa: PLC0415 - the same
    from audits.services import seed_scale  # noqa: PLC0415 - the same

    found = {}
    with blocker.unblock(), override_settings(MIA_REQUIRE_MFA=False):
        browser = Browser(HTTP_HOST=application.HOST)
        browser.force_login(
            User.objects.get(email=seed_scale.ADMIN),
            backend="allauth.account.auth_backends.AuthenticationBackend",
        )
        for name, paths in pages.items():
            browser.get(paths[0])
            with CaptureQueriesContext(connection) as asked:
                answer = browser.get(paths[0])
            assert answer.status_code == 200, (name, answer.status_code)
            found[name] = len(asked)
    return found


def _rows(
    clicked: Run, saturated: Run, queries: Mapping[str, int]
) -> dict[str, dict[str, float | int | None]]:
    return {
        name: {
            "requests": len(tally.seconds),
            "p50_ms": tally.percentile_ms(50),
            "p95_ms": tally.percentile_ms(95),
            "p99_ms": tally.percentile_ms(99),
            "target_p95_ms": TARGETS.get(name),
            "saturated_p95_ms": saturated.tallies[name].percentile_ms(95),
            "queries": queries[name],
            "bytes": max(tally.body_bytes, default=0),
            "failures": tally.failures + saturated.tallies[name].failures,
        }
        for name, tally in clicked.tallies.items()
    }


def _show(figures: Mapping[str, Any]) -> None:
    _told(f"\n{SIZE} clients/models/audits, filled in {figures['seed_seconds']} s")
    _told(f"{'page':<8}{'n':>6}{'p50':>8}{'p95':>8}{'target':>8}{'queries':>9}{'bytes':>9}")
    for name, row in figures["pages"].items():
        _told(
            f"{name:<8}{row['requests']:>6}{row['p50_ms'] or '-':>8}{row['p95_ms'] or '-':>8}"
            f"{row['target_p95_ms'] or '-':>8}{row['queries']:>9}{row['bytes']:>9}"
        )
    told = {name: figures[name] for name in ("requests_per_second", "saturated_per_second")}
    _told(f"{PEOPLE} people, {PAUSE_SECONDS:g} s pauses; {json.dumps(told)}")
    _told(f"first paint of the fleet, bytes (limit {FIRST_PAINT_BYTES:,}): "
          f"{json.dumps(figures['first_paint_bytes'])}")  # fmt: skip


def _missed(figures: Mapping[str, Any]) -> dict[str, float | None]:
    """What is over what is promised of it; a page that was never asked for keeps no promise."""
    told = {name: figures["pages"][name]["p95_ms"] for name in TARGETS}
    over = {name: ms for name, ms in told.items() if ms is None or ms >= TARGETS[name]}
    painted = figures["first_paint_bytes"]["total"]
    return over | ({"first_paint": painted} if painted >= FIRST_PAINT_BYTES else {})


def bench_web(
    production: dict[str, str],
    database_urls: Mapping[str, str],
    django_db_setup: None,
    django_db_blocker: Any,  # noqa: ANN401 - pytest-django's own type is private
    record_proof: Callable[..., Path | None],
) -> None:
    _manage(production, "collectstatic", "--noinput", "--verbosity=0")
    password, took, counting = _filled(production, database_urls["admin_url"])
    pages = _pages(database_urls["admin_url"])
    with _served(production) as port:
        visitors = [Visitor(application.HOST, port) for _ in range(PEOPLE)]
        for number, visitor in enumerate(visitors):
            visitor.log_in(f"technician-{number % 5 + 1}@load.example", password)
        painted = load.first_paint(visitors[0], "/fleet/")
        with load.warmed(visitors, pages) as clicking:
            clicked = clicking(seconds=SECONDS, pause=PAUSE_SECONDS, people=PEOPLE)
            saturated = clicking(seconds=SECONDS / 4, pause=0.0, people=SATURATING)
        for visitor in visitors:
            visitor.close()
    figures = {
        "size": dict(zip(("clients", "models", "audits"), map(int, SIZE.split("/")), strict=True)),
        "seed_seconds": round(took),
        "count_seconds": round(counting),
        "people": PEOPLE,
        "pause_seconds": PAUSE_SECONDS,
        "measured_seconds": round(clicked.seconds),
        "requests_per_second": clicked.per_second,
        "saturated_per_second": saturated.per_second,
        "pages": _rows(clicked, saturated, _queries(pages, django_db_blocker)),
        "first_paint_bytes": painted,
    }
    _show(figures)
    assert not any(row["failures"] for row in figures["pages"].values())  # type: ignore[attr-defined]
    record_proof("web", figures)
    missed = _missed(figures)
    assert not missed, missed
