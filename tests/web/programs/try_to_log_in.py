"""One web process of several: tries passwords from standard input, says what each one got."""

import sys

import django

django.setup()

from django.conf import settings  # noqa: E402 - after set-up
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402
from django.urls import reverse  # noqa: E402


def said(answer: object) -> str:
    text = answer.content.decode()  # type: ignore[attr-defined]
    if answer.status_code == 302:  # type: ignore[attr-defined]
        return "in"
    return "locked" if "Too many failed login attempts" in text else "refused"


def main() -> None:
    setup_test_environment()
    if settings.CACHES["default"]["BACKEND"].endswith("LocMemCache"):
        raise SystemExit("this process counts for itself")
    email, address = sys.argv[1:]
    for line in sys.stdin:
        sent = {"login": email, "password": line.rstrip("\n")}
        answer = Client(REMOTE_ADDR=address).post(reverse("account_login"), sent)
        sys.stdout.write(f"{said(answer)}\n")


if __name__ == "__main__":
    main()
