import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from audits.tenancy.append_only import append_only_table
from audits.tenancy.rls import same_client_key, tenant_table

TREATMENTS = [("accept", "Accept"), ("fix", "Fix"), ("avoid", "Avoid"), ("transfer", "Transfer")]
TABLES = [
    "audits_checklistpin",
    "audits_checklistevidence",
    "audits_checklistcomment",
    "audits_riskdecision",
]
SAME_CLIENT_KEYS = [
    ("audits_checklistevidence", "item_id", "audits_checklistitem"),
    ("audits_checklistevidence", "file_id", "audits_storedfile"),
    ("audits_checklistcomment", "item_id", "audits_checklistitem"),
    ("audits_riskdecision", "item_id", "audits_checklistitem"),
]


def _key(to, *, on_delete=django.db.models.deletion.PROTECT, related_name="+", **options):
    return models.ForeignKey(on_delete=on_delete, related_name=related_name, to=to, **options)


def _person(**options):
    return _key(
        settings.AUTH_USER_MODEL, on_delete=django.db.models.deletion.SET_NULL, null=True, **options
    )


def _row(*fields):
    return [
        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
        *fields,
        ("client", _key("audits.client")),
        ("provider", _key("audits.provider")),
    ]


class Migration(migrations.Migration):
    dependencies = [("audits", "0019_dataset_intake")]

    operations = [
        migrations.CreateModel(
            name="CatalogueEdition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.CharField(max_length=20)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("controls", models.JSONField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={"ordering": ["id"]},
        ),
        migrations.CreateModel(
            name="ChecklistPin",
            fields=_row(
                ("pinned_at", models.DateTimeField(auto_now=True)),
                ("edition", _key("audits.catalogueedition")),
            ),
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("client", "id"), name="checklistpin_client_id_uniq"),
                    models.UniqueConstraint(fields=("client",), name="checklistpin_one_per_client"),
                ],
            },
        ),
        migrations.AddField(
            model_name="checklistitem",
            name="status",
            field=models.CharField(
                choices=[
                    ("to_do", "To do"),
                    ("in_progress", "In progress"),
                    ("in_review", "In review"),
                    ("done", "Done"),
                ],
                default="to_do",
                max_length=20,
                verbose_name="status",
            ),
        ),
        migrations.AddField(
            model_name="checklistitem", name="owner", field=_person(blank=True, verbose_name="owner")
        ),
        migrations.AlterField(
            model_name="checklistitem",
            name="owner_name",
            field=models.CharField(blank=True, max_length=200, verbose_name="somebody without an account"),
        ),
        migrations.AddField(
            model_name="checklistitem",
            name="decided",
            field=models.CharField(blank=True, choices=TREATMENTS, default="", max_length=20, verbose_name="decision"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="checklistitem", name="confirmed_by", field=_person(blank=True)
        ),
        migrations.AddField(
            model_name="checklistitem",
            name="confirmed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="checklistitem",
            name="retired_from",
            field=_key("audits.catalogueedition", blank=True, null=True),
        ),
        # What is in place is done, and what was left out waits for the second person.
        migrations.RunSQL(
            "UPDATE audits_checklistitem SET status = CASE answer"
            " WHEN 'yes' THEN 'done' WHEN 'not_applicable' THEN 'in_review' ELSE status END",
            migrations.RunSQL.noop,
        ),
        migrations.AddConstraint(
            model_name="checklistitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("confirmed_at", None), ("answer", "not_applicable"), _connector="OR"),
                name="checklistitem_confirmed_is_not_applicable",
            ),
        ),
        migrations.AddConstraint(
            model_name="checklistitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("confirmed_by", None),
                    ("answered_by", None),
                    models.Q(("confirmed_by", models.F("answered_by")), _negated=True),
                    _connector="OR",
                ),
                name="checklistitem_confirmed_by_another_person",
            ),
        ),
        migrations.CreateModel(
            name="ChecklistEvidence",
            fields=_row(
                ("kind", models.CharField(choices=[("file", "File"), ("link", "Link"), ("note", "Note")], max_length=10, verbose_name="kind")),
                ("text", models.CharField(blank=True, max_length=1000, verbose_name="what it shows")),
                ("url", models.URLField(blank=True, max_length=500, verbose_name="link")),
                ("dated", models.DateField(verbose_name="date")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("added_by", _person()),
                ("file", _key("audits.storedfile", blank=True, null=True)),
                ("item", _key("audits.checklistitem", related_name="evidence")),
            ),
            options={
                "ordering": ["-dated", "-id"],
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [models.Index(fields=["item", "dated"], name="checklistevidence_newest")],
                "constraints": [
                    models.UniqueConstraint(fields=("client", "id"), name="checklistevidence_client_id_uniq"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "file"), _negated=True),
                            ("file__isnull", False),
                            _connector="OR",
                        ),
                        name="checklistevidence_file_where_it_is_one",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ChecklistComment",
            fields=_row(
                ("text", models.CharField(max_length=2000, verbose_name="comment")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("author", _person()),
                ("item", _key("audits.checklistitem", related_name="comments")),
            ),
            options={
                "ordering": ["id"],
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("client", "id"), name="checklistcomment_client_id_uniq")
                ],
            },
        ),
        migrations.CreateModel(
            name="RiskDecision",
            fields=_row(
                ("treatment", models.CharField(choices=TREATMENTS, max_length=20, verbose_name="decision")),
                ("reason", models.CharField(max_length=1000, verbose_name="reason")),
                ("signature", models.CharField(max_length=200, verbose_name="name of who decides")),
                ("decided_on", models.DateField(verbose_name="date")),
                ("priority", models.FloatField()),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "recorded_by",
                    _key(
                        settings.AUTH_USER_MODEL,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        null=True,
                        db_constraint=False,
                    ),
                ),
                ("item", _key("audits.checklistitem", related_name="decisions")),
            ),
            options={
                "ordering": ["-id"],
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [models.Index(fields=["item", "-id"], name="riskdecision_latest")],
                "constraints": [
                    models.UniqueConstraint(fields=("client", "id"), name="riskdecision_client_id_uniq")
                ],
            },
        ),
        migrations.AlterField(
            model_name="storedfile",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("model", "Model file"),
                    ("predictions", "Predictions file"),
                    ("members", "Records used for training"),
                    ("nonmembers", "Held-out records"),
                    ("population", "Further records"),
                    ("unit_output", "Intermediate result"),
                    ("report", "Report"),
                    ("evidence", "Evidence"),
                    ("permission", "Permission"),
                ],
                max_length=20,
            ),
        ),
        *(tenant_table(table) for table in TABLES),
        *(same_client_key(*key) for key in SAME_CLIENT_KEYS),
        append_only_table("audits_riskdecision"),
        append_only_table("audits_catalogueedition"),
    ]
