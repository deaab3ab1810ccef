import re

from django import forms
from django.utils.translation import gettext_lazy as _

from audits.models.break_glass import LONGEST_MINUTES, SHORTEST_REASON

_ADDRESS = re.compile(r"/c/([\w-]+)")


class LookForm(forms.Form):
    """Which client, for how long, and why: the client reads all of it."""

    slug = forms.CharField(
        label=_("Client"),
        max_length=300,
        help_text=_("The name in its address, as whoever asked for help gave it: /c/name-1a2b/"),
    )
    minutes = forms.TypedChoiceField(
        label=_("For how long"),
        coerce=int,
        choices=[(n, _("%(n)s minutes") % {"n": n}) for n in (15, 30, LONGEST_MINUTES)],
    )
    reason = forms.CharField(
        label=_("Why"),
        min_length=SHORTEST_REASON,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Stands in the client's own log, where its people read it."),
    )

    def clean_slug(self) -> str:
        """Take the name out of an address that was pasted as a whole."""
        given: str = self.cleaned_data["slug"].strip()
        found = _ADDRESS.search(given)
        return (found[1] if found else given).lower()
