"""Notes of the provider's staff: written and deleted, and told in the provider's own log alone."""

from django.db import transaction
from django.utils.translation import gettext as _

from audits.models import Client, Note, User
from audits.queries import note as notes
from audits.queries.note import Thing
from audits.services import activity
from audits.services.errors import InvalidInput

LONGEST = 2_000
MOST_AT_A_THING = 500


@transaction.atomic
def write(*, about: Thing, actor: User, text: str) -> Note:
    """Write a note about a client, a model, a dataset or an AI tool; raises InvalidInput on "note".

    The line stands in the log of the provider, which the client's people cannot open, and says
    nothing of the text.
    """
    client = about if isinstance(about, Client) else about.client
    if not text.strip():
        raise InvalidInput("note", _("There is nothing in it yet."), _("Write a note."))
    if len(text.strip()) > LONGEST:
        raise InvalidInput(
            "note",
            _("It is longer than %(most)s characters.") % {"most": LONGEST},
            _("Cut it into two notes."),
        )
    # One at a time, so that the number of them holds.
    type(about).objects.select_for_update(no_key=True).get(pk=about.pk)
    if notes.about(about).count() >= MOST_AT_A_THING:
        raise InvalidInput(
            "note",
            _("There are %(most)s notes here already.") % {"most": MOST_AT_A_THING},
            _("Delete what has been settled."),
        )
    made = Note.objects.create(
        provider_id=client.provider_id,
        client=client,
        author=actor,
        text=text.strip(),
        **notes.columns_of(about),
    )
    _tell(client, actor, "noted", about)
    return made


@transaction.atomic
def delete(*, note: Note, actor: User) -> None:
    """Delete a note; nothing of its text stays anywhere."""
    about = notes.thing_of(note)
    note.delete()
    _tell(note.client, actor, "removed_note", about)


def _tell(client: Client, actor: User, verb: str, about: Thing) -> None:
    activity.record_at_provider(
        provider_id=client.provider_id,
        actor=actor,
        verb=verb,
        obj=about,
        details={} if isinstance(about, Client) else {"client": client.name},
    )
