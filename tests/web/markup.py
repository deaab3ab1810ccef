"""What a strict policy forbids in a page, and whether an answer's own policy is strict."""

import re
from collections.abc import Mapping
from html.parser import HTMLParser

DATA = "application/json"
# What every answer of ours, page or not, carries.
NEVER = ("'unsafe-inline'", "'unsafe-eval'", "data: 'self'", "*", "http:", "https:")


class Markup(HTMLParser):
    """Collects what a strict policy forbids."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._open = ""
        for name, value in given.items():
            if name == "style" or name.startswith("on"):
                self.found.append(f"<{tag} {name}>")
            if re.match(r"\s*(javascript|vbscript|data):", value, re.IGNORECASE):
                self.found.append(f"<{tag} {name}={value[:20]}>")
        if tag == "script" and "src" not in given and given.get("type") != DATA:
            self.found.append("<script>")
        if tag == "script" and given.get("src", "/")[:1] != "/":
            self.found.append(f"<script src={given['src']}>")
        if tag == "style":  # plotly fills empty ones, which carry the nonce of the answer
            self._open = tag
            if not given.get("nonce"):
                self.found.append("<style>")
        if tag in {"base", "object", "embed", "iframe"}:
            self.found.append(f"<{tag}>")

    def handle_data(self, data: str) -> None:
        if self._open and data.strip():
            self.found.append(f"<{self._open}>{data.strip()[:20]}")

    def handle_endtag(self, _tag: str) -> None:
        self._open = ""


def forbidden(html: str) -> list[str]:
    markup = Markup()
    markup.feed(html)
    markup.close()
    return markup.found


def policy_of(headers: Mapping[str, str]) -> dict[str, list[str]]:
    """The content security policy by directive."""
    parts = [part.split() for part in headers["Content-Security-Policy"].split(";")]
    return {words[0]: words[1:] for words in parts if words}


def faults(html: str, headers: Mapping[str, str]) -> list[str]:
    """Whatever in a page, or in the policy that came with it, would let a browser run more."""
    policy = policy_of(headers)
    found = forbidden(html)
    if policy["default-src"] != ["'none'"]:
        found.append("default-src")
    found += [name for name, sources in policy.items() if {*sources} & {*NEVER}]
    nonces = {f"'nonce-{nonce}'" for nonce in re.findall(r'nonce="([^"]+)"', html)}
    return [*found, *sorted(nonces - {*policy["style-src"], *policy["script-src"]})]
