"""An answer from a child that was taken over is checked before anything is used."""

import json
import os
import struct
from collections.abc import Iterator

import pytest

from audits.sandbox import watch, wire
from audits.sandbox.values import Progress


@pytest.fixture
def answer() -> Iterator[int]:
    descriptor = os.memfd_create("answer")
    yield descriptor
    os.close(descriptor)


def framed(header: object, rest: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + rest


GOOD = {"status": "ok", "result": {"a": 1}, "layers": ["seccomp"], "blobs": [["b", 3]]}


def test_answer_comes_back_equal(answer: int) -> None:
    sent = wire.Answer(status="ok", result={"a": [1, None]}, layers=("x",), blobs={"b": b"\0\1"})
    wire.write_answer(answer, sent)
    assert wire.read_answer(answer, max_bytes=1000) == sent


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"1234567", id="less than a length"),
        pytest.param(struct.pack("<Q", 2**63) + b"{}", id="endless header"),
        pytest.param(struct.pack("<Q", 900) + b"{}", id="header longer than the file"),
        pytest.param(struct.pack("<Q", 4) + b"\xff\xfe\0\0", id="no text"),
        pytest.param(framed([]), id="no object"),
        pytest.param(framed({**GOOD, "blobs": []}, b"xyz"), id="bytes left over"),
        pytest.param(framed(GOOD, b"xy"), id="bytes missing"),
        pytest.param(framed({**GOOD, "blobs": [["b", -1], ["c", 4]]}, b"xyz"), id="negative size"),
        pytest.param(framed({**GOOD, "blobs": [["b", True]]}, b"x"), id="size is no number"),
        pytest.param(framed({**GOOD, "blobs": [["b", 1], ["b", 2]]}, b"xyz"), id="name twice"),
        pytest.param(framed({**GOOD, "blobs": [["b", 1.0]]}, b"x"), id="size is a fraction"),
        pytest.param(framed({**GOOD, "result": [1]}, b"xyz"), id="result is a list"),
        pytest.param(framed({**GOOD, "layers": "seccomp"}, b"xyz"), id="layers are text"),
        pytest.param(framed({**GOOD, "layers": [1]}, b"xyz"), id="layer is a number"),
        pytest.param(framed({**GOOD, "status": None}, b"xyz"), id="no status"),
        pytest.param(framed({**GOOD, "result": {"a": float("nan")}}, b"xyz"), id="NaN"),
        pytest.param(framed({"status": "ok"}), id="keys missing"),
        pytest.param(struct.pack("<Q", 200_000) + b"[" * 200_000, id="nested too deeply"),
    ],
)
def test_malformed_answer_is_refused(answer: int, data: bytes) -> None:
    os.write(answer, data)
    with pytest.raises(wire.MalformedAnswerError):
        wire.read_answer(answer, max_bytes=1 << 20)


def test_answer_above_the_limit_is_refused(answer: int) -> None:
    wire.write_answer(answer, wire.Answer(status="ok", blobs={"b": bytes(100)}))
    with pytest.raises(wire.MalformedAnswerError):
        wire.read_answer(answer, max_bytes=100)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'{"step": 1, "total": 2, "name": "go"}', Progress(1, 2, "go")),
        (b'{"step": 1, "total": 2, "name": "a\\u001b[2Jb"}', Progress(1, 2, "a[2Jb")),
        (b'{"step": 3, "total": 2, "name": "go"}', None),
        (b'{"step": true, "total": 2, "name": "go"}', None),
        (b'{"step": 1, "total": 2, "name": 5}', None),
        (b'{"step": 1}', None),
        (b"[]", None),
        (b"\xff", None),
        (b"", None),
        (b'{"step": 1, "total": 2, "name": "' + b"x" * 3000 + b'"}', None),
    ],
)
def test_progress_that_makes_no_sense_is_left_out(line: bytes, expected: Progress | None) -> None:
    assert watch._progress_from(line) == expected


def test_answer_holds_only_text_that_can_be_stored(answer: int) -> None:
    said = {"a\0": ["\ud800b", {"c": "fine \U0001f600"}], "n": 1.5}
    os.write(answer, framed({**GOOD, "result": said, "blobs": []}))
    assert wire.read_answer(answer, max_bytes=1 << 20).result == {
        "a\ufffd": ["\ufffdb", {"c": "fine \U0001f600"}],
        "n": 1.5,
    }


def test_answer_with_an_endless_number_is_refused(answer: int) -> None:
    text = json.dumps({**GOOD, "blobs": []}).replace('"a": 1', '"a": 1e999').encode()
    os.write(answer, struct.pack("<Q", len(text)) + text)
    with pytest.raises(wire.MalformedAnswerError):
        wire.read_answer(answer, max_bytes=1 << 20)
