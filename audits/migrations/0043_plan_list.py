from django.db import migrations, models

_LISTS = [
    ("fleet", "Clients"),
    ("models", "Models"),
    ("audits", "Audits"),
    ("tools", "AI tools"),
    ("datasets", "Datasets"),
    ("reports", "Reports"),
    ("plan", "Action plan"),
]


def _listing():
    return models.CharField(choices=_LISTS, default="fleet", max_length=20, verbose_name="list")


class Migration(migrations.Migration):
    """The action plan has columns and views of each person's own."""

    dependencies = [("audits", "0042_audit_schedules")]

    operations = [
        migrations.AlterField("fleettable", "listing", _listing()),
        migrations.AlterField("fleetview", "listing", _listing()),
    ]
