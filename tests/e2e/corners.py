"""People and work behind pages that are seldom seen; called beside the running portal."""

import json
import sys
from datetime import timedelta
from typing import Any
from uuid import uuid4

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.shortcuts import render
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import timezone

from audits.enums import JobState, Role
from audits.models import Audit, Client, Membership, Provider, User
from audits.services import client as clients
from audits.services import provider as providers
from audits.web.forms.set_up import SetUpForm
from tests import builders
from tests.e2e.people import PASSWORD
from tests.people import make_operator
from tests.second_factor import protect

_CAUSE = "The file does not hold a model that this portal can read."
_REMEDY = "Upload the model once more, as a skops or ONNX file."


def add() -> None:
    """A provider whose audits stand still and have failed, and people of every other kind."""
    with providers.entered(name="Canal IT") as provider:
        technician = _staff(provider, "tess@canal.example")
        _staff(provider, "petra@canal.example")
        first, second = (
            clients.create(provider_id=provider.pk, actor=technician, name=name)
            for name in ("Canal Bakery", "Canal Café")
        )
        for client in (first, second):
            _member(provider, "oscar@canal.example", client=client, role=Role.CLIENT_OWNER)
        _member(provider, "una@canal.example", role=Role.TECHNICIAN)
        _staff(provider, "cleo@canal.example")
        audits = _audits(first)
        model = audits["running"].model_version.model_id
    with providers.entered(name="Lock IT") as other:
        _member(other, "cleo@canal.example", role=Role.TECHNICIAN)
    with providers.entered(name="Demo IT", is_demo=True) as shown:
        admin = protect(_member(shown, "demi@demo.example", role=Role.MSP_ADMIN))
        clients.create(provider_id=shown.pk, actor=admin, name="Made-up Mill", is_demo=True)
    operator = make_operator("opal@platform.example")
    operator.set_password(PASSWORD)
    operator.save(update_fields=["password"])
    told = {
        "slug": first.slug,
        "model": model,
        "key": _key_of(technician),
        **{state: audit.pk for state, audit in audits.items()},
    }
    sys.stdout.write(json.dumps(told))


def _person(email: str) -> User:
    found = User.objects.filter(email=email).first()
    return found or User.objects.create_user(email, PASSWORD, name=email.partition("@")[0])


def _member(provider: Provider, email: str, *, role: Role, client: Client | None = None) -> User:
    user = _person(email)
    Membership.objects.create(
        user=user, provider=provider, role=role, client=client, all_clients=client is None
    )
    return user


def _staff(provider: Provider, email: str) -> User:
    return protect(_member(provider, email, role=Role.TECHNICIAN))


def _audits(client: Client) -> dict[str, Audit]:
    """One that runs for as long as anybody looks, one that waits, and one that failed."""
    now = timezone.now()
    states: dict[str, dict[str, Any]] = {
        "running": {
            "state": JobState.RUNNING,
            "steps": 4,
            "step": 2,
            "step_name": "attacks",
            "started_at": now,
            "heartbeat_at": now,
            "log_tail": "Attack 1 of 3",
        },
        "failed": {
            "state": JobState.FAILED,
            "started_at": now,
            "finished_at": now,
            "cause": _CAUSE,
            "remedy": _REMEDY,
            "log_tail": "The file cannot be read",
        },
    }
    made = {}
    for state, values in states.items():
        model = builders.make_model(client, f"Model whose audit is {state}")
        builders.make_authorisation(model)
        data = builders.make_dataset(client, f"Records of the {state} audit")
        version = builders.make_model_version(model)
        audit = builders.make_audit(version, builders.make_dataset_version(data))
        job = builders.make_job(client, key=state, object_id=audit.pk, **values)
        builders.make_unit(job, token=uuid4(), lease_until=now + timedelta(days=1))
        audit.job = job
        audit.save(update_fields=["job"])
        made[state] = audit
    return made


def _key_of(user: User) -> str:
    """What the mailed link for a new password ends in."""
    return f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"


def drawn() -> None:
    """Pages that nobody can ask for: of errors, and the one before there is any account."""
    told: dict[str, str] = {
        str(status): render_to_string(f"{status}.html") for status in (400, 403, 404, 413, 429, 500)
    }
    told["too many"] = render_to_string(
        "too_many.html", {"text": "At most 10 audits an hour. It is possible again in 20 minutes."}
    )
    answer = render(
        RequestFactory(SERVER_NAME="127.0.0.1").get("/"), "set_up/claim.html", {"form": SetUpForm()}
    )
    told["set up"] = answer.content.decode()
    sys.stdout.write(json.dumps(told))
