import django.db.models.deletion
from django.db import migrations, models

from audits.tenancy.rls import tenant_table

# Everything that the figures of a client are counted from. Of a job it is the state alone: its
# progress is written every few seconds.
WATCHED = (
    "audits_aimodel",
    "audits_modelversion",
    "audits_audit",
    "audits_dataset",
    "audits_aitool",
    "audits_checklistitem",
    "audits_checklistevidence",
    "audits_checklistpin",
    "audits_report",
)
JOBS = "audits_job"

FUNCTIONS = """
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
NO_FUNCTIONS = "DROP FUNCTION mia_note_change(); DROP FUNCTION mia_note_change_of_state();"


def _trigger(table, verb, seen, function):
    name = f"mia_note_{verb.lower()}"
    return migrations.RunSQL(
        f"CREATE TRIGGER {name} AFTER {verb} ON {table} REFERENCING {seen}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {function}()",
        f"DROP TRIGGER {name} ON {table}",
    )


def _triggers():
    for table in (*WATCHED, JOBS):
        yield _trigger(table, "INSERT", "NEW TABLE AS written", "mia_note_change")
        yield _trigger(table, "DELETE", "OLD TABLE AS written", "mia_note_change")
    for table in WATCHED:
        yield _trigger(table, "UPDATE", "NEW TABLE AS written", "mia_note_change")
    both = "OLD TABLE AS before NEW TABLE AS written"
    yield _trigger(JOBS, "UPDATE", both, "mia_note_change_of_state")


def _owned(*fields):
    def key(to):
        return models.ForeignKey(
            on_delete=django.db.models.deletion.PROTECT, related_name="+", to=to
        )

    return [
        (
            "id",
            models.BigAutoField(
                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
            ),
        ),
        *fields,
        ("client", key("audits.client")),
        ("provider", key("audits.provider")),
    ]


class Migration(migrations.Migration):
    dependencies = [("audits", "0024_report_seals")]

    operations = [
        migrations.CreateModel(
            name="ClientFigures",
            fields=_owned(
                ("figures", models.JSONField(default=dict, verbose_name="figures")),
                ("basis", models.CharField(blank=True, max_length=100)),
                ("until", models.DateTimeField()),
            ),
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("client", "id"), name="client_figures_client_id_uniq"
                    ),
                    models.UniqueConstraint(fields=("client",), name="client_figures_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ClientChange",
            fields=_owned(),
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("client", "id"), name="client_change_client_id_uniq"
                    ),
                ],
            },
        ),
        tenant_table("audits_clientfigures"),
        tenant_table("audits_clientchange"),
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
        *_triggers(),
    ]
