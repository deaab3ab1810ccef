from collections.abc import Iterable
from datetime import date
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from audits.enums import Answer, StarterSet
from audits.models import ChecklistItem, Client, User
from audits.queries.assignees import Assignees
from audits.queries.checklist import ChecklistRow
from audits.queries.checklist_view import SHOWN, Filters
from audits.queries.narrowing import Asked, moments
from audits.web.forms.fields import DateField, TextIfChosen, chosen_in_words, planned
from audits.web.forms.meanwhile import Meanwhile

_BESIDE = ("status", "owner", "owner_name", "due", "note")


class PersonField(forms.ChoiceField):
    """A person of the client or of the provider, or nobody."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature
        super().__init__(required=False, **kwargs)
        self._people: dict[str, User] = {}

    def clean(self, value: Any) -> User | None:  # noqa: ANN401 - Django's own
        return self._people.get(super().clean(value))

    def offer(self, people: Assignees, *, client: Client, today: User | None = None) -> None:
        """Offer these people, and whoever it is today even where the reader could not choose it."""
        listed = [*people.client, *people.provider]
        beside = [today] if today is not None and today not in listed else []
        self._people = {str(user.pk): user for user in (*beside, *listed)}
        groups = (
            (client.name, people.client),
            (_("Provider"), [*beside, *people.provider]),
        )
        self.choices = [
            ("", _("Nobody")),
            *((name, [(user.pk, str(user)) for user in users]) for name, users in groups if users),
        ]

    def offer_colleagues(self, people: Iterable[User]) -> None:
        """Offer people of the provider alone, where no one client is meant."""
        self._people = {str(user.pk): user for user in people}
        self.choices = [
            ("", _("Nobody")),
            *((user.pk, str(user)) for user in self._people.values()),
        ]


class AnswerForm(Meanwhile, forms.ModelForm[ChecklistItem]):
    """How a control stands; who manages the list says who sees to it, and until when."""

    owner = PersonField(label=_("Owner"))
    due = DateField(label=_("Due"), required=False)

    class Meta:
        model = ChecklistItem
        fields = ("answer", "reason", "status", "owner", "owner_name", "due", "note")
        field_classes = {"reason": TextIfChosen}  # noqa: RUF012 - Django's own way
        widgets = {  # noqa: RUF012 - Django's own way
            "answer": forms.RadioSelect,
            "note": forms.Textarea(attrs={"rows": 2}),
        }
        help_texts = {  # noqa: RUF012 - Django's own way
            "reason": _("“Not applicable” needs a reason; somebody else then confirms it."),
            "status": _("How far the work is. It follows the answer unless you change it."),
            "owner_name": _("Only if the owner cannot be chosen above."),
        }

    def __init__(self, *args: Any, people: Assignees | None = None, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature
        super().__init__(*args, **kwargs)
        self.fields["status"].required = False
        if people is None:
            for name in ("owner", "owner_name", "due"):
                del self.fields[name]
            return
        field = cast("PersonField", self.fields["owner"])
        field.offer(people, client=self.instance.client, today=self.instance.owner)

    def clean_due(self) -> date | None:
        return planned(self, "due")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("answer") == Answer.NOT_APPLICABLE and not given.get("reason", "").strip():
            self.add_error("reason", _("Say why it does not apply."))
        if given.get("owner") is not None:
            given["owner_name"] = ""
        return given

    def beside(self) -> dict[str, Any]:
        """What was said beside the answer, as far as this form asks for it."""
        given = {name: self.cleaned_data[name] for name in _BESIDE if name in self.fields}
        return given if given["status"] else {**given, "status": self.initial["status"]}


class CardForm(forms.Form):
    """One big button for each answer; leaving a control out opens a field for the reason."""

    answer = forms.ChoiceField(choices=Answer.choices)
    reason = TextIfChosen(
        label=_("Why does it not apply?"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Somebody else confirms it. Until then the question counts as not answered."),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("answer") == Answer.NOT_APPLICABLE and not given.get("reason", "").strip():
            self.add_error("reason", _("Say why it does not apply."))
        return given


class SeenForm(forms.Form):
    """Which revision of an answer the page showed to whoever confirms it or sends it back."""

    seen = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)


def _is_a_moment(text: str) -> None:
    if not moments(text):
        raise forms.ValidationError(_("This is no moment."))


class ChecklistFilter(forms.Form):
    """What the address of a checklist may choose: a set, whose, in words, done since when."""

    show = forms.ChoiceField(label=_("Show"), choices=SHOWN, required=False)
    set = forms.ChoiceField(label=_("Where to begin"), choices=StarterSet, required=False)
    owner = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    words = forms.ChoiceField(choices=[("plain", "plain")], required=False)
    done = forms.CharField(required=False, max_length=40, validators=[_is_a_moment])

    def filters(self) -> Filters:
        """What was chosen, as far as it is valid."""
        given = self.cleaned_data
        return Filters(
            show=given.get("show", ""),
            set=given.get("set", ""),
            owner=given.get("owner"),
            done=given.get("done", ""),
        )

    def asked(self, rows: Iterable[ChecklistRow]) -> Asked:
        """The same in words, for rows on paper; of every row one may know the owner's name."""
        filters = self.filters()
        chosen = [name for name in ("show", "set") if self.cleaned_data.get(name)]
        choices = [chosen_in_words(self, name) for name in chosen]
        if filters.owner is not None:
            named = (row.owner for row in rows if row.item.owner_id == filters.owner)
            choices.append((str(_("Owner")), next(named, str(_("Somebody else")))))
        choices += [(str(_("Done")), words) for _moment, words in moments(filters.done)]
        return Asked(choices=choices)
