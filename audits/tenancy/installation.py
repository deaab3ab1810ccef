"""What the installation as a whole has: counted over everybody's rows, as numbers alone.

No scope sees all of it, so the database counts. Neither function says whose anything is.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, migrations

# A unit that is rung for again is stamped anew: of a first unit the job's own moment counts.
_COUNTED = """
    SELECT j.kind::text, count(DISTINCT j.id) FILTER (WHERE u.state = 'queued'),
        count(DISTINCT j.id) FILTER (WHERE u.state = 'running'),
        min(CASE u.index WHEN 0 THEN j.created_at ELSE u.queued_at END)
            FILTER (WHERE u.state = 'queued')
    FROM public.audits_{units} u JOIN public.audits_{jobs} j ON j.id = u.job_id
    WHERE u.{active} AND j.{active} GROUP BY j.kind
"""
_ACTIVE = "state IN ('queued', 'running')"
_WORK = f"""
CREATE FUNCTION mia_work_by_kind()
RETURNS TABLE (kind text, waiting bigint, running bigint, oldest timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    {_COUNTED.format(units="jobunit", jobs="job", active=_ACTIVE)}
    UNION ALL
    {_COUNTED.format(units="providerjobunit", jobs="providerjob", active=_ACTIVE)}
$$
"""
_STORED = """
CREATE FUNCTION mia_stored(usual bigint)
RETURNS TABLE (files bigint, bytes bigint, clients_nearly_full bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH used AS (
        SELECT f.client_id, count(*) AS files, sum(f.size) AS bytes
        FROM public.audits_storedfile f GROUP BY f.client_id
    )
    SELECT coalesce(sum(u.files), 0)::bigint, coalesce(sum(u.bytes), 0)::bigint,
        count(*) FILTER (
            WHERE u.bytes * 10 >= 9 * coalesce(c.storage_limit_mb * 1048576::bigint, usual))
    FROM used u JOIN public.audits_client c ON c.id = u.client_id
$$
"""


@dataclass(frozen=True)
class WorkOfAKind:
    """How many jobs of a kind wait and run, and since when the first of them waits."""

    kind: str
    waiting: int
    running: int
    oldest: datetime | None


@dataclass(frozen=True)
class Stored:
    """What all clients have stored, and how many have used nine tenths of their space."""

    files: int
    size: int
    clients_nearly_full: int


def counts_of_the_installation() -> list[migrations.RunSQL]:
    """Let the application learn these numbers, and nothing else about them."""
    return [
        migrations.RunSQL(_WORK, "DROP FUNCTION mia_work_by_kind()"),
        migrations.RunSQL(_STORED, "DROP FUNCTION mia_stored(bigint)"),
    ]


def work_by_kind() -> list[WorkOfAKind]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM mia_work_by_kind()")
        return [WorkOfAKind(*row) for row in cursor.fetchall()]


def stored(*, usual_limit: int) -> Stored:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM mia_stored(%s)", [usual_limit])
        return Stored(*cursor.fetchone())


def database_size() -> int:
    """Bytes of the whole database on its server's disk."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        size: int = cursor.fetchone()[0]
    return size
