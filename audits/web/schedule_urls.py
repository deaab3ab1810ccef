"""Addresses of the schedules of a client's reports and audits."""

from django.urls import path

from audits.web import audit_schedule as of_audits
from audits.web import report_schedule as views

urlpatterns = [
    path("c/<slug:slug>/audits/schedules/", of_audits.register, name="audit_schedules"),
    path(
        "c/<slug:slug>/audits/schedules.<str:ending>",
        of_audits.file,
        name="audit_schedules_file",
    ),
    path(
        "c/<slug:slug>/audits/schedules/history.<str:ending>",
        of_audits.days_file,
        name="audit_schedule_days_file",
    ),
    path("c/<slug:slug>/models/<int:pk>/schedule/", of_audits.edit, name="audit_schedule"),
    path(
        "c/<slug:slug>/models/<int:pk>/schedule/pause/",
        of_audits.pause,
        name="audit_schedule_pause",
    ),
    path(
        "c/<slug:slug>/models/<int:pk>/schedule/resume/",
        of_audits.resume,
        name="audit_schedule_resume",
    ),
    path(
        "c/<slug:slug>/models/<int:pk>/schedule/delete/",
        of_audits.delete,
        name="audit_schedule_delete",
    ),
    path("c/<slug:slug>/reports/schedules/", views.register, name="report_schedules"),
    path(
        "c/<slug:slug>/reports/schedules.<str:ending>",
        views.file,
        name="report_schedules_file",
    ),
    path(
        "c/<slug:slug>/reports/schedules/history.<str:ending>",
        views.days_file,
        name="report_schedule_days_file",
    ),
    path(
        "c/<slug:slug>/reports/schedules/new/<slug:kind>/",
        views.create,
        name="report_schedule_new",
    ),
    path("c/<slug:slug>/reports/schedules/<int:pk>/", views.edit, name="report_schedule"),
    path(
        "c/<slug:slug>/reports/schedules/<int:pk>/pause/",
        views.pause,
        name="report_schedule_pause",
    ),
    path(
        "c/<slug:slug>/reports/schedules/<int:pk>/resume/",
        views.resume,
        name="report_schedule_resume",
    ),
    path(
        "c/<slug:slug>/reports/schedules/<int:pk>/delete/",
        views.delete,
        name="report_schedule_delete",
    ),
]
