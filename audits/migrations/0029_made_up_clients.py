from django.db import migrations, models

from audits.tenancy.made_up import made_up_world


class Migration(migrations.Migration):
    dependencies = [("audits", "0027_report_kinds")]

    operations = [
        migrations.AddField(
            model_name="provider",
            name="synthetic",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name="client",
            name="synthetic",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name="client",
            name="is_demo",
            field=models.BooleanField(default=False, editable=False),
        ),
        *made_up_world(),
    ]
