/* Asks the browser for a passkey and sends the answer with the form: data-passkey="create" makes a
   new one, "get" uses one with the options in the page, "fetch" asks the server for the options
   first. Words for failures are attributes of the form. */
(function () {
  "use strict";

  async function options(form) {
    if (form.dataset.passkey === "fetch") {
      const reply = await fetch(form.action, { headers: { Accept: "application/json" } });
      if (!reply.ok) throw new Error(`${reply.status}`);
      return (await reply.json()).request_options;
    }
    return JSON.parse(form.querySelector('script[type="application/json"]').textContent);
  }

  /* alone: the key itself remembers whose it is, and checks fingerprint, face or PIN */
  function choose(asked, alone) {
    const wanted = asked.publicKey.authenticatorSelection;
    wanted.residentKey = alone ? "required" : "discouraged";
    wanted.requireResidentKey = alone;
    if (alone) wanted.userVerification = "required";
  }

  function words(form, error) {
    if (error.name === "NotAllowedError" || error.name === "AbortError") return form.dataset.stopped;
    if (error.name === "InvalidStateError") return form.dataset.known;
    if (error.name === "SecurityError" || error.name === "NotSupportedError") return form.dataset.unable;
    return form.dataset.failed;
  }

  async function ask(form) {
    const asked = await options(form);
    if (form.dataset.passkey !== "create") return window.webauthnJSON.get(asked);
    const alone = form.querySelector('[name="passwordless"]');
    choose(asked, alone !== null && alone.checked);
    return window.webauthnJSON.create(asked);
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-passkey]");
    if (!form) return;
    event.preventDefault();
    const said = form.querySelector("[data-passkey-error]");
    const button = form.querySelector('button[type="submit"]');
    said.hidden = true;
    if (!window.PublicKeyCredential) {
      said.textContent = form.dataset.unable;
      said.hidden = false;
      return;
    }
    button.disabled = true;
    try {
      const credential = form.querySelector('[name="credential"]');
      credential.value = JSON.stringify(await ask(form));
      form.submit(); // past this listener
    } catch (error) {
      said.textContent = words(form, error);
      said.hidden = false;
      button.disabled = false;
    }
  });
})();
