"""Letters outlive the worker that is at them, and messages that come again."""

from collections.abc import Iterator

import pytest

from audits.servers.state import read_json
from tests import smtp_sink
from tests.smtp_sink import Sink
from tests.stack import LiveStack
from tests.tasks.conftest import Portal, wait_for


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    with smtp_sink.running() as running:
        yield running


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory, sink: Sink) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("posting")
    spoken = {"EMAIL_URL": sink.url, "MIA_MAIL_LEASE_SECONDS": "4"}
    with LiveStack.started(folder / "state", log=folder / "log", environment=spoken) as stack:
        yield Portal(stack, read_json(stack.state.environment))


def standing(portal: Portal, told: dict[str, list[int]]) -> list[tuple[str, int, str]]:
    """State, attempts and sealed content of these letters."""
    return portal.ask(
        "SELECT state, attempts, sealed FROM audits_outgoingmail WHERE id = ANY(%s) ORDER BY id",
        told["letters"],
    )


def is_out(portal: Portal, told: dict[str, list[int]]) -> bool:
    return {row[0] for row in standing(portal, told)} == {"sent"}


def test_a_killed_worker_loses_no_letter_and_sends_none_twice(portal: Portal, sink: Sink) -> None:
    before = len(sink.letters)
    sink.met.clear()
    sink.answering.clear()
    told = portal.act("post", 1)
    assert sink.met.wait(60)
    killed = portal.stack.kill("worker")
    sink.answering.set()
    wait_for(lambda: is_out(portal, told))
    assert standing(portal, told) == [("sent", 2, "")]
    assert len(sink.letters) == before + 1
    assert portal.stack.program_pid("worker") != killed


def test_a_message_that_comes_again_sends_no_letter_again(portal: Portal, sink: Sink) -> None:
    before = len(sink.letters)
    told = portal.act("post", 3)
    portal.act("post-again", *told["letters"])
    wait_for(lambda: is_out(portal, told))
    portal.act("post-again", *told["letters"])
    # The queue is served in order: once a later letter is out, those messages were read.
    later = portal.act("post", 1)
    wait_for(lambda: is_out(portal, later))
    numbers = [letter["Message-ID"] for letter in sink.letters[before:]]
    assert len(numbers) == len(set(numbers)) == 4
    assert standing(portal, told) == [("sent", 1, "")] * 3
