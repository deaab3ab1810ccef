import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audits", "0039_list_views")]

    operations = [
        migrations.AddField(
            "audit", "acknowledged_at", models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddField(
            "audit",
            "acknowledged_by",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
