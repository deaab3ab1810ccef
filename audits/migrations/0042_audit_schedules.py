import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from audits.tenancy.rls import same_client_key, tenant_table

TABLES = ("audits_auditschedule", "audits_auditrun")
SAME_CLIENT_KEYS = [
    ("audits_auditschedule", "model_id", "audits_aimodel"),
    ("audits_auditrun", "schedule_id", "audits_auditschedule"),
    ("audits_auditrun", "audit_id", "audits_audit"),
]


class Migration(migrations.Migration):
    """Audits that are started by themselves on their day."""

    dependencies = [("audits", "0041_client_logo")]

    operations = [
        migrations.AlterField(
            model_name="outgoingmail",
            name="kind",
            field=models.CharField(
                choices=[
                    ("invitation", "Invitation"),
                    ("account", "About an account"),
                    ("report", "A report"),
                    ("audit", "A planned audit"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="AuditSchedule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "rhythm",
                    models.CharField(
                        choices=[
                            ("monthly", "Every month"),
                            ("quarterly", "Every three months"),
                            ("half_yearly", "Every six months"),
                            ("yearly", "Every year"),
                        ],
                        default="quarterly",
                        max_length=20,
                        verbose_name="how often",
                    ),
                ),
                ("next_on", models.DateField(verbose_name="next audit on")),
                ("day_of_month", models.PositiveSmallIntegerField(editable=False)),
                (
                    "paused_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="paused since"
                    ),
                ),
                ("deleted_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="audits.client",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "model",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="schedules",
                        to="audits.aimodel",
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
                "ordering": ["next_on", "id"],
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(("deleted_at", None), ("paused_at", None)),
                        fields=["next_on"],
                        name="auditschedule_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("client", "id"), name="auditschedule_client_id_uniq"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("deleted_at", None)),
                        fields=("model",),
                        name="auditschedule_one_for_a_model",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("day_of_month__gte", 1), ("day_of_month__lte", 31)),
                        name="auditschedule_day_of_a_month",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("due_on", models.DateField(verbose_name="due on")),
                (
                    "missed",
                    models.PositiveSmallIntegerField(default=0, verbose_name="days missed before"),
                ),
                (
                    "problem",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="why none was started"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "audit",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="run",
                        to="audits.audit",
                    ),
                ),
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
                (
                    "schedule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="audits.auditschedule",
                    ),
                ),
            ],
            options={
                "ordering": ["-due_on", "-id"],
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("client", "id"), name="auditrun_client_id_uniq"
                    ),
                    models.UniqueConstraint(
                        fields=("schedule", "due_on"), name="auditrun_once_for_a_day"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("audit__isnull", False),
                            models.Q(("problem", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="auditrun_started_or_says_why",
                    ),
                ],
            },
        ),
        *(tenant_table(table) for table in TABLES),
        *(same_client_key(*key) for key in SAME_CLIENT_KEYS),
    ]
