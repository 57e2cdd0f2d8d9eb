// No line: the page says so, and what is written down at a chair waits on this device until it is sent, once and in
// its order. Only forms with data-queue wait: those that ask no rule before they are done. Decision 0023.
(() => {
  const { csrf, lock } = window.center;
  const line = document.getElementById("line");
  if (!line) return;
  const words = line.querySelector("p"), list = line.querySelector("ul"), me = line.dataset.user;
  const PLACE = "center.waiting", PROBE = 5000;
  const ANSWER = 10000; // milliseconds: a line that falls silent refuses nothing, and would be waited for for minutes
  const read = () => JSON.parse(localStorage.getItem(PLACE) || "[]");
  const write = (rows) => (rows.length ? localStorage.setItem(PLACE, JSON.stringify(rows)) : localStorage.removeItem(PLACE));
  const wall = (moment) => new Date(moment).toLocaleTimeString("en-GB", { timeZone: line.dataset.zone || undefined, hour: "2-digit", minute: "2-digit" });

  // --- The banner ------------------------------------------------------------------------------------------
  let down = 0; // since when, in milliseconds
  const item = (row) => {
    const one = document.createElement("li");
    one.textContent = `${row.title}, ${row.who}, ${wall(row.tapped)}`;
    if (row.stuck) one.textContent += `: not sent. ${row.stuck} It is kept on this device.`;
    if (!row.refused) return one;
    one.textContent += `: not written. ${row.refused} It stands under “Typed and not sent”. `;
    const chart = document.createElement("a"), seen = document.createElement("button");
    chart.href = row.chart;
    chart.textContent = "Open the chart";
    seen.type = "button";
    seen.className = "btn btn-sm btn-outline-secondary";
    seen.textContent = "OK";
    seen.addEventListener("click", () => { drop(row.key); show(); });
    one.append(chart, seen);
    return one;
  };
  const show = () => {
    const rows = read(), mine = rows.filter((row) => row.user === me);
    const others = new Set(rows.filter((row) => row.user !== me).map((row) => row.name));
    const said = [];
    if (down) said.push(`No connection since ${wall(down)}. What you write down at a chair is kept on this device and sent when it is back.`);
    else if (mine.some((row) => !row.refused && !row.stuck)) said.push("Being sent:");
    if (others.size) said.push(`What ${[...others].join(" and ")} wrote down here waits until they sign in on this device.`);
    words.textContent = said.join(" ");
    list.replaceChildren(...mine.map(item));
    line.hidden = !said.length && !mine.length;
  };
  const drop = (key) => write(read().filter((row) => row.key !== key));
  const note = (key, facts) => write(read().map((row) => (row.key === key ? { ...row, ...facts } : row)));
  addEventListener("storage", (event) => { if (event.key === PLACE) show(); }); // another tab has sent some

  // --- Down and up again -----------------------------------------------------------------------------------
  let next; // one timer: each "online" of a line that flickers would start another round
  const later = (what) => { clearTimeout(next); next = setTimeout(what, PROBE); };
  const fall = () => { if (!down) { down = Date.now(); later(probe); } show(); };
  const rise = () => { down = 0; clearTimeout(next); center.say(""); show(); send(); };
  const probe = async () => {
    if (!down) return;
    later(probe);
    try {
      if ((await fetch(line.dataset.probe, { cache: "no-store", signal: AbortSignal.timeout(PROBE) })).ok && down) rise();
    } catch { /* still down */ }
  };
  addEventListener("offline", fall);
  addEventListener("online", probe);
  document.addEventListener("center:down", fall); // a draft could not be kept
  document.body.addEventListener("htmx:afterOnLoad", () => { if (down) rise(); });

  // --- Into the queue --------------------------------------------------------------------------------------
  const tappedAt = new WeakMap(); // by form: an answer may be long in not coming
  document.body.addEventListener("htmx:beforeRequest", ({ detail }) => tappedAt.set(detail.elt, Date.now()));
  document.body.addEventListener("htmx:configRequest", ({ detail }) => {
    // Not for acts that must not wait here: whoever starts a drug waits for what the rules say.
    if (detail.verb === "get" || detail.elt.matches("form[data-queue]")) detail.timeout = ANSWER;
  });
  const failed = ({ detail }) => {
    const form = detail.elt;
    fall();
    if (form.matches("form[data-queue]")) return wait(form);
    const card = form.closest(".chair-card");
    if (card && detail.requestConfig.verb === "get" && !form.hasAttribute("hx-headers")) offer(card);
  };
  for (const event of ["htmx:sendError", "htmx:timeout"]) document.body.addEventListener(event, failed);
  const wait = (form) => {
    const typed = new FormData(form), key = typed.get("form_key");
    typed.delete("csrfmiddlewaretoken");
    const row = {
      key, user: me, name: line.dataset.userName, url: form.getAttribute("action"), body: new URLSearchParams(typed).toString(),
      title: form.dataset.draftTitle, who: form.dataset.queueWho, draft: form.dataset.draft, chart: form.dataset.queueChart, tapped: tappedAt.get(form) || Date.now(),
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
  // One tab at a time. What was sent and not answered is sent again: its key makes it one entry. An entry leaves this
  // device when the server has it, as an entry or as a draft, and not before: whatever else it answers, it is kept.
  const send = () => navigator.locks.request(PLACE, async () => {
    const held = new Set(); // visits whose entries wait for an earlier one: their order stays
    for (const row of read()) {
      if (row.user !== me || row.refused || held.has(row.draft)) continue;
      let status;
      try { status = await sendOne(row); } catch { return fall(); }
      if (status === 401 || status === 423) return lock(status === 401);
      if (status >= 500) held.add(row.draft);
      show();
    }
    if (held.size && !down) later(send); // while it is down the probe has the timer
  });
  const sendOne = async (row) => {
    const answer = await post(row.url, row);
    if (answer.ok) drop(row.key);
    else if (answer.status === 409 || answer.status === 422) return refused(row, await answer.text());
    else stuck(row, answer.status);
    return answer.status;
  };
  const stuck = (row, status) => {
    const why = status >= 500 ? "The server has trouble with it; it is tried again." : "This page is old, or not for you at this site: load it again.";
    note(row.key, { stuck: why });
  };
  const post = (url, row, more = {}) => {
    const body = new URLSearchParams(row.body);
    body.set("tapped_ago", Math.max(0, Math.round((Date.now() - row.tapped) / 1000)));
    Object.entries(more).forEach(([name, value]) => body.set(name, value));
    const headers = { "X-CSRFToken": csrf(), "HX-Request": "true" };
    // A page one is sent on to is not the answer of the form.
    return fetch(url, { method: "POST", headers, body, redirect: "manual", signal: AbortSignal.timeout(ANSWER) });
  };
  // What happened to the draft: only one that is kept lets go of what was typed.
  const refused = async (row, page) => {
    const said = new DOMParser().parseFromString(page, "text/html").querySelector(".problem, .invalid-feedback");
    const why = said?.textContent.trim() || "It was refused.";
    const kept = await post(row.draft, row, { draft_form: row.url, draft_title: row.title });
    if (kept.ok) note(row.key, { body: "", refused: why, stuck: "" });
    else note(row.key, { stuck: why });
    return kept.status;
  };
  document.addEventListener("center:unlocked", send);
  const unsent = () => read().filter((row) => row.user === me && !row.refused);
  let leaving = false; // who was asked once is not asked again
  document.querySelector("[data-sign-out]")?.addEventListener("submit", (event) => {
    const left = unsent().length;
    leaving = !left || confirm(`${left} of your entries wait on this device and are sent only when you sign in here again. Sign out?`);
    if (!leaving) event.preventDefault();
  });
  addEventListener("beforeunload", (event) => { // one that is stuck asks for a load of the page
    if (!leaving && unsent().some((row) => !row.stuck)) event.preventDefault();
  });

  show();
  send();
})();
