"""A missing or unusable key refuses to start, and says which one."""

import pytest
from django.core.checks import Tags, run_checks
from pytest_django.fixtures import Settings


def found() -> list[tuple[str | None, bool]]:
    return [
        (one.id, one.is_serious())
        for one in run_checks(tags=[Tags.security])
        if str(one.id).startswith("audits.")
    ]


def test_checks_have_nothing_to_say_of_a_complete_environment() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("SECRET_KEY", "", "audits.E001"),
        ("MIA_ENCRYPTION_KEY", "", "audits.E002"),
        ("MIA_ENCRYPTION_KEY", "c2hvcnQ=", "audits.E002"),
        ("BROKER_URL", "", "audits.E003"),
        ("STORAGE_URL", "s3://bucket/folder", "audits.E004"),
        ("STORAGE_URL", "file://relative", "audits.E004"),
    ],
)
def test_check_refuses_a_start_without(
    settings: Settings, name: str, value: str, problem: str
) -> None:
    setattr(settings, name, value)
    assert found() == [(problem, True)]
