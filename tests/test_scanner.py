"""The malware scanner: what it finds is refused, and where it is silent nothing is taken."""

import io
import logging
import socketserver
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from pytest_django.fixtures import Settings

from audits import scanner
from audits.services.errors import InvalidInput
from audits.services.intake import refuse_at_the_door

# What every scanner takes for malware, cut in two so that none takes this file for it.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
CLEAN = b"age,income\n31,2\n" * 5_000


@dataclass
class Daemon:
    """A daemon of ClamAV's protocol (INSTREAM, as its manual describes) on loopback."""

    address: str = ""
    seen: list[bytes] = field(default_factory=list)
    answer: bytes = b""  # instead of looking

    def judge(self, told: bytes) -> bytes:
        self.seen.append(told)
        name = b"Eicar-Test-Signature FOUND" if EICAR in told else b"OK"
        return self.answer or b"stream: " + name + b"\n"


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    told = Daemon()

    class Connection(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            assert self.rfile.readline() == b"nINSTREAM\n"
            parts = []
            while size := struct.unpack("!L", self.rfile.read(4))[0]:
                parts.append(self.rfile.read(size))
            self.wfile.write(told.judge(b"".join(parts)))

    with socketserver.TCPServer(("127.0.0.1", 0), Connection) as server:
        told.address = f"tcp://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield told
        server.shutdown()
        thread.join()


def refusal(content: bytes) -> str:
    with pytest.raises(InvalidInput) as caught:
        refuse_at_the_door({"members": io.BytesIO(CLEAN), "nonmembers": io.BytesIO(content)})
    assert caught.value.field == "nonmembers"
    return str(caught.value)


def test_upload_with_malware_is_refused_by_its_field(daemon: Daemon, settings: Settings) -> None:
    settings.MIA_CLAMD = daemon.address
    assert "found Eicar-Test-Signature" in refusal(CLEAN + EICAR)
    assert daemon.seen == [CLEAN, CLEAN + EICAR]


def test_clean_upload_goes_on_from_its_beginning(daemon: Daemon, settings: Settings) -> None:
    settings.MIA_CLAMD = daemon.address
    source = io.BytesIO(CLEAN)
    source.seek(7)
    refuse_at_the_door({"file": source})
    assert source.read() == CLEAN


@pytest.mark.parametrize(
    "answer",
    [
        b"INSTREAM size limit exceeded. ERROR\n",
        b"stream: no database ERROR\n",
        b"what is that?\n",
        b"\n",
    ],
)
def test_scanner_that_gives_no_answer_lets_nothing_in(
    daemon: Daemon, settings: Settings, caplog: pytest.LogCaptureFixture, answer: bytes
) -> None:
    settings.MIA_CLAMD, daemon.answer = daemon.address, answer
    with caplog.at_level(logging.ERROR), pytest.raises(InvalidInput, match="could not be checked"):
        refuse_at_the_door({"file": io.BytesIO(CLEAN)})
    assert "The malware scanner gave no answer" in caplog.text


def test_scanner_that_is_not_there_lets_nothing_in(daemon: Daemon, settings: Settings) -> None:
    settings.MIA_CLAMD = "unix:///nowhere/clamd.ctl"
    with pytest.raises(InvalidInput, match="could not be checked"):
        refuse_at_the_door({"file": io.BytesIO(CLEAN)})
    assert daemon.seen == []


def test_without_a_scanner_nobody_is_asked(settings: Settings) -> None:
    assert settings.MIA_CLAMD == ""
    refuse_at_the_door({"file": io.BytesIO(EICAR)})


@pytest.mark.parametrize("address", ["", "clamd:3310", "tcp://", "tcp://host/run", "unix://a/b"])
def test_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="neither"):
        scanner.daemon(address)
