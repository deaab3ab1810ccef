"""The code that a report carries: drawn, marked in its PDF, read back from bytes or from a hand."""

import hashlib
import re
import secrets

MARK = "mia-report:"
# Without letters and digits that are mistaken for one another when they are typed.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUPS, _EACH = 4, 5
_MOST_CODES = 8
_CODE = re.compile(rf"[{ALPHABET}]{{{_GROUPS * _EACH}}}")
_MARKED = re.compile(rf"{MARK}((?:[{ALPHABET}]{{{_EACH}}}-?){{{_GROUPS}}})".encode())
_SLIPS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def draw() -> str:
    """Draw a code of 100 bits, in groups that can be typed."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(_EACH)) for _ in range(_GROUPS))
    return "-".join(groups)


def _plain(code: str) -> str:
    return code.upper().translate(_SLIPS)


def is_code(text: str) -> bool:
    """Say whether a text is a code, however it was typed."""
    return _CODE.fullmatch(_plain(text)) is not None


def digest_of(code: str) -> str:
    """Digest a code, the same however it was typed."""
    return hashlib.sha256(_plain(code).encode()).hexdigest()


def digests_in(data: bytes) -> set[str]:
    """Digests of the codes that a file is marked with. It is searched, never parsed.

    A report has one code; of a file with more than a few none is worth looking up.
    """
    found: set[str] = set()
    for match in _MARKED.finditer(data):
        found.add(digest_of(match[1].decode()))
        if len(found) > _MOST_CODES:
            return set()
    return found
