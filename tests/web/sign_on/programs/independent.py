"""An OpenID provider that others wrote (oidc-provider-mock, on Authlib), over TLS.

A process of its own, so that none of its libraries meets ours: certificate, subject and claims come
as arguments, the port is printed.
"""

import json
import ssl
import sys

from oidc_provider_mock import User, app
from werkzeug.serving import make_server


def main(certificate: str, subject: str, claims: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    person = User(sub=subject, claims=json.loads(claims))
    served = app(require_client_registration=True, require_nonce=True, user_claims=[person])
    server = make_server("127.0.0.1", 0, served, threaded=True, ssl_context=context)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
