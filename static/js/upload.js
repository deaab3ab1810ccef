/* File fields: drop, name and size, progress while the form travels. The form itself is posted by
   htmx (hx-boost on a multipart form), so it also works without this file and without scripts. */
(function () {
  "use strict";

  const UNITS = ["bytes", "KB", "MB", "GB"];

  function sizeInWords(bytes) {
    let value = bytes;
    let unit = 0;
    while (value >= 1024 && unit < UNITS.length - 1) {
      value /= 1024;
      unit += 1;
    }
    return `${unit ? value.toFixed(1) : value} ${UNITS[unit]}`;
  }

  function show(input) {
    const drop = input.closest("[data-drop]");
    const line = drop && drop.querySelector("[data-drop-file]");
    if (!line) return;
    const file = input.files[0];
    const limit = Number(input.dataset.maxBytes || 0);
    drop.classList.toggle("is-filled", Boolean(file));
    line.hidden = !file;
    line.textContent = file ? `${file.name}, ${sizeInWords(file.size)}` : "";
    const tooLarge = file && limit && file.size > limit;
    input.setCustomValidity(
      tooLarge ? `This file has ${sizeInWords(file.size)}; at most ${sizeInWords(limit)} fit.` : "",
    );
    if (tooLarge) input.reportValidity();
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches('[data-drop] input[type="file"]')) show(event.target);
  });

  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      const drop = event.target.closest("[data-drop]");
      if (!drop) return;
      event.preventDefault();
      drop.classList.add("is-over");
    });
  }
  document.addEventListener("dragleave", (event) => {
    const drop = event.target.closest("[data-drop]");
    if (drop && !drop.contains(event.relatedTarget)) drop.classList.remove("is-over");
  });
  document.addEventListener("drop", (event) => {
    const drop = event.target.closest("[data-drop]");
    if (!drop) return;
    event.preventDefault();
    drop.classList.remove("is-over");
    const input = drop.querySelector('input[type="file"]');
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });

  function busy(form, isBusy) {
    form.querySelectorAll('button[type="submit"]').forEach((button) => {
      button.setAttribute("aria-disabled", String(isBusy));
    });
    const box = form.querySelector("[data-upload-progress]");
    if (box) box.hidden = !isBusy;
  }

  const uploadOf = (event) =>
    event.target instanceof Element ? event.target.closest("form[data-upload]") : null;

  document.addEventListener("submit", (event) => {
    const form = uploadOf(event);
    if (form && form.querySelector('[aria-disabled="true"]')) event.preventDefault();
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = uploadOf(event);
    if (form) busy(form, true);
  });
  document.addEventListener("htmx:xhr:progress", (event) => {
    const form = uploadOf(event);
    const box = form && form.querySelector("[data-upload-progress]");
    if (!box || !event.detail.lengthComputable) return;
    const { loaded, total } = event.detail;
    box.querySelector("progress").value = loaded / total;
    box.querySelector("[data-upload-words]").textContent =
      loaded < total
        ? `${sizeInWords(loaded)} of ${sizeInWords(total)} sent`
        : "Sent. The file is being checked…";
  });
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      const form = uploadOf(event);
      if (!form) return;
      busy(form, false);
      const failed = form.querySelector("[data-upload-failed]");
      if (failed) failed.hidden = false;
    });
  }
})();
