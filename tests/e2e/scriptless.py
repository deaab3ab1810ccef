"""What is left of a page where no script runs: what can be read there, and what still works."""

from playwright.sync_api import Page

# Everything is asked for at once, of the page as it stands. A part of a folded `details` counts as
# seen: it opens without a script. What only a script shows, or hides, is as the page left it.
_BROKEN = r"""() => {
    const wholly = {visibilityProperty: true, opacityProperty: true};
    const seen = one => one !== null && one.checkVisibility(wholly);
    const every = place => [...document.querySelectorAll(place)];
    const told = one => one.outerHTML.replace(/\s+/g, " ").slice(0, 160);
    const words = one => one ? one.innerText.trim() : "";
    const found = [];
    const say = (what, ones) => found.push(...ones.map(one => `${what}: ${told(one)}`));

    // Charts that a script draws: nothing of them but their numbers, which stand open.
    const frames = every("[data-chart-frame]");
    say("a chart that is not drawn takes room", every("[data-chart-canvas]").filter(seen));
    say("a chart without its open table", frames.filter(frame => {
        const table = frame.querySelector("[data-chart-table][open] table");
        return !table || !seen(table) || !table.tBodies[0].rows.length;
    }));

    every("details").forEach(one => { one.open = true; });
    say("a picture without its table", every("[data-chart-table]").filter(
        one => !one.querySelector("tbody tr") || !seen(one.querySelector("table"))));
    const heads = every("h1").filter(one => seen(one) && words(one));
    if (heads.length !== 1) found.push(`${heads.length} headings`);
    const main = document.querySelector("main");
    if (!main || words(main).length <= words(main.querySelector("h1")).length)
        found.push("no content below the heading");
    say("an open dialog", every("dialog").filter(seen));

    // What looks as if it did something, and needs a script for it.
    const target = one => document.getElementById(one.getAttribute("href").slice(1));
    const jumps = one => one.matches("a[href^='#']");
    const leads = one => one.matches("a[href]") && !jumps(one);
    const sends = one => one.matches("button, input") && one.type === "submit" && one.form;
    const works = one => leads(one) || sends(one) || (jumps(one) && seen(target(one)));
    const buttons = "button, input[type=button], [role=button], [role=menuitem], a.button";
    say("a dead button", every(buttons).filter(one => seen(one) && !works(one) && !one.disabled));
    say("a link without a place", every("a:not([href])").filter(one => seen(one)));
    say("a link to nothing on this page", every("a[href^='#']").filter(
        one => seen(one) && !seen(target(one))));
    say("opens a dialog and nothing else", every("[data-dialog-open], [data-search-open]").filter(
        one => seen(one) && !leads(one) && !sends(one)
            && !(jumps(one) && seen(target(one)) && target(one).closest(".no-js-only"))));

    // What is fetched by a script can be had by a form, or by a link at the same place.
    const button = form => [...form.elements].some(one => seen(one) && sends(one));
    const box = form => [...form.elements].find(one => one.type === "checkbox" && seen(one));
    // What is done with ticked rows comes out once there is one.
    every("form").filter(form => !button(form) && box(form)).forEach(
        form => { box(form).checked = true; });
    const asks = every("[hx-get], [hx-post], [hx-put], [hx-patch], [hx-delete]");
    say("fetches by script alone", asks.filter(one => seen(one) && !works(one)
        && !(one.matches("form") && button(one)) && !(one.form && button(one.form))
        && ![...one.querySelectorAll("a[href]")].some(seen)));
    say("a form without its button", every("form").filter(form => !button(form)
        && [...form.elements].some(one => seen(one) && one.type !== "hidden")));
    say("a field of no form", every("input, select, textarea").filter(
        one => seen(one) && one.type !== "hidden" && !one.form));

    // What the page is for can be reached by the keyboard, where it has anything of the kind.
    const first = every("main .button-primary").filter(one => !one.closest("dialog"));
    if (first.length && !first.some(one =>
        seen(one) && works(one) && !one.disabled && one.tabIndex >= 0))
        found.push(`no primary action is to be had: ${told(first[0])}`);
    return found;
}"""


def broken(page: Page, name: str) -> list[str]:
    """What of a page needs a script, beside its charts, and has no other way."""
    found: list[str] = page.evaluate(_BROKEN)
    return [f"{name}, {one}" for one in found]
