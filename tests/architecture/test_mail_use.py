"""Letters are claimed, encrypted and erased in one place; nothing goes round it."""

from tests.architecture.sources import imported, python_files


def test_mail_leaves_through_its_service_alone() -> None:
    found = {
        path
        for path in python_files("audits", "mia_portal")
        if any(name.startswith("django.core.mail") for name in imported(path))
    }
    assert found == {"audits/services/mail.py"}
