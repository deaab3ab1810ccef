import django.contrib.postgres.fields
from django.db import migrations, models

# Whoever belongs to one place only was last seen there when they last logged in.
SEEN = """
UPDATE audits_membership AS held SET seen_at = person.last_login
FROM audits_user AS person
WHERE person.id = held.user_id AND NOT EXISTS (
    SELECT 1 FROM audits_membership AS other
    WHERE other.user_id = held.user_id AND other.id <> held.id
);
"""
# The first step of the welcome counted as done everywhere: who has come past it is not led back.
PRESENTED = "UPDATE audits_provider SET presented_at = now();"


class Migration(migrations.Migration):
    dependencies = [("audits", "0031_registers")]

    operations = [
        migrations.AddField("membership", "seen_at", models.DateTimeField(editable=False, null=True)),
        migrations.AddField("membership", "logged_out_at", models.DateTimeField(editable=False, null=True)),
        migrations.AddField(
            "session",
            "provider_ids",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), default=list, editable=False, size=None
            ),
        ),
        migrations.AddField("provider", "presented_at", models.DateTimeField(editable=False, null=True)),
        migrations.RunSQL(SEEN, migrations.RunSQL.noop),
        migrations.RunSQL(PRESENTED, migrations.RunSQL.noop),
    ]
