from django.urls import include, path

handler400 = "audits.web.errors.bad_request"
handler403 = "audits.web.errors.forbidden"
handler404 = "audits.web.errors.not_found"
handler500 = "audits.web.errors.server_error"

urlpatterns = [
    path("accounts/", include("audits.web.account_urls")),
    path("api/v1/", include("audits.api.urls")),
    path("", include("audits.web.urls")),
]
