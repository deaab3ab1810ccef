from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from audits.enums import Exposure, Impact, Reveals, VersionKind
from audits.models import AIModel, Client
from audits.queries import ai_model as models
from audits.queries import dataset as datasets
from audits.web.forms.fields import ColumnsField, DateField, UploadField, choose


class AIModelForm(forms.ModelForm[AIModel]):
    """What a model is for, how sensitive its data is and who can reach it."""

    next_review = DateField(label=_("Next review"), required=False)

    class Meta:
        model = AIModel
        fields = (
            "name",
            "purpose",
            "people",
            "owner_name",
            "origin",
            "impact",
            "reveals",
            "exposure",
            "outputs",
            "lifecycle",
            "next_review",
        )
        widgets = {  # noqa: RUF012 - Django's own way
            "purpose": forms.Textarea(attrs={"rows": 2}),
            "reveals": forms.RadioSelect,
        }
        help_texts = {  # noqa: RUF012 - Django's own way
            "people": _("For example: patients since 2019."),
            "impact": _("The most sensitive kind of record it learned from."),
            "reveals": _("Would it hurt someone if others knew they were in the data at all?"),
            "exposure": _("Whoever can put a question to it, or get hold of its file."),
            "outputs": _("The more it tells, the easier it is to test people against it."),
        }

    def __init__(self, *args: object, client: Client, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.client = client
        choose(self.fields["impact"], Impact.choices, blank=True)
        choose(self.fields["reveals"], Reveals.choices, blank=False)
        choose(self.fields["exposure"], Exposure.choices, blank=True)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        taken = models.of_client(self.client).filter(name=name).exclude(pk=self.instance.pk)
        if taken.exists():
            raise forms.ValidationError(_("This client has a model of that name already."))
        return name


class ModelVersionForm(forms.Form):
    """Upload a model file, or the predictions that the model made."""

    kind = forms.ChoiceField(
        label=_("What do you have?"),
        choices=[
            (VersionKind.SKOPS.value, _("Model file (.skops, .onnx or .safetensors)")),
            (VersionKind.PREDICTIONS.value, VersionKind.PREDICTIONS.label),
        ],
        initial=VersionKind.SKOPS,
        widget=forms.RadioSelect,
    )
    file = UploadField(
        label=_("File"),
        help_text=_(
            "A model as skops, ONNX or safetensors, or a predictions table as CSV, Excel (.xlsx),"
            " Parquet or JSON lines."
        ),
    )
    subgroups = ColumnsField(
        most=datasets.MAX_SUBGROUPS,
        label=_("Groups to look at"),
        required=False,
        help_text=_(
            "Predictions file only. Up to five of its columns x_…, such as x_site, with commas"
            " between them: each value gets its own figure."
        ),
    )
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("subgroups") and given.get("kind") != VersionKind.PREDICTIONS:
            self.add_error(
                "subgroups",
                _("A model file holds no records: name the groups where its dataset is uploaded."),
            )
        return given
