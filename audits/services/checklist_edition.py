"""Taking over a newer edition of the catalogue: the words change, the answers stay."""

from django.db import transaction
from django.utils.translation import gettext as _

from audits.guidance import editions
from audits.guidance.editions import Difference
from audits.models import CatalogueEdition, ChecklistItem, ChecklistPin, Client, User
from audits.services import activity, catalogue_pin, checklist
from audits.services.errors import NotPossible


@transaction.atomic
def take_over(*, client: Client, actor: User) -> Difference:
    """Pin the client to the newest edition and bring the checklist in line with it.

    Every answer stays. A control that the catalogue no longer has keeps its old words where
    somebody wrote something in it, and counts no more; one that comes back counts again.
    """
    Client.objects.select_for_update(no_key=True).get(pk=client.pk)
    before = catalogue_pin.of_client(client=client)
    newest = editions.current()
    found = editions.difference(before.controls.values(), newest.controls)
    if not found:
        raise NotPossible(_("The checklist speaks by the newest edition already."))
    pin = ChecklistPin.objects.select_related("edition").get(client=client)
    _retire(client, pin.edition, [control.id for control in found.removed])
    pin.edition = catalogue_pin.kept(newest)
    pin.save()
    asked = ChecklistItem.objects.filter(
        client=client, control__in=[control.id for control in newest.controls]
    )
    asked.update(retired_from=None, catalogue_version=newest.version)
    activity.record(
        client=client,
        actor=actor,
        verb="took_over",
        obj=pin,
        details={
            "version": {"before": before.version, "after": newest.version},
            "added": [control.id for control in found.added],
            "removed": [control.id for control in found.removed],
            "reworded": [one.after.id for one in found.changed],
        },
    )
    checklist.refresh(client=client)
    return found


def _retire(client: Client, edition: CatalogueEdition, controls: list[str]) -> None:
    """Keep what somebody wrote under the old words; what nobody touched goes."""
    for item in checklist.with_traces(client).filter(control__in=controls, retired_from=None):
        if checklist.is_untouched(item):
            item.delete()
            continue
        item.retired_from = edition
        item.save(update_fields=["retired_from"])
