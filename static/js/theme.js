/* Runs before the first paint: the chosen theme, and the mark that scripts run. */
(function () {
  "use strict";
  const root = document.documentElement;
  const KEY = "mia-theme";

  function stored() {
    try {
      return localStorage.getItem(KEY) || "system";
    } catch {
      return "system"; // storage may be blocked; the page then follows the system
    }
  }

  function apply(choice) {
    if (choice === "light" || choice === "dark") root.dataset.theme = choice;
    else delete root.dataset.theme;
    document.querySelectorAll("[data-theme-choice]").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
    });
    document.dispatchEvent(new CustomEvent("mia:theme"));
  }

  function choose(choice) {
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      /* the choice then lasts for this page only */
    }
    apply(choice);
  }

  root.classList.add("js");
  apply(stored());
  document.addEventListener("DOMContentLoaded", () => apply(stored()));
  document.addEventListener("htmx:load", () => apply(stored()));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice]");
    if (button) choose(button.dataset.themeChoice);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => apply(stored()));

  /* On paper: light, and the numbers of charts open; afterwards as it was. */
  const FOLDED = ".chart-data:not([open]), .disclosure-card:not([open])";
  let unfolded = [];

  window.addEventListener("beforeprint", () => {
    const found = [...document.querySelectorAll(FOLDED)];
    found.forEach((one) => (one.open = true));
    unfolded = unfolded.concat(found);
    root.dataset.theme = "light";
    document.dispatchEvent(new CustomEvent("mia:theme"));
  });
  window.addEventListener("afterprint", () => {
    unfolded.forEach((one) => (one.open = false));
    unfolded = [];
    apply(stored());
  });

  window.miaTheme = {
    isDark() {
      const theme = root.dataset.theme;
      return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    },
  };
})();
