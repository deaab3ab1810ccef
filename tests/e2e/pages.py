"""Every page of a client that has something of everything, for staff and for the owner."""

from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.e2e import prints, seldom
from tests.e2e.conftest import Desk, Furnished
from tests.e2e.steps import AUDIT_MILLISECONDS
from tests.e2e.ways import Place, Way

STEPS = ("what", "data", "training", "keeping", "result")
WELCOME = ("company", "client", "tool", "checklist", "colleague")


@dataclass(frozen=True, kw_only=True)
class Book:
    """Where each page is, by its name, for each person; the empty one has not logged in."""

    told: Furnished
    staff: dict[str, Place]
    owner: dict[str, Place]
    admin: dict[str, Place]
    nobody: dict[str, Place]
    others: dict[str, dict[str, Place]]

    def of(self, who: str) -> dict[str, Place]:
        """The pages of a person that nobody before them in this list has, or sees otherwise."""
        told = self.told
        own = {told.technician: self.staff, told.owner: self.owner, told.admin: self.admin}
        return {"": self.nobody, **own, **self.others}[who]

    def people(self) -> list[str]:
        told = self.told
        return [told.technician, told.owner, told.admin, "", *self.others]

    def everything(self, who: str) -> dict[str, Place]:
        """Every page that a person may open."""
        return self.staff | self.admin if who == self.told.admin else self.of(who)

    def find(self, name: str) -> tuple[str, Place]:
        """A page by its name, and the first who has it."""
        return next(
            (who, place) for who in self.people() if (place := self.everything(who).get(name))
        )

    def addresses(self) -> set[str]:
        """Every address of the book that the portal answers at."""
        places = [place for who in self.people() for place in self.of(who).values()]
        ways = [one if isinstance(one, Way) else Way(path=one) for one in places]
        return {way.path for way in ways if not way.instead}


def _first_link(page: Page, listing: str, place: str) -> str:
    page.goto(listing)
    found = page.locator(place).first.get_attribute("href")
    assert found is not None
    return found


def _report(page: Page, audit: str) -> str:
    """Wait for the audit, make its report and wait for that; returns its address."""
    page.goto(audit)
    expect(page.locator(".verdict-sentence")).to_be_visible(timeout=AUDIT_MILLISECONDS)
    page.get_by_role("link", name="Make report").click()
    page.get_by_role("button", name="Make the report").click()
    expect(page.get_by_role("link", name="Download PDF")).to_be_visible()
    return page.url


def _evidence(page: Page, answer: str) -> str:
    """Keep a note beside an answer; returns the address of its page."""
    page.goto(answer)
    page.locator("summary").filter(has_text="Add evidence").click()
    page.get_by_label("What it shows").fill("Seen on the shelf.")
    page.get_by_role("button", name="Keep evidence").click()
    expect(page.get_by_text("Seen on the shelf.", exact=True)).to_be_visible()
    return answer


def _schedule(page: Page, client: str) -> str:
    """Plan a report; returns the address of its schedule."""
    page.goto(f"{client}reports/schedules/new/owner_summary/")
    page.get_by_role("button", name="Save schedule").click()
    return _first_link(page, f"{client}reports/schedules/", "tbody th a")


def _audit_schedule(page: Page, model: str) -> str:
    """Have the model measured again from time to time; returns the address of its schedule."""
    page.goto(f"{model}schedule/")
    page.get_by_role("button", name="Save schedule").click()
    page.wait_for_url(f"**{model}")
    return f"{model}schedule/"


