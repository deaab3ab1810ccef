import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from audits.tenancy.rls import same_client_key


class Migration(migrations.Migration):
    dependencies = [("audits", "0029_made_up_clients")]

    operations = [
        migrations.AddField(
            model_name="client",
            name="is_house",
            field=models.BooleanField(default=False, verbose_name="this is our own company"),
        ),
        migrations.AddConstraint(
            model_name="client",
            constraint=models.UniqueConstraint(
                condition=Q(("is_house", True)), fields=("provider",), name="client_one_house"
            ),
        ),
        migrations.AlterField(
            model_name="aimodel",
            name="origin",
            field=models.CharField(choices=[("planned", "Planned, not trained yet"), ("in_house", "Trained in-house"), ("fine_tuned", "Fine-tuned from another model"), ("fine_tuned_llm", "A language model, fine-tuned on own texts"), ("open_weights_tuned", "An open model, tuned by somebody else"), ("vendor_saas", "Trained by a vendor")], default="in_house", max_length=20, verbose_name="where it comes from"),
        ),
        migrations.AlterField(
            model_name="finding",
            name="audit",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="findings", to="audits.audit"),
        ),
        migrations.AddField(
            model_name="finding",
            name="tool",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="audits.aitool"),
        ),
        migrations.AddField(
            model_name="finding",
            name="model",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="audits.aimodel"),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.UniqueConstraint(fields=("tool", "key"), name="finding_of_tool_once"),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.UniqueConstraint(fields=("model", "key"), name="finding_of_model_once"),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.UniqueConstraint(
                condition=Q(("audit", None), ("model", None), ("tool", None)), fields=("client", "key"), name="finding_of_client_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=Q(("audit", None), ("tool", None)) | Q(("audit", None), ("model", None)) | Q(("model", None), ("tool", None)),
                name="finding_about_one_thing",
            ),
        ),
        migrations.AddField(
            model_name="checklistitem",
            name="dated_by_finding",
            field=models.BooleanField(default=False, editable=False),
        ),
        same_client_key("audits_finding", "tool_id", "audits_aitool"),
        same_client_key("audits_finding", "model_id", "audits_aimodel"),
    ]
