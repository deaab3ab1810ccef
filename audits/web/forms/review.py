from collections.abc import Iterator
from dataclasses import dataclass

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from audits.enums import ReviewEvidence
from audits.guidance.questions import Question
from audits.models import VendorReview
from audits.queries import review as queries
from audits.queries.review import Step
from audits.services.review import LONGEST_NOTE

# Where the button leads that keeps the page and goes back to the sheet.
CLOSE = "close"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One question as the page draws it: its three controls, and what was said last time."""

    question: Question
    answer: BoundField
    evidence: BoundField
    note: BoundField
    before: str


class StepForm(forms.Form):
    """The questions of one page; nothing has to be answered to go on."""

    to = forms.ChoiceField(
        choices=[(CLOSE, CLOSE), *((step.key, step.title) for step in queries.STEPS)],
        required=False,
        widget=forms.HiddenInput,
    )

    def __init__(
        self, data: object, *, step: Step, review: VendorReview, before: VendorReview | None
    ) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self.shown = queries.shown_in(step, queries.answers_of(review.answers))
        self.before = before.answers if before is not None else {}
        for question in self.shown:
            self._add(question, review.answers.get(question.id, {}))

    def _add(self, question: Question, given: dict[str, str]) -> None:
        name = question.id
        self.fields[name] = forms.ChoiceField(
            label=question.text,
            choices=queries.choices_of(question),
            required=False,
            widget=forms.RadioSelect,
            initial=queries.chosen(question, given.get("answer", "")),
        )
        self.fields[f"{name}-evidence"] = forms.ChoiceField(
            label=_("It rests on"),
            choices=[("", _("Choose")), *queries.evidence_choices()],
            required=False,
            initial=given.get("evidence", ""),
        )
        self.fields[f"{name}-note"] = forms.CharField(
            label=_("Link, page, date or remark"),
            max_length=LONGEST_NOTE,
            required=False,
            initial=given.get("note"),
        )

    def rows(self) -> Iterator[Asked]:
        for question in self.shown:
            yield Asked(
                question=question,
                answer=self[question.id],
                evidence=self[f"{question.id}-evidence"],
                note=self[f"{question.id}-note"],
                before=queries.said(self.before, question),
            )

    def given(self) -> dict[str, dict[str, str]]:
        """What was answered on this page, as it is stored."""
        return {
            question.id: {
                "answer": self.cleaned_data[question.id],
                "evidence": self.cleaned_data[f"{question.id}-evidence"] or ReviewEvidence.CALL,
                "note": self.cleaned_data[f"{question.id}-note"],
            }
            for question in self.shown
            if self.cleaned_data.get(question.id)
        }
