"""Words that tell whose a row is: each client's rows carry a bird of their own."""

from audits import tenancy
from audits.models import (
    AIModel,
    AITool,
    ChecklistComment,
    ChecklistEvidence,
    ChecklistItem,
    Client,
    Dataset,
    Note,
    Provider,
    Report,
    StoredFile,
)
from audits.services import activity
from tests.factories import REPORT_DATA, ClientCast, World

HERE, SIBLING, STRANGER, SECOND_STRANGER = "Avocet", "Bittern", "Corncrake", "Dunlin"


def mark(world: World) -> None:
    """Write each client's bird into every word of its rows that a page could show."""
    casts = {
        HERE: world.here,
        SIBLING: world.sibling,
        STRANGER: world.stranger,
        SECOND_STRANGER: world.theirs.second,
    }
    for bird, cast in casts.items():
        _mark(cast, bird)
        with cast.scope():
            renamed = AIModel.objects.get(pk=cast.model.pk)
            activity.record(client=cast.client, actor=None, verb="changed", obj=renamed)
    with tenancy.system_scope("the other provider gets a name of its own"):
        Provider.objects.filter(pk=world.theirs.provider.pk).update(name=f"{STRANGER} IT")
        world.theirs.provider.refresh_from_db()


def _mark(cast: ClientCast, bird: str) -> None:
    with cast.scope():
        Client.objects.update(
            name=f"{bird} Dental",
            industry=bird,
            contact_name=bird,
            contact_email=f"{bird}@x.example",
        )
        AIModel.objects.update(name=f"{bird} forecast", purpose=bird, people=bird, owner_name=bird)
        Dataset.objects.update(name=f"{bird} appointments", description=bird, owner_name=bird)
        AITool.objects.update(name=f"{bird} assistant", vendor=bird, data_note=bird)
        ChecklistItem.objects.update(note=bird, owner_name=bird)
        ChecklistEvidence.objects.update(text=bird, url=f"https://{bird}.example/")
        ChecklistComment.objects.update(text=bird)
        Note.objects.update(text=bird)
        StoredFile.objects.update(original_name=f"{bird}.csv")
        Report.objects.update(data={**REPORT_DATA, "client": bird, "system": bird})


def birds_in(body: bytes) -> set[str]:
    """Whose words there are in a page or a file."""
    return {
        bird
        for bird in (HERE, SIBLING, STRANGER, SECOND_STRANGER)
        if bird.lower().encode() in body.lower()
    }
