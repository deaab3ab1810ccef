"""The four knobs of a rating policy, each offered as far as it makes things stricter."""

from typing import cast

from django import forms
from django.utils.translation import gettext_lazy as _

from audits.enums import Impact, RatingBadge
from audits.guidance.badges import Badge
from audits.guidance.strictness import LEAST_DAYS, MONTHS, RAISABLE, TIMED, Asked, Policy
from audits.web.forms.fields import choose

SAVE = "save"


class RatingPolicyForm(forms.Form):
    """What is asked for beyond the policy above; what stays empty is as it is there."""

    months = forms.TypedChoiceField(
        label=_("How long an audit counts"), required=False, coerce=int, empty_value=None
    )
    raised = forms.TypedMultipleChoiceField(
        label=_("Data that counts one class higher"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )
    unproven = forms.BooleanField(
        label=_("Count untested or inconclusive ordinary personal data (S3) as at least Elevated"),
        required=False,
        help_text=_("Without this it has no rating until an audit settles something."),
    )
    reason = forms.CharField(
        label=_("Why"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It stands in the log beside your name."),
        error_messages={"required": _("Say why, so that others understand it later.")},
    )
    step = forms.CharField(required=False, max_length=10, widget=forms.HiddenInput)

    def __init__(self, data: object, *, above: Policy, current: Asked) -> None:
        super().__init__(data, initial=_initial(current))  # type: ignore[arg-type]
        for badge in TIMED:
            self.fields[badge.value] = _days_field(badge, above)
        self.order_fields(["months", *(badge.value for badge in TIMED)])
        fewer = [(months, _("%(n)s months") % {"n": months}) for months in MONTHS]
        same = ("", _("No change: %(n)s months") % {"n": above.months})
        choose(
            self.fields["months"],
            [same, *(one for one in fewer if one[0] < above.months)],
            blank=False,
        )
        left = [impact for impact in RAISABLE if impact not in above.raised]
        choose(
            self.fields["raised"],
            [(impact, Impact(impact).label) for impact in left],
            blank=False,
        )
        for name, is_settled in (
            ("raised", not left),
            ("unproven", above.behind_unproven() is not None),
        ):
            if is_settled:
                del self.fields[name]

    @property
    def is_final(self) -> bool:
        """Say whether it is to be saved, and not only looked at."""
        return bool(self.cleaned_data["step"] == SAVE)

    def asked(self) -> Asked:
        given = self.cleaned_data
        return Asked(
            months=given["months"],
            days={badge: given[badge.value] for badge in TIMED if given[badge.value] is not None},
            raised=frozenset(cast("list[int]", given.get("raised", []))),
            unproven=given.get("unproven", False),
        )


def _days_field(badge: Badge, above: Policy) -> forms.IntegerField:
    most = above.days(badge)
    return forms.IntegerField(
        label=_("Days to act on %(badge)s") % {"badge": RatingBadge(badge.value).label},
        required=False,
        min_value=LEAST_DAYS,
        max_value=most,
        help_text=_("At most %(most)s. Leave it empty to keep that.") % {"most": most},
        error_messages={
            "max_value": _(
                "A rating policy can only give less time. Enter at most %(limit_value)s days."
            )
        },
    )


def _initial(current: Asked) -> dict[str, object]:
    return {
        "months": current.months,
        "raised": sorted(current.raised),
        "unproven": current.unproven,
        **{badge.value: days for badge, days in current.days.items()},
    }
