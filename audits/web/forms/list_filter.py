from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.http import QueryDict

from audits.queries.narrowing import Asked, Filters, Narrowing, moments, search_in_words
from audits.web.forms.fields import chosen_in_words


class ListFilter(forms.Form):
    """What the address of a client's list may choose; which choices there are the list says."""

    is_brief = True
    q = forms.CharField(
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )

    def __init__(self, data: QueryDict, *, narrowing: Narrowing[Any], rows: Iterable[Any]) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.narrowing = narrowing
        self.fields["q"].label = narrowing.text_label
        for name, known in narrowing.offered(rows).items():
            choice = narrowing.choices[name]
            offered = moments(data.get(name, "")) if choice.moment else known
            self.fields[name] = forms.ChoiceField(
                label=choice.label, choices=[("", choice.empty), *offered], required=False
            )
        orders = [(sign + key, key) for key in narrowing.sorts for sign in ("", "-")]
        self.fields["sort"] = forms.ChoiceField(choices=orders, required=False)

    @property
    def at_hand(self) -> list[forms.BoundField]:
        """What is always in sight."""
        chosen = self.narrowing.choices
        return [self["q"], *(self[name] for name in chosen if chosen[name].at_hand)]

    @property
    def further(self) -> list[forms.BoundField]:
        """What is folded up until it is wanted."""
        chosen = self.narrowing.choices
        rest = (name for name in chosen if not chosen[name].at_hand and not chosen[name].apart)
        # Of a moment there is nothing to choose but the one that the address names.
        return [self[name] for name in rest if not chosen[name].moment or self[name].value()]

    @property
    def apart(self) -> list[forms.BoundField]:
        """What is chosen elsewhere on the page, where it is."""
        chosen = self.narrowing.choices
        return [self[name] for name in chosen if chosen[name].apart and self[name].value()]

    @property
    def further_chosen(self) -> int:
        """How many of those are in use."""
        return sum(bool(field.value()) for field in self.further)

    def filters(self) -> Filters:
        """What was chosen, once it is known to be valid."""
        given = self.cleaned_data
        chosen = {name: given[name] for name in self.narrowing.choices if given[name]}
        return Filters(q=cast("str", given["q"]), chosen=chosen, sort=cast("str", given["sort"]))

    def asked(self) -> Asked:
        """The same in words, for rows on paper; what holds while nothing is chosen is a choice."""
        narrowing, filters = self.narrowing, self.filters()
        choices = [search_in_words(narrowing.text_label, filters.q)] if filters.q else []
        for name, choice in narrowing.choices.items():
            if name in filters.chosen:
                choices.append(chosen_in_words(self, name))
            elif name in narrowing.usual:
                choices.append((str(choice.label), str(choice.empty)))
        return Asked(choices=choices, order=narrowing.order_in_words(filters))
