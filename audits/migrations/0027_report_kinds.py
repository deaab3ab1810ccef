import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from audits.tenancy.rls import same_client_key, tenant_table

BRAND = {
    "brand_colour": ("colour of headings", 7),
    "brand_band": ("colour of the strip at the top", 7),
    "report_sender": ("sender", 60),
    "report_footer": ("foot of the page", 60),
}
KINDS = [
    ("owner_summary", "Owner summary"),
    ("technical_appendix", "Technical appendix"),
    ("quarterly_review", "Quarterly review"),
    ("tool_review", "Tool-review sheet"),
]


class Migration(migrations.Migration):
    dependencies = [("audits", "0026_client_page")]

    operations = [
        *(
            migrations.AddField(
                model_name=model,
                name=name,
                field=models.CharField(
                    blank=True, default="", max_length=length, verbose_name=label
                ),
                preserve_default=False,
            )
            for model in ("provider", "client")
            for name, (label, length) in BRAND.items()
        ),
        migrations.AlterField(
            model_name="outgoingmail",
            name="kind",
            field=models.CharField(
                choices=[
                    ("invitation", "Invitation"),
                    ("account", "About an account"),
                    ("report", "A report"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="report",
            name="audit",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reports",
                to="audits.audit",
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="kind",
            field=models.CharField(
                choices=KINDS, default="owner_summary", max_length=20, verbose_name="kind"
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="tool",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="audits.aitool",
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="period_start",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="report",
            name="period_end",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="report",
            name="held",
            field=models.BooleanField(default=False, verbose_name="held for review"),
        ),
        migrations.AddField(
            model_name="report",
            name="sent_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="report",
            name="logo",
            field=models.BinaryField(blank=True, default=b""),
        ),
        same_client_key("audits_report", "tool_id", "audits_aitool"),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                name="report_has_its_subject",
                condition=models.Q(
                    models.Q(
                        ("audit__isnull", False),
                        ("kind__in", ("owner_summary", "technical_appendix")),
                    ),
                    models.Q(("kind", "tool_review"), ("tool__isnull", False)),
                    models.Q(
                        ("kind", "quarterly_review"),
                        ("period_end__isnull", False),
                        ("period_start__isnull", False),
                    ),
                    _connector="OR",
                ),
            ),
        ),
        migrations.CreateModel(
            name="ReportSending",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recipient", models.EmailField(max_length=254, verbose_name="to")),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                ("message_id", models.CharField(blank=True, editable=False, max_length=200)),
                ("sent_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField(verbose_name="the link ends")),
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
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sendings",
                        to="audits.report",
                    ),
                ),
                (
                    "sent_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("client", "id"), name="reportsending_client_id_uniq"
                    )
                ],
            },
        ),
        tenant_table("audits_reportsending"),
        same_client_key("audits_reportsending", "report_id", "audits_report"),
    ]
