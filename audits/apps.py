from django.apps import AppConfig


class AuditsConfig(AppConfig):
    name = "audits"
    verbose_name = "MIA Portal"

    def ready(self) -> None:
        from audits import checks  # noqa: F401, PLC0415 - registers the checks
        from audits.guidance import wording  # noqa: PLC0415 - as the two below
        from audits.web import (  # noqa: PLC0415
            receivers,  # noqa: F401 - listens to the log-in library
            translated,
        )

        wording.translate_with(translated.sentence)
