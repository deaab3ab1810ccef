"""A restore that loses its database or its life at any step: all of it or nothing, found out later.

Files must follow what the database did, and it alone knows that after a lost answer.
"""

import base64
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from audits.servers import transactions
from audits.servers.errors import ServerError
from audits.servers.transactions import Transaction, UnknownOutcomeError
from audits.services import backup, backup_files, backup_moves, restore
from audits.services.backup import Place
from audits.services.backup_stream import BackupError
from tests.backup import rows, unreliable
from tests.factories import World
from tests.keeper import ROOT

State = tuple[dict[str, list[Any]], dict[str, bytes]]
pytestmark = pytest.mark.django_db(transaction=True)
LATER = "0" * 32


class Changed:
    """An installation that went on after its backup: `then` is in the file, `now` is there."""

    def __init__(self, world: World, urls: dict[str, Any], root: Path, folder: Path) -> None:
        self.urls, self.root, self.folder = urls, root, folder
        self.place, self.path = rows.place_of(urls, root), folder / "mia.backup"
        backup.make(path=self.path, key=rows.KEY, place=self.place)
        self.then = self.state()
        with world.here.scope():
            world.here.model.name = "Changed since"
            world.here.model.save()
        (root / LATER).write_bytes(b"of a client that came later")
        (root / max(self.then[1])).write_bytes(b"damaged")
        self.now = self.state()

    def state(self) -> State:
        return rows.at(self.urls, self.root)

    def restored(self, place: Place) -> restore.Restored:
        return restore.restore(path=self.path, key=rows.KEY, place=place, replace=True)

    def is_half_way(self) -> bool:
        return any(path.name.startswith(".before-") for path in self.root.iterdir())

    def next_run(self) -> State:
        backup.make(path=self.folder / "next.backup", key=rows.KEY, place=self.place)
        return self.state()


@pytest.fixture
def changed(
    filled: World, database_urls: dict[str, Any], storage_folder: Path, elsewhere: Path
) -> Changed:
    made = Changed(filled, database_urls, storage_folder, elsewhere)
    assert made.then != made.now
    return made


def test_a_commit_that_never_arrived_leaves_everything_as_it_was(changed: Changed) -> None:
    place = unreliable.reached_badly(changed.place, changed.folder / "bin", "lost", arrives=False)
    with pytest.raises(ServerError, match=r"nothing was changed: .*was lost"):
        changed.restored(place)
    assert changed.state() == changed.now


@pytest.mark.parametrize("kind", ["lost", "interrupted"])
def test_a_commit_whose_answer_was_lost_is_still_one(changed: Changed, kind: str) -> None:
    """Also where somebody presses Ctrl-C while it is waited for."""
    place = unreliable.reached_badly(changed.place, changed.folder / "bin", kind, arrives=True)
    assert changed.restored(place).left == []
    assert changed.state() == changed.then
    assert signal.getsignal(signal.SIGINT) is not signal.SIG_IGN


def test_while_nobody_knows_how_it_ended_nothing_is_thrown_away(changed: Changed) -> None:
    name = psycopg.conninfo.conninfo_to_dict(changed.urls["admin_url"])["dbname"]
    admin = psycopg.conninfo.make_conninfo(changed.urls["admin_url"], dbname="postgres")
    closed = f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS '
    place = unreliable.reached_badly(
        changed.place,
        changed.folder / "bin",
        "lost",
        arrives=True,
        admin=admin,
        commands=(f"{closed} false",),
    )
    with psycopg.connect(admin, autocommit=True) as connection:
        try:
            with pytest.raises(UnknownOutcomeError, match="does not say whether"):
                changed.restored(place)
            assert changed.is_half_way()
            with pytest.raises(ServerError, match="does not answer"):
                changed.next_run()
            assert changed.is_half_way()
        finally:
            connection.execute(f"{closed} true".encode())
    changed.next_run()
    assert changed.state() == changed.then


