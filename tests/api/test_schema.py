"""The API's description: right by construction, so that clients can be generated from it."""

from django.core.checks import run_checks


def test_schema_leaves_nothing_to_guess() -> None:
    found = run_checks(include_deployment_checks=True)
    assert [one.msg for one in found if str(one.id).startswith("drf_spectacular")] == []
