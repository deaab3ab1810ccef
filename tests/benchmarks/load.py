"""People who click: keep-alive connections, a pause after each page, and how long each took."""

import http.client
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from statistics import quantiles
from urllib.parse import urlencode

PATIENCE_SECONDS = 60.0
_HEADERS = {"X-Forwarded-Proto": "https", "Accept-Encoding": "gzip, br", "Accept": "text/html"}


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str]
    cookies: Mapping[str, str]


@dataclass
class Visitor:
    """A browser without a screen: one connection, its cookies."""

    host: str
    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    _connection: http.client.HTTPConnection | None = None

    def ask(self, path: str, form: Mapping[str, str] | None = None) -> Answer:
        """Send a request and read the answer to its end; a closed connection is opened anew."""
        headers = {**_HEADERS, "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if form is not None:
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Referer": f"https://{self.host}:{self.port}{path}",
            }
        for last in (False, True):
            if self._connection is None:
                self._connection = http.client.HTTPConnection(
                    self.host, self.port, timeout=PATIENCE_SECONDS
                )
            try:
                self._connection.request(
                    "GET" if form is None else "POST",
                    path,
                    None if form is None else urlencode(form),
                    headers,
                )
                found = self._connection.getresponse()
                body = found.read()
            except (http.client.HTTPException, ConnectionError):
                self._connection = None
                if last:
                    raise
            else:
                return self._answer(found, body)
        raise AssertionError("the second try answers or raises")

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _answer(self, found: http.client.HTTPResponse, body: bytes) -> Answer:
        for line in found.headers.get_all("Set-Cookie") or []:
            name, _, value = line.split(";")[0].partition("=")
            self.cookies[name] = value
        headers = {name.lower(): value for name, value in found.headers.items()}
        return Answer(status=found.status, body=body, headers=headers, cookies=dict(self.cookies))

    def log_in(self, email: str, password: str) -> None:
        page = self.ask("/accounts/login/").body.decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token is not None
        form = {"login": email, "password": password, "csrfmiddlewaretoken": token.group(1)}
        answer = self.ask("/accounts/login/", form)
        assert answer.status == http.client.FOUND, (answer.status, answer.body[:500])


@dataclass(kw_only=True)
class Tally:
    """What one kind of page took, each time that it was asked for."""

    seconds: list[float] = field(default_factory=list)
    body_bytes: list[int] = field(default_factory=list)
    failures: int = 0

    def percentile_ms(self, percent: int) -> float | None:
        """The time that so many of a hundred stay under; None where nothing was asked for."""
        if not self.seconds:
            return None
        if len(self.seconds) == 1:
            return round(1000 * self.seconds[0], 1)
        return round(1000 * quantiles(self.seconds, n=100, method="inclusive")[percent - 1], 1)


Pages = Mapping[str, Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Run:
    """Everything that was asked for, by page, and how long it went on."""

    tallies: Mapping[str, Tally]
    seconds: float

    @property
    def requests(self) -> int:
        return sum(len(one.seconds) for one in self.tallies.values())

    @property
    def per_second(self) -> float:
        return round(self.requests / self.seconds, 1)


def run(visitors: Sequence[Visitor], pages: Pages, *, seconds: float, pause: float) -> Run:
    """Let everybody open one page after the other, with a pause behind each, until time is up."""
    tallies = {name: Tally() for name in pages}
    lock = threading.Lock()
    began = time.monotonic()

    def click(number: int) -> None:
        visitor, chance = visitors[number], Random(number)  # noqa: S311 - no secret hangs on it
        stop = threading.Event()
        stop.wait(pause * number / len(visitors))  # nobody starts together
        names = [*pages]
        while time.monotonic() - began < seconds:
            name = chance.choice(names)
            path = chance.choice(pages[name])
            asked = time.monotonic()
            answer = visitor.ask(path)
            took = time.monotonic() - asked
            with lock:
                tallies[name].seconds.append(took)
                tallies[name].body_bytes.append(len(answer.body))
                tallies[name].failures += answer.status != http.client.OK
            if pause:
                stop.wait(pause)

    with ThreadPoolExecutor(len(visitors)) as pool:
        for done in [pool.submit(click, number) for number in range(len(visitors))]:
            done.result()
    return Run(tallies=tallies, seconds=time.monotonic() - began)


@contextmanager
def warmed(visitors: Sequence[Visitor], pages: Pages) -> Iterator[Callable[..., Run]]:
    """Open each page once before anything is measured."""
    for paths in pages.values():
        for visitor in visitors[:4]:
            visitor.ask(paths[0])

    def measured(*, seconds: float, pause: float, people: int) -> Run:
        return run(visitors[:people], pages, seconds=seconds, pause=pause)

    yield measured


def first_paint(visitor: Visitor, path: str) -> dict[str, int]:
    """Bytes on the wire before a page can be seen: the page, its style sheets and scripts."""
    page = visitor.ask(path)
    text = page.body.decode()
    found = {"html": len(page.body), "css": 0, "js": 0, "other": 0}
    for kind, pattern in (
        ("css", r'<link[^>]+rel="stylesheet"[^>]*>'),
        ("js", r"<script[^>]+src=[^>]+>"),
        ("other", r'<link[^>]+rel="(?:icon|preload)"[^>]*>'),
    ):
        for tag in re.findall(pattern, text):
            address = re.search(r'(?:href|src)="([^"]+)"', tag)
            if address is not None and address.group(1).startswith("/"):
                found[kind] += len(visitor.ask(address.group(1)).body)
    return {**found, "total": sum(found.values())}
