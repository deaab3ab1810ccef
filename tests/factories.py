"""The cast that every test shares: two providers, two clients each, every model, same names."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from audits import tenancy
from audits.enums import (
    JobKind,
    JobState,
    Role,
)
from audits.models import (
    AIModel,
    AITool,
    ApiToken,
    Audit,
    AuditRun,
    AuditSchedule,
    Authorisation,
    BreakGlass,
    ChecklistComment,
    ChecklistEvidence,
    ChecklistItem,
    ChecklistPin,
    Client,
    ClientChange,
    ClientFigures,
    ClientGroup,
    ClientGroupMember,
    ClientKey,
    ClientLogo,
    DataPermission,
    Dataset,
    DatasetVersion,
    Finding,
    FleetTable,
    FleetView,
    GroupGrant,
    Invitation,
    IsolationCheck,
    Job,
    JobUnit,
    Membership,
    ModelVersion,
    Note,
    PortfolioReport,
    Provider,
    ProviderJob,
    ProviderJobUnit,
    ProviderModel,
    RatingPolicy,
    Report,
    ReportRun,
    ReportSchedule,
    ReportScheduleReader,
    ReportSending,
    RiskDecision,
    SignOn,
    SignOnAddress,
    SignOnIdentity,
    StoredFile,
    TenantModel,
    ToolRuling,
    User,
    VendorReview,
    VendorSheet,
    VendorTerms,
)
from tests.builders import (
    CLIENT,
    DATASET,
    GROUP,
    LOGO,
    MODEL,
    PASSWORD,
    PROVIDER,
    REPORT_DATA,
    TOOL,
    finished,
    make_audit,
    make_authorisation,
    make_client,
    make_dataset,
    make_dataset_version,
    make_file,
    make_job,
    make_key,
    make_model,
    make_model_version,
    make_user,
    result_document,
)
from tests.chains import ClientLog, ProviderLog, client_log, provider_log
from tests.checklist_rows import checklist_rows
from tests.datasets import make_permission
from tests.house_rows import fleet_of, portfolio_of, sign_on_of
from tests.people import make_invitation, make_look, make_person, make_staff
from tests.policies import make_policy
from tests.schedules import audit_schedule_rows, schedule_rows
from tests.sheets import ruling_of, sheet_of, tool_of
from tests.tokens import make_token

__all__ = [
    "CLIENT",
    "DATASET",
    "GROUP",
    "MODEL",
    "PASSWORD",
    "PROVIDER",
    "REPORT_DATA",
    "TOOL",
    "ClientCast",
    "ProviderCast",
    "World",
    "build_world",
    "fill",
    "finished",
    "make_audit",
    "make_authorisation",
    "make_client",
    "make_dataset",
    "make_dataset_version",
    "make_file",
    "make_job",
    "make_key",
    "make_model",
    "make_model_version",
    "make_user",
    "result_document",
]


@dataclass(frozen=True, kw_only=True)
class ClientCast(ClientLog):
    """One client with one row of every tenant table; only the ids differ from the next client."""

    client: Client
    client_figures: ClientFigures
    client_change: ClientChange
    audit: Audit
    audit_run: AuditRun
    audit_schedule: AuditSchedule
    authorisation: Authorisation
    break_glass: BreakGlass
    checklist_item: ChecklistItem
    checklist_evidence: ChecklistEvidence
    checklist_comment: ChecklistComment
    checklist_pin: ChecklistPin
    risk_decision: RiskDecision
    client_key: ClientKey
    data_permission: DataPermission
    dataset: Dataset
    dataset_version: DatasetVersion
    file: StoredFile
    finding: Finding
    invitation: Invitation
    job: Job
    member: Membership
    model: AIModel
    model_version: ModelVersion
    logo: ClientLogo
    note: Note
    rating_policy: RatingPolicy
    report: Report
    report_run: ReportRun
    report_schedule: ReportSchedule
    report_schedule_reader: ReportScheduleReader
    report_sending: ReportSending
    tool: AITool
    ruling: ToolRuling
    unit: JobUnit

    @property
    def operator(self) -> User:
        """The operator of the platform who looks at this client now."""
        assert self.break_glass.user is not None
        return self.break_glass.user

    def rows(self) -> dict[type[TenantModel], TenantModel]:
        """Every tenant row by its model."""
        return {type(row): row for row in vars(self).values() if isinstance(row, TenantModel)}

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Look at this client and at nothing else."""
        with tenancy.scope(provider_id=self.client.provider_id, client_ids=[self.client.pk]):
            yield


