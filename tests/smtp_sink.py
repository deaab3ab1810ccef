"""A mail server of the tests' own: speaks enough SMTP to take letters, refuse them, or hang."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from email.message import Message


class Sink(socketserver.ThreadingTCPServer):
    """What was accepted lies in `letters`; `refusals` answer the next letters instead of 250."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.letters: list[Message] = []
        self.refusals: list[str] = []
        self.met = threading.Event()  # a letter has been read in full
        self.answering = threading.Event()
        self.answering.set()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def answer_to(self, data: bytes) -> str:
        self.met.set()
        if not self.answering.is_set():
            self.answering.wait(60)
            return ""  # whoever sent it is gone
        if self.refusals:
            return self.refusals.pop(0)
        self.letters.append(message_from_bytes(data))
        return "250 taken"


class _Conversation(socketserver.StreamRequestHandler):
    server: Sink

    def handle(self) -> None:
        self._say("220 sink")
        for line in iter(self.rfile.readline, b""):
            verb = line.split()[0].upper() if line.split() else b""
            if verb == b"QUIT":
                self._say("221 bye")
                return
            if verb == b"DATA":
                self._say("354 go on")
                answer = self.server.answer_to(self._data())
                if not answer:
                    return
                self._say(answer)
            else:
                self._say("250 ok")

    def _data(self) -> bytes:
        lines = iter(self.rfile.readline, b".\r\n")
        return b"".join(line[1:] if line.startswith(b"..") else line for line in lines)

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


@contextmanager
def running() -> Iterator[Sink]:
    with Sink() as sink:
        threading.Thread(target=sink.serve_forever, args=(0.05,), daemon=True).start()
        yield sink
        sink.answering.set()
        sink.shutdown()
