"""What a new password has to be, beside Django's own rules: no more than a person could type."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from audits.models import User

LONGEST = 128


class LongestPassword:
    """Refuses what is longer than 128 characters; Django's validators have no upper end."""

    def validate(self, password: str, user: User | None = None) -> None:
        del user  # the length is the same for everybody
        if len(password) > LONGEST:
            raise ValidationError(
                _("This password is too long. It may have at most %(most)s characters."),
                code="password_too_long",
                params={"most": LONGEST},
            )

    def get_help_text(self) -> str:
        return _("Your password may have at most %(most)s characters.") % {"most": LONGEST}
