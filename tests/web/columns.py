"""The columns of the matrix of pages: who they are, and the answers that pages share."""

from dataclasses import dataclass, field

from audits.enums import JobState

GET, POST = "get", "post"
# Columns of the table. `their_admin` belongs to the other provider, `operator` to the platform: the
# one who looks at the first client right now.
PEOPLE = (
    "anonymous",
    "admin",
    "technician",
    "technician_of_first",
    "technician_of_group",
    "technician_of_none",
    "owner",
    "contributor",
    "viewer",
    "their_admin",
    "operator",
)
LOG_IN = 302


def allowed(
    *people: str, status: int = 200, anonymous: int = LOG_IN, denied: int = 404
) -> dict[str, int]:
    """One column for each person: these get `status`, the others `denied`."""
    row = {name: status if name in people else denied for name in PEOPLE}
    return {**row, "anonymous": status if "anonymous" in people else anonymous}


STAFF = ("admin", "technician", "technician_of_first", "technician_of_group")
CLIENT = ("owner", "viewer")
LOOKS_ON = (*STAFF, "operator")
ADMINS = ("admin", "their_admin")


@dataclass(frozen=True)
class Page:
    """An address, the row of the first client that its number names, and who gets what.

    Where the address names no client the number is that of a row of the provider itself.
    """

    name: str
    row: str
    expected: dict[str, int] = field(hash=False)
    method: str = GET
    job: str = JobState.SUCCEEDED


EVERYONE = allowed(*PEOPLE)
LOGGED_IN = allowed(*PEOPLE[1:])
MOVED = allowed(*PEOPLE[1:], status=302)
# The cast's people of a client have no second factor.
WITHOUT_FACTOR = ("owner", "contributor", "viewer")
LOOK = allowed(*LOOKS_ON, *CLIENT)
ALL_OF_CLIENT = allowed(*LOOKS_ON, *CLIENT, "contributor")
WORK = allowed(*STAFF)
DECIDE = allowed(*STAFF, "owner")
ANSWER = allowed(*STAFF, "owner", "contributor")
HOUSE = allowed("admin", "their_admin")
# What the provider knows of vendors: its staff, as soon as they were given any client.
VENDORS = allowed(*STAFF, "their_admin")
SHEET = allowed(*STAFF)
