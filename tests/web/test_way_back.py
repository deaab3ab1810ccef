"""Where a person goes on after a log-in: a page of this portal, whatever the browser said."""

import pytest
from django.test import RequestFactory

from audits.web import way_back


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("http://testserver/team/new/?x=1", "/team/new/?x=1"),
        ("http://testserver", "/"),
        ("http://testserver?x=1", "/?x=1"),
        ("http://testserver//evil.example/x", "/evil.example/x"),
        ("http://testserver///evil.example", "/evil.example"),
        ("http://testserver/\\evil.example", "/evil.example"),
        ("http://testserver//?next=//evil.example", "/?next=//evil.example"),
        ("http://evil.example/team/", "/"),
        ("//evil.example/team/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_way_back_is_a_path_that_begins_with_one_slash(address: str, path: str) -> None:
    ask = RequestFactory()
    assert way_back.after_log_in(ask.post("/c/", headers={"Referer": address})) == path
    fragment = {"HX-Request": "true", "HX-Current-URL": address}
    assert way_back.after_log_in(ask.get("/c/", headers=fragment)) == path


@pytest.mark.parametrize("asked", ["//evil.example/x?y=1", "///evil.example/x?y=1"])
def test_address_that_was_asked_for_begins_with_one_slash_too(asked: str) -> None:
    request = RequestFactory().get("/")
    request.path = asked.partition("?")[0]
    request.META["QUERY_STRING"] = "y=1"
    found = way_back.after_log_in(request)
    assert found == "/evil.example/x?y=1"