@dataclass(frozen=True, kw_only=True)
class ProviderCast(ProviderLog):
    """One provider, its two clients, and a person of each kind.

    The owner, the contributor, the viewer and the technician with one grant belong to the first
    client; a group holds the first client, and another technician is granted that group.
    """

    provider: Provider
    group: ClientGroup
    group_member: ClientGroupMember
    group_grant: GroupGrant
    isolation_check: IsolationCheck
    sign_on: SignOn
    sign_on_identity: SignOnIdentity
    sign_on_address: SignOnAddress
    fleet_table: FleetTable
    fleet_view: FleetView
    portfolio_report: PortfolioReport
    provider_job: ProviderJob
    provider_job_unit: ProviderJobUnit
    sheet: VendorSheet
    terms: VendorTerms
    review: VendorReview
    colleague: Membership
    invitation: Invitation
    rating_policy: RatingPolicy
    owner_token: ApiToken
    first: ClientCast
    second: ClientCast
    admin: User
    technician: User
    technician_of_first: User
    technician_of_group: User
    technician_of_none: User
    owner: User
    contributor: User
    viewer: User

    def people(self) -> dict[str, User]:
        return {name: value for name, value in vars(self).items() if isinstance(value, User)}

    def rows(self) -> dict[type[ProviderModel], ProviderModel]:
        """Every row of the provider itself by its model."""
        found = [value for value in vars(self).values() if isinstance(value, ProviderModel)]
        return {type(row): row for row in found}

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Look at what belongs to the provider itself, and at no client."""
        with tenancy.scope(provider_id=self.provider.pk, client_ids=(), provider_rows=True):
            yield


@dataclass(frozen=True, kw_only=True)
class World:
    """`here` is where a test works; `sibling` and `stranger` are what it must never reach."""

    ours: ProviderCast
    theirs: ProviderCast
    # By name: the session of who is logged in already, in modules that ask page after page.
    sessions: dict[str, str] = field(default_factory=dict)

    @property
    def here(self) -> ClientCast:
        return self.ours.first

    @property
    def sibling(self) -> ClientCast:
        return self.ours.second

    @property
    def stranger(self) -> ClientCast:
        return self.theirs.first


def build_world() -> World:
    """Make the whole cast, through tenancy scopes as the portal itself would."""
    return World(ours=_provider("ours"), theirs=_provider("theirs"))


def _provider(name: str) -> ProviderCast:
    with tenancy.system_scope("a provider is made before anybody belongs to it"):
        provider = Provider.objects.create(name=PROVIDER, logo=LOGO, logo_digest="0" * 16)
    with tenancy.scope(provider_id=provider.pk, client_ids=(), provider_rows=True):
        first, second = make_client(provider.pk), make_client(provider.pk)
        sheet = sheet_of(provider)
        casts = [fill(first, sheet["sheet"]), fill(second, sheet["sheet"])]
        admin = make_staff(name, "admin", provider, Role.MSP_ADMIN, all_clients=True)
        of_none = make_staff(name, "none", provider, Role.TECHNICIAN)
        of_group = make_staff(name, "group", provider, Role.TECHNICIAN)
        group = ClientGroup.objects.create(provider=provider, name=GROUP)
        technician = make_staff(name, "technician", provider, Role.TECHNICIAN, all_clients=True)
        owner = make_person(name, "owner", first, Role.CLIENT_OWNER)
        return ProviderCast(
            **sign_on_of(provider, admin),
            **fleet_of(provider, technician),
            **portfolio_of(provider, technician, (first, second)),
            provider=provider,
            **provider_log(provider),
            **sheet,
            owner_token=make_token(owner, provider)[0],
            group=group,
            group_member=ClientGroupMember.objects.create(
                provider=provider, group=group, client=first
            ),
            group_grant=GroupGrant.objects.create(
                provider=provider, group=group, membership=of_group.membership_set.get()
            ),
            isolation_check=IsolationCheck.objects.create(
                provider=provider,
                at=timezone.now(),
                version="0.1.0",
                tables=1,
                passed=True,
                probes=[{"key": "role", "state": "ok", "detail": "mia_app"}],
            ),
            colleague=of_none.membership_set.get(),
            invitation=make_invitation(provider.pk, f"staff of {name}", inviter=admin),
            rating_policy=make_policy(provider.pk),
            first=casts[0],
            second=casts[1],
            admin=admin,
            technician=technician,
            technician_of_first=make_staff(name, "one", provider, Role.TECHNICIAN, granted=first),
            technician_of_group=of_group,
            technician_of_none=of_none,
            owner=owner,
            contributor=make_person(name, "contributor", first, Role.CLIENT_CONTRIBUTOR),
            viewer=make_person(name, "viewer", first, Role.CLIENT_VIEWER),
        )


def fill(client: Client, sheet: VendorSheet | None = None) -> ClientCast:
    """Give a client one row of everything; its tool points at a sheet of the provider."""
    own = {"provider_id": client.provider_id, "client": client}
    model, dataset = make_model(client), make_dataset(client)
    version, data = make_model_version(model), make_dataset_version(dataset)
    job = make_job(client, state=JobState.SUCCEEDED)
    allowed = make_authorisation(model)
    audit = make_audit(version, data, job=job, authorisation=allowed, **finished(result_document()))
    finding = Finding.objects.create(**own, audit=audit, key="leak_L3plus")
    Job.objects.filter(pk=job.pk).update(object_id=audit.pk)
    tool = tool_of(client, sheet)
    assert version.file is not None
    report = Report.objects.create(
        **own,
        number=1,
        audit=audit,
        data=REPORT_DATA,
        job=make_job(client, kind=JobKind.REPORT, key="report", state=JobState.SUCCEEDED),
    )
    member = make_person(
        f"client-{client.pk}", "member", client, Role.CLIENT_VIEWER
    ).membership_set.get()
    return ClientCast(
        client=client,
        audit=audit,
        authorisation=allowed,
        **checklist_rows(client, finding),
        break_glass=make_look(client),
        client_figures=ClientFigures.objects.create(**own, until=timezone.now()),
        client_change=ClientChange.objects.create(**own),
        client_key=make_key(client),
        **client_log(client),
        data_permission=make_permission(dataset),
        dataset=dataset,
        dataset_version=data,
        file=version.file,
        finding=finding,
        invitation=make_invitation(client.provider_id, f"client {client.pk}", client=client),
        job=job,
        member=member,
        model=model,
        model_version=version,
        logo=ClientLogo.objects.create(**own, png=LOGO, digest="1" * 16),
        note=Note.objects.create(**own, text="Call before nine."),
        rating_policy=make_policy(client.provider_id, client=client),
        report=report,
        **schedule_rows(client, report, member),
        **audit_schedule_rows(audit),
        report_sending=ReportSending.objects.create(
            **own,
            report=report,
            recipient="owner@client.example",
            expires_at=timezone.now() + timedelta(days=1),
        ),
        tool=tool,
        ruling=ruling_of(tool),
        unit=JobUnit.objects.create(
            **own,
            job=job,
            name="only",
            index=0,
            state=JobState.SUCCEEDED,
            queued_at=timezone.now(),
        ),
    )
