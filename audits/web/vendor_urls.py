"""Addresses of the fact sheets of vendors and of their reviews."""

from django.urls import path

from audits.enums import ColumnList
from audits.web import chart, list_columns, review, tool_decision, vendor, vendor_lists

_SHEETS = {"listing": ColumnList.VENDORS}
_REPORTED = {"listing": ColumnList.VENDORS_REPORTED}

urlpatterns = [
    path("tools/", vendor_lists.register, name="vendors"),
    path("tools.pdf", vendor_lists.paper, _SHEETS, name="vendors_pdf"),
    path("tools.<str:ending>", vendor_lists.file, _SHEETS, name="vendors_file"),
    path("tools/columns/", list_columns.keep_of_everyone, _SHEETS, name="vendors_columns"),
    path("tools/views/", list_columns.keep_view_of_everyone, _SHEETS, name="vendors_view_new"),
    path("tools/reported/", vendor_lists.reported, name="vendors_reported"),
    path("tools/reported.pdf", vendor_lists.paper, _REPORTED, name="vendors_reported_pdf"),
    path(
        "tools/reported.<str:ending>",
        vendor_lists.file,
        _REPORTED,
        name="vendors_reported_file",
    ),
    path(
        "tools/reported/columns/",
        list_columns.keep_of_everyone,
        _REPORTED,
        name="vendors_reported_columns",
    ),
    path(
        "tools/reported/views/",
        list_columns.keep_view_of_everyone,
        _REPORTED,
        name="vendors_reported_view_new",
    ),
    path("tools/new/", vendor.create, name="vendor_new"),
    path("tools/<int:pk>/", vendor.detail, name="vendor"),
    path("tools/<int:pk>/clients.<str:ending>", vendor.users_file, name="vendor_clients_file"),
    path("tools/<int:pk>/chart.<str:ending>", chart.of_vendor, name="vendor_chart"),
    path("tools/<int:pk>/edit/", vendor.edit, name="vendor_edit"),
    path("tools/<int:pk>/terms/", vendor.terms, name="vendor_terms"),
    path("tools/<int:pk>/usual/", vendor.usual, name="vendor_usual"),
    path("tools/<int:pk>/decide/", tool_decision.decide_for_many, name="vendor_decide"),
    path("tools/<int:pk>/review/", review.start, name="review_start"),
    path("tools/<int:pk>/review/complete/", review.complete, name="review_complete"),
    path("tools/<int:pk>/review/<str:key>/", review.step, name="review"),
]
