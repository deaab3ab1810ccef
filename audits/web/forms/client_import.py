from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy

from audits.access import Actor
from audits.services import client_list
from audits.services.client_list import Found
from audits.web.forms.lists import ColumnField, ListColumnsForm


class ClientColumnsForm(ListColumnsForm):
    """Which column of a list of clients says what, and what holds for all of them."""

    heads = client_list.HEADS

    name = ColumnField(gettext_lazy("Name of the client"), required=True)
    industry = ColumnField(gettext_lazy("Industry"))
    contact_name = ColumnField(gettext_lazy("Contact"))
    contact_email = ColumnField(gettext_lazy("E-mail of the contact"))
    group = ColumnField(gettext_lazy("Group"))
    technician = ColumnField(gettext_lazy("Technician (e-mail)"))
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=[(zone, zone.replace("_", " ")) for zone in sorted(available_timezones())],
        initial="Europe/London",
        help_text=gettext_lazy("For all of them; change single ones afterwards."),
    )

    def preview(self, actor: Actor) -> list[Found]:
        """Every row as it would be taken over."""
        places = self.places
        if places is None:
            return []
        return client_list.look_over(table=self.list, places=places, actor=actor)
