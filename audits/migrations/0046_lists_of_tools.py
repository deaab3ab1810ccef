from django.db import migrations, models

_LISTS = [
    ("fleet", "Clients"),
    ("models", "Models"),
    ("audits", "Audits"),
    ("tools", "AI tools"),
    ("datasets", "Datasets"),
    ("reports", "Reports"),
    ("plan", "Action plan"),
    ("plans", "Action plan of all clients"),
    ("vendors", "Fact sheets"),
    ("vendors_reported", "AI tools without a fact sheet"),
]


def _listing():
    return models.CharField(choices=_LISTS, default="fleet", max_length=20, verbose_name="list")


class Migration(migrations.Migration):
    """Fact sheets, and tools without one, have columns and views of each person's own."""

    dependencies = [("audits", "0045_audits_not_started")]

    operations = [
        migrations.AlterField("fleettable", "listing", _listing()),
        migrations.AlterField("fleetview", "listing", _listing()),
    ]
