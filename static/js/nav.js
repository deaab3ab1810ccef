/* Menus, dialogs, shortcuts, messages, announcements. Everything listens on the document, so it
   also serves what HTMX brings in later. Without this file menus open, forms post, links lead. */
(function () {
  "use strict";

  const closeMenus = (except) =>
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (menu !== except) menu.open = false;
    });

  function openMenu(menu) {
    menu.open = true;
    const field = menu.querySelector("input, a, button");
    if (field) field.focus();
  }

  document.addEventListener("click", (event) => {
    closeMenus(event.target.closest("details.menu"));

    const opener = event.target.closest("[data-dialog-open]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialogOpen);
      if (dialog) {
        event.preventDefault(); // the opener may be a link to the confirmation page
        dialog.showModal();
      }
    }
    if (event.target.closest("[data-search-open]") && openSearch()) event.preventDefault();
    const closer = event.target.closest("[data-dialog-close]");
    if (closer) closer.closest("dialog").close();
    if (event.target.matches("dialog.dialog")) event.target.close(); // the backdrop

    const dismiss = event.target.closest("[data-dismiss]");
    if (dismiss) dismiss.closest(".message").remove();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = document.querySelector("details.menu[open]");
      if (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
      return;
    }
    const isK = event.key.toLowerCase() === "k" || event.code === "KeyK";
    const control = event.ctrlKey || event.metaKey;
    const switcher = document.querySelector("[data-client-switcher]");
    if (control && event.altKey && isK && switcher) {
      event.preventDefault();
      openMenu(switcher);
    } else if ((control && !event.altKey && isK) || (event.key === "/" && !isTyping(event.target))) {
      if (openSearch()) event.preventDefault();
    }
  });

  const isTyping = (element) =>
    element.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName);

  function openSearch() {
    const dialog = document.querySelector("[data-search]");
    if (!dialog || document.querySelector("dialog[open]")) return false;
    dialog.showModal();
    dialog.querySelector("input").select();
    return true;
  }

  /* up and down between the field and what it found; Enter opens the first that a list is narrowed to */
  document.addEventListener("keydown", (event) => {
    const box = event.target.closest("[data-search], [data-client-switcher] > .menu-panel");
    if (!box) return;
    if (event.key === "Enter" && event.target.matches("[data-filters]") && event.target.value.trim()) {
      const first = box.querySelector("li:not([hidden]) > a");
      if (first) first.click();
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const stops = [...box.querySelectorAll("input, a")].filter((stop) => !stop.closest("[hidden]"));
    const step = event.key === "ArrowDown" ? 1 : -1;
    const next = stops[stops.indexOf(document.activeElement) + step];
    event.preventDefault();
    if (next) next.focus();
  });

  /* a list in a menu, narrowed while typing */
  function narrow(field) {
    const wanted = field.value.trim().toLowerCase();
    const listed = [...document.querySelectorAll(`#${CSS.escape(field.dataset.filters)} > li`)];
    listed.forEach((item) => {
      item.hidden = !item.textContent.toLowerCase().includes(wanted);
    });
    const nothing = field.parentElement.querySelector("[data-nothing]");
    if (nothing) nothing.hidden = !listed.length || listed.some((item) => !item.hidden);
    const whole = field.parentElement.querySelector("[data-whole]"); // what leads to all of them
    if (whole) whole.hidden = wanted !== "";
  }
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-filters]")) narrow(event.target);
  });
  document.addEventListener("htmx:afterSettle", () => {
    document.querySelectorAll("[data-filters]").forEach(narrow); // typed before the list came
  });

  /* Enter in a field below a list presses the button beside it; on a box of the list it does nothing */
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    if (!event.target.matches('.bulk-way input, input[type="checkbox"][form="bulk"]')) return;
    event.preventDefault();
    const way = event.target.closest(".bulk-way");
    if (way) way.querySelector("button").click();
  });

  /* one box that ticks every box of its name on the page */
  document.addEventListener("change", (event) => {
    const all = event.target.closest("[data-ticks]");
    if (all) {
      document.getElementsByName(all.dataset.ticks).forEach((box) => {
        if (box.type === "checkbox") box.checked = all.checked;
      });
    }
    countTicked();
  });
  function countTicked() {
    document.querySelectorAll("[data-ticked]").forEach((place) => {
      const boxes = [...document.getElementsByName(place.dataset.ticked)];
      place.textContent = String(boxes.filter((box) => box.checked).length);
    });
  }
  window.addEventListener("pageshow", countTicked); // boxes that are ticked when the page comes

  /* one live region outlives every swap; it speaks only when the words change */
  let spoken = "";
  function announce(root) {
    const source = root.querySelector("[data-announce]");
    const region = document.getElementById("live-region");
    if (!source || !region) return;
    const words = source.textContent.replace(/\s+/g, " ").trim();
    if (words && words !== spoken) {
      spoken = words;
      region.textContent = words;
    }
  }

  function focusErrors(root) {
    const errors = root.querySelector("[data-error-summary]");
    if (errors) errors.focus();
  }

  /* A form that comes back with what is wrong is the answer to what was sent, and no cache keeps it:
     going back to it would end in an error of the browser. So it is a visit to its own page. */
  function becomeVisit() {
    const sentFrom = document.referrer.split(/[?#]/)[0];
    if (document.querySelector("[data-error-summary]") && sentFrom === location.origin + location.pathname)
      history.replaceState(history.state, "", location.href);
  }

  /* on a narrow screen tabs and the list of settings scroll sideways: the current one comes into view */
  function showCurrentTab() {
    document.querySelectorAll(":is(.tabs, .side-nav) [aria-current]").forEach((tab) => {
      const bar = tab.closest(".tabs, .side-nav");
      bar.scrollLeft = tab.offsetLeft - bar.offsetLeft - (bar.clientWidth - tab.offsetWidth) / 2;
    });
  }

  /* a wide picture scrolls sideways, and fades where there is more of it; one that runs through time
     begins at its end, which is today */
  function fade(picture) {
    const { scrollLeft, clientWidth, scrollWidth } = picture;
    picture.toggleAttribute("data-more-before", scrollLeft > 1);
    picture.toggleAttribute("data-more-after", scrollLeft + clientWidth < scrollWidth - 1);
  }

  function showPresent() {
    document.querySelectorAll(".picture-wide").forEach((picture) => {
      // whoever has scrolled back stays there
      const isAtEnd = !picture.hasAttribute("data-more-after");
      if (picture.hasAttribute("data-from-end") && isAtEnd) picture.scrollLeft = picture.scrollWidth;
      fade(picture);
    });
  }

  // neither of the two bubbles
  document.addEventListener("scroll", ({ target }) => {
    if (target instanceof Element && target.matches(".picture-wide")) fade(target);
  }, true);
  document.addEventListener("toggle", showPresent, true);

  // a phone that is turned
  window.addEventListener("resize", () => {
    showCurrentTab();
    showPresent();
  });
  document.addEventListener("DOMContentLoaded", () => {
    showCurrentTab();
    showPresent();
    focusErrors(document);
    becomeVisit();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    announce(document);
    showPresent();
    if (event.detail.elt !== document.body) return;
    showCurrentTab();
    focusErrors(document);
  });
})();
