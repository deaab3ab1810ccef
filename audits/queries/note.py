"""What the provider's staff wrote down about a client, a model, a dataset or an AI tool."""

from dataclasses import dataclass
from typing import Final

from django.db import models

from audits.enums import NoteAbout
from audits.models import AIModel, AITool, Client, Dataset, Note

Thing = Client | AIModel | Dataset | AITool
_ON_A_CARD: Final = 3
_ABOUT: Final[dict[type[models.Model], NoteAbout]] = {
    Client: NoteAbout.CLIENT,
    AIModel: NoteAbout.MODEL,
    Dataset: NoteAbout.DATASET,
    AITool: NoteAbout.TOOL,
}


@dataclass(frozen=True, kw_only=True)
class Card:
    """The newest notes about one thing, and how many there are."""

    thing: Thing
    newest: list[Note]
    count: int

    @property
    def about(self) -> NoteAbout:
        return about_of(self.thing)

    @property
    def more(self) -> int:
        return self.count - len(self.newest)


def about_of(thing: Thing) -> NoteAbout:
    """Say what kind of thing it is, as addresses name it."""
    return _ABOUT[type(thing)]


def columns_of(thing: Thing) -> dict[str, Thing | None]:
    """Which thing a note names; about the client itself it names none."""
    return {
        "model": thing if isinstance(thing, AIModel) else None,
        "dataset": thing if isinstance(thing, Dataset) else None,
        "tool": thing if isinstance(thing, AITool) else None,
    }


def thing_of(note: Note) -> Thing:
    """What a note is about."""
    return note.model or note.dataset or note.tool or note.client


def of_client(client: Client) -> models.QuerySet[Note]:
    """Every note at the client, whatever it is about."""
    things = ("client", "model__client", "dataset__client", "tool__client")
    return Note.objects.filter(client=client).select_related("author", *things)


def about(thing: Thing) -> models.QuerySet[Note]:
    """Notes about one thing, the newest first."""
    client_id = thing.pk if isinstance(thing, Client) else thing.client_id
    rows = Note.objects.filter(client=client_id, **columns_of(thing))
    return rows.select_related("author").order_by("-pk")


def card_of(thing: Thing) -> Card:
    """The newest notes about one thing, in one query where there are few of them."""
    rows = about(thing)
    newest = list(rows[: _ON_A_CARD + 1])
    count = rows.count() if len(newest) > _ON_A_CARD else len(newest)
    return Card(thing=thing, newest=newest[:_ON_A_CARD], count=count)
