"""A real identity provider on loopback: OpenID Connect over TLS, with an authority of its own.

It is strict where the portal must be right (registered redirect address, client secret, one use of
a code, PKCE), and each of its answers can be made wrong where the portal must notice.
"""

import base64
import hashlib
import json
import secrets
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.outbound.elsewhere import certificate

CLIENT_ID, SECRET = "portal", "a secret that is long enough 9f3c"
KID = "key-1"
Json = dict[str, Any]


@cache
def private_key(name: str) -> rsa.RSAPrivateKey:
    """A key of this name; the same one for the whole run, because making one takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_jwk(name: str, *, kid: str = KID) -> Json:
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(private_key(name).public_key(), as_dict=True)
    return {**jwk, "kid": kid, "use": "sig", "alg": "RS256"}


class IdentityProvider:
    """What it knows and says; a test changes the attributes to make it say something else."""

    def __init__(self, port: int, authority: Path) -> None:
        self.port, self.authority = port, str(authority)
        self.issuer = f"https://127.0.0.1:{port}"
        self.redirect_uris: set[str] = set()
        self.person: Json = {}
        self.userinfo: Json | None = None
        self.discovery: Json = {}
        self.claims: Json = {}
        self.token_answer: Any = None
        self.bodies: dict[str, bytes] = {}
        self.sign: Callable[[Json], str] = self.signed
        self.keys: list[Json] = [public_jwk("own")]
        self.asked: list[str] = []
        self.authorised: list[Json] = []
        self.codes: dict[str, Json] = {}
        self.tokens: dict[str, Json] = {}

    @property
    def endpoint(self) -> str:
        return f"127.0.0.1:{self.port}"

    def signed(self, claims: Json) -> str:
        return jwt.encode(claims, private_key("own"), algorithm="RS256", headers={"kid": KID})

    def document(self) -> Json:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
            **self.discovery,
        }

    def authorise(self, query: Mapping[str, str]) -> str:
        """Where the browser goes with a new code; the person is logged in here already."""
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT_ID
        assert query["redirect_uri"] in self.redirect_uris
        assert "openid" in query["scope"].split()
        assert query["code_challenge_method"] == "S256"
        assert len(query["state"]) >= 16
        assert len(query["nonce"]) >= 16
        self.authorised.append(dict(query))
        code = secrets.token_urlsafe(16)
        self.codes[code] = dict(query)
        answer = urlencode({"code": code, "state": query["state"]})
        return f"{query['redirect_uri']}?{answer}"

    def token(self, form: Mapping[str, str]) -> tuple[int, Json]:
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            asked is None
            or form.get("grant_type") != "authorization_code"
            or (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, SECRET)
            or form.get("redirect_uri") != asked["redirect_uri"]
            or challenge != asked["code_challenge"]
        ):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.person,
            **self.claims,
        }
        access = secrets.token_urlsafe(16)
        self.tokens[access] = self.person if self.userinfo is None else self.userinfo
        if self.token_answer is not None:
            return 200, self.token_answer
        id_token = self.sign({name: value for name, value in claims.items() if value is not None})
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": 300}
        return 200, {**answer, "id_token": id_token}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    provider: IdentityProvider


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    @property
    def provider(self) -> IdentityProvider:
        return self.server.provider

    def do_GET(self) -> None:
        path, query = self._asked()
        if path == "/.well-known/openid-configuration":
            self._say(200, self.provider.document())
        elif path == "/keys":
            self._say(200, {"keys": self.provider.keys})
        elif path == "/userinfo":
            bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
            told = self.provider.tokens.get(bearer)
            self._say(401 if told is None else 200, told or {})
        elif path == "/authorize":
            self.send_response(302)
            self.send_header("Location", self.provider.authorise(query))
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._say(404, {})

    def do_POST(self) -> None:
        path, _query = self._asked()
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self._say(*(self.provider.token(form) if path == "/token" else (404, {})))

    def _asked(self) -> tuple[str, dict[str, str]]:
        parts = urlsplit(self.path)
        self.provider.asked.append(f"{self.command} {parts.path}")
        return parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()}

    def _say(self, status: int, told: Json) -> None:
        body = self.provider.bodies.get(urlsplit(self.path).path, json.dumps(told).encode())
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """A test looks at `asked`."""


@contextmanager
def started(folder: Path) -> Iterator[IdentityProvider]:
    """Run an identity provider on a free port of 127.0.0.1."""
    authority = folder / "authority.pem"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(folder, authority, "localhost"))
    server = _Server(("127.0.0.1", 0), _Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.provider = IdentityProvider(server.server_address[1], authority)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
