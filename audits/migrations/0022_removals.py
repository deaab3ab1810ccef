import django.db.models.deletion
from django.db import migrations, models

from audits.tenancy.rls import same_client_key


class Migration(migrations.Migration):
    dependencies = [("audits", "0021_rating_policy")]

    operations = [
        migrations.CreateModel(
            name="Removal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, unique=True)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("asked_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={"ordering": ["attempts", "id"]},
        ),
        migrations.AddField(
            model_name="authorisation",
            name="file",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="audits.storedfile",
            ),
        ),
        same_client_key("audits_authorisation", "file_id", "audits_storedfile"),
    ]
