import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from audits.tenancy.rls import same_client_key, tenant_table

CLASSES = [
    ("public", "Public"),
    ("internal", "Internal, not about people"),
    ("personal", "Personal"),
    ("hr", "Staff (HR)"),
    ("finance", "Financial"),
    ("client", "Client-confidential"),
    ("children", "About minors"),
    ("health", "Health"),
    ("biometric", "Biometric or genetic"),
    ("special", "Origin, belief, sexuality or criminal record"),
]
PERSON = {
    "null": True,
    "on_delete": django.db.models.deletion.SET_NULL,
    "related_name": "+",
    "to": settings.AUTH_USER_MODEL,
}


class Migration(migrations.Migration):
    dependencies = [("audits", "0018_tool_reviews")]

    operations = [
        migrations.AlterField(
            model_name="aitool",
            name="data_class",
            field=models.CharField(choices=CLASSES, max_length=20, verbose_name="most sensitive data that goes in"),
        ),
        migrations.AlterField(
            model_name="dataset",
            name="data_class",
            field=models.CharField(choices=CLASSES, default="personal", max_length=20, verbose_name="kind of data"),
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
                    ("permission", "Permission"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddField("audit", "records_deleted_at", models.DateTimeField(blank=True, editable=False, null=True)),
        migrations.AddField("dataset", "impact_decided_by", models.ForeignKey(**PERSON)),
        migrations.AddField("dataset", "impact_decided_at", models.DateTimeField(blank=True, editable=False, null=True)),
        migrations.AddField(
            "dataset",
            "retain_until",
            models.DateField(
                blank=True,
                help_text="On the day after, files, versions and scores of single records are deleted.",
                null=True,
                verbose_name="keep the records until",
            ),
        ),
        migrations.AddField("dataset", "records_deleted_at", models.DateTimeField(blank=True, editable=False, null=True)),
        migrations.AddIndex(
            "dataset",
            models.Index(
                condition=models.Q(("records_deleted_at", None), ("retain_until__isnull", False)),
                fields=["retain_until"],
                name="dataset_due",
            ),
        ),
        migrations.AddField("datasetversion", "column_kinds", models.JSONField(blank=True, default=dict)),
        migrations.AddField("datasetversion", "columns_confirmed_by", models.ForeignKey(**PERSON)),
        migrations.AddField("datasetversion", "columns_confirmed_at", models.DateTimeField(blank=True, editable=False, null=True)),
        migrations.AddField("datasetversion", "drawing", models.JSONField(blank=True, default=dict)),
        migrations.CreateModel(
            name="DataPermission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "basis",
                    models.CharField(
                        choices=[
                            ("consent", "Consent of the people"),
                            ("contract", "Contract with the people"),
                            ("obligation", "Legal obligation"),
                            ("vital", "Vital interests"),
                            ("public_task", "Public task"),
                            ("legitimate", "Legitimate interests, weighed and written down"),
                            ("none_needed", "None needed: nothing in it is about people"),
                        ],
                        max_length=20,
                        verbose_name="legal basis",
                    ),
                ),
                ("given_by", models.CharField(max_length=200, verbose_name="permission given by")),
                ("given_role", models.CharField(max_length=200, verbose_name="role of that person")),
                ("given_on", models.DateField(verbose_name="given on")),
                ("note", models.TextField(blank=True, max_length=2000, verbose_name="note")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("client", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="audits.client")),
                ("dataset", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="permissions", to="audits.dataset")),
                ("file", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="audits.storedfile")),
                ("provider", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="audits.provider")),
                ("recorded_by", models.ForeignKey(**PERSON)),
            ],
            options={
                "ordering": ["-given_on", "-id"],
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [models.UniqueConstraint(fields=("client", "id"), name="datapermission_client_id_uniq")],
            },
        ),
        tenant_table("audits_datapermission"),
        same_client_key("audits_datapermission", "dataset_id", "audits_dataset"),
        same_client_key("audits_datapermission", "file_id", "audits_storedfile"),
    ]
