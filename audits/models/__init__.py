from audits.models.activity import (
    Activity,
    ActivityHead,
    ActivityPayload,
    ProviderActivity,
    ProviderActivityHead,
    ProviderActivityPayload,
)
from audits.models.ai_model import AIModel, ModelVersion
from audits.models.api_token import ApiToken
from audits.models.audit import Audit
from audits.models.audit_schedule import AuditRun, AuditSchedule
from audits.models.authorisation import Authorisation
from audits.models.break_glass import BreakGlass
from audits.models.catalogue import CatalogueEdition, ChecklistPin
from audits.models.checklist import ChecklistItem
from audits.models.checklist_evidence import ChecklistComment, ChecklistEvidence
from audits.models.client_figures import ClientChange, ClientFigures
from audits.models.client_group import ClientGroup, ClientGroupMember, GroupGrant
from audits.models.client_logo import ClientLogo
from audits.models.dataset import DataPermission, Dataset, DatasetVersion
from audits.models.finding import Finding
from audits.models.fleet import FleetTable, FleetView
from audits.models.invitation import Invitation
from audits.models.isolation import IsolationCheck
from audits.models.job import AnyJob, AnyUnit, Job, JobUnit, ProviderJob, ProviderJobUnit
from audits.models.member import Grant, Membership, User
from audits.models.note import Note
from audits.models.outgoing_mail import OutgoingMail
from audits.models.owned import ProviderModel, TenantModel
from audits.models.portfolio import PortfolioReport
from audits.models.rating_policy import RatingPolicy
from audits.models.removal import Removal
from audits.models.report import Report, ReportSending
from audits.models.report_schedule import ReportRun, ReportSchedule, ReportScheduleReader
from audits.models.report_seal import ReportSeal
from audits.models.risk_decision import RiskDecision
from audits.models.session import Session
from audits.models.set_up import SetUpLink
from audits.models.sign_of_life import SignOfLife
from audits.models.sign_on import SignOn, SignOnAddress, SignOnIdentity
from audits.models.stored_file import ClientKey, ProviderKey, StoredFile
from audits.models.tenant import Client, Provider
from audits.models.tool import AITool, ToolRuling
from audits.models.vendor import VendorReview, VendorSheet, VendorTerms

__all__ = [
    "AIModel",
    "AITool",
    "Activity",
    "ActivityHead",
    "ActivityPayload",
    "AnyJob",
    "AnyUnit",
    "ApiToken",
    "Audit",
    "AuditRun",
    "AuditSchedule",
    "Authorisation",
    "BreakGlass",
    "CatalogueEdition",
    "ChecklistComment",
    "ChecklistEvidence",
    "ChecklistItem",
    "ChecklistPin",
    "Client",
    "ClientChange",
    "ClientFigures",
    "ClientGroup",
    "ClientGroupMember",
    "ClientKey",
    "ClientLogo",
    "DataPermission",
    "Dataset",
    "DatasetVersion",
    "Finding",
    "FleetTable",
    "FleetView",
    "Grant",
    "GroupGrant",
    "Invitation",
    "IsolationCheck",
    "Job",
    "JobUnit",
    "Membership",
    "ModelVersion",
    "Note",
    "OutgoingMail",
    "PortfolioReport",
    "Provider",
    "ProviderActivity",
    "ProviderActivityHead",
    "ProviderActivityPayload",
    "ProviderJob",
    "ProviderJobUnit",
    "ProviderKey",
    "ProviderModel",
    "RatingPolicy",
    "Removal",
    "Report",
    "ReportRun",
    "ReportSchedule",
    "ReportScheduleReader",
    "ReportSeal",
    "ReportSending",
    "RiskDecision",
    "Session",
    "SetUpLink",
    "SignOfLife",
    "SignOn",
    "SignOnAddress",
    "SignOnIdentity",
    "StoredFile",
    "TenantModel",
    "ToolRuling",
    "User",
    "VendorReview",
    "VendorSheet",
    "VendorTerms",
]
