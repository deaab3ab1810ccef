"""The second step of a log-in, left out where a company account has asked for one already."""

from allauth.mfa.stages import AuthenticateStage
from django.http import HttpResponse

from audits.web import vouching


class SecondStep(AuthenticateStage):  # type: ignore[misc]
    """Asks for the person's own second factor, unless the provider takes its voucher for one.

    Such a session reaches that provider alone, whose choice this was.
    """

    def handle(self) -> tuple[HttpResponse | None, bool]:
        vouched = vouching.vouched_for(self.request, self.login.user)
        if vouched is not None and vouched.second_factor:
            return None, True
        step: tuple[HttpResponse | None, bool] = super().handle()
        return step