def _tool_pages(page: Page, client: str, tool: str) -> dict[str, str]:
    """Pages of a tool, and of the fact sheet and review that begin with it."""
    page.goto(tool)
    begun = page.get_by_role("link", name="Continue review")
    (begun if begun.count() else page.get_by_role("button", name="Start review")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What it is")
    review = page.url.removesuffix("what/")
    sheet = review.removesuffix("review/")
    return {
        "tool_edit": f"{tool}edit/",
        "tool_decide": f"{tool}decide/",
        "tool_ask": f"{tool}ask/",
        "tool_import": f"{client}tools/import/",
        "vendors": "/tools/",
        "vendors_reported": "/tools/reported/",
        "vendors_reported in order": "/tools/reported/?step=decided&sort=-name",
        "vendor_new": "/tools/new/",
        "vendor": sheet,
        "vendor_edit": f"{sheet}edit/",
        "vendor_terms": f"{sheet}terms/",
        "vendor_usual": f"{sheet}usual/",
        "vendor_decide": f"{sheet}decide/",
        **{f"review {key}": f"{review}{key}/" for key in STEPS},
    }


def _before_log_in(told: Furnished) -> dict[str, Place]:
    """Pages that are open to whoever comes by."""
    return {
        "join": told.join,
        "log in": "/accounts/login/",
        "reset": "/accounts/password/reset/",
        "reset sent": "/accounts/password/reset/done/",
        "reset done": "/accounts/password/reset/key/done/",
        "inactive": "/accounts/inactive/",
        "sign on": "/sign-on/",
        "verify": "/verify/",
    }


def bind(desk: Desk, told: Furnished) -> Book:
    client, bare = f"/c/{told.full}/", f"/c/{told.bare}/"
    audit, model = f"{client}audits/{told.audit}/", f"{client}models/{told.model}/"
    dataset = f"{client}datasets/{told.dataset}/"
    page = desk.page(told.technician)
    answer = _evidence(page, _first_link(page, f"{client}checklist/", "section tbody a"))
    shared: dict[str, Place] = {
        "client": client,
        "models": f"{client}models/",
        "model": model,
        "datasets": f"{client}datasets/",
        "dataset": dataset,
        "dataset_version": (version := _first_link(page, dataset, "section tbody a")),
        "tool": (tool := _first_link(page, f"{client}tools/", "tbody a")),
        "tools": f"{client}tools/",
        "client_policy": f"{client}rating-policy/",
        "audits": f"{client}audits/",
        "report": (report := _report(page, audit)),
        "audit": audit,
        "chart of dots": f"{audit}charts/dots.html",
        "chart of matrix": f"{audit}charts/risk_matrix.html",
        "chart of checklist": f"{client}checklist/chart.html",
        "checklist": f"{client}checklist/",
        "checklist_answer": answer,
        "checklist_cards": Way(path=f"{client}checklist/cards/", leads_on=True),
        "checklist waiting": f"{client}checklist/?show=review",
        "checklist_decide": f"{answer}decide/",
        "plan": f"{client}plan/",
        "client_work": f"{client}on-their-way/",
        "reports": f"{client}reports/",
        "report_start": f"{client}reports/new/?kind=owner_summary",
        "report_preview": f"{client}reports/new/preview/?kind=owner_summary&audit={told.audit}",
        "frameworks": f"{client}frameworks/",
        "framework": f"{client}frameworks/nist-ai-rmf/",
        "glossary": "/glossary/",
        "people": f"{client}people/",
        "people_invite": f"{client}people/invite/",
        "person": f"{client}people/{told.person}/",
        "activity": f"{client}activity/",
        "activity of nothing": f"{client}activity/?until=2001-01-01",
        "switcher": "/switcher/",
        "tokens": "/settings/tokens/",
        "token_new": "/settings/tokens/new/",
        "security": "/settings/security/",
        "account_change_password": "/accounts/password/change/",
        "account_reauthenticate": Way(path="/accounts/reauthenticate/", leads_on=True),
        "account_logout": "/accounts/logout/",
    }
    staff: dict[str, Place] = {
        "search": "/search/?q=a",
        "fleet": "/fleet/",
        "fleet_map": "/fleet/map/",
        "fleet_work": "/fleet/on-their-way/",
        "chart of map": "/fleet/map.html",
        **{
            f"chart of {name}": f"{audit}charts/{name}.html"
            for name in ("roc", "catch_rates", "distributions", "groups", "growth")
        },
        "fleet_views": "/settings/views/",
        "portfolio": prints.ordered(page, prints.PORTFOLIO),
        "portfolios": "/fleet/reports/",
        "portfolio_start": "/fleet/reports/new/",
        "reports_bulk": "/fleet/client-reports/",
        "portfolio_preview": "/fleet/reports/new/preview/?sections=movement&sections=everybody",
        "plans": "/plan/",
        "plans in order": "/plan/?show=undecided&sort=client&q=a",
        "checklist_edition": f"{client}checklist/edition/",
        "bare plan": f"{bare}plan/",
        "client_new": "/clients/new/",
        "clients_import": "/clients/import/",
        "client_edit": f"{client}edit/",
        "model_new": f"{client}models/new/",
        "model_edit": f"{model}edit/",
        "notes": f"{client}notes/model/{told.model}/",
        "authorise": f"{model}permission/",
        "model_upload": f"{model}upload/",
        "model_script": f"{model}script/",
        "model_version": (
            model_version := _first_link(page, model, "section tbody th a[href*='versions']")
        ),
        "model_version_delete": f"{model_version}delete/",
        "dataset_new": f"{client}datasets/new/",
        "dataset_edit": f"{dataset}edit/",
        "dataset_upload": f"{dataset}upload/",
        "dataset_split": f"{dataset}split/",
        "dataset_sensitivity": f"{dataset}sensitivity/",
        "dataset_permission": f"{dataset}permission/",
        "dataset_retention": f"{dataset}retention/",
        "dataset_delete": f"{dataset}delete/",
        "dataset_columns": f"{version}columns/",
        "tool_new": f"{client}tools/new/",
        **_tool_pages(page, client, tool),
        "audit_new": f"{client}audits/new/",
        "report_start of an audit": (
            f"{client}reports/new/?kind=technical_appendix&of={told.audit}"
        ),
        "report_start of a quarter": f"{client}reports/new/?kind=quarterly_review",
        "report_preview in full": (
            f"{client}reports/new/preview/?kind=technical_appendix&audit={told.audit}"
            "&sections=attacks&sections=checks&sections=rating"
        ),
        "report_send": f"{report}send/",
        "report in full": prints.ordered(page, f"{client}reports/new/?kind=technical_appendix"),
        "audit_schedule": f"{model}schedule/",
        "audit_schedules": f"{client}audits/schedules/",
        "bare audit_schedules": f"{bare}audits/schedules/",
        "audit_schedule_delete": f"{_audit_schedule(page, model)}delete/",
        "report_schedule": (report_schedule := _schedule(page, client)),
        "report_schedule_delete": f"{report_schedule}delete/",
        "report_schedules": f"{client}reports/schedules/",
        "bare report_schedules": f"{bare}reports/schedules/",
        "report_schedule_new": f"{client}reports/schedules/new/owner_summary/",
        "client_branding": f"{client}branding/",
        "client_space": f"{client}space/",
        "bare client": bare,
        "bare models": f"{bare}models/",
        "bare datasets": f"{bare}datasets/",
        "bare tools": f"{bare}tools/",
        "bare audits": f"{bare}audits/",
        "bare audit_new": f"{bare}audits/new/",
        "bare checklist": f"{bare}checklist/",
        "bare reports": f"{bare}reports/",
        "bare people": f"{bare}people/",
    }
    page.context.close()
    admin: dict[str, Place] = {
        "provider activity": "/settings/activity/",
        "company": "/settings/company/",
        **seldom.of_an_administrator(desk.page(told.admin)),
        "isolation": "/settings/isolation/",
        "sign_on_settings": "/settings/sign-on/",
        "tokens_people": "/settings/tokens/people/",
        **{f"welcome {key}": f"/welcome/{key}/" for key in WELCOME},
        "branding": "/settings/branding/",
        "demo_remove": "/settings/demo/",
        "provider_policy": "/settings/rating-policy/",
        "team": "/settings/team/",
        "team_invite": "/settings/team/invite/",
        "colleague": f"/settings/team/{told.colleague}/",
        "groups": "/settings/groups/",
        "group_new": "/settings/groups/new/",
        "group": f"/settings/groups/{told.group}/",
        "fleet of a group": f"/fleet/?group={told.group}",
    }
    nobody, others = seldom.of_others(desk)
    return Book(
        told=told,
        staff=shared | staff,
        owner=shared,
        admin=admin,
        nobody=_before_log_in(told) | nobody,
        others=others,
    )
