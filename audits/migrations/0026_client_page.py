import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from audits.tenancy.rls import same_client_key, tenant_table

TABLE = "audits_note"
SAME_CLIENT_KEYS = [
    (TABLE, "model_id", "audits_aimodel"),
    (TABLE, "dataset_id", "audits_dataset"),
    (TABLE, "tool_id", "audits_aitool"),
]


def _about(to):
    return models.ForeignKey(
        blank=True,
        null=True,
        on_delete=django.db.models.deletion.CASCADE,
        related_name="+",
        to=to,
    )


def _owner(to):
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=to
    )

# What the documents of finished audits say already.
VERSIONS = """
UPDATE audits_audit SET
    engine_version = left(coalesce(document -> 'provenance' ->> 'engine_version', ''), 40),
    house_policy = left(coalesce(document -> 'provenance' ->> 'rating_policy', ''), 40)
WHERE document IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("audits", "0025_client_figures")]

    operations = [
        migrations.CreateModel(
            name="Note",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(max_length=2000, verbose_name="note")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("model", _about("audits.aimodel")),
                ("dataset", _about("audits.dataset")),
                ("tool", _about("audits.aitool")),
                ("client", _owner("audits.client")),
                ("provider", _owner("audits.provider")),
            ],
            options={
                "ordering": ["-id"],
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [models.Index(fields=["client", "-id"], name="note_newest")],
                "constraints": [
                    models.UniqueConstraint(fields=("client", "id"), name="note_client_id_uniq"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("dataset", None), ("model", None)),
                            models.Q(("model", None), ("tool", None)),
                            models.Q(("dataset", None), ("tool", None)),
                            _connector="OR",
                        ),
                        name="note_about_one_thing",
                    ),
                ],
            },
        ),
        tenant_table(TABLE),
        *(same_client_key(*key) for key in SAME_CLIENT_KEYS),
        *(
            migrations.AddField(
                model_name="audit",
                name=name,
                field=models.CharField(blank=True, max_length=40),
            )
            for name in ("engine_version", "house_policy")
        ),
        migrations.RunSQL(VERSIONS, migrations.RunSQL.noop),
    ]
