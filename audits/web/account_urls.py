"""The part of allauth that this portal offers, and the way to the very first account."""

from allauth.account import views
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.contrib.auth.decorators import login_not_required
from django.urls import path, re_path
from django.views.generic import RedirectView

from audits.web import set_up

to_security = RedirectView.as_view(pattern_name="security")

urlpatterns = [
    path("set-up/<str:token>/", login_not_required(set_up.claim), name="set_up"),
    path("login/", login_not_required(views.login), name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", login_not_required(views.account_inactive), name="account_inactive"),
    path("password/change/", views.password_change, name="account_change_password"),
    path(
        "password/reset/", login_not_required(views.password_reset), name="account_reset_password"
    ),
    path(
        "password/reset/done/",
        login_not_required(views.password_reset_done),
        name="account_reset_password_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        login_not_required(views.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        login_not_required(views.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    # --- second factor; the library's own lists of it are parts of the page "security" here
    path("second-step/", login_not_required(mfa.authenticate), name="mfa_authenticate"),
    path(
        "second-step/passkey/",
        login_not_required(passkeys.login_webauthn),
        name="mfa_login_webauthn",
    ),
    path("reauthenticate/code/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path(
        "reauthenticate/passkey/",
        passkeys.reauthenticate_webauthn,
        name="mfa_reauthenticate_webauthn",
    ),
    path("second-factor/", to_security, name="mfa_index"),
    path("second-factor/app/", totp.activate_totp, name="mfa_activate_totp"),
    path("second-factor/app/remove/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("second-factor/codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "second-factor/codes/new/",
        codes.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path("second-factor/passkeys/", to_security, name="mfa_list_webauthn"),
    path("second-factor/passkeys/new/", passkeys.add_webauthn, name="mfa_add_webauthn"),
    # Of the person who asks: no client is behind these numbers, and nobody else's key.
    re_path(
        r"^second-factor/passkeys/(?P<pk>[0-9]{1,18})/$",
        passkeys.edit_webauthn,
        name="mfa_edit_webauthn",
    ),
    re_path(
        r"^second-factor/passkeys/(?P<pk>[0-9]{1,18})/remove/$",
        passkeys.remove_webauthn,
        name="mfa_remove_webauthn",
    ),
]
