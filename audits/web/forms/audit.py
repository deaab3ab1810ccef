from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from audits.enums import Preset, Split
from audits.models import Client, DatasetVersion, ModelVersion
from audits.queries import ai_model as models
from audits.queries import dataset as datasets
from audits.queries.technical import DEEP_REFERENCES, STANDARD_REFERENCES

PRESETS = [
    (Preset.QUICK, _("Quick: attacks the answers only, trains no reference models")),
    (
        Preset.STANDARD,
        format_lazy(_("Standard: trains up to {most} reference models"), most=STANDARD_REFERENCES),
    ),
    (
        Preset.DEEP,
        format_lazy(
            _("Deep: trains up to {most} reference models, for the sharpest figures"),
            most=DEEP_REFERENCES,
        ),
    ),
]


class VersionChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:  # noqa: ANN401 - Django's own signature
        return f"{obj.model.name}, version {obj.number} ({obj.get_kind_display()})"


class DataChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Records: a model file needs them, so they are never called optional."""

    conditional = True

    def label_from_instance(self, obj: Any) -> str:  # noqa: ANN401 - Django's own signature
        return (
            f"{obj.dataset.name}, version {obj.number}"
            f" ({obj.members:,} used for training, {obj.nonmembers:,} held out)"
        )


class AuditForm(forms.Form):
    """Which model, on which records, how thoroughly."""

    model_version = VersionChoice(label=_("Model"), queryset=None, empty_label=_("Choose a model"))
    dataset_version = DataChoice(
        label=_("Records"),
        queryset=None,
        empty_label=_("None: a predictions file brings its own"),
        required=False,
        help_text=_(
            "The dataset that the model was trained on. A predictions file brings its own records."
        ),
    )
    preset = forms.ChoiceField(
        label=_("How thoroughly"),
        choices=PRESETS,
        initial=Preset.STANDARD,
        widget=forms.RadioSelect,
    )
    split = forms.ChoiceField(
        label=_("How were the held-out records chosen?"),
        choices=Split,
        initial=Split.UNKNOWN,
        required=False,
        help_text=_("Only asked for a predictions file; a dataset knows its own answer."),
    )

    def __init__(self, *args: object, client: Client, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        versions: forms.ModelChoiceField[ModelVersion] = self.fields["model_version"]  # type: ignore[assignment]
        data: forms.ModelChoiceField[DatasetVersion] = self.fields["dataset_version"]  # type: ignore[assignment]
        versions.queryset = models.auditable_versions(client)
        data.queryset = datasets.auditable_versions(client)
        if not self.is_bound and "dataset_version" not in self.initial:
            self.initial["dataset_version"] = datasets.likely_for(self._row("model_version"))

    def clean_split(self) -> str:
        return self.cleaned_data["split"] or Split.UNKNOWN

    def chosen_so_far(self) -> tuple[ModelVersion | None, DatasetVersion | None, Preset]:
        """What stands in the fields, before anybody asks whether it is allowed."""
        version, data = self._row("model_version"), self._row("dataset_version")
        preset = self["preset"].value()
        known = preset in Preset.values
        return version, data, Preset(preset) if known else Preset.STANDARD

    def _row(self, name: str) -> Any:  # noqa: ANN401 - of the model of the field
        """The row that a field names; None where it names none of the client's."""
        try:
            return self.fields[name].to_python(self[name].value())
        except forms.ValidationError:
            return None

    def measurement(self) -> dict[str, Any]:
        """What was chosen, as the service takes it."""
        self.chosen = dict(
            self.cleaned_data
        )  # an error that comes later takes its field out of these
        return {
            "version": self.chosen["model_version"],
            "data": self.chosen["dataset_version"],
            "preset": Preset(self.chosen["preset"]),
            "split": Split(self.chosen["split"]),
        }
