"""The whole journeys of technician and owner without a mouse."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import steps
from tests.e2e.conftest import Desk, Furnished, ask
from tests.e2e.keys import Keys
from tests.e2e.material import TARGET, Material
from tests.e2e.people import PASSWORD
from tests.second_factor import code_at, counter_now

pytestmark = pytest.mark.browser

TECHNICIAN, OWNER = "kit@keyboard.example", "kora@keyboard.example"


def _log_in(keys: Keys, who: str) -> None:
    keys.page.goto("/accounts/login/")
    keys.write("Email", who)
    keys.write("Password", PASSWORD)
    with keys.page.expect_navigation():
        keys.press("Enter")


def _second_step(keys: Keys) -> None:
    expect(keys.page.get_by_label("Code", exact=True)).to_be_visible()
    keys.write("Code", code_at(counter_now()))
    with keys.page.expect_navigation():
        keys.press("Enter")
    expect(keys.page).to_have_url(re.compile("/fleet/$"))


def _add_client(keys: Keys) -> str:
    keys.follow("Add client")
    keys.write("Name", "Keyboard Clinic")
    with keys.page.expect_navigation():
        keys.press("Enter")
    return steps.slug_in(keys.page)


def _add_dataset(keys: Keys, material: Material) -> None:
    keys.follow("Datasets")
    keys.follow("Add dataset")
    keys.write("Name", "Loan applications")
    keys.choose("Kind of data", "Fin")
    keys.choose("How sensitive it is", "S4")
    keys.pick("Yes: being listed")
    keys.follow("Add dataset")
    keys.attach("Used for training", material.members)
    keys.attach("Held out", material.nonmembers)
    keys.write("Label column", TARGET)
    keys.pick("Drawn at random before training")
    keys.follow("Check and store")
    expect(keys.page.get_by_text("Version 1 is stored.")).to_be_visible()


def _add_model(keys: Keys, material: Material) -> None:
    keys.follow("Models")
    keys.follow("Add model")
    keys.write("Name", "Default score")
    keys.choose("Most sensitive data it was trained on", "S4")
    keys.pick("Yes: being listed")
    keys.choose("Who can reach it", "Cust")
    keys.follow("Add model")
    keys.attach("File", material.model)
    keys.follow("Check and store")
    expect(keys.page.get_by_text("Version 1 is stored.")).to_be_visible()
    keys.follow("Record permission")
    keys.write("Permission given by", "Priya Shah")
    keys.write("Role of that person", "managing director")
    _agree(keys)
    keys.follow("Record permission")
    expect(keys.page.get_by_text("may be audited.")).to_be_visible()


def _agree(keys: Keys) -> None:
    while "has agreed to an attack" not in keys.reach("", "input:checkbox").name:
        pass
    keys.press("Space")


def _audit(keys: Keys) -> None:
    keys.follow("Start audit")
    keys.choose("Model", "Default score")
    keys.choose("Records", "Loan")
    keys.pick("Quick")
    keys.follow("Start audit")
    expect(keys.page.locator(".verdict-sentence")).to_be_visible(timeout=steps.AUDIT_MILLISECONDS)


def _report(keys: Keys) -> None:
    keys.follow("Make report")
    keys.follow("Make the report")
    expect(keys.page.get_by_role("link", name="Download PDF")).to_be_visible()
    _take(keys)


def _take(keys: Keys) -> None:
    keys.reach("Download PDF")
    with keys.page.expect_download() as coming:
        keys.press("Enter")
    assert coming.value.path().read_bytes().startswith(b"%PDF")


def _answer(keys: Keys) -> None:
    """Open the first thing that is asked, answer it, and find the answer on the list."""
    keys.follow("Checklist")
    first = steps.words(keys.page.locator("section[aria-labelledby=asked] tbody tr a").first)
    keys.follow(first)
    keys.pick("Yes")
    keys.write("Somebody without an account", "Kora")
    keys.follow("Save answer")
    settled = keys.page.locator("section[aria-labelledby=settled] tbody tr").filter(has_text=first)
    expect(settled).to_contain_text("Kora")


def _invite_owner(keys: Keys) -> str:
    """Ask the owner in; returns the link that is to be passed on."""
    keys.follow("People")
    keys.follow("Invite")
    keys.write("E-mail", OWNER)
    keys.pick("Owner: ")
    keys.follow("Make invitation")
    link = keys.page.locator("#join-link").inner_text()
    keys.follow("Done")
    return link


def _join(keys: Keys, link: str) -> None:
    keys.page.goto(link)
    keys.write("Your name", "Kora Owner")
    keys.write("Password", PASSWORD)
    keys.write("Password, once more", PASSWORD)
    keys.follow("Create account and join")


def _send_report(keys: Keys) -> None:
    _open_report(keys)
    keys.follow("Send")
    assert keys.reach("Kora Owner", "input:checkbox").kind == "input:checkbox"
    keys.follow("Send the link")
    expect(keys.page.locator("main")).to_contain_text("Kora Owner")
    expect(keys.page.locator("main header .badge-word")).to_have_text("Sent")


def _open_report(keys: Keys) -> None:
    keys.follow("Reports")
    keys.page.locator("tbody tr").first.wait_for()
    keys.follow(steps.words(keys.page.locator("main tbody a").first))


def _decide(keys: Keys) -> None:
    """Accept what is asked for first, and find the decision on the plan with its name."""
    keys.follow("Action plan")
    first = keys.page.locator("main tbody tr").filter(has_text="Decide").first
    title = steps.words(first.locator("th a"))
    keys.follow(f"Decide: {title}")
    keys.pick("Accept: ")
    keys.write("Why", "The model is replaced in spring.")
    keys.follow("Put it on record")
    expect(keys.page.get_by_role("region", name="Messages")).to_contain_text("on record")


def _log_out(page: Page) -> None:
    keys = Keys(page)
    keys.reach("Account menu")
    keys.press("Enter")
    keys.follow("Log out")
    expect(page).to_have_url(re.compile("/accounts/login/"))


def test_technician_and_owner_need_no_mouse(desk: Desk, material: Material) -> None:
    ask(desk.stack, f"add_provider({TECHNICIAN!r})")
    keys = Keys(desk.page())
    _log_in(keys, TECHNICIAN)
    _second_step(keys)
    slug = _add_client(keys)
    _add_dataset(keys, material)
    _add_model(keys, material)
    _audit(keys)
    _report(keys)
    _answer(keys)
    owner = Keys(desk.page())
    _join(owner, _invite_owner(keys))
    expect(owner.page).to_have_url(re.compile(f"/c/{slug}/$"))
    _send_report(keys)
    _log_out(keys.page)
    _log_out(owner.page)
    _log_in(owner, OWNER)
    expect(owner.page).to_have_url(re.compile(f"/c/{slug}/$"))
    owner.follow("See the full result")
    expect(owner.page.locator(".verdict-sentence")).to_be_visible()
    _answer(owner)
    _decide(owner)
    _open_report(owner)
    _take(owner)
    _log_out(owner.page)


def test_client_switcher_is_walked_by_arrows_and_opens_by_enter(
    desk: Desk, furnished: Furnished
) -> None:
    keys = Keys(desk.page(furnished.technician))
    keys.page.goto("/fleet/")
    keys.press("Control+Alt+k")
    listed = keys.page.locator("#client-list > li:visible")
    expect(listed).to_have_count(2)
    assert keys.focus().name == "Find a client"
    nothing = keys.page.get_by_text("No client is called so.")
    keys.page.keyboard.type("parcelz")
    expect(nothing).to_be_visible()
    keys.press("Backspace")
    expect(nothing).to_be_hidden()
    expect(listed).to_have_count(1)
    keys.press("ArrowDown")  # what the list is narrowed by is passed over, and all clients as well
    assert keys.focus().name.startswith("Parcel & Post")
    keys.press("ArrowUp")
    assert keys.focus().name == "Find a client"
    with keys.page.expect_navigation():
        keys.press("Enter")
    expect(keys.page).to_have_url(re.compile(f"/c/{furnished.bare}/$"))


def test_enter_below_a_list_presses_the_button_beside_its_field(
    desk: Desk, furnished: Furnished
) -> None:
    page = desk.page(furnished.technician)
    page.goto(f"/c/{furnished.full}/models/")
    page.locator("tbody input[name=models]").first.check()
    page.locator(".bulk-more > summary").click()
    page.locator("#bulk_review").fill("2020-01-01")
    with page.expect_navigation():
        page.locator("#bulk_review").press("Enter")
    expect(page.locator("[data-error-summary]")).to_contain_text("Choose a day from today on.")
    expect(page.locator("tbody input[name=models]").first).to_be_checked()
    expect(page.locator("[data-ticked]")).to_have_text("1")
    expect(page.locator("#bulk_review")).to_be_visible()  # what is wrong is not folded away


def test_enter_on_a_ticked_row_does_nothing(desk: Desk, furnished: Furnished) -> None:
    keys = Keys(desk.page(furnished.technician))
    # A form that is sent says so before the key is done with; here it is not let go.
    heard = (
        "addEventListener('submit', (sent) => { document.title = 'sent'; sent.preventDefault(); })"
    )
    for url, rows in ((f"/c/{furnished.full}/models/", "models"), ("/fleet/", "clients")):
        keys.page.goto(url)
        keys.page.evaluate(heard)
        box = keys.page.locator(f"tbody input[name={rows}]").first
        box.focus()
        keys.press("Space", "Enter", "Space", "Space", "Enter")
        assert keys.page.title() != "sent"
        expect(box).to_be_checked()
        expect(box).to_be_focused()
        expect(keys.page.locator("[data-ticked]")).to_have_text("1")


def test_enter_on_a_ticked_row_without_scripts_asks_what_to_do(
    desk: Desk, furnished: Furnished
) -> None:
    page = desk.page(furnished.technician, scripts=False)
    for url, rows in ((f"/c/{furnished.full}/models/", "models"), ("/fleet/", "clients")):
        page.goto(url)
        page.locator(f"tbody input[name={rows}]").first.check()
        with page.expect_navigation():
            page.locator(f"tbody input[name={rows}]").first.press("Enter")
        expect(page.locator("main")).to_contain_text("Choose what to do.")
        expect(page.locator(f"tbody input[name={rows}]").first).to_be_checked()
