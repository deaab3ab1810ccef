from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from audits.models.ai_model import AIModel
from audits.models.owned import TenantModel, tenant_key
from audits.models.stored_file import StoredFile


class Authorisation(TenantModel):
    """Somebody's permission to attack one model: who, as what, when, for what, until when.

    It is never edited: a new one is recorded, an old one withdrawn.
    """

    model = models.ForeignKey(AIModel, on_delete=models.PROTECT, related_name="authorisations")
    person = models.CharField(_("permission given by"), max_length=200)
    role = models.CharField(_("role of that person"), max_length=200)
    given_on = models.DateField(_("given on"))
    ends_on = models.DateField(_("holds until"))
    scope = models.CharField(_("what may be tested"), max_length=500)
    source = models.CharField(_("where the permission is kept"), max_length=300, blank=True)
    # Ticked by whoever recorded it: the person may decide about model and data, and has agreed.
    is_confirmed = models.BooleanField(default=False, editable=False)
    # The signed letter, where there is one.
    file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    recorded_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            tenant_key("authorisation"),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("given_on")), name="authorisation_ends_after_it_began"
            ),
            models.CheckConstraint(
                condition=~Q(person="") & ~Q(role="") & ~Q(scope=""),
                name="authorisation_says_who_and_what",
            ),
            models.CheckConstraint(
                condition=Q(is_confirmed=True) | Q(file__isnull=False),
                name="authorisation_rests_on_word_or_letter",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["client", "model", "-ends_on"], name="authorisation_current"),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.role}"
