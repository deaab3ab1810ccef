import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

# Until now the form asked for the tick where there was no letter, and did not keep it.
TICKED = "UPDATE audits_authorisation SET is_confirmed = true WHERE file_id IS NULL"


class Migration(migrations.Migration):
    dependencies = [("audits", "0030_guidance_findings")]

    operations = [
        migrations.AlterField(
            model_name="authorisation",
            name="person",
            field=models.CharField(max_length=200, verbose_name="permission given by"),
        ),
        migrations.AlterField(
            model_name="authorisation",
            name="role",
            field=models.CharField(max_length=200, verbose_name="role of that person"),
        ),
        migrations.AlterField(
            model_name="authorisation",
            name="given_on",
            field=models.DateField(verbose_name="given on"),
        ),
        migrations.AddField(
            model_name="authorisation",
            name="is_confirmed",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.RunSQL(TICKED, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="authorisation",
            constraint=models.CheckConstraint(
                condition=Q(is_confirmed=True) | Q(file__isnull=False),
                name="authorisation_rests_on_word_or_letter",
            ),
        ),
        migrations.AlterField(
            model_name="modelversion",
            name="file",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="audits.storedfile",
            ),
        ),
        migrations.AddField(
            model_name="modelversion",
            name="retain_until",
            field=models.DateField(
                blank=True,
                help_text="On the day after, the file and the scores of single records are deleted.",
                null=True,
                verbose_name="keep the file until",
            ),
        ),
        migrations.AddField(
            model_name="modelversion",
            name="file_deleted_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.CheckConstraint(
                condition=Q(file__isnull=False, file_deleted_at=None)
                | Q(file=None, file_deleted_at__isnull=False),
                name="modelversion_file_there_or_deleted",
            ),
        ),
        migrations.AddIndex(
            model_name="modelversion",
            index=models.Index(
                fields=["retain_until"],
                name="modelversion_due",
                condition=Q(file_deleted_at=None, retain_until__isnull=False),
            ),
        ),
        migrations.AddField(
            model_name="aimodel",
            name="verbatim",
            field=models.CharField(
                choices=[
                    ("unknown", "Not known"),
                    ("no", "No: it was tried, or it gives out classes and numbers alone"),
                    ("yes", "Yes: whole texts or records were seen in its answers"),
                ],
                default="unknown",
                max_length=10,
                verbose_name="does it give out stored text word for word?",
            ),
        ),
        migrations.AlterField(
            model_name="signon",
            name="makes_accounts",
            field=models.BooleanField(
                default=False,
                help_text="Who is invited to your staff and has no account yet gets one at the first log-in, without a password. Others never do.",
                verbose_name="make accounts of invited staff",
            ),
        ),
        migrations.AlterField(
            model_name="signonaddress",
            name="is_open",
            field=models.BooleanField(
                default=False,
                help_text="Nobody can log in this way while it is closed; passwords then work for all.",
                verbose_name="open",
            ),
        ),
    ]
