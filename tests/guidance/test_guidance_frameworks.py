"""What controls say about frameworks: only what was read, and never more than "supports"."""

import re
from collections.abc import Iterator

import pytest

from audits.guidance import catalogue, frameworks
from audits.guidance.catalogue import CatalogueError, Control, Mapped

ENTRY = """
[[frameworks]]
key = "one"
name = "One"
title = "The first"
publisher = "Somebody"
link = "https://example.org/one"
read = "part"
only = ["A.1", "B.*"]
about = "A text."
"""
# Texts of which our sources say that nobody here has read them.
UNREAD = ("GDPR", "HIPAA", "27090", "27091", "8596", "Privacy Framework 1.1", "ICO", "CIS Controls")


def mappings() -> Iterator[tuple[Control, Mapped]]:
    for control in catalogue.load():
        for mapped in control.maps:
            yield control, mapped


def test_every_mapping_of_every_control_was_read() -> None:
    """None is filtered away in silence: what stands in a control's file is what is shown."""
    hidden = {
        (control.id, *mapped)
        for control, mapped in mappings()
        if mapped not in frameworks.shown(control)
    }
    assert hidden == set()
    assert sum(1 for _ in mappings()) > 100


def test_no_framework_is_one_that_nobody_read() -> None:
    names = [*frameworks.load(), *(mapped.framework for _, mapped in mappings())]
    assert [name for name in names if any(unread in name for unread in UNREAD)] == []


def test_every_listed_framework_has_a_passage_and_every_entry_is_used() -> None:
    controls = catalogue.load()
    used = {mapped.framework for _, mapped in mappings()}
    assert used == set(frameworks.load())
    for framework in frameworks.listed(controls):
        assert frameworks.crosswalk(framework, controls), framework.name
        assert framework.link.startswith("https://")
        assert not framework.is_evidence


def test_framework_without_a_passage_is_not_listed() -> None:
    (control, *_others) = (one for one in catalogue.load() if one.maps)
    listed = frameworks.listed([control])
    assert {one.name for one in listed} <= {mapped.framework for mapped in control.maps}
    assert len(listed) < len(frameworks.load())


def test_reference_outside_what_was_read_is_not_shown() -> None:
    (one,) = frameworks.parse(ENTRY).values()
    found = [one.covers(reference) for reference in ("A.1", "B.7", "A.10", "C")]
    assert found == [True, True, False, False]


def test_words_never_claim_more_than_support() -> None:
    told = " ".join(framework.about for framework in frameworks.load().values())
    assert not re.search(r"satisf|complian|fulfil|certif", told, flags=re.IGNORECASE)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (ENTRY + ENTRY, "twice"),
        (ENTRY.replace('read = "part"', 'read = "memory"'), "read must be one of"),
        (ENTRY.replace("https", "http"), "link must be https"),
        (ENTRY.replace('about = "A text."', ""), "'about'"),
        (ENTRY + 'more = "x"\n', "'more'"),
        (ENTRY.replace('["A.1", "B.*"]', '"A.1"'), "only must be a list"),
    ],
)
def test_wrong_entry_is_named(wrong: str, said: str) -> None:
    with pytest.raises(CatalogueError, match=said):
        frameworks.parse(wrong)
