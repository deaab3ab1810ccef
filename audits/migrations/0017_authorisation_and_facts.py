import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from audits.tenancy.rls import same_client_key, tenant_table


class Migration(migrations.Migration):

    dependencies = [
        ('audits', '0016_break_glass'),
    ]

    operations = [
        migrations.CreateModel(
            name='Authorisation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('person', models.CharField(max_length=200, verbose_name='who allowed it')),
                ('role', models.CharField(max_length=200, verbose_name='as what')),
                ('given_on', models.DateField(verbose_name='on')),
                ('ends_on', models.DateField(verbose_name='holds until')),
                ('scope', models.CharField(max_length=500, verbose_name='what may be tested')),
                ('source', models.CharField(blank=True, max_length=300, verbose_name='where the permission is kept')),
                ('recorded_at', models.DateTimeField(auto_now_add=True)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='audits.client')),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='authorisations', to='audits.aimodel')),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='audits.provider')),
                ('recorded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['client', 'model', '-ends_on'], name='authorisation_current')],
                'constraints': [models.UniqueConstraint(fields=('client', 'id'), name='authorisation_client_id_uniq'), models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('given_on'))), name='authorisation_ends_after_it_began'), models.CheckConstraint(condition=models.Q(models.Q(('person', ''), _negated=True), models.Q(('role', ''), _negated=True), models.Q(('scope', ''), _negated=True)), name='authorisation_says_who_and_what')],
            },
        ),
        migrations.AddField(
            model_name='audit',
            name='authorisation',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='audits.authorisation'),
        ),
        migrations.AddField(
            model_name='aimodel',
            name='dp_delta',
            field=models.FloatField(blank=True, null=True, verbose_name='delta'),
        ),
        migrations.AddField(
            model_name='aimodel',
            name='dp_epsilon',
            field=models.FloatField(blank=True, null=True, verbose_name='epsilon'),
        ),
        migrations.AddField(
            model_name='aimodel',
            name='dp_source',
            field=models.CharField(blank=True, max_length=300, verbose_name='where these figures come from'),
        ),
        migrations.AddField(
            model_name='aimodel',
            name='dp_unit',
            field=models.CharField(choices=[('none', 'None, or not known'), ('row', 'Each row'), ('person', 'Each person')], default='none', max_length=10, verbose_name='differential privacy in training'),
        ),
        migrations.AddField(
            model_name='modelversion',
            name='trained_on',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='trained', to='audits.datasetversion'),
        ),
        migrations.AddConstraint(
            model_name='aimodel',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('dp_delta', None), ('dp_epsilon', None), ('dp_unit', 'none')), models.Q(models.Q(('dp_unit', 'none'), _negated=True), ('dp_delta__gte', 0), ('dp_delta__lt', 1), ('dp_epsilon__gt', 0)), _connector='OR'), name='aimodel_dp_whole_or_absent'),
        ),
        migrations.AddField(
            model_name='provider',
            name='logo',
            field=models.BinaryField(blank=True, default=b''),
        ),
        migrations.AddField(
            model_name='provider',
            name='logo_digest',
            field=models.CharField(blank=True, max_length=16),
        ),
        tenant_table("audits_authorisation"),
        same_client_key("audits_authorisation", "model_id", "audits_aimodel"),
        same_client_key("audits_modelversion", "trained_on_id", "audits_datasetversion"),
        same_client_key("audits_audit", "authorisation_id", "audits_authorisation"),
    ]
