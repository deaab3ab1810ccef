from django.db import migrations, models

# The people of a client read the plan of a tool in their reports, and never see its sheet.
OF_THE_SHEET = """
UPDATE audits_aitool AS tool SET plan = sheet.tier
FROM audits_vendorsheet AS sheet
WHERE sheet.id = tool.sheet_id;
"""


class Migration(migrations.Migration):
    dependencies = [("audits", "0034_report_schedules")]

    operations = [
        migrations.AddField(
            "aitool", "plan", models.CharField(blank=True, max_length=100, verbose_name="plan")
        ),
        migrations.RunSQL(OF_THE_SHEET, migrations.RunSQL.noop),
    ]
