from django import forms
from django.utils.translation import gettext_lazy as _

from audits.enums import Hue
from audits.models import ClientGroup
from audits.queries import client as clients
from audits.queries import client_group as groups


class HueSelect(forms.RadioSelect):
    """The colours, each as a dot with its name."""

    option_template_name = "settings/hue_option.html"

    def __init__(self) -> None:
        super().__init__(attrs={"class": "choices-inline"})


class PickMany(forms.CheckboxSelectMultiple):
    """Many rows to tick: the list scrolls by itself."""

    def __init__(self) -> None:
        super().__init__(attrs={"class": "choices-many"})


class ClientGroupForm(forms.Form):
    """Name, colour and clients of a group."""

    name = forms.CharField(
        label=_("Name"), max_length=60, help_text=_("For example: dental, gold contract, north.")
    )
    hue = forms.TypedChoiceField(
        label=_("Colour"),
        choices=Hue.choices,
        coerce=lambda value: Hue(int(value)),
        initial=Hue.BLUE,
        widget=HueSelect,
    )
    clients = forms.ModelMultipleChoiceField(  # type: ignore[var-annotated]
        label=_("Clients"),
        queryset=None,
        required=False,
        widget=PickMany,
        help_text=_("Whoever is granted the group opens these clients, from the next click on."),
    )

    def __init__(self, data: object, *, provider_id: int, group: ClientGroup | None = None) -> None:
        initial = {}
        if group is not None:
            initial = {"name": group.name, "hue": group.hue, "clients": groups.clients_in(group)}
        super().__init__(data, initial=initial)  # type: ignore[arg-type]
        self.fields["clients"].queryset = clients.of_provider(provider_id)  # type: ignore[attr-defined]
