/* A colour picker beside a text field: either of them shows what the other one has. */
(function () {
  "use strict";

  const COLOUR = /^#[0-9a-f]{6}$/i;

  document.addEventListener("input", (event) => {
    const picker = event.target.closest("[data-colour-of]");
    if (picker) {
      document.getElementById(picker.dataset.colourOf).value = picker.value;
      return;
    }
    const beside = document.querySelector(`[data-colour-of="${CSS.escape(event.target.id)}"]`);
    if (!beside) return;
    const typed = event.target.value.trim();
    if (!typed) beside.value = beside.dataset.colourEmpty;
    else if (COLOUR.test(typed)) beside.value = typed.toLowerCase();
  });
})();
