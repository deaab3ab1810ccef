import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from audits.tenancy.made_up import no_portfolio_of_synthetic
from audits.tenancy.rls import provider_rows_table, same_provider_key

TABLES = ["audits_providerjob", "audits_providerjobunit", "audits_portfolioreport"]


class Migration(migrations.Migration):

    dependencies = [
        ('audits', '0032_doors'),
    ]

    operations = [
        migrations.AlterField(
            model_name='report',
            name='kind',
            field=models.CharField(choices=[('owner_summary', 'Owner summary'), ('technical_appendix', 'Technical appendix'), ('quarterly_review', 'Quarterly review'), ('tool_review', 'Tool-review sheet'), ('portfolio', 'Portfolio report')], default='owner_summary', max_length=20, verbose_name='kind'),
        ),
        migrations.CreateModel(
            name='ProviderJob',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('object_id', models.BigIntegerField()),
                ('started_by', models.CharField(default='web', max_length=20)),
                ('request_id', models.UUIDField(editable=False, null=True)),
                ('state', models.CharField(choices=[('queued', 'Queued'), ('running', 'Running'), ('succeeded', 'Succeeded'), ('failed', 'Failed'), ('cancelled', 'Cancelled'), ('expired', 'Expired')], default='queued', max_length=20)),
                ('key', models.CharField(max_length=100)),
                ('step', models.PositiveIntegerField(default=0)),
                ('steps', models.PositiveIntegerField(default=0)),
                ('step_name', models.CharField(blank=True, max_length=200)),
                ('log_tail', models.TextField(blank=True)),
                ('cancel_requested_at', models.DateTimeField(blank=True, null=True)),
                ('cause', models.CharField(blank=True, max_length=500)),
                ('remedy', models.CharField(blank=True, max_length=500)),
                ('heartbeat_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('kind', models.CharField(choices=[('portfolio', 'Portfolio report')], max_length=20)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='audits.provider')),
            ],
            options={
                'ordering': ['-id'],
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='PortfolioReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('covers', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, editable=False, size=None)),
                ('whole', models.BooleanField(default=False, editable=False)),
                ('data', models.JSONField()),
                ('logo', models.BinaryField(blank=True, default=b'')),
                ('sealed', models.BinaryField(blank=True, default=b'')),
                ('size', models.BigIntegerField(default=0)),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('superseded_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='audits.provider')),
                ('job', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='report', to='audits.providerjob')),
            ],
            options={
                'ordering': ['-number'],
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='ProviderJobUnit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40)),
                ('index', models.PositiveIntegerField()),
                ('state', models.CharField(choices=[('queued', 'Queued'), ('running', 'Running'), ('succeeded', 'Succeeded'), ('failed', 'Failed'), ('cancelled', 'Cancelled'), ('expired', 'Expired')], default='queued', max_length=20)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('token', models.UUIDField(blank=True, null=True)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('heartbeat_at', models.DateTimeField(blank=True, null=True)),
                ('queued_at', models.DateTimeField()),
                ('output', models.JSONField(blank=True, default=dict)),
                ('sealed', models.BinaryField(blank=True, default=b'')),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='units', to='audits.providerjob')),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='audits.provider')),
            ],
            options={
                'ordering': ['job_id', 'index'],
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.AddConstraint(
            model_name='providerjob',
            constraint=models.UniqueConstraint(fields=('provider', 'id'), name='providerjob_provider_id_uniq'),
        ),
        migrations.AddConstraint(
            model_name='providerjob',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['queued', 'running'])), fields=('provider', 'kind', 'key'), name='providerjob_active_once'),
        ),
        migrations.AddConstraint(
            model_name='portfolioreport',
            constraint=models.UniqueConstraint(fields=('provider', 'id'), name='portfolioreport_provider_id_uniq'),
        ),
        migrations.AddConstraint(
            model_name='portfolioreport',
            constraint=models.UniqueConstraint(fields=('provider', 'number'), name='portfolioreport_number_once'),
        ),
        migrations.AddIndex(
            model_name='providerjobunit',
            index=models.Index(condition=models.Q(('state__in', ['queued', 'running'])), fields=['state', 'lease_until'], name='providerjobunit_active'),
        ),
        migrations.AddConstraint(
            model_name='providerjobunit',
            constraint=models.UniqueConstraint(fields=('provider', 'id'), name='providerjobunit_provider_id_uniq'),
        ),
        migrations.AddConstraint(
            model_name='providerjobunit',
            constraint=models.UniqueConstraint(fields=('job', 'index'), name='providerjobunit_once'),
        ),
        *(provider_rows_table(table) for table in TABLES),
        same_provider_key("audits_providerjobunit", "job_id", "audits_providerjob"),
        same_provider_key("audits_portfolioreport", "job_id", "audits_providerjob"),
        no_portfolio_of_synthetic(),
    ]
