// Nothing typed is lost: drafts of forms that chart. Decision 0021.
(() => {
  const { csrf, lock } = window.center;
  const headers = () => ({ "X-CSRFToken": csrf(), "HX-Request": "true" });

  // --- Drafts: what stands in form[data-draft] is kept at that address, two seconds after the last key, on leaving a
  // field, and when the page goes. What could not be kept is tried again. --------------------------------------------
  const typing = new Map(); // form -> timer
  const soon = (form, milliseconds) => {
    clearTimeout(typing.get(form));
    typing.set(form, setTimeout(() => keep(form), milliseconds));
  };
  const done = (form) => { clearTimeout(typing.get(form)); typing.delete(form); };
  const keep = async (form, leaving = false) => {
    done(form);
    if (!form.isConnected) return;
    const body = new URLSearchParams(new FormData(form));
    body.set("draft_form", form.getAttribute("action"));
    body.set("draft_title", form.dataset.draftTitle);
    try {
      const answer = await fetch(form.dataset.draft, { method: "POST", headers: headers(), body, keepalive: leaving });
      if (answer.status === 401 || answer.status === 423) { soon(form, 5000); return lock(answer.status === 401); }
      const said = form.querySelector("[data-kept]");
      if (said && answer.status !== 404) said.innerHTML = await answer.text();
    } catch {
      if (leaving) return;
      soon(form, 5000);
      document.dispatchEvent(new Event("center:down"));
    }
  };
  const drafted = (event) => event.target.closest?.("form[data-draft]");
  document.addEventListener("input", (event) => { const form = drafted(event); if (form) soon(form, 2000); });
  document.addEventListener("focusout", (event) => { const form = drafted(event); if (form && typing.has(form)) keep(form); });
  document.addEventListener("submit", (event) => { if (typing.has(event.target)) done(event.target); });
  document.body.addEventListener("htmx:beforeRequest", (event) => { // a button of the form, with its own address
    const form = drafted(event);
    if (form && event.detail.requestConfig.verb === "post") done(form);
  });
  document.body.addEventListener("htmx:afterSwap", (event) => { // refused: what was typed too quickly to be kept
    if (event.detail.xhr?.status < 400) return;
    document.querySelectorAll("form[data-draft]").forEach((form) => { if (event.target.contains(form)) keep(form); });
  });
  const keepAll = () => [...typing.keys()].forEach((form) => keep(form, true));
  addEventListener("pagehide", keepAll);
  document.addEventListener("visibilitychange", () => { if (document.hidden) keepAll(); });
  document.addEventListener("center:unlocked", () => [...typing.keys()].forEach((form) => keep(form)));
})();
