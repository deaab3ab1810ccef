"""What every report of a client has, whatever it is about: number, day, look, how it is checked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from audits.enums import SECTIONS_OF, RatingBadge, ReportKind, ReportSection
from audits.models import Client, Provider
from audits.queries import branding
from audits.queries import report as reports
from audits.reports import document
from audits.reports.brand import Brand
from audits.reports.document import Document, Fact, Section

LANGUAGE = "en"


@dataclass(frozen=True, kw_only=True)
class Numbered:
    """One report of a provider: its number, its moment and what it leaves out.

    `code` and `check_at` are empty in a preview, which nobody can check.
    """

    house: Provider
    number: int
    now: datetime
    code: str = ""
    check_at: str = ""
    left_out: frozenset[str] = frozenset()

    @property
    def made_at(self) -> str:
        return self.now.replace(microsecond=0).isoformat()


@dataclass(frozen=True, kw_only=True)
class Frame(Numbered):
    """A report about one client."""

    client: Client

    @property
    def report_number(self) -> str:
        return reports.called(self.client.slug, self.number)

    @property
    def about(self) -> str:
        """Whose name stands on top."""
        return self.client.name

    @property
    def brand(self) -> Brand:
        return branding.brand_of(self.house, self.client)

    @property
    def today(self) -> date:
        """The day at the client."""
        return self.now.astimezone(ZoneInfo(self.client.time_zone)).date()

    def day(self, value: date | datetime | None) -> str:
        """A date as the client writes it, in the client's time zone."""
        return day_at(self.client, value) if value is not None else _("Not set")


@dataclass(frozen=True, kw_only=True)
class HouseFrame(Numbered):
    """A report about several clients, for the provider's own staff."""

    # Who asked for it, and whether that person may open every client of the provider.
    maker: str
    whole: bool

    @property
    def report_number(self) -> str:
        return f"P-{self.number:04d}"

    @property
    def about(self) -> str:
        return self.house.name

    @property
    def brand(self) -> Brand:
        return branding.brand_of(self.house)

    @property
    def today(self) -> date:
        """The day in the portal's own time zone: a provider has none."""
        return self.now.astimezone(timezone.get_default_timezone()).date()

    def day(self, value: date | datetime, *, form: str = "j F Y") -> str:
        """A date in the portal's own time zone."""
        if isinstance(value, datetime):
            value = value.astimezone(timezone.get_default_timezone()).date()
        with translation.override(LANGUAGE):
            return date_format(value, form)


def day_at(client: Client, value: date | datetime) -> str:
    """A date as a client writes it, in its time zone."""
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(client.time_zone)).date()
    with translation.override(client.locale):
        return date_format(value, "j F Y")


def moment_at(client: Client, value: datetime) -> str:
    """A date with the time, as a client writes them, in its time zone."""
    with translation.override(client.locale):
        return date_format(value.astimezone(ZoneInfo(client.time_zone)), "j F Y, H:i")


@dataclass(frozen=True, kw_only=True)
class About:
    """What a document is about, and the verdict at its top where it gives one."""

    subject: str
    footer: str
    period: str = ""
    marking: str = ""
    lead: str = ""
    badge: RatingBadge | None = None
    struck_through: bool = False
    facts: tuple[Fact, ...] = ()
    policies: tuple[str, ...] = ()


def framed(
    frame: Frame | HouseFrame,
    kind: ReportKind,
    about: About,
    sections: Iterable[Section | None],
) -> Document:
    """Put a document together; of its sections those that were not left out."""
    known = {one.value for one in SECTIONS_OF[kind]}
    shown = [
        one
        for one in sections
        if one is not None and (one.key not in known or one.key not in frame.left_out)
    ]
    return Document(
        kind=kind.value,
        language=LANGUAGE,
        made_at=frame.made_at,
        title=str(kind.label),
        report_number=frame.report_number,
        provider=frame.house.name,
        client=frame.about,
        subject=about.subject,
        period=about.period,
        marking=about.marking,
        data_as_of=frame.day(frame.now),
        template=template_name(kind, document.VERSION),
        badge=about.badge.value if about.badge is not None else "",
        badge_word=str(about.badge.label) if about.badge is not None else "",
        struck_through=about.struck_through,
        lead=about.lead,
        facts=about.facts,
        sections=tuple(shown),
        footer=about.footer,
        policies=about.policies,
        brand=frame.brand,
        code=frame.code,
        check_at=frame.check_at,
    )


def template_name(kind: ReportKind, version: str) -> str:
    """By which template a report was made, as its foot says it."""
    return _("%(kind)s, version %(version)s") % {"kind": kind.label, "version": version}


def titled(section: ReportSection) -> tuple[str, str]:
    """Key and heading of a section."""
    return section.value, str(section.label)
