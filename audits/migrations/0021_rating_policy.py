import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from audits.tenancy.append_only import append_only_table
from audits.tenancy.rls import rating_policy_table, same_provider_key


class Migration(migrations.Migration):
    dependencies = [("audits", "0020_checklists")]

    operations = [
        migrations.CreateModel(
            name="RatingPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("asks", models.JSONField()),
                ("reason", models.CharField(max_length=1000, verbose_name="reason")),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "client",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="audits.client",
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="audits.provider"
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("provider", "client", "number"),
                        name="ratingpolicy_number_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        rating_policy_table("audits_ratingpolicy"),
        same_provider_key("audits_ratingpolicy", "client_id", "audits_client"),
        append_only_table("audits_ratingpolicy"),
    ]
