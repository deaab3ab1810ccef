from audits.models.activity import Activity
from audits.models.ai_model import AIModel, ModelVersion
from audits.models.audit import Audit
from audits.models.checklist import ChecklistItem
from audits.models.dataset import Dataset, DatasetVersion
from audits.models.finding import Finding
from audits.models.job import Job, JobUnit
from audits.models.member import Grant, Membership, User
from audits.models.owned import TenantModel
from audits.models.report import Report
from audits.models.stored_file import ClientKey, StoredFile
from audits.models.tenant import Client, Provider
from audits.models.tool import AITool

__all__ = [
    "AIModel",
    "AITool",
    "Activity",
    "Audit",
    "ChecklistItem",
    "Client",
    "ClientKey",
    "Dataset",
    "DatasetVersion",
    "Finding",
    "Grant",
    "Job",
    "JobUnit",
    "Membership",
    "ModelVersion",
    "Provider",
    "Report",
    "StoredFile",
    "TenantModel",
    "User",
]
