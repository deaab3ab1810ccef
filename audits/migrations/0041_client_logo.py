import django.db.models.deletion
from django.db import migrations, models

from audits.tenancy.rls import tenant_table


class Migration(migrations.Migration):
    """A logo on the reports of one client alone."""

    dependencies = [("audits", "0040_acknowledged_audits")]

    operations = [
        migrations.CreateModel(
            name="ClientLogo",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("png", models.BinaryField()),
                ("digest", models.CharField(max_length=16)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="audits.client",
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="audits.provider",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("client", "id"), name="clientlogo_client_id_uniq"
                    ),
                    models.UniqueConstraint(fields=("client",), name="clientlogo_once"),
                ],
            },
        ),
        tenant_table("audits_clientlogo"),
    ]
