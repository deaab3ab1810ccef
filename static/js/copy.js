/* Puts a block of text on the clipboard; the button says so for a moment. */
(function () {
  "use strict";

  const SHOWN_MS = 2000;

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch {
      // without a secure connection there is no clipboard: select it, so that Ctrl+C takes it
      window.getSelection().selectAllChildren(source);
      return;
    }
    const words = button.textContent;
    button.textContent = button.dataset.copied;
    setTimeout(() => {
      button.textContent = words;
    }, SHOWN_MS);
  });
})();
