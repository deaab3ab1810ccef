"""Somebody at a keyboard without a mouse: walks by Tab, looks where the focus is, types."""

from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

# What a screen reader calls the thing that has the focus, and whether it can be seen there.
_FOCUSED = """async () => {
    const it = document.activeElement;
    const inSight = () => {
        const box = it.getBoundingClientRect();
        return box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight;
    };
    // It is scrolled to and comes out within some frames, with motion reduced as well.
    for (let frame = 0; frame < 2 || (frame < 60 && !inSight()); frame += 1)
        await new Promise(requestAnimationFrame);
    const flat = text => (text || "").replace(/\\s+/g, " ").trim();
    const labels = it.labels ? [...it.labels].map(label => flat(label.innerText)).join(" ") : "";
    const ringed = one => {
        const style = getComputedStyle(one);
        return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0
            || style.boxShadow !== "none";
    };
    return {
        name: flat(it.getAttribute("aria-label")) || labels || flat(it.innerText) || flat(it.value),
        kind: it.tagName.toLowerCase() + (it.type ? ":" + it.type : ""),
        group: it.type === "radio" ? it.name : "",
        // Inside a date it is the browser that marks the part, and the button of its calendar.
        ringed: ringed(it) || [...it.labels || []].some(ringed) || it.type === "date",
        shown: inSight(),
    };
}"""


@dataclass(frozen=True)
class Focus:
    name: str
    kind: str
    group: str


@dataclass
class Keys:
    """Presses keys only; complains where the focus cannot be seen on the way."""

    page: Page

    def __post_init__(self) -> None:
        # Somebody listens all the time: a listener that comes and goes with each file reaches the
        # browser behind the key that is pressed for it, and the choice of a file is then missed.
        self.page.on("filechooser", lambda _chooser: None)

    def focus(self) -> Focus:
        told = self.page.evaluate(_FOCUSED)
        if told["kind"] != "body":
            assert told["ringed"], (
                f"no ring at {told['name']!r} ({told['kind']}) at {self.page.url}"
            )
            assert told["shown"], f"out of sight: {told['name']!r} at {self.page.url}"
        return Focus(told["name"], told["kind"], told["group"])

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def reach(self, wanted: str, kind: str | tuple[str, ...] = "", *, most: int = 120) -> Focus:
        """Press Tab until something whose name begins so has the focus, or stay where it is."""
        here = self.focus()
        if kind and here.name.startswith(wanted) and here.kind.startswith(kind):
            return here
        passed = []
        for _ in range(most):
            self.press("Tab")
            here = self.focus()
            passed.append(here.name)
            if here.name.startswith(wanted) and here.kind.startswith(kind):
                return here
        raise AssertionError(f"{wanted!r} is not reached at {self.page.url}: {passed}")

    def follow(self, wanted: str) -> None:
        """Walk to a link or button and press Enter; wait for the page that comes."""
        self.reach(wanted)
        with self.page.expect_navigation():
            self.press("Enter")

    def write(self, label: str, text: str) -> None:
        self.reach(label, ("input", "textarea"))
        self.page.keyboard.type(text)

    def choose(self, label: str, option: str) -> None:
        """Pick from a list by its first letters, as a list of the browser's own is used."""
        here = self.reach(label, "select")
        self.page.keyboard.type(option)
        chosen: str = self.page.evaluate("document.activeElement.selectedOptions[0].innerText")
        assert chosen.strip().startswith(option), (here, chosen)

    def tick(self, label: str) -> None:
        self.reach(label, "input:checkbox")
        self.press("Space")
        assert self.page.evaluate("document.activeElement.checked") is True

    def pick(self, label: str, *, most: int = 12) -> None:
        """Enter a group of choices by Tab and go through them by arrows until this one is on."""
        for _ in range(120):
            self.press("Tab")
            here = self.focus()
            if here.kind != "input:radio":
                continue
            for _ in range(most):
                self.press("Space")
                if self.focus().name.startswith(label):
                    return
                self.press("ArrowDown")
        raise AssertionError(f"{label!r} is not among the choices at {self.page.url}")

    def unfold(self, summary: str) -> None:
        """Open what is folded under this word."""
        self.reach(summary, "summary")
        self.press("Enter")
        assert self.page.evaluate("document.activeElement.parentElement.open") is True

    def attach(self, label: str, file: Path) -> None:
        """Walk to the field; what Space opens there belongs to the system, not to the page."""
        self.reach(label, "input:file")
        with self.page.expect_file_chooser() as opened:
            self.press("Space")
        opened.value.set_files(file)
