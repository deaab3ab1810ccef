"""The process of `foreign_provider.py`: the package's own application, served over TLS.

Says its port on standard output and stays until it is ended.
"""

import argparse
import ssl
from datetime import timedelta
from typing import Any

from oidc_provider_mock import app
from werkzeug.serving import make_server


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("chain")
    parser.add_argument("--lifetime-seconds", type=int, default=300)
    parser.add_argument("--other-keys", action="store_true", help="publish keys of somebody else")
    told = parser.parse_args()
    own, other = (
        app(
            require_client_registration=True,
            require_nonce=True,
            access_token_max_age=timedelta(seconds=told.lifetime_seconds),
        )
        for _ in range(2)
    )

    def served(environ: dict[str, Any], start: Any) -> Any:  # noqa: ANN401 - as WSGI has it
        foreign = told.other_keys and environ["PATH_INFO"] == "/jwks"
        return (other if foreign else own)(environ, start)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(told.chain)
    server = make_server("127.0.0.1", 0, served, threaded=True, ssl_context=context)
    print(server.server_port, flush=True)  # noqa: T201 - read by who started it
    server.serve_forever()


if __name__ == "__main__":
    main()
