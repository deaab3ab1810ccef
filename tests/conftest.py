"""What every test may ask for: a real database, a real broker, the whole running portal."""

import copy
import gc
import json
import os
import platform
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import database, keeper
from tests.stack import LiveStack

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from tests.factories import World
    from tests.web.sign_on.identity_provider import IdentityProvider

_PROOFS = keeper.ROOT / "docs" / "proofs"
_SERVICES = ("MIA_TEST_DATABASE_URL", "MIA_TEST_REDIS_URL", "MIA_TEST_AMQP_URL")
# The one without a window comes first: it draws the same pages for much less work.
_BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# Whole portals: tests that need the same one go to one worker; `--dist loadgroup` starts with the
# largest groups. Pages that are furnished for many tests take about as long as all stories that
# begin with nothing, so the browser's tests are two groups, which two workers begin with.
_SHARED = ("furnished", "live_stack", "portal")
_LONGEST_NAME = 80
_KEEPER = pytest.StashKey[keeper.Keeper]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("mia")
    group.addoption("--require-browser", action="store_true", help="fail where no browser is found")
    group.addoption(
        "--require-services", action="store_true", help="fail where a server is unnamed"
    )
    group.addoption("--write-proofs", action="store_true", help="write docs/proofs/NAME.json")


def pytest_configure(config: pytest.Config) -> None:
    # Started in the background of a script the interrupt is ignored, by every child as well.
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if not hasattr(config, "workerinput"):
        config.stash[_KEEPER] = keeper.Keeper()


def pytest_collection_finish() -> None:
    """Have the collector look through what lives as long as the run no more, as the portal does."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_unconfigure(config: pytest.Config) -> None:
    kept = config.stash.get(_KEEPER, None)
    if kept is not None:
        kept.close()


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long measurements out unless they were asked for; share what is slow to start."""
    for item in items:
        asked = getattr(item, "fixturenames", ())
        for fixture in [one for one in _SHARED if one in asked][:1]:
            item.add_marker(pytest.mark.xdist_group(fixture))
    if "proof" in (config.option.markexpr or ""):
        return
    left_out = [item for item in items if item.get_closest_marker("proof")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Name long values by their length: a name goes from process to process many times."""
    if isinstance(val, bytes | str) and len(val) > _LONGEST_NAME:
        return f"{argname} of {len(val)}"
    return None


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser") and chromium() is None:
        _miss("no Chromium found (set MIA_CHROMIUM or install chromium)", "--require-browser", item)
    marker = item.get_closest_marker("services")
    if marker is not None:
        lacking = [name for name in marker.args or _SERVICES if not os.environ.get(name)]
        if lacking:
            _miss(f"{', '.join(lacking)} not set", "--require-services", item)


def _miss(reason: str, option: str, item: pytest.Item) -> None:
    if item.config.getoption(option):
        pytest.fail(f"{option}: {reason}", pytrace=False)
    pytest.skip(reason)


def chromium() -> str | None:
    named = os.environ.get("MIA_CHROMIUM")
    return named or next((path for name in _BROWSERS if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    found = chromium()
    assert found is not None, "mark the test with pytest.mark.browser"
    return found


@pytest.fixture(scope="session")
def database_urls() -> dict[str, Any]:
    """`app_url` and `owner_url` of this process's own copy of the migrated database."""
    return keeper.ask("clone", os.environ.get("PYTEST_XDIST_WORKER", "gw"))


@pytest.fixture(scope="session")
def redis_urls() -> dict[str, Any]:
    """`broker` and `cache` URLs of a real server that speaks the Redis protocol."""
    return keeper.ask("redis", "")


@pytest.fixture(scope="session")
def amqp_url() -> str:
    return os.environ["MIA_TEST_AMQP_URL"]


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_blocker: Any,  # noqa: ANN401 - pytest-django's own type is private
    database_urls: Mapping[str, str],
) -> Iterator[None]:
    """Connect as mia_app to a copy of the database that mia_owner migrated."""
    from django.db import connections  # noqa: PLC0415 - other tests need no Django

    with django_db_blocker.unblock():
        connection = connections["default"]
        connection.close()
        # In place: connections of other threads are made from the same mapping.
        connection.settings_dict.update(database.django_settings(database_urls["app_url"]))
        asked = connection.settings_dict["OPTIONS"]["options"]
        connection.settings_dict["OPTIONS"] = {"options": asked}
        operations = database.SwiftFlush(connection)
        operations.admin_url = database_urls["admin_url"]
        connection.ops = operations
    yield
    with django_db_blocker.unblock():
        connections.close_all()


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> None:
    """Before a test's transaction begins, lead it to the database that it plays in."""
    if fixturedef.argname == "_django_db_helper":
        request.getfixturevalue("database_of_the_test")


