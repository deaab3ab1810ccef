"""What waits before a job, counted over everybody's work: workers serve all clients in one queue.

A number, and nothing of whose work it is. The database counts it, because no scope sees the rows.
"""

from datetime import datetime

from django.db import connection, migrations

# A unit that is asked for again keeps its place: of a first unit the job's own moment counts.
_ACTIVE = "state IN ('queued', 'running')"
_COUNTED = """
        SELECT count(DISTINCT j.id) FROM public.audits_{units} u
            JOIN public.audits_{jobs} j ON j.id = u.job_id
        WHERE u.{active} AND j.{active} AND (
            u.state = 'running'
            OR CASE u.index WHEN 0 THEN j.created_at ELSE u.queued_at END < moment
        )
"""
_AHEAD = f"""
CREATE FUNCTION mia_jobs_before(moment timestamptz) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT ({_COUNTED.format(units="jobunit", jobs="job", active=_ACTIVE)})
        + ({_COUNTED.format(units="providerjobunit", jobs="providerjob", active=_ACTIVE)})
$$
"""


def count_of_all_work() -> migrations.RunSQL:
    """Let the application learn how much work waits, and nothing else about it."""
    return migrations.RunSQL(_AHEAD, "DROP FUNCTION mia_jobs_before(timestamptz)")


def jobs_before(moment: datetime) -> int:
    """Count the jobs that run, or were asked for before the moment, whoever asked for them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT mia_jobs_before(%s)", [moment])
        found: int = cursor.fetchone()[0]
    return found
