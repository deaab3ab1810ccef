"""How the API's own description (OpenAPI) speaks of what the framework does not know."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the API's description calls it."""

    target_class = "audits.api.authentication.BearerAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ANN401, ARG002 - the library's signature
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "mia_…",
            "description": "An API token, made on the page Settings, API tokens.",
        }
