"""A server of somebody else's, on loopback, with a certificate of an authority of its own."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from socket import create_server, socket

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NAME = "idp.example"
Reply = Callable[[socket, threading.Event], None]


def plain(body: bytes, *headers: str, status: str = "200 OK") -> Reply:
    """An ordinary answer."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return raw("\r\n".join(head).encode() + body)


def raw(answer: bytes) -> Reply:
    def reply(connection: socket, _stopped: threading.Event) -> None:
        connection.sendall(answer)

    return reply


def endless(start: bytes, piece: bytes, pause_seconds: float) -> Reply:
    """An answer that never ends."""

    def reply(connection: socket, stopped: threading.Event) -> None:
        connection.sendall(start)
        while not stopped.wait(pause_seconds):
            connection.sendall(piece)

    return reply


class Elsewhere:
    """Answers every connection with `reply`, and keeps what it was asked."""

    def __init__(self, listening: socket, context: ssl.SSLContext | None, authority: Path) -> None:
        self._listening, self._context = listening, context
        self._stopped = threading.Event()
        self.port: int = listening.getsockname()[1]
        self.authority = str(authority)
        self.greeting = b""
        self.reply: Reply = plain(b"hello")
        self.asked: list[bytes] = []
        self.names: list[str | None] = []
        self.connections = 0
        if context is not None:
            context.sni_callback = lambda _socket, name, _context: self.names.append(name)

    @property
    def endpoint(self) -> str:
        return f"{NAME}:{self.port}"

    def url(self, path: str = "/", *, scheme: str = "https", host: str = NAME) -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def serve(self) -> None:
        while not self._stopped.is_set():
            with suppress(OSError):
                accepted, _peer = self._listening.accept()
                self.connections += 1
                threading.Thread(target=self._answer, args=[accepted], daemon=True).start()

    def _answer(self, accepted: socket) -> None:
        # The other side may hang up whenever it has seen enough.
        with suppress(OSError), accepted:
            accepted.settimeout(10)
            if self._context is None:
                accepted.sendall(self.greeting)
                self._talk(accepted)
                return
            with self._context.wrap_socket(accepted, server_side=True) as connection:
                self._talk(connection)

    def _talk(self, connection: socket) -> None:
        asked = b""
        while b"\r\n\r\n" not in asked:
            asked += connection.recv(65536)
        head, _, body = asked.partition(b"\r\n\r\n")
        lengths = [
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ]
        while len(body) < sum(lengths):
            body += connection.recv(65536)
        self.asked.append(head + b"\r\n\r\n" + body)
        self.reply(connection, self._stopped)

    def stop(self) -> None:
        self._stopped.set()
        self._listening.close()


@contextmanager
def started(folder: Path, *, secure: bool = True, name: str = NAME) -> Iterator[Elsewhere]:
    """Run a server for one name on 127.0.0.1."""
    authority = folder / "authority.pem"
    context = None
    if secure:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate(folder, authority, name))
    listening = create_server(("127.0.0.1", 0))
    listening.settimeout(0.1)
    server = Elsewhere(listening, context, authority)
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()


def certificate(folder: Path, authority: Path, name: str) -> Path:
    """Make an authority, and a certificate of its for the name and for 127.0.0.1."""
    signer, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ours = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority of tests")])
    theirs = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)

    def made(subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(ours)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )

    root = made(ours, signer.public_key()).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    names = x509.SubjectAlternativeName(
        [x509.DNSName(name), x509.IPAddress(ip_address("127.0.0.1"))]
    )
    leaf = made(theirs, key.public_key()).add_extension(names, critical=False)
    authority.write_bytes(
        root.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    chain = folder / "server.pem"
    chain.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + leaf.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    return chain
