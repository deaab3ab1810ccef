import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from audits.tenancy.made_up import never_of_synthetic
from audits.tenancy.rls import same_client_key, tenant_table

TABLES = ("audits_reportschedule", "audits_reportschedulereader", "audits_reportrun")
SAME_CLIENT_KEYS = [
    ("audits_reportschedulereader", "schedule_id", "audits_reportschedule"),
    ("audits_reportrun", "schedule_id", "audits_reportschedule"),
    ("audits_reportrun", "report_id", "audits_report"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("audits", "0033_portfolio_reports"),
    ]

    operations = [
        migrations.AddField(
            model_name="reportsending",
            name="is_hidden",
            field=models.BooleanField(default=False, editable=False, verbose_name="hidden copy"),
        ),
        migrations.CreateModel(
            name="ReportSchedule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("owner_summary", "Owner summary"),
                            ("technical_appendix", "Technical appendix"),
                            ("quarterly_review", "Quarterly review"),
                            ("tool_review", "Tool-review sheet"),
                            ("portfolio", "Portfolio report"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                (
                    "rhythm",
                    models.CharField(
                        choices=[("monthly", "Every month"), ("quarterly", "Every three months")],
                        default="monthly",
                        max_length=20,
                        verbose_name="how often",
                    ),
                ),
                (
                    "sections",
                    models.JSONField(blank=True, default=list, verbose_name="what stands in it"),
                ),
                ("next_on", models.DateField(verbose_name="next report on")),
                ("day_of_month", models.PositiveSmallIntegerField(editable=False)),
                (
                    "held",
                    models.BooleanField(
                        default=True,
                        help_text="The report waits until somebody of your team has looked at it and sent it. Without this it is sent by itself as soon as it is made.",
                        verbose_name="Hold for review",
                    ),
                ),
                ("portal", models.CharField(blank=True, editable=False, max_length=200)),
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
            },
        ),
        migrations.CreateModel(
            name="ReportRun",
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
                    "state",
                    models.CharField(
                        choices=[
                            ("making", "Being made"),
                            ("ready", "Ready for review"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                        ],
                        default="making",
                        max_length=20,
                    ),
                ),
                (
                    "problem",
                    models.CharField(blank=True, max_length=300, verbose_name="what went wrong"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
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
                    "report",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="run",
                        to="audits.report",
                    ),
                ),
                (
                    "schedule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="audits.reportschedule",
                    ),
                ),
            ],
            options={
                "ordering": ["-due_on", "-id"],
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="ReportScheduleReader",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_hidden", models.BooleanField(default=False, verbose_name="hidden copy")),
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="readers",
                        to="audits.reportschedule",
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
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.AddIndex(
            model_name="reportschedule",
            index=models.Index(
                condition=models.Q(("deleted_at", None), ("paused_at", None)),
                fields=["next_on"],
                name="reportschedule_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="reportschedule",
            constraint=models.UniqueConstraint(
                fields=("client", "id"), name="reportschedule_client_id_uniq"
            ),
        ),
        migrations.AddConstraint(
            model_name="reportschedule",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["owner_summary", "quarterly_review"])),
                name="reportschedule_kind_can_be_scheduled",
            ),
        ),
        migrations.AddConstraint(
            model_name="reportschedule",
            constraint=models.CheckConstraint(
                condition=models.Q(("day_of_month__gte", 1), ("day_of_month__lte", 31)),
                name="reportschedule_day_of_a_month",
            ),
        ),
        migrations.AddIndex(
            model_name="reportrun",
            index=models.Index(
                condition=models.Q(("state", "making")), fields=["id"], name="reportrun_making"
            ),
        ),
        migrations.AddConstraint(
            model_name="reportrun",
            constraint=models.UniqueConstraint(
                fields=("client", "id"), name="reportrun_client_id_uniq"
            ),
        ),
        migrations.AddConstraint(
            model_name="reportrun",
            constraint=models.UniqueConstraint(
                fields=("schedule", "due_on"), name="reportrun_once_for_a_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="reportschedulereader",
            constraint=models.UniqueConstraint(
                fields=("client", "id"), name="reportschedulereader_client_id_uniq"
            ),
        ),
        migrations.AddConstraint(
            model_name="reportschedulereader",
            constraint=models.UniqueConstraint(
                fields=("schedule", "user"), name="reportschedulereader_person_once"
            ),
        ),
        *(tenant_table(table) for table in TABLES),
        *(same_client_key(*key) for key in SAME_CLIENT_KEYS),
        never_of_synthetic("audits_reportschedule"),
        never_of_synthetic("audits_reportrun"),
        migrations.AddField(
            model_name="fleettable",
            name="listing",
            field=models.CharField(
                choices=[
                    ("fleet", "Clients"),
                    ("models", "Models"),
                    ("audits", "Audits"),
                    ("tools", "AI tools"),
                ],
                default="fleet",
                max_length=20,
                verbose_name="list",
            ),
        ),
        migrations.AlterField(
            model_name="fleettable",
            name="size",
            field=models.PositiveSmallIntegerField(default=50, verbose_name="rows on a page"),
        ),
        migrations.RemoveConstraint(model_name="fleettable", name="fleet_table_once"),
        migrations.AddConstraint(
            model_name="fleettable",
            constraint=models.UniqueConstraint(
                fields=("provider", "user", "listing"), name="fleet_table_once"
            ),
        ),
    ]
