"""Addresses of a client's datasets, their versions and what belongs to them."""

from django.urls import path

from audits.web import dataset, dataset_intake

urlpatterns = [
    path("c/<slug:slug>/datasets/", dataset.register, name="datasets"),
    path("c/<slug:slug>/datasets.<str:ending>", dataset.file, name="datasets_file"),
    path("c/<slug:slug>/datasets/new/", dataset.create, name="dataset_new"),
    path("c/<slug:slug>/datasets/<int:pk>/", dataset.detail, name="dataset"),
    path(
        "c/<slug:slug>/datasets/<int:pk>/versions.<str:ending>",
        dataset.versions_file,
        name="dataset_versions_file",
    ),
    path("c/<slug:slug>/datasets/<int:pk>/edit/", dataset.edit, name="dataset_edit"),
    path("c/<slug:slug>/datasets/<int:pk>/upload/", dataset.upload, name="dataset_upload"),
    path("c/<slug:slug>/datasets/<int:pk>/split/", dataset_intake.split, name="dataset_split"),
    path(
        "c/<slug:slug>/datasets/<int:pk>/sensitivity/",
        dataset_intake.sensitivity,
        name="dataset_sensitivity",
    ),
    path(
        "c/<slug:slug>/datasets/<int:pk>/permission/",
        dataset_intake.permission,
        name="dataset_permission",
    ),
    path(
        "c/<slug:slug>/datasets/<int:pk>/retention/",
        dataset_intake.retain,
        name="dataset_retention",
    ),
    path(
        "c/<slug:slug>/datasets/<int:pk>/delete/",
        dataset_intake.delete_records,
        name="dataset_delete",
    ),
    path(
        "c/<slug:slug>/datasets/permissions/<int:pk>/file/",
        dataset_intake.permission_file,
        name="dataset_permission_file",
    ),
    path(
        "c/<slug:slug>/datasets/versions/<int:pk>/", dataset_intake.version, name="dataset_version"
    ),
    path(
        "c/<slug:slug>/datasets/versions/<int:pk>/columns/",
        dataset_intake.columns,
        name="dataset_columns",
    ),
    path(
        "c/<slug:slug>/datasets/versions/<int:pk>/columns.<str:ending>",
        dataset_intake.columns_file,
        name="dataset_columns_file",
    ),
    path(
        "c/<slug:slug>/datasets/versions/<int:pk>/train/",
        dataset_intake.train_file,
        name="dataset_train_file",
    ),
    path(
        "c/<slug:slug>/datasets/versions/<int:pk>/held-out/",
        dataset_intake.held_out_file,
        name="dataset_held_out_file",
    ),
]
