from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from audits.models import Client
from audits.web.forms.meanwhile import Meanwhile


class ClientForm(Meanwhile, forms.ModelForm[Client]):
    """Name, industry, contact and time zone of a client."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=[(zone, zone.replace("_", " ")) for zone in sorted(available_timezones())],
        initial="Europe/London",
        help_text=_("Dates on this client's pages and reports are shown in it."),
    )

    class Meta:
        model = Client
        fields: tuple[str, ...] = (
            "name",
            "industry",
            "contact_name",
            "contact_email",
            "time_zone",
            "is_house",
        )
        help_texts = {  # noqa: RUF012 - Django's own way
            "industry": _("For example: dental clinic, lender, retailer."),
            "is_house": _(
                "For your own organisation, once: its checklist then also asks what looking after"
                " other companies needs."
            ),
            "contact_name": _("Who decides there: their name is printed on the report."),
        }


class SpaceForm(Meanwhile, forms.ModelForm[Client]):
    """Room for the files of a client."""

    storage_limit_mb = forms.IntegerField(
        label=_("Space for files, in MB"),
        required=False,
        min_value=1,
        max_value=100_000_000,
        help_text=_("Left empty, the usual space of this installation holds."),
    )

    class Meta:
        model = Client
        fields = ("storage_limit_mb",)


class FirstClientForm(ClientForm):
    """The same for the first client of a provider: that is somebody to look after."""

    class Meta(ClientForm.Meta):
        fields = ("name", "industry", "contact_name", "contact_email", "time_zone")
