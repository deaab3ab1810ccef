"""How the installation is: each part with a state, what was found, and what to do about it.

Numbers of the whole alone: no client, no provider and no person is named, and none is asked about.
"""

import importlib.metadata
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.enums import HealthState, JobKind, ProviderJobKind, SignKind
from audits.models import SignOfLife
from audits.tenancy import installation
from audits.tenancy.former import FORMER

_OK, _WATCH, _BAD = HealthState.OK, HealthState.WATCH, HealthState.BAD
# Signs of life are written every quarter of a minute.
_QUIET, _SILENT = timedelta(minutes=1), timedelta(minutes=5)
_WAITS, _STUCK = timedelta(minutes=5), timedelta(minutes=30)
# The goal is a backup every day (README); a week without one is a failure.
_BACKUP_GOAL, _BACKUP_LATE = timedelta(days=1), timedelta(days=7)
_LOW_SHARE, _LOWEST_SHARE = 0.15, 0.05
_LOWEST_FREE = 1 << 30
_OURS = "audits"


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of the installation: its state in a word, what was found, what to do.

    What was found are one or two sentences, each by itself.
    """

    name: str
    state: HealthState
    found: str
    more: str = ""
    remedy: str = ""


@dataclass(frozen=True, kw_only=True)
class Health:
    """The whole installation at one moment."""

    at: datetime
    parts: list[Part]

    @property
    def state(self) -> HealthState:
        """The worst of all parts."""
        states = {part.state for part in self.parts}
        return next(one for one in (_BAD, _WATCH, _OK) if one in states)


def version() -> str:
    """The version of the portal that runs."""
    try:
        return importlib.metadata.version("mia-portal")
    except importlib.metadata.PackageNotFoundError:  # run from a folder that nobody installed
        return "unreleased"


def health() -> Health:
    """Look at every part."""
    now = timezone.now()
    signs = list(SignOfLife.objects.all())
    parts = [
        *_workers([one for one in signs if one.kind == SignKind.WORKER], now),
        _beat([one for one in signs if one.kind == SignKind.BEAT], now),
        *_queues(now),
        *_disks(),
        _database(),
        _files(),
        _version(),
        _backup([one for one in signs if one.kind == SignKind.BACKUP], now),
    ]
    return Health(at=now, parts=parts)


def _age(moment: datetime, now: datetime) -> str:
    """How long ago, without a direction: clocks of two machines may differ by a moment."""
    seconds = max(int((now - moment).total_seconds()), 0)
    if seconds < timedelta(minutes=1).seconds:
        return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
    return timesince(moment, now, depth=1)


def _by_age(age: timedelta, *, watch: timedelta, bad: timedelta) -> HealthState:
    if age >= bad:
        return _BAD
    return _WATCH if age >= watch else _OK


def _workers(signs: list[SignOfLife], now: datetime) -> Iterator[Part]:
    remedy = _(
        "Nothing that is asked for is worked on without one. Start a worker: manage.py up, or"
        " celery -A mia_portal worker."
    )
    if not signs:
        found = _("No worker has been seen in the last day.")
        yield Part(name=str(SignKind.WORKER.label), state=_BAD, found=found, remedy=remedy)
    is_one_alive = any(now - sign.at < _SILENT for sign in signs)
    for sign in signs:
        state = _by_age(now - sign.at, watch=_QUIET, bad=_SILENT)
        if state == _BAD and is_one_alive:  # one that was replaced: its host had another name
            state, remedy = _WATCH, _("Others work; it is forgotten a day after its last sign.")
        found = _("Last sign of life %(age)s ago.") % {"age": _age(sign.at, now)}
        name = _("Worker %(name)s") % {"name": sign.name}
        yield Part(name=name, state=state, found=found, remedy="" if state == _OK else remedy)


def _beat(signs: list[SignOfLife], now: datetime) -> Part:
    remedy = _(
        "Leases, letters, schedules and last days wait for it. Start one beat: manage.py up, or"
        " celery -A mia_portal beat."
    )
    name = str(SignKind.BEAT.label)
    if not signs:
        return Part(name=name, state=_BAD, found=_("It has never been seen."), remedy=remedy)
    state = _by_age(now - signs[0].at, watch=_QUIET, bad=_SILENT)
    found = _("Last sign of life %(age)s ago.") % {"age": _age(signs[0].at, now)}
    return Part(name=name, state=state, found=found, remedy="" if state == _OK else remedy)


def _queues(now: datetime) -> Iterator[Part]:
    """Work of each kind, whoever asked for it."""
    counted = {work.kind: work for work in installation.work_by_kind()}
    for kind in (*JobKind, *ProviderJobKind):
        name = _("Queue: %(kind)s") % {"kind": kind.label}
        work = counted.get(kind)
        if work is None:
            yield Part(name=name, state=_OK, found=_("Nothing waits and nothing runs."))
            continue
        told = _("%(waiting)d waiting, %(running)d running.") % {
            "waiting": work.waiting,
            "running": work.running,
        }
        if work.oldest is None:
            yield Part(name=name, state=_OK, found=told)
            continue
        state = _by_age(now - work.oldest, watch=_WAITS, bad=_STUCK)
        oldest = _("The oldest waits %(age)s.") % {"age": _age(work.oldest, now)}
        remedy = _("Look at the workers above; more of them work on more at once.")
        yield Part(
            name=name,
            state=state,
            found=told,
            more=oldest,
            remedy="" if state == _OK else remedy,
        )


def _disks() -> Iterator[Part]:
    """The disks of stored files and of the state folder; once where both are one."""
    named = {
        _("Disk of stored files"): settings.MIA_STORAGE_ROOT,
        _("Disk of the state folder"): settings.MIA_STATE_DIR,
    }
    seen: set[int] = set()
    for name, folder in named.items():
        place = _existing(folder)
        device = place.stat().st_dev
        if device in seen:
            continue
        seen.add(device)
        usage = shutil.disk_usage(place)
        yield disk(name, total=usage.total, free=usage.free)


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that was made already."""
    return next(one for one in (folder, *folder.absolute().parents) if one.is_dir())


