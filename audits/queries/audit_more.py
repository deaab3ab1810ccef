"""Where another audit of the same version found more than one did."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from audits.enums import Outcome
from audits.models import Audit
from audits.queries.risk_speaking import AUDIT_LASTS

_NO_LEAK = "L0"


@dataclass(frozen=True, kw_only=True)
class More:
    """The audit of the same version that found most, and whether it came before the other one."""

    audit: Audit
    is_earlier: bool

    @property
    def sentence(self) -> str:
        """Which audit it is and what it found; days are those of the page it stands on."""
        return self.dated(date_format(timezone.localtime(self.audit.completed_at), "j M Y"))

    def dated(self, day: str) -> str:
        """The same with its day as it is written where it stands."""
        told = {
            "depth": self.audit.get_preset_display(),
            "day": day,
            "outcome": self.audit.get_outcome_display(),
        }
        earlier = _("An earlier audit of this version (%(depth)s, %(day)s) found more: %(outcome)s")
        later = _("A later audit of this version (%(depth)s, %(day)s) found more: %(outcome)s")
        return (earlier if self.is_earlier else later) % told


def than(audit: Audit) -> More | None:
    """The audit that found most of the version, where that is more than this one did.

    Only results that stand count: conclusive ones of the last twelve months.
    """
    now = timezone.now()
    rows = Audit.objects.filter(
        model_version=audit.model_version_id,
        completed_at__range=(now - AUDIT_LASTS, now),
        reached__gt=audit.reached or _NO_LEAK,
    ).exclude(outcome__in=(Outcome.INVALID, Outcome.INCONCLUSIVE))
    found = rows.defer("document", "rating_trace").order_by("-reached", "-completed_at", "-pk")
    most = found.first()
    if most is None or most.completed_at is None or audit.completed_at is None:
        return None
    return More(audit=most, is_earlier=most.completed_at < audit.completed_at)