@pytest.fixture(scope="session")
def cast_urls() -> dict[str, Any]:
    """`app_url` of this process's own copy in which the cast is kept."""
    return keeper.ask("clone", f"cast_{os.environ.get('PYTEST_XDIST_WORKER', 'gw')}")


@pytest.fixture
def database_of_the_test(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    django_db_blocker: Any,  # noqa: ANN401 - pytest-django's own type is private
    database_urls: Mapping[str, str],
) -> "World | None":
    """Connect to the kept cast where a test only borrows it, to an empty database elsewhere."""
    from tests import casts  # noqa: PLC0415 - other tests need no Django

    with django_db_blocker.unblock():
        if not casts.is_lent(request):
            casts.connect(database_urls["app_url"])
            return None
        kept = casts.committed(request.getfixturevalue("cast_urls")["app_url"])
        if kept is None:
            casts.connect(database_urls["app_url"])
        return kept


@pytest.fixture
def world(db: None, database_of_the_test: "World | None") -> "World":
    """Two providers, two clients each, one row of everything, a person of every kind."""
    from tests.factories import build_world  # noqa: PLC0415 - other tests need no Django

    return copy.deepcopy(database_of_the_test) or build_world()


@pytest.fixture(scope="module")
def cast_of_app(
    django_db_setup: None,
    django_db_blocker: Any,  # noqa: ANN401 - pytest-django's own type is private
    database_urls: Mapping[str, str],
) -> Iterator["World"]:
    """The same cast once for a module; `tests.casts.undone` lends it to each test.

    Not together with `db` in one module: both hold the connection's transaction.
    """
    from tests import casts  # noqa: PLC0415 - other tests need no Django

    with casts.kept(database_urls["app_url"], django_db_blocker) as cast:
        yield cast


@pytest.fixture(scope="module")
def cast_logged_in(cast_of_app: "World") -> "World":
    """The cast of the module with everybody logged in, so that a page costs the page alone."""
    from tests.web.doors import log_everybody_in  # noqa: PLC0415 - other tests need no Django

    return log_everybody_in(cast_of_app)


@pytest.fixture(scope="module")
def cast_marked(
    cast_logged_in: "World", tmp_path_factory: pytest.TempPathFactory
) -> Iterator["World"]:
    """The same with a mark of its own in every text of every client, and files to download."""
    from tests.web import marked  # noqa: PLC0415 - other tests need no Django

    with marked.furnished(cast_logged_in, tmp_path_factory.mktemp("marked")):
        yield cast_logged_in


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[IdentityProvider]":
    """Somebody's identity provider, for the browser and the running portal."""
    from tests.web.sign_on import identity_provider  # noqa: PLC0415 - other tests need none

    with identity_provider.started(tmp_path_factory.mktemp("company")) as provider:
        yield provider


@pytest.fixture(scope="session")
def live_stack(
    tmp_path_factory: pytest.TempPathFactory, company: "IdentityProvider"
) -> Iterator[LiveStack]:
    """The whole portal as real processes on a throw-away state folder."""
    folder = tmp_path_factory.mktemp("stack")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MIA_OUTBOUND_ALLOW", company.endpoint)
        environment.setenv("MIA_OUTBOUND_CA_FILE", company.authority)
        with LiveStack.started(folder / "state", log=folder / "log") as stack:
            yield stack


def _circumstances() -> dict[str, Any]:
    """When, on which commit and on what kind of machine a measurement was made."""
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"],  # noqa: S607 - whichever git is there
        cwd=keeper.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit.stdout.strip() or None,
        "machine": {
            "system": platform.system(),
            "architecture": platform.machine(),
            "processors": os.cpu_count(),
            "python": platform.python_version(),
        },
    }


@pytest.fixture(scope="session")
def record_proof(pytestconfig: pytest.Config) -> Callable[[str, Mapping[str, Any]], Path | None]:
    """Write a measurement to docs/proofs/NAME.json, when asked to with --write-proofs."""

    def record(name: str, values: Mapping[str, Any]) -> Path | None:
        if not pytestconfig.getoption("--write-proofs"):
            return None
        path = _PROOFS / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        told = {"figures": values, **_circumstances()}
        path.write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        return path

    return record


@pytest.fixture
def storage_folder(tmp_path: Path, settings: "Settings") -> Path:
    settings.STORAGE_URL = f"file://{tmp_path}"
    settings.MIA_STORAGE_ROOT = tmp_path
    return tmp_path
