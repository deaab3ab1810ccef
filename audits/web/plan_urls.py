"""Addresses of the action plans: of every client together, and of one."""

from django.urls import path

from audits.enums import ColumnList
from audits.web import list_columns, plan, plan_of_everyone

_EVERYONE = {"listing": ColumnList.PLANS}

urlpatterns = [
    path("plan/", plan_of_everyone.page, name="plans"),
    path("plan.csv", plan_of_everyone.file, {"ending": "csv"}, name="plans_csv"),
    path("plan.json", plan_of_everyone.file, {"ending": "json"}, name="plans_json"),
    path("plan.pdf", plan_of_everyone.paper, name="plans_pdf"),
    path("plan/columns/", list_columns.keep_of_everyone, _EVERYONE, name="plans_columns"),
    path("plan/views/", list_columns.keep_view_of_everyone, _EVERYONE, name="plans_view_new"),
    path("c/<slug:slug>/plan/", plan.of_client, name="plan"),
    path("c/<slug:slug>/plan.csv", plan.client_file, {"ending": "csv"}, name="plan_csv"),
    path("c/<slug:slug>/plan.json", plan.client_file, {"ending": "json"}, name="plan_json"),
    path("c/<slug:slug>/checklist/<int:pk>/decide/", plan.decide, name="checklist_decide"),
]
