"""Ask a portal with the settings of production: prints what a browser would see, as JSON."""

import json
import sys

import django

django.setup()

from django.conf import settings  # noqa: E402 - after setup
from django.test import Client, override_settings  # noqa: E402

# Collecting and packing the static files is the build's work and would only take time here.
PLAIN_FILES = {
    **settings.STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


def seen(path: str, *, secure: bool, host: str) -> dict[str, object]:
    answer = Client().get(path, secure=secure, headers={"host": host})
    return {
        "status": answer.status_code,
        "headers": {name.lower(): value for name, value in answer.items()},
        "cookies": {name: dict(morsel.items()) for name, morsel in answer.cookies.items()},
    }


with override_settings(STORAGES=PLAIN_FILES):
    login = "/accounts/login/"
    json.dump(
        {
            "secure": seen(login, secure=True, host="portal.example"),
            "plain": seen(login, secure=False, host="portal.example"),
            "stranger": seen(login, secure=True, host="evil.example"),
            "names": [settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME],
            "secured": [settings.SESSION_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY],
            "path": [settings.SESSION_COOKIE_PATH, settings.SESSION_COOKIE_DOMAIN],
            "public": settings.MIA_PUBLIC_URL,
            "hashers": settings.PASSWORD_HASHERS,
        },
        sys.stdout,
    )
