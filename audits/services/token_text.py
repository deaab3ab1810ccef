"""What an API token looks like: `mia_`, eight characters to know it by, the secret, a check sum.

Letters and digits only, so that a double click takes all of it; fixed length and check sum, so
that secret scanners find it without asking us (the pattern stands in README.md).
"""

import hashlib
import re
import secrets
import string
import zlib
from dataclasses import dataclass, field

START = "mia_"
PATTERN = r"mia_[0-9A-Za-z]{57}"
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_NAME, _SECRET, _SUM = 8, 43, 6  # 43 characters of 62 hold 256 bits, 6 hold 32
_PREFIX = len(START) + _NAME
_WHOLE = re.compile(PATTERN)


@dataclass(frozen=True, kw_only=True)
class TokenText:
    """A token as its holder has it; only prefix and digest are kept by the portal."""

    prefix: str
    secret: str = field(repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the secret: 256 random bits need no slow hash."""
        return hashlib.sha256(self.secret.encode()).hexdigest()

    def reveal(self) -> str:
        """Write the whole token, to be shown once."""
        return _with_sum(self.prefix + self.secret)


def draw() -> TokenText:
    """Make a token that nobody has seen."""
    name = "".join(secrets.choice(_ALPHABET) for _ in range(_NAME))
    return TokenText(prefix=START + name, secret=_base62(secrets.randbits(256), _SECRET))


def read(text: str) -> TokenText | None:
    """Take a token apart; None where it is none, or was mistyped, cut or changed."""
    if not _WHOLE.fullmatch(text) or _with_sum(text[:-_SUM]) != text:
        return None
    return TokenText(prefix=text[:_PREFIX], secret=text[_PREFIX:-_SUM])


def _with_sum(body: str) -> str:
    return body + _base62(zlib.crc32(body.encode()), _SUM)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
