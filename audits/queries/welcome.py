"""How far a new provider has come: facts first, what was put off beside them."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from audits.enums import Answer
from audits.models import AITool, ChecklistItem, Client, Provider
from audits.queries import invitations, members

STEPS = ("company", "client", "tool", "checklist", "colleague")


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of the welcome."""

    key: str
    title: str
    note: str
    done: bool
    skipped: bool


@dataclass(frozen=True, kw_only=True)
class Welcome:
    """All steps, and how many of them are done."""

    steps: tuple[Step, ...]
    closed: bool

    @property
    def done(self) -> int:
        return sum(step.done for step in self.steps)

    @property
    def percent(self) -> int:
        return round(100 * self.done / len(self.steps))

    @property
    def is_offered(self) -> bool:
        return not self.closed and self.done < len(self.steps)

    def next_key(self, after: str | None = None) -> str | None:
        """The next step that is neither done nor put off, from a step on if one is named."""
        start = STEPS.index(after) + 1 if after in STEPS else 0
        for step in self.steps[start:]:
            if not step.done and not step.skipped:
                return step.key
        return None

    def step(self, key: str) -> Step:
        return self.steps[STEPS.index(key)]


def _words() -> dict[str, tuple[str, str]]:
    return {
        "company": (
            _("Your company"),
            _("The name that your clients read on their pages and reports."),
        ),
        "client": (
            _("Your first client"),
            _("A business whose AI you look after. It gets walls and a key of its own."),
        ),
        "tool": (
            _("Its first AI tool"),
            _("A tool its staff use: what goes in, and does the vendor train on it?"),
        ),
        "checklist": (
            _("Its first answer"),
            _("One question of the checklist, so that you have seen how it works."),
        ),
        "colleague": (
            _("A colleague"),
            _("Invite a technician or a second administrator: nobody should do this alone."),
        ),
    }


def provider_of(provider_id: int) -> Provider:
    return Provider.objects.get(pk=provider_id)


def first_client() -> Client | None:
    """The oldest client in scope: the one that the welcome is about."""
    return Client.objects.order_by("pk").first()


def next_question() -> ChecklistItem | None:
    """The most urgent question of the first client that nobody answered yet."""
    items = ChecklistItem.objects.filter(client=first_client(), answer=Answer.UNANSWERED)
    return items.order_by("-priority", "pk").first()


def has_colleague(provider: Provider) -> bool:
    """Say whether somebody else works here, or was asked to."""
    return members.staff_of(provider.pk).count() > 1 or invitations.to_staff(provider.pk).exists()


def of_provider(provider: Provider) -> Welcome:
    """Read the progress from what is there."""
    answered = ChecklistItem.objects.exclude(answer=Answer.UNANSWERED)
    done = {
        "company": provider.presented_at is not None or bool(provider.logo_digest),
        "client": Client.objects.exists(),
        "tool": AITool.objects.exists(),
        "checklist": answered.exists(),
        "colleague": has_colleague(provider),
    }
    words = _words()
    return Welcome(
        steps=tuple(
            Step(
                key=key,
                title=words[key][0],
                note=words[key][1],
                done=done[key],
                skipped=key in provider.welcome_skipped,
            )
            for key in STEPS
        ),
        closed=provider.welcome_closed_at is not None,
    )
