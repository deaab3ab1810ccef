from django.apps import AppConfig


class AuditsConfig(AppConfig):
    name = "audits"
    verbose_name = "MIA Portal"

    def ready(self) -> None:
        from audits import checks  # noqa: F401, PLC0415 - registers the checks
        from audits.web import receivers  # noqa: F401, PLC0415 - listens to the log-in library
