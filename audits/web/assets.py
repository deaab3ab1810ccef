"""Exact files out of installed packages, served as static files of our own."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

PACKAGED = {
    "vendor/htmx.min.js": ("django_htmx", "static/django_htmx/htmx-2.min.js"),
    "vendor/plotly.min.js": ("plotly", "package_data/plotly.min.js"),
}


class PackageStorage(FileSystemStorage):
    """Names the files by the address in PACKAGED, wherever pip has put them."""

    prefix = ""

    def path(self, name: str) -> str:
        package, inside = PACKAGED[name.replace("\\", "/")]
        return str(Path(str(files(package))) / inside)


class PackageFinder(BaseFinder):
    """Listed in STATICFILES_FINDERS; finds the files named in PACKAGED and no other."""

    storage = PackageStorage()

    def check(self, **_kwargs: Any) -> list[Any]:  # noqa: ANN401 - the base class fixes the signature
        return []

    def find(self, path: str, find_all: bool = False, **_kwargs: Any) -> Any:  # noqa: ANN401, FBT001, FBT002 - the same
        if path not in PACKAGED:
            return []
        found = self.storage.path(path)
        return [found] if find_all else found

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, PackageStorage]]:  # noqa: ANN401 - the same
        del ignore_patterns
        for name in PACKAGED:
            yield name, self.storage
