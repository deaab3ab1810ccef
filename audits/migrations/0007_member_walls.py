from django.db import migrations

from audits.tenancy.rls import grant_table, membership_table


class Migration(migrations.Migration):
    """Who belongs where is behind the walls too: until here both tables were global."""

    dependencies = [("audits", "0006_welcome")]

    operations = [
        migrations.AlterModelOptions(
            name="grant",
            options={"base_manager_name": "objects"},
        ),
        migrations.AlterModelOptions(
            name="membership",
            options={"base_manager_name": "objects", "ordering": ["id"]},
        ),
        membership_table("audits_membership"),
        grant_table("audits_grant"),
    ]
