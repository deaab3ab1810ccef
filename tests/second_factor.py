"""Second factors of the people in tests: one secret, and the codes that it gives at any time."""

import base64
import hashlib
import hmac
import struct
import time

from audits.models import User

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PERIOD_SECONDS = 30


def counter_now() -> int:
    return int(time.time()) // PERIOD_SECONDS


def code_at(counter: int, secret: str = SECRET) -> str:
    """The six digits of RFC 6238, worked out here and not by the library under test."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", counter), hashlib.sha1).digest()
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**6:06}"


def protect(user: User) -> User:
    """Give a person an authenticator app, as its set-up page does; returns the person."""
    from allauth.mfa.totp.internal.auth import TOTP  # noqa: PLC0415 - other tests need no Django

    TOTP.activate(user, SECRET)
    return user
