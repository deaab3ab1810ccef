from django.db import migrations, models

# A sheet that was reviewed keeps its plan, so this is the one that was decided about.
DECIDED_ABOUT = """
UPDATE audits_aitool AS tool SET plan = sheet.tier
FROM audits_vendorsheet AS sheet
WHERE sheet.id = tool.sheet_id AND tool.decision <> 'undecided';
"""


class Migration(migrations.Migration):
    dependencies = [("audits", "0032_doors")]

    operations = [
        migrations.AddField(
            "aitool", "plan", models.CharField(blank=True, max_length=100, verbose_name="plan")
        ),
        migrations.RunSQL(DECIDED_ABOUT, migrations.RunSQL.noop),
    ]
