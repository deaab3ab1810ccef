from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from audits.outbound import Transport, policy
from tests.outbound.elsewhere import Elsewhere, started


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Elsewhere]:
    with started(tmp_path) as server:
        yield server


@pytest.fixture
def transport(elsewhere: Elsewhere) -> Callable[..., Transport]:
    """A transport for which the operator opened the server, and a name's look-ups are given."""

    def made(*answers: str, allow: str = elsewhere.endpoint, seconds: float = 15.0) -> Transport:
        left = list(answers or ("127.0.0.1",))
        return Transport(
            policy.parsed(allow=[allow], authorities=elsewhere.authority),
            resolve=lambda _host, _port, _seconds: [left.pop(0)],
            total_seconds=seconds,
        )

    return made
