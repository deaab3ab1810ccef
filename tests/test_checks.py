"""A missing or unusable key refuses to start, and says which one."""

import shutil
from pathlib import Path

import pytest
from django.core.checks import Tags, run_checks
from pytest_django.fixtures import Settings

from audits.guidance import catalogue, questions


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
        ("SECRET_KEY", "short-" + "0123456789" * 4, "audits.E001"),
        ("SECRET_KEY", "ab" * 40, "audits.E001"),
        ("SECRET_KEY", "django-insecure-" + "0123456789" * 6, "audits.E001"),
        ("SECRET_KEY", "please-CHANGE-me-" + "0123456789" * 6, "audits.E001"),
        ("SECRET_KEY_FALLBACKS", ["short"], "audits.E001"),
        ("MIA_ENCRYPTION_KEY", "", "audits.E002"),
        ("MIA_ENCRYPTION_KEY", "c2hvcnQ=", "audits.E002"),
        ("BROKER_URL", "", "audits.E003"),
        ("STORAGE_URL", "s3://bucket/folder", "audits.E004"),
        ("STORAGE_URL", "file://relative", "audits.E004"),
        ("MIA_OUTBOUND_ALLOW", ["10.0.0.1/8"], "audits.E005"),
        ("MIA_OUTBOUND_ALLOW", ["idp.inside"], "audits.E005"),
        ("MIA_OUTBOUND_PORTS", ["https"], "audits.E005"),
        ("MIA_OUTBOUND_CA_FILE", "/nowhere.pem", "audits.E005"),
        ("MIA_CLAMD", "clamd.inside:3310", "audits.E010"),
        ("MIA_CLAMD", "tcp://clamd.inside/run", "audits.E010"),
        ("MIA_CLAMD", "unix://run/clamd.ctl", "audits.E010"),
        ("ALLOWED_HOSTS", ["*"], "audits.E006"),
        ("ALLOWED_HOSTS", ["portal.example", "*.example"], "audits.E006"),
        ("ALLOWED_HOSTS", ["."], "audits.E006"),
        ("MIA_PUBLIC_URL", "https://elsewhere.example", "audits.E012"),
        ("MIA_PUBLIC_URL", "https://localhost/portal", "audits.E012"),
        ("MIA_PUBLIC_URL", "ftp://localhost", "audits.E012"),
        ("MIA_PUBLIC_URL", "localhost", "audits.E012"),
        ("MIA_PROXIES", ["0.0.0.0/0"], "audits.E007"),
        ("MIA_PROXIES", ["10.0.0.1/8"], "audits.E007"),
        ("MIA_PROXIES", ["proxy.inside"], "audits.E007"),
        ("MIA_TRUSTED_PROXIES", 1, "audits.E009"),
        ("MIA_SECURITY_CONTACT", ["security@example.org"], "audits.E008"),
        ("MIA_SECURITY_CONTACT", ["mailto:a@b.example\nExpires: never"], "audits.E008"),
    ],
)
def test_check_refuses_a_start_without(
    settings: Settings, name: str, value: object, problem: str
) -> None:
    setattr(settings, name, value)
    assert found() == [(problem, True)]


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("controls/AI-01.toml", '"always"', '"colour=red"', "unknown fact 'colour'"),
        ("controls/AI-09.toml", '"asset=dataset or', '"S=dataset or', "AI-09.toml: rule"),
        ("controls/AI-20.toml", "", "", "finding leak_L3plus names AI-20, which is no control"),
        ("controls/AI-01.TOML.bak", None, "id = 1", "AI-01.TOML.bak: not a .toml file"),
        ("questions/V-03.toml", "weight = ", "weight = -", "V-03.toml: weight must be"),
        ("questions/V-99.yaml", None, "id: V-99", "V-99.yaml: not a .toml file"),
    ],
)
def test_check_refuses_a_start_with_guidance_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, old: str | None, new: str, said: str
) -> None:
    """Rather than an error on the first page that needs it, or a control that nobody misses."""
    for module, kind in ((catalogue, "controls"), (questions, "questions")):
        shutil.copytree(str(module.FOLDER), tmp_path / kind)
        monkeypatch.setattr(module, "FOLDER", tmp_path / kind)
    assert found() == []
    file = tmp_path / name
    if old is None:
        file.write_text(new, "utf-8")
    elif not old:
        file.unlink()
    else:
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), "utf-8")
    told = [one for one in run_checks(tags=[Tags.security]) if one.id == "audits.E011"]
    assert all(one.is_serious() for one in told)
    assert any(said in one.msg for one in told)
