"""Addresses of the fact sheets of vendors and of their reviews."""

from django.urls import path

from audits.web import chart, review, tool_decision, vendor

urlpatterns = [
    path("tools/", vendor.register, name="vendors"),
    path("tools.<str:ending>", vendor.file, name="vendors_file"),
    path("tools/reported.<str:ending>", vendor.reported_file, name="vendors_reported_file"),
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
