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
    const ctrlAlt = (event.ctrlKey || event.metaKey) && event.altKey;
    const switcher = document.querySelector("[data-client-switcher]");
    if (ctrlAlt && event.key.toLowerCase() === "k" && switcher) {
      event.preventDefault();
      openMenu(switcher);
    }
  });

  /* a list in a menu, narrowed while typing */
  function narrow(field) {
    const wanted = field.value.trim().toLowerCase();
    document.querySelectorAll(`#${CSS.escape(field.dataset.filters)} > li`).forEach((item) => {
      item.hidden = !item.textContent.toLowerCase().includes(wanted);
    });
  }
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-filters]")) narrow(event.target);
  });
  document.addEventListener("htmx:afterSettle", () => {
    document.querySelectorAll("[data-filters]").forEach(narrow); // typed before the list came
  });

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

  /* on a narrow screen the tabs scroll sideways: the current one comes into view */
  function showCurrentTab() {
    document.querySelectorAll(".tabs [aria-current]").forEach((tab) => {
      const bar = tab.closest(".tabs");
      bar.scrollLeft = tab.offsetLeft - bar.offsetLeft - (bar.clientWidth - tab.offsetWidth) / 2;
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    showCurrentTab();
    focusErrors(document);
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    announce(document);
    if (event.detail.elt !== document.body) return;
    showCurrentTab();
    focusErrors(document);
  });
})();