def disk(name: str, *, total: int, free: int) -> Part:
    """Judge a disk of this size with so much room."""
    state = _OK
    if free < _LOW_SHARE * total:
        state = _WATCH
    if free < max(_LOWEST_SHARE * total, _LOWEST_FREE):
        state = _BAD
    found = _("%(free)s free of %(total)s.") % {
        "free": filesizeformat(free),
        "total": filesizeformat(total),
    }
    remedy = _("Make room or enlarge the disk: a full one stops uploads and the database.")
    return Part(name=name, state=state, found=found, remedy="" if state == _OK else remedy)


def _database() -> Part:
    size = filesizeformat(installation.database_size())
    major = connection.pg_version // 10_000  # type: ignore[attr-defined]
    found = _("PostgreSQL %(major)d answers; the database has %(size)s.") % {
        "major": major,
        "size": size,
    }
    return Part(name=_("Database"), state=_OK, found=found)


def _files() -> Part:
    stored = installation.stored(usual_limit=settings.MIA_CLIENT_STORAGE_BYTES)
    found = ngettext(
        "%(count)d stored file of all clients, %(size)s.",
        "%(count)d stored files of all clients, %(size)s.",
        stored.files,
    ) % {"count": stored.files, "size": filesizeformat(stored.size)}
    if not stored.clients_nearly_full:
        return Part(name=_("Stored files"), state=_OK, found=found)
    full = ngettext(
        "%(count)d client has used nine tenths of its space or more.",
        "%(count)d clients have used nine tenths of their space or more.",
        stored.clients_nearly_full,
    ) % {"count": stored.clients_nearly_full}
    remedy = _(
        "Their providers see which on the settings page of each client: delete old versions there,"
        " or allow more."
    )
    return Part(name=_("Stored files"), state=_WATCH, found=found, more=full, remedy=remedy)


def _version() -> Part:
    loader = MigrationLoader(connection)
    known, applied = set(loader.disk_migrations), set(loader.applied_migrations)
    name, waiting = _("Version"), len(known - applied)
    later = [one for app, one in applied - known - {*FORMER} if app == _OURS]
    told = _("MIA Portal %(version)s.") % {"version": version()}
    if waiting:
        found = ngettext(
            "%(count)d migration is not applied.", "%(count)d migrations are not applied.", waiting
        ) % {"count": waiting}
        remedy = _("Run manage.py migrate --database owner, or restart manage.py up.")
        return Part(name=name, state=_BAD, found=told, more=found, remedy=remedy)
    if later:
        found = _("The database was used by a newer version.")
        remedy = _("Install that version again, or restore the backup made before it.")
        return Part(name=name, state=_BAD, found=told, more=found, remedy=remedy)
    last = max(one for app, one in known if app == _OURS)
    found = _("All migrations are applied, the last is %(name)s.") % {"name": last}
    return Part(name=name, state=_OK, found=told, more=found)


def _backup(signs: list[SignOfLife], now: datetime) -> Part:
    remedy = _("Run manage.py backup FILE every day, and keep the file on another machine.")
    name = _("Last backup")
    if not signs:
        return Part(name=name, state=_BAD, found=_("None has been made."), remedy=remedy)
    (sign,) = signs
    state = _by_age(now - sign.at, watch=_BACKUP_GOAL, bad=_BACKUP_LATE)
    found = _("Made %(age)s ago, %(size)s.") % {
        "age": _age(sign.at, now),
        "size": filesizeformat(sign.details.get("size", 0)),
    }
    missing, lacking = sign.details.get("missing", 0), ""
    if missing:
        lacking = ngettext(
            "%(count)d stored file was not there and is not in it.",
            "%(count)d stored files were not there and are not in it.",
            missing,
        ) % {"count": missing}
        state = _BAD
        remedy = _("Look why files are missing: manage.py restore FILE --inspect names them.")
    return Part(
        name=name, state=state, found=found, more=lacking, remedy="" if state == _OK else remedy
    )
