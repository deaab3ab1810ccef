import re
from typing import Any, cast

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from audits.queries.activity import Filters, Log
from audits.queries.activity_words import kind_label
from audits.queries.narrowing import Asked
from audits.web.forms.fields import DateField, chosen_in_words

_OBJECT = re.compile(r"([a-z_]{1,40}):(\d{1,18})")


class ActivityFilterForm(forms.Form):
    """What is looked for in a log; all of it stands in the address."""

    person = forms.TypedChoiceField(
        label=_("Who"), required=False, coerce=int, empty_value=None, choices=()
    )
    verb = forms.ChoiceField(label=_("Did what"), required=False, choices=())
    kind = forms.ChoiceField(label=_("With what"), required=False, choices=())
    since = DateField(label=_("From"), required=False)
    until = DateField(label=_("To"), required=False)
    refused = forms.BooleanField(label=_("Refused only"), required=False)
    object = forms.RegexField(_OBJECT, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, log: Log, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature
        super().__init__(*args, **kwargs)
        verbs, kinds = log.verbs_and_kinds()
        anything = [("", _("Anything"))]
        for name, choices in (
            ("person", [("", _("Anybody")), *log.people()]),
            ("verb", [*anything, *verbs]),
            ("kind", [*anything, *kinds]),
        ):
            cast("forms.ChoiceField", self.fields[name]).choices = choices

    def asked(self) -> Asked:
        """The same in words, for lines on paper."""
        if not self.is_bound:
            return Asked()
        given = self.cleaned_data
        choices = [
            chosen_in_words(self, name) for name in ("person", "verb", "kind") if given.get(name)
        ]
        choices += [
            (str(self.fields[name].label), date_format(given[name], "j M Y"))
            for name in ("since", "until")
            if given.get(name) is not None
        ]
        if given.get("refused"):
            choices.append((str(self.fields["refused"].label), str(_("Yes"))))
        if given.get("object"):
            kind, _colon, pk = given["object"].partition(":")
            choices.append((str(_("History of one object")), f"{kind_label(kind)} {pk}"))
        return Asked(choices=choices)

    def filters(self) -> Filters:
        """What was chosen, as far as it can be understood."""
        if not self.is_bound:
            return Filters()
        self.is_valid()
        given = self.cleaned_data
        kind, _colon, pk = given.get("object", "").partition(":")
        return Filters(
            person=given.get("person"),
            verb=given.get("verb", ""),
            kind=kind or given.get("kind", ""),
            object_id=int(pk) if pk else None,
            since=given.get("since"),
            until=given.get("until"),
            refused=given.get("refused", False),
        )
