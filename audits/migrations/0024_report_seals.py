from django.db import migrations, models

# A seal is written once: its code, then its file, then that another report has taken its place.
ONCE = """
CREATE FUNCTION mia_seal_is_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR NEW.code <> OLD.code
        OR (OLD.pdf <> '' AND NEW.pdf <> OLD.pdf)
        OR (OLD.superseded_at IS NOT NULL AND NEW.superseded_at IS DISTINCT FROM OLD.superseded_at)
    THEN
        RAISE EXCEPTION 'a seal of a report is written once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER mia_seal_once BEFORE UPDATE OR DELETE ON audits_reportseal
    FOR EACH ROW EXECUTE FUNCTION mia_seal_is_written_once();
"""
BACK = "DROP TRIGGER mia_seal_once ON audits_reportseal; DROP FUNCTION mia_seal_is_written_once();"


class Migration(migrations.Migration):
    dependencies = [("audits", "0023_fleet_views")]

    operations = [
        migrations.CreateModel(
            name="ReportSeal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=64, unique=True)),
                ("pdf", models.CharField(blank=True, db_index=True, max_length=64)),
                ("superseded_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={"ordering": ["id"]},
        ),
        migrations.RunSQL(ONCE, BACK),
    ]
