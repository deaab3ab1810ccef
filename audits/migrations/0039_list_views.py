from django.db import migrations, models

_LISTS = [
    ("fleet", "Clients"),
    ("models", "Models"),
    ("audits", "Audits"),
    ("tools", "AI tools"),
    ("datasets", "Datasets"),
    ("reports", "Reports"),
]


def _listing():
    return models.CharField(choices=_LISTS, default="fleet", max_length=20, verbose_name="list")


class Migration(migrations.Migration):
    dependencies = [("audits", "0038_names_in_small_letters")]

    operations = [
        migrations.AlterField("fleettable", "listing", _listing()),
        migrations.AddField(
            "fleettable", "query", models.CharField(blank=True, max_length=1000)
        ),
        migrations.AddField("fleetview", "listing", _listing()),
        migrations.RemoveConstraint("fleetview", "fleet_view_name_once"),
        migrations.AddConstraint(
            "fleetview",
            models.UniqueConstraint(
                fields=["provider", "user", "listing", "name"], name="fleet_view_name_once"
            ),
        ),
    ]
