"""The operator's ClamAV, asked about an upload before anything reads it (`MIA_CLAMD`, optional).

It knows what is known to be malicious, and nothing else: what protects the portal is the locked
child. Bytes go to the daemon over its own stream, never by a path.
"""

from typing import BinaryIO
from urllib.parse import urlsplit

from clamav_client.clamd import (
    BufferTooLongError,
    ClamdError,
    ClamdNetworkSocket,
    ClamdUnixSocket,
)

_SECONDS = 60
_PORT = 3310


class ScannerError(Exception):
    """The scanner gave no answer; the text says why, for the operator's log."""


def daemon(address: str) -> ClamdNetworkSocket:
    """The daemon at `unix:///path` or `tcp://host:port`; raises ValueError on another address."""
    parts = urlsplit(address)
    if parts.scheme == "unix" and parts.path and not parts.netloc:
        return ClamdUnixSocket(path=parts.path, timeout=_SECONDS)
    if parts.scheme == "tcp" and parts.hostname and not parts.path:
        return ClamdNetworkSocket(parts.hostname, parts.port or _PORT, timeout=_SECONDS)
    raise ValueError(f"{address!r} is neither unix:///path nor tcp://host:port")


def found_in(source: BinaryIO, *, address: str) -> str | None:
    """The name of what the scanner found in a file, or None. Raises ScannerError."""
    source.seek(0)
    try:
        answers = daemon(address).instream(source)
    except BufferTooLongError as error:
        raise ScannerError("the file is larger than its StreamMaxLength") from error
    except (ClamdError, OSError) as error:
        raise ScannerError(str(error) or type(error).__name__) from error
    finally:
        source.seek(0)
    for status, name in answers.values():
        if status == "FOUND":
            return name or "malware"
        if status != "OK":
            raise ScannerError(name or status)
    if not answers:
        raise ScannerError("it answered nothing")
    return None
