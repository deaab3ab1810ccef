"""Every page; an address with a slug is about one client and sees no other."""

from django.urls import path

from audits.web import ai_model, audit, checklist, client, dataset, home, report, tool

urlpatterns = [
    path("", home.home, name="home"),
    path("fleet/", home.fleet, name="fleet"),
    path("switcher/", home.switcher, name="switcher"),
    path("clients/new/", client.create, name="client_new"),
    path("c/<slug:slug>/", client.overview, name="client"),
    path("c/<slug:slug>/edit/", client.edit, name="client_edit"),
    path("c/<slug:slug>/models/", ai_model.register, name="models"),
    path("c/<slug:slug>/models/new/", ai_model.create, name="model_new"),
    path("c/<slug:slug>/models/<int:pk>/", ai_model.detail, name="model"),
    path("c/<slug:slug>/models/<int:pk>/edit/", ai_model.edit, name="model_edit"),
    path("c/<slug:slug>/models/<int:pk>/upload/", ai_model.upload, name="model_upload"),
    path("c/<slug:slug>/models/<int:pk>/script/", ai_model.script, name="model_script"),
    path("c/<slug:slug>/datasets/", dataset.register, name="datasets"),
    path("c/<slug:slug>/datasets/new/", dataset.create, name="dataset_new"),
    path("c/<slug:slug>/datasets/<int:pk>/", dataset.detail, name="dataset"),
    path("c/<slug:slug>/datasets/<int:pk>/edit/", dataset.edit, name="dataset_edit"),
    path("c/<slug:slug>/datasets/<int:pk>/upload/", dataset.upload, name="dataset_upload"),
    path("c/<slug:slug>/tools/", tool.register, name="tools"),
    path("c/<slug:slug>/tools/new/", tool.create, name="tool_new"),
    path("c/<slug:slug>/tools/<int:pk>/", tool.edit, name="tool_edit"),
    path("c/<slug:slug>/audits/", audit.register, name="audits"),
    path("c/<slug:slug>/audits/new/", audit.start, name="audit_new"),
    path("c/<slug:slug>/audits/<int:pk>/", audit.detail, name="audit"),
    path("c/<slug:slug>/audits/<int:pk>/progress/", audit.progress, name="audit_progress"),
    path("c/<slug:slug>/audits/<int:pk>/cancel/", audit.cancel, name="audit_cancel"),
    path("c/<slug:slug>/audits/<int:pk>/again/", audit.again, name="audit_again"),
    path("c/<slug:slug>/audits/<int:pk>/result.json", audit.document, name="audit_document"),
    path("c/<slug:slug>/audits/<int:pk>/figures.csv", audit.figures, name="audit_figures"),
    path("c/<slug:slug>/audits/<int:pk>/members.csv", audit.members, name="audit_members"),
    path("c/<slug:slug>/audits/<int:pk>/report/", report.create, name="report_new"),
    path("c/<slug:slug>/checklist/", checklist.listing, name="checklist"),
    path("c/<slug:slug>/checklist/<int:pk>/", checklist.answer, name="checklist_answer"),
    path("c/<slug:slug>/reports/", report.register, name="reports"),
    path("c/<slug:slug>/reports/<int:pk>/", report.detail, name="report"),
    path("c/<slug:slug>/reports/<int:pk>/download/", report.download, name="report_download"),
]