@pytest.mark.parametrize("arrives", [1, 0])
def test_a_restore_that_was_killed_is_put_right_by_the_next_run(
    changed: Changed, arrives: int
) -> None:
    place = unreliable.reached_badly(
        changed.place, changed.folder / "bin", "killed", arrives=bool(arrives)
    )
    done = subprocess.run(
        [sys.executable, "manage.py", "restore", str(changed.path), "--replace"],
        cwd=ROOT,
        env={
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            **place.environment,
            "DATABASE_URL": changed.urls["app_url"],
            "DATABASE_OWNER_URL": changed.urls["owner_url"],
            "BROKER_URL": "memory://",
            "STORAGE_URL": f"file://{changed.root}",
            "SECRET_KEY": "for-tests-only-" + "x" * 50,
            "MIA_ENCRYPTION_KEY": base64.urlsafe_b64encode(rows.KEY).decode(),
            "ALLOWED_HOSTS": "portal.example",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert changed.is_half_way()
    assert changed.next_run() == (changed.then if arrives else changed.now)


class Death:
    """Ends a process at one of its steps on the disk, as a signal or a lost power supply would."""

    def __init__(self) -> None:
        self._steps_left: int | None = None
        sys.addaudithook(self._seen)

    def _seen(self, event: str, _arguments: tuple[object, ...]) -> None:
        if self._steps_left is None or event not in {"os.rename", "os.remove", "os.rmdir"}:
            return
        if self._steps_left == 0:
            raise SystemExit  # and at each later step: the dead tidy nothing up
        self._steps_left -= 1

    @contextlib.contextmanager
    def near(self) -> Iterator[None]:
        """Let it come in this block, from `after` on."""
        try:
            yield
        finally:
            self._steps_left = None

    def after(self, steps: int) -> None:
        self._steps_left = steps


@pytest.fixture(scope="module")
def death() -> Death:
    return Death()


@pytest.fixture
def ended(database_urls: dict[str, Any]) -> Iterator[Callable[[str], Transaction]]:
    """Real transactions of the database, and how each ended."""
    with psycopg.connect(database_urls["owner_url"]) as connection:

        def made(end: str) -> Transaction:
            text = transactions._HERE.format(place="place", number="number").encode()
            place, number = connection.execute(text).fetchone() or ("", "")
            connection.execute(end.encode())
            return Transaction(place=str(place), number=str(number))

        yield made


OLD = {"both1": b"old", "both2": b"old", "gone": b"old"}
NEW = {"both1": b"new", "both2": b"new", "fresh": b"new"}


class FailedError(Exception):
    """The database did not follow."""


def does_not_follow() -> None:
    raise FailedError


def carried_out(root: Path, death: Death, steps: int, transaction: Transaction) -> str:
    """Do as a restore does whose transaction is not made permanent; says how it came out."""
    with death.near():
        try:
            with backup_moves.staged(root) as files:
                stage(files)
                death.after(steps)
                files.put_in_place(transaction)
                does_not_follow()
        except (FailedError, SystemExit) as error:
            return type(error).__name__
    return "made"


def settled(root: Path, death: Death, steps: int, transaction: Transaction) -> str:
    """Do as a restore does whose transaction was made permanent; says how it came out."""
    with death.near():
        try:
            with backup_moves.staged(root) as files:
                stage(files)
                files.put_in_place(transaction)
                death.after(steps)
                assert files.settle() == []
        except SystemExit as error:
            return type(error).__name__
    return "made"


def stage(files: backup_moves.Staged) -> None:
    for name, data in NEW.items():
        with files.file(name) as file:
            file.write(data)


@pytest.mark.parametrize(
    ("act", "last", "wanted"), [(carried_out, "FailedError", OLD), (settled, "made", NEW)]
)
def test_wherever_it_is_cut_off_the_files_follow_the_database(
    tmp_path: Path,
    death: Death,
    ended: Callable[[str], Transaction],
    database_urls: dict[str, Any],
    act: Callable[[Path, Death, int, Transaction], str],
    last: str,
    wanted: dict[str, bytes],
) -> None:
    transaction = ended("COMMIT" if wanted is NEW else "ROLLBACK")
    outcomes: list[str] = []
    while last not in outcomes:
        root = tmp_path / str(len(outcomes))
        root.mkdir()
        for name, data in OLD.items():
            (root / name).write_bytes(data)
        outcomes.append(act(root, death, len(outcomes), transaction))
        with backup_files.held(root, conninfo=database_urls["owner_url"]):
            assert rows.files_in(root) == wanted, outcomes
    assert outcomes[:4] == ["SystemExit"] * 4


def test_what_an_earlier_version_kept_aside_is_put_back(
    tmp_path: Path, database_urls: dict[str, Any]
) -> None:
    before = tmp_path / f".before-{'0' * 16}"
    before.mkdir()
    (before / LATER).write_bytes(b"kept")
    with backup_files.held(tmp_path, conninfo=database_urls["owner_url"]):
        assert rows.files_in(tmp_path) == {LATER: b"kept"}


def test_a_transaction_that_the_database_does_not_know_stops_everything(
    tmp_path: Path, ended: Callable[[str], Transaction], database_urls: dict[str, Any]
) -> None:
    conninfo, known = database_urls["owner_url"], ended("ROLLBACK")
    assert transactions.is_committed(conninfo, known) is False
    for place, number in (("of/another", known.number), (known.place, str(1 << 60))):
        transaction = Transaction(place=place, number=number)
        root = tmp_path / place.replace("/", "-")
        root.mkdir()
        with pytest.raises(UnknownOutcomeError), backup_moves.staged(root) as files:
            stage(files)
            files.put_in_place(transaction)
            raise UnknownOutcomeError  # as a commit without an answer does
        before = {path.name for path in root.iterdir()}
        with (
            pytest.raises(BackupError, match="does not say how it ended"),
            backup_files.held(root, conninfo=conninfo),
        ):
            pass
        assert {path.name for path in root.iterdir()} == before


def test_what_cannot_be_removed_is_named_and_undoes_nothing(
    tmp_path: Path, ended: Callable[[str], Transaction]
) -> None:
    (tmp_path / "gone").write_bytes(b"old")
    with backup_moves.staged(tmp_path) as files:
        stage(files)
        files.put_in_place(ended("COMMIT"))
        (tmp_path / "gone").unlink()
        (tmp_path / "gone").mkdir()
        assert files.settle() == ["gone"]
    assert {path.name for path in tmp_path.iterdir()} == {"gone", *NEW}
