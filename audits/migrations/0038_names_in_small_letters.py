from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import Collate, Lower


class Migration(migrations.Migration):
    """Search looks through the names of models in an index: there are tens of thousands."""

    dependencies = [("audits", "0037_jobs_before")]

    operations = [
        migrations.AddIndex(
            model_name="aimodel",
            index=models.Index(
                F("client"),
                Collate(Lower("name"), "C"),
                include=["name", "id"],
                name="aimodel_folded",
            ),
        ),
    ]
