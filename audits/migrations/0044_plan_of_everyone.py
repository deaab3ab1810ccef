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
]


def _listing():
    return models.CharField(choices=_LISTS, default="fleet", max_length=20, verbose_name="list")


class Migration(migrations.Migration):
    """The action plan of all clients has columns and views of each person's own."""

    dependencies = [("audits", "0043_plan_list")]

    operations = [
        migrations.AlterField("fleettable", "listing", _listing()),
        migrations.AlterField("fleetview", "listing", _listing()),
    ]
