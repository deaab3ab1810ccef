"""The demo goes as a whole: its clients with their files, audits, checklists, reports and log."""

from django.db import transaction
from django.utils.translation import gettext as _

from audits.models import Client, PortfolioReport, Provider, StoredFile, User
from audits.services import activity, removal
from audits.services.errors import NotPossible
from audits.tenancy import made_up


@transaction.atomic
def remove(*, provider_id: int, actor: User) -> int:
    """Remove every demo client of the provider for good; returns how many went.

    Raises NotPossible where there is none.
    """
    rows = Client.objects.select_for_update().filter(provider_id=provider_id, is_demo=True)
    going = list(rows.order_by("pk"))
    if not going:
        raise NotPossible(_("There is no demo client here."))
    # Reports that speak of demo clients alone; one over other clients as well stays what it is.
    PortfolioReport.objects.filter(
        provider_id=provider_id, covers__contained_by=[client.pk for client in going]
    ).delete()
    for client in going:
        for name in list(StoredFile.objects.filter(client=client).values_list("name", flat=True)):
            removal.ask(name)
        made_up.remove_client(client.pk)
    activity.record_at_provider(
        provider_id=provider_id,
        actor=actor,
        verb="removed_demo",
        obj=Provider.objects.get(pk=provider_id),
        details={"clients": [client.name for client in going]},
    )
    return len(going)
