"""Pages that are seldom seen: of other kinds of people, of work in other states, of errors."""

import json

from playwright.sync_api import Page

from tests.e2e.conftest import Desk, ask
from tests.e2e.ways import Place, Way, pressed, second_step, ticked

_TECHNICIAN, _LOOKS_AS_OWNER = "tess@canal.example", "petra@canal.example"


def of_an_administrator(page: Page) -> dict[str, Place]:
    """Pages of things that an administrator has to make first."""
    page.goto("/settings/isolation/")
    with page.expect_navigation():
        page.get_by_role("button", name="Check now").first.click()
    checked = page.url
    page.goto("/settings/tokens/new/")
    page.get_by_label("Name", exact=True).fill("Nightly build")
    page.get_by_role("checkbox", name="Read whole results").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Make token").click()
    page.goto("/settings/tokens/")
    revoke = page.get_by_role("link", name="Revoke Nightly build").first.get_attribute("href")
    page.context.close()
    assert revoke is not None
    return {"isolation_check": checked, "token_revoke": revoke}


def of_others(desk: Desk) -> tuple[dict[str, Place], dict[str, dict[str, Place]]]:
    """Of whoever has not logged in, and of the people of corners.py by their address."""
    told = json.loads(ask(desk.stack, "add()", of="corners"))
    client = f"/c/{told['slug']}/"
    technician: dict[str, Place] = {
        "audit running": f"{client}audits/{told['running']}/",
        "audit failed": f"{client}audits/{told['failed']}/",
        "audits of every state": f"{client}audits/",
        "jobs on their way": client,
        "retire": Way(path=f"{client}models/", then=ticked("Retire…")),
        "outcome of a list": Way(path=f"{client}models/", then=ticked("Audit again")),
        "outcome of the fleet": Way(path="/fleet/", then=ticked("Schedule audits", unfold=True)),
        "archive": Way(path="/fleet/", then=ticked("Archive…")),
        "send": Way(path="/fleet/", then=ticked("Send reports…")),
        "reports for several": Way(path="/fleet/", then=ticked("Choose reports…")),
        "confirmed by a code": "/accounts/reauthenticate/code/",
        "app removed": "/accounts/second-factor/app/remove/",
        "codes made": "/accounts/second-factor/codes/new/",
    }
    as_owner = Way(path=client, then=pressed("View as client"))
    others: dict[str, dict[str, Place]] = {
        _TECHNICIAN: technician,
        _LOOKS_AS_OWNER: {"client as its owner": as_owner, "models as owner": f"{client}models/"},
        "oscar@canal.example": {"choose a client": "/"},
        "cleo@canal.example": {"acting": "/acting/"},
        "una@canal.example": {
            "second_factor": "/settings/security/start/",
            "app added": "/accounts/second-factor/app/",
        },
        "demi@demo.example": {"demo_remove with a demo": "/settings/demo/"},
        "opal@platform.example": {
            "looks": "/operator/",
            "design": "/design/",
            "demo_remove_all": "/operator/demo/",
            "system_health": "/operator/health/",
        },
    }
    return _of_nobody(desk, told["key"]), others


def _of_nobody(desk: Desk, key: str) -> dict[str, Place]:
    drawn = json.loads(ask(desk.stack, "drawn()", of="corners"))
    shown = {name: (f"/{name.replace(' ', '-')}/", body) for name, body in drawn.items()}
    keys = "/accounts/password/reset/key/"
    return {
        "second step": Way(path="/accounts/login/", then=second_step(_TECHNICIAN)),
        "new password": Way(path=f"{keys}{key}/", leads_on=True),
        "new password, link is over": f"{keys}1-over/",
        **{name: Way(path=path, instead=body) for name, (path, body) in shown.items()},
    }
