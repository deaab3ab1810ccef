from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from audits.enums import Preset, Split, VersionKind
from audits.models import Client, DatasetVersion, ModelVersion
from audits.queries import ai_model as models
from audits.queries import dataset as datasets
from audits.queries.audit_outlook import PresetOutlook


class PresetSelect(forms.RadioSelect):
    """The depths, each with what it does and how long that took inside its own card."""

    option_template_name = "audit/preset_option.html"
    outlooks: Mapping[str, PresetOutlook] = MappingProxyType({})

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - Django's
        option: dict[str, Any] = super().create_option(*args, **kwargs)
        value, attrs = option["value"], option["attrs"]
        option["about"] = self.outlooks.get(value)
        # The whole card is the label: read out, its name is the depth, and the rest explains it.
        attrs["aria-labelledby"] = f"{attrs['id']}_name"
        attrs["aria-describedby"] = f"preset-{value}-about"
        return option


class VersionSelect(forms.Select):
    """Options say which kind of file they are: what is asked for one alone hides for the others."""

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - Django's
        option: dict[str, Any] = super().create_option(*args, **kwargs)
        version = getattr(option["value"], "instance", None)
        if version is not None:
            option["attrs"]["data-kind"] = version.kind
        return option


class VersionChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    widget = VersionSelect

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
        choices=Preset,
        initial=Preset.STANDARD,
        widget=PresetSelect,
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
        if not self.is_bound:
            self._choose_beforehand(client)

    def _choose_beforehand(self, client: Client) -> None:
        """Choose the only model, and the records that a model file was trained on.

        Where a choice was answered with other records than the form holds, they take their place
        there: a model file cannot be tested without any, and a predictions file brings its own.
        """
        if "model_version" not in self.initial:
            self.initial["model_version"] = models.only_auditable(client)
        version = self._row("model_version")
        held = self.initial.get("dataset_version")
        brings_its_own = version is not None and version.kind == VersionKind.PREDICTIONS
        if held and not brings_its_own:
            return
        self.initial["dataset_version"] = datasets.likely_for(version) or ""
        if held is not None and str(self.initial["dataset_version"]) != held:
            self.fields["dataset_version"].widget.attrs["hx-swap-oob"] = "true"

    @property
    def chose_records(self) -> bool:
        """Whether other records were chosen than the form holds."""
        return "hx-swap-oob" in self.fields["dataset_version"].widget.attrs

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

    def tell(self, presets: Sequence[PresetOutlook]) -> None:
        """Let every depth say what it would do with what is chosen so far."""
        widget = cast("PresetSelect", self.fields["preset"].widget)
        widget.outlooks = {one.preset.value: one for one in presets}

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
