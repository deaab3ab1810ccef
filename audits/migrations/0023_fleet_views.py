import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from audits.tenancy.rls import provider_rows_table, same_provider_key

TABLES = ["audits_fleettable", "audits_fleetview"]


def _row(*fields):
    return [
        (
            "id",
            models.BigAutoField(
                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
            ),
        ),
        *fields,
        (
            "provider",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="audits.provider"
            ),
        ),
        (
            "user",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [("audits", "0022_removals")]

    operations = [
        migrations.AddField(
            model_name="client",
            name="lead",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="audits.membership",
                verbose_name="looked after by",
            ),
        ),
        same_provider_key("audits_client", "lead_id", "audits_membership"),
        migrations.CreateModel(
            name="FleetTable",
            fields=_row(
                ("columns", models.JSONField(blank=True, default=list, verbose_name="columns")),
                ("size", models.PositiveSmallIntegerField(verbose_name="rows on a page")),
            ),
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("provider", "id"), name="fleet_table_provider_id_uniq"
                    ),
                    models.UniqueConstraint(fields=("provider", "user"), name="fleet_table_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="FleetView",
            fields=_row(
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("query", models.CharField(blank=True, max_length=1000)),
            ),
            options={
                "ordering": ["name", "id"],
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("provider", "id"), name="fleet_view_provider_id_uniq"
                    ),
                    models.UniqueConstraint(
                        fields=("provider", "user", "name"), name="fleet_view_name_once"
                    ),
                ],
            },
        ),
        *(provider_rows_table(table) for table in TABLES),
    ]
