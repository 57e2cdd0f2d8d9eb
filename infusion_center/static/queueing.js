// No line: the page says so, and what is written down at a chair waits on this device until it is sent, once and in
// its order. Only forms with data-queue wait: those that ask no rule before they are done. Decision 0023.
(() => {
  const { csrf, lock } = window.center;
  const line = document.getElementById("line");
  if (!line) return;
  const words = line.querySelector("p"), list = line.querySelector("ul"), me = line.dataset.user;
  const PLACE = "center.waiting", PROBE = 5000;
  const read = () => JSON.parse(localStorage.getItem(PLACE) || "[]");
  const write = (rows) => (rows.length ? localStorage.setItem(PLACE, JSON.stringify(rows)) : localStorage.removeItem(PLACE));
  const wall = (moment) => new Date(moment).toLocaleTimeString("en-GB", { timeZone: line.dataset.zone || undefined, hour: "2-digit", minute: "2-digit" });

  // --- The banner ------------------------------------------------------------------------------------------
  let down = 0; // since when, in milliseconds
  const item = (row) => {
    const one = document.createElement("li");
    one.textContent = `${row.title}, ${row.who}, ${wall(row.tapped)}`;
    if (!row.refused) return one;
    one.textContent += `: not written. ${row.refused} It stands under “Typed and not sent”.`;
    const seen = document.createElement("button");
    seen.type = "button";
    seen.className = "btn btn-sm btn-outline-secondary";
    seen.textContent = "OK";
    seen.addEventListener("click", () => { drop(row.key); show(); });
    one.append(seen);
    return one;
  };
  const show = () => {
    const rows = read(), mine = rows.filter((row) => row.user === me);
    const others = new Set(rows.filter((row) => row.user !== me).map((row) => row.name));
    const said = [];
    if (down) said.push(`No connection since ${wall(down)}. What you write down at a chair is kept on this device and sent when it is back.`);
    else if (mine.some((row) => !row.refused)) said.push("Being sent:");
    if (others.size) said.push(`What ${[...others].join(" and ")} wrote down here waits until they sign in on this device.`);
    words.textContent = said.join(" ");
    list.replaceChildren(...mine.map(item));
    line.hidden = !said.length && !mine.length;
  };
  const drop = (key) => write(read().filter((row) => row.key !== key));

  // --- Down and up again -----------------------------------------------------------------------------------
  const fall = () => { if (!down) { down = Date.now(); setTimeout(probe, PROBE); } show(); };
  const rise = () => { down = 0; center.say(""); show(); send(); };
  const probe = async () => {
    if (!down) return;
    try {
      if ((await fetch(line.dataset.probe, { cache: "no-store" })).ok) return rise();
    } catch { /* still down */ }
    setTimeout(probe, PROBE);
  };
  addEventListener("offline", fall);
  addEventListener("online", () => { if (down) probe(); });
  document.body.addEventListener("htmx:afterOnLoad", () => { if (down) rise(); });

  // --- Into the queue --------------------------------------------------------------------------------------
  const tappedAt = new WeakMap(); // by form: an answer may be long in not coming
  document.body.addEventListener("htmx:beforeRequest", ({ detail }) => tappedAt.set(detail.elt, Date.now()));
  document.body.addEventListener("htmx:sendError", ({ detail }) => {
    const form = detail.elt;
    fall();
    if (form.matches("form[data-queue]")) return wait(form);
    const card = form.closest(".chair-card");
    if (card && detail.requestConfig.verb === "get" && !form.hasAttribute("hx-headers")) offer(card);
  });
  const wait = (form) => {
    const typed = new FormData(form), key = typed.get("form_key");
    typed.delete("csrfmiddlewaretoken");
    const row = {
      key, user: me, name: line.dataset.userName, url: form.getAttribute("action"), body: new URLSearchParams(typed).toString(),
      title: form.dataset.draftTitle, who: form.dataset.queueWho, draft: form.dataset.draft, tapped: tappedAt.get(form) || Date.now(),
    };
    if (!read().some((one) => one.key === key)) write([...read(), row]);
    const kept = document.createElement("p");
    kept.className = "alert alert-info";
    kept.textContent = `Kept on this device: ${row.title}, ${wall(row.tapped)}`;
    const card = form.closest(".chair-card");
    form.replaceWith(kept);
    if (card) offer(card);
    center.say("");
    show();
  };

  // --- Forms that are on the page already ------------------------------------------------------------------
  const clone = (template) => template.content.cloneNode(true);
  const offer = (card) => {
    card.querySelectorAll(".strip, form.entry, .offline").forEach((part) => part.remove());
    const place = document.createElement("div");
    place.className = "offline";
    place.append(clone(card.querySelector("template[data-offline]")));
    card.append(place);
  };
  document.addEventListener("click", (event) => {
    const card = event.target.closest(".chair-card");
    if (event.target.matches("[data-offline-close]")) return offer(card);
    const name = event.target.dataset.offlineOpen;
    if (!name) return;
    const place = event.target.closest(".offline");
    place.replaceChildren(clone(card.querySelector(`template[data-offline-form="${CSS.escape(name)}"]`)));
    place.querySelector("[name=form_key]").value = crypto.randomUUID();
    htmx.process(place);
    place.querySelector("input:not([type=hidden]), button").focus();
  });

  // --- Out of the queue ------------------------------------------------------------------------------------
  // One tab at a time. What was sent and not answered is sent again: its key makes it one entry.
  const send = () => navigator.locks.request(PLACE, async () => {
    for (const row of read()) {
      if (row.user !== me || row.refused) continue;
      let answer;
      try { answer = await post(row.url, row); } catch { return fall(); }
      if (answer.status === 401 || answer.status === 423) return lock(answer.status === 401);
      if (answer.status >= 500) return void setTimeout(send, PROBE);
      if (answer.ok) drop(row.key);
      else await refused(row, await answer.text());
      show();
    }
  });
  const post = (url, row, more = {}) => {
    const body = new URLSearchParams(row.body);
    body.set("tapped_ago", Math.max(0, Math.round((Date.now() - row.tapped) / 1000)));
    Object.entries(more).forEach(([name, value]) => body.set(name, value));
    return fetch(url, { method: "POST", headers: { "X-CSRFToken": csrf(), "HX-Request": "true" }, body });
  };
  const refused = async (row, page) => {
    const said = new DOMParser().parseFromString(page, "text/html").querySelector(".problem, .invalid-feedback");
    await post(row.draft, row, { draft_form: row.url, draft_title: row.title });
    const why = said?.textContent.trim() || "It was refused.";
    write(read().map((one) => (one.key === row.key ? { ...one, body: "", refused: why } : one)));
  };
  document.addEventListener("center:unlocked", send);
  document.querySelector("[data-sign-out]")?.addEventListener("submit", (event) => {
    const left = read().filter((row) => row.user === me && !row.refused).length;
    if (left && !confirm(`${left} of your entries wait on this device and are sent only when you sign in here again. Sign out?`)) event.preventDefault();
  });

  show();
  send();
})();
