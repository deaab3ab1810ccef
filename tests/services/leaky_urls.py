"""A portal that tells too much: one page opens any row, and the error page repeats the address."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from mia_portal import urls


def any_model(_request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    return HttpResponse(f"{slug} {pk}")


def repeats(request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse(request.path, status=404)


handler404 = repeats
urlpatterns = [path("c/<slug:slug>/models/<int:pk>/", any_model, name="model"), *urls.urlpatterns]
