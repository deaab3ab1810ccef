"""A name's addresses within a time: the system's own look-up has no limit that we could set."""

import socket
import threading
from collections.abc import Callable
from typing import Final

# What a look-up is to a transport: host, port, seconds → addresses as text.
Resolve = Callable[[str, int, float], list[str]]

_AT_ONCE: Final = 16
# Look-ups that outlive their time keep a thread each until the system gives up: no more than these.
_running = threading.BoundedSemaphore(_AT_ONCE)


def resolve(host: str, port: int, seconds: float) -> list[str]:
    """Ask the system once. Raises OSError, TimeoutError among it."""
    found: list[str] = []
    failed: list[OSError | UnicodeError] = []

    def look_up() -> None:
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.extend(str(row[4][0]) for row in rows)
        except (OSError, UnicodeError) as error:
            failed.append(error)
        finally:
            _running.release()

    if not _running.acquire(timeout=seconds):
        raise TimeoutError
    thread = threading.Thread(target=look_up, name=f"look-up of {host}", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise TimeoutError
    if failed:
        raise OSError(str(failed[0])) from failed[0]
    return found
