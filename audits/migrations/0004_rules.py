from django.db import migrations

from audits.tenancy.former import RULES
from audits.tenancy.append_only import activity_chains, append_only_table
from audits.tenancy.installation import counts_of_the_installation
from audits.tenancy.made_up import made_up_world, never_of_synthetic, no_portfolio_of_synthetic
from audits.tenancy.rls import together
from audits.tenancy.waiting import count_of_all_work

# Everything that the figures of a client are counted from. Of a job it is the state alone: its
# progress is written every few seconds.
WATCHED = (
    "audits_aimodel",
    "audits_modelversion",
    "audits_audit",
    "audits_auditrun",
    "audits_dataset",
    "audits_aitool",
    "audits_checklistitem",
    "audits_checklistevidence",
    "audits_checklistpin",
    "audits_report",
)
JOBS = "audits_job"
# Changed when it is paused, goes on or ends; never there without a day of its own.
SCHEDULES = "audits_auditschedule"
NOTED = """
CREATE FUNCTION mia_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.audits_clientchange (provider_id, client_id)
        SELECT DISTINCT provider_id, client_id FROM written;
    RETURN NULL;
END $$;
CREATE FUNCTION mia_note_change_of_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.audits_clientchange (provider_id, client_id)
        SELECT DISTINCT written.provider_id, written.client_id
        FROM written JOIN before ON before.id = written.id AND before.state <> written.state;
    RETURN NULL;
END $$;
"""
NOT_NOTED = "DROP FUNCTION mia_note_change(); DROP FUNCTION mia_note_change_of_state();"
# A seal is written once: its code, then its file, then that another report has taken its place.
SEALED_ONCE = """
CREATE FUNCTION mia_seal_is_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR NEW.code <> OLD.code
        OR (OLD.pdf <> '' AND NEW.pdf <> OLD.pdf)
        OR (OLD.superseded_at IS NOT NULL AND NEW.superseded_at IS DISTINCT FROM OLD.superseded_at)
    THEN
        RAISE EXCEPTION 'a seal of a report is written once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER mia_seal_once BEFORE UPDATE OR DELETE ON audits_reportseal
    FOR EACH ROW EXECUTE FUNCTION mia_seal_is_written_once();
"""
SEALED_AT_WILL = (
    "DROP TRIGGER mia_seal_once ON audits_reportseal; DROP FUNCTION mia_seal_is_written_once();"
)


def _trigger(table, verb, seen, function="mia_note_change"):
    name = f"mia_note_{verb.lower()}"
    return migrations.RunSQL(
        f"CREATE TRIGGER {name} AFTER {verb} ON {table} REFERENCING {seen}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {function}()",
        f"DROP TRIGGER {name} ON {table}",
    )


def _noting():
    for table in (*WATCHED, JOBS):
        yield _trigger(table, "INSERT", "NEW TABLE AS written")
        yield _trigger(table, "DELETE", "OLD TABLE AS written")
    for table in (*WATCHED, SCHEDULES):
        yield _trigger(table, "UPDATE", "NEW TABLE AS written")
    both = "OLD TABLE AS before NEW TABLE AS written"
    yield _trigger(JOBS, "UPDATE", both, "mia_note_change_of_state")


class Migration(migrations.Migration):
    """What the database does by itself: chains of the log, what is never changed, what is noted."""

    dependencies = [("audits", "0003_walls")]
    replaces = RULES

    operations = [
        together(
            activity_chains(),
            *(
                append_only_table(table)
                for table in ("audits_riskdecision", "audits_catalogueedition", "audits_ratingpolicy")
            ),
            *made_up_world(),
            *(
                never_of_synthetic(table)
                for table in ("audits_report", "audits_reportschedule", "audits_reportrun")
            ),
            no_portfolio_of_synthetic(),
            migrations.RunSQL(NOTED, NOT_NOTED),
            *_noting(),
            migrations.RunSQL(SEALED_ONCE, SEALED_AT_WILL),
            count_of_all_work(),
            *counts_of_the_installation(),
        )
    ]
