"""Letters outlive the worker that is at them, and messages that come again."""

from tests.smtp_sink import Sink
from tests.tasks.conftest import Portal, wait_for


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
