"""A passkey in software: what a browser sends for it, right or bent out of shape."""

import json
import secrets
import struct
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

HOST = "localhost"
_PRESENT, _VERIFIED, _HOLDS_KEY = 1, 4, 64


@dataclass
class SoftPasskey:
    """One key of one person at one site."""

    origin: str = f"http://{HOST}"
    host: str = HOST
    verifies: bool = True
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    number: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    handle: str = ""

    def create(self, options: dict[str, Any]) -> str:
        """Answer the options of a registration, as the form sends it."""
        asked = options["publicKey"]
        self.handle = asked["user"]["id"]
        public = ES256.from_cryptography_key(self.key.public_key())  # type: ignore[no-untyped-call]
        held = AttestedCredentialData.create(Aaguid.NONE, self.number, public)
        attested = AttestationObject.create("none", self._data(_HOLDS_KEY, held), {})
        told = {
            "clientDataJSON": self._client(asked["challenge"], "webauthn.create"),
            "attestationObject": websafe_encode(bytes(attested)),
            "transports": ["internal"],
        }
        return self._answer(told, {"credProps": {"rk": True}})

    def get(self, options: dict[str, Any], *, handle: str = "") -> str:
        """Answer the options of a log-in; `handle` claims to be somebody else."""
        challenge = options["publicKey"]["challenge"]
        client, data = self._client(challenge, "webauthn.get"), bytes(self._data(0))
        signed = data + sha256(websafe_decode(client)).digest()
        told = {
            "clientDataJSON": client,
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(self.key.sign(signed, ec.ECDSA(SHA256()))),
            "userHandle": handle or self.handle,
        }
        return self._answer(told, {})

    def _data(self, flags: int, held: AttestedCredentialData | None = None) -> AuthenticatorData:
        flags |= _PRESENT | (_VERIFIED if self.verifies else 0)
        host = sha256(self.host.encode()).digest()
        return AuthenticatorData(host + struct.pack(">BI", flags, 0) + bytes(held or b""))

    def _client(self, challenge: str, kind: str) -> str:
        told = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return websafe_encode(json.dumps(told).encode())

    def _answer(self, response: dict[str, Any], extensions: dict[str, Any]) -> str:
        number = websafe_encode(self.number)
        return json.dumps(
            {
                "id": number,
                "rawId": number,
                "type": "public-key",
                "response": response,
                "clientExtensionResults": extensions,
            }
        )
