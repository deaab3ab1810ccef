from django.db import migrations

RUNS, SCHEDULES = "audits_auditrun", "audits_auditschedule"


def _trigger(table, verb, seen):
    name = f"mia_note_{verb.lower()}"
    return migrations.RunSQL(
        f"CREATE TRIGGER {name} AFTER {verb} ON {table} REFERENCING {seen}"
        " FOR EACH STATEMENT EXECUTE FUNCTION mia_note_change()",
        f"DROP TRIGGER {name} ON {table}",
    )


class Migration(migrations.Migration):
    """Days without an audit count in the figures of a client.

    A schedule changes them when it is paused, goes on or ends, and never without a day of its own.
    """

    dependencies = [("audits", "0044_plan_of_everyone")]

    operations = [
        _trigger(RUNS, "INSERT", "NEW TABLE AS written"),
        _trigger(RUNS, "UPDATE", "NEW TABLE AS written"),
        _trigger(RUNS, "DELETE", "OLD TABLE AS written"),
        _trigger(SCHEDULES, "UPDATE", "NEW TABLE AS written"),
    ]
