from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from audits.services import set_up as service
from audits.services.errors import InvalidInput, NotPossible
from audits.web import reauthentication
from audits.web.forms import refusal
from audits.web.forms.set_up import SetUpForm

_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@never_cache
@sensitive_post_parameters("password", "again")
def claim(request: HttpRequest, token: str) -> HttpResponseBase:
    """Make the first account: only while there is none, and only with the link of the console."""
    if not service.is_valid(token):
        raise Http404
    form = SetUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("company", "name", "email", "password")}
        try:
            user = service.claim(token=token, **given)
        except InvalidInput as error:
            refusal.show(form, error)
        except NotPossible:
            raise Http404 from None
        else:
            login(request, user, backend=_BACKEND)
            reauthentication.remember(request, user)
            return redirect("welcome")
    return render(request, "set_up/claim.html", {"form": form})
