// Passkeys need a script: the browser offers them to nothing else. A form with
// data-passkey asks the server for a question, the passkey for its answer, and
// sends that as any form is sent. Where the browser has no passkeys the form
// stays as it came, and says so.
"use strict";

(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) {
    return;
  }

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const ceremonies = {
    get: async (question) => {
      question.challenge = bytes(question.challenge);
      for (const c of question.allowCredentials || []) {
        c.id = bytes(c.id);
      }
      const made = await navigator.credentials.get({ publicKey: question });
      return [made, {
        clientDataJSON: text(made.response.clientDataJSON),
        authenticatorData: text(made.response.authenticatorData),
        signature: text(made.response.signature),
        userHandle: made.response.userHandle ? text(made.response.userHandle) : undefined,
      }];
    },
    create: async (question) => {
      question.challenge = bytes(question.challenge);
      question.user.id = bytes(question.user.id);
      for (const c of question.excludeCredentials || []) {
        c.id = bytes(c.id);
      }
      const made = await navigator.credentials.create({ publicKey: question });
      return [made, {
        clientDataJSON: text(made.response.clientDataJSON),
        attestationObject: text(made.response.attestationObject),
        transports: made.response.getTransports ? made.response.getTransports() : [],
      }];
    },
  };

  const answer = async (form) => {
    const asked = await fetch(form.dataset.ask, {
      method: "POST",
      headers: { "X-CSRF-Token": form.elements.csrf.value, Accept: "application/json" },
    });
    if (!asked.ok || asked.redirected) {
      throw new Error("the question did not come: " + asked.status);
    }
    const [made, response] = await ceremonies[form.dataset.passkey]((await asked.json()).publicKey);
    form.elements.answer.value = JSON.stringify({
      id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: made.getClientExtensionResults(),
    });
    form.submit();
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.querySelector("[data-passkey-with]").hidden = false;
    form.querySelector("[data-passkey-without]").hidden = true;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const failed = form.querySelector("[data-passkey-failed]");
      failed.hidden = true;
      answer(form).catch(() => {
        failed.hidden = false;
      });
    });
  }
})();
