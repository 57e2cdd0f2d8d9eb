// One small script: CSRF for htmx, the lock, the theme switch, shortcuts, and words when the line is down.
(() => {
  const root = document.documentElement;
  const $ = (selector) => document.querySelector(selector);
  const csrf = () => $('meta[name="csrf-token"]').content;

  document.body.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = csrf();
    // htmx hands hx-headers down to everything inside; only the element that refreshes itself is a refresh.
    if (!event.detail.elt.hasAttribute("hx-headers")) delete event.detail.headers["X-Refresh"];
  });

  // --- Theme ---------------------------------------------------------------------------------------
  $("[data-theme-switch]")?.addEventListener("click", () => {
    const next = root.dataset.bsTheme === "dark" ? "light" : "dark";
    localStorage.setItem("theme", next);
    root.dataset.bsTheme = next;
  });

  // --- Words when a request fails --------------------------------------------------------------------
  const trouble = $("#trouble");
  const say = (text) => {
    trouble.textContent = text;
    trouble.hidden = !text;
  };
  for (const event of ["htmx:sendError", "htmx:timeout"]) {
    document.body.addEventListener(event, () => say("No connection. What you typed is still here."));
  }
  document.body.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    if (status === 423) return lock();
    if (status === 401) return lock(true);
    if (status === 503) return say("The database does not answer just now. What you typed is still here: send it again in a moment.");
    if (status === 403) return say("This is not for your role, or the page is old: load it again.");
    say("That did not work. What you typed is still here; try again or load the page anew.");
  });
  document.body.addEventListener("htmx:afterOnLoad", (event) => {
    if (event.detail.xhr.status < 400) say("");
  });

  // --- A board does not swap under somebody's hands ---------------------------------------------------
  // What a board asked for by itself shows the moment it asked. The answer is dropped when somebody has acted on
  // this page since; while an act that comes from the board or goes into it is on its way, because the act's own
  // answer needs the place it goes to; and under a finger, because a press that loses its button is no click.
  const isRefresh = (event) => event.detail.requestConfig?.headers?.["X-Refresh"];
  const actsWhenAsked = new WeakMap(); // by request of a board
  const underway = new Set(); // [element, target] of every act without an answer
  let acts = 0; // sent and answered
  document.body.addEventListener("htmx:beforeSend", (event) => {
    const { xhr, elt, target } = event.detail;
    if (isRefresh(event)) return actsWhenAsked.set(xhr, acts);
    const act = [elt, target];
    acts += 1;
    underway.add(act);
    // Not an event of htmx: those come after the act's answer has asked the boards to refresh, and do not come
    // up here from an element that was replaced meanwhile.
    xhr.addEventListener("readystatechange", () => {
      if (xhr.readyState !== XMLHttpRequest.DONE) return;
      acts += 1;
      underway.delete(act);
    });
  });
  let pressed = null, pressedUntil = 0;
  const press = (milliseconds) => { pressedUntil = Date.now() + milliseconds; };
  document.addEventListener("pointerdown", (event) => { pressed = event.target; press(2000); }, { passive: true });
  document.addEventListener("pointerup", () => press(300), { passive: true }); // the click follows
  let scrolledTo = 0; // the hours of a narrow screen
  const inUse = (board) => {
    const focused = document.activeElement;
    return (board.contains(focused) && focused.matches("input, select, textarea"))
      || (board.contains(pressed) && Date.now() < pressedUntil)
      || [...underway].some((act) => act.some((part) => board.contains(part)))
      || board.querySelector("[data-going], form[data-keep], details[open][data-keep], dialog[open]");
  };
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (!isRefresh(event)) return;
    const old = actsWhenAsked.get(event.detail.xhr) !== acts;
    if (old || inUse(event.detail.target)) event.detail.shouldSwap = false;
    scrolledTo = $("#board-scroll")?.scrollLeft;
  });
  document.body.addEventListener("htmx:afterSwap", () => { if (scrolledTo) $("#board-scroll").scrollLeft = scrolledTo; });

  // --- The lock ---------------------------------------------------------------------------------------
  const dialog = $("#lock");
  const lock = (signedOut = false) => {
    if (!dialog) return;
    if (signedOut) dialog.dataset.signedOut = "";
    if (dialog.open) return;
    dialog.showModal();
    $("#lock-password").focus();
  };
  // The session is over: the same person signs in again, and this page goes on as it is. A new session has a new
  // token; a page of ours tells it.
  const signIn = async (password) => {
    const headers = { "X-CSRFToken": csrf(), "X-Requested-With": "XMLHttpRequest" };
    const body = new URLSearchParams({ login: dialog.dataset.login, password });
    const answer = await fetch(dialog.dataset.signIn, { method: "POST", headers, body });
    if (!answer.ok) return answer.status;
    const page = await fetch(dialog.dataset.unlock);
    if (page.redirected) location.assign(page.url); // a second factor is asked for there
    const fresh = new DOMParser().parseFromString(await page.text(), "text/html");
    const token = fresh.querySelector('meta[name="csrf-token"]').content;
    $('meta[name="csrf-token"]').content = token;
    document.querySelectorAll('input[name="csrfmiddlewaretoken"]').forEach((field) => { field.value = token; });
    delete dialog.dataset.signedOut;
    return 204;
  };
  const unlock = (password) => fetch(dialog.dataset.unlock, {
    method: "POST",
    headers: { "X-CSRFToken": csrf(), "HX-Request": "true" },
    body: new URLSearchParams({ password }),
  });
  dialog?.addEventListener("cancel", (event) => event.preventDefault());
  dialog?.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const password = $("#lock-password").value;
    let status = 0;
    try {
      if (dialog.dataset.signedOut === undefined) status = (await unlock(password)).status;
      if (status === 401) dialog.dataset.signedOut = "";
      if (dialog.dataset.signedOut !== undefined) status = await signIn(password);
    } catch { /* no line */ }
    $("#lock-password").value = "";
    if (status === 204) {
      $("#lock-problem").textContent = "";
      lastAct = Date.now();
      dialog.close();
      document.dispatchEvent(new Event("center:unlocked"));
    } else {
      $("#lock-problem").textContent = status ? "That is not the password." : "No connection. Try again when it is back.";
    }
  });
  const idleMinutes = Number(root.dataset.idleMinutes || 0);
  let lastAct = Date.now();
  for (const act of ["keydown", "pointerdown"]) {
    document.addEventListener(act, () => { if (!dialog?.open) lastAct = Date.now(); }, { passive: true });
  }
  if (idleMinutes && dialog) {
    setInterval(() => { if (Date.now() - lastAct > idleMinutes * 60000) lock(); }, 5000);
  }

  // --- Shortcuts: "g" then a letter goes to a screen; "/" finds; "?" lists them -------------------------
  const list = $("[data-shortcut-list]");
  if (list) {
    const rows = [["/", "Find a patient"], ["?", "This list"], ["Esc", "Close"]];
    if ($("#board[data-moves]")) {
      rows.push(["← → ↑ ↓", "On a booked visit: another start or chair; Enter shows what it means"]);
      rows.push(["Shift ← →", "On a visit: how long it stays; Enter shows what it means"]);
    }
    document.querySelectorAll("[data-shortcut]").forEach((link) => rows.push([`g ${link.dataset.shortcut}`, link.textContent.trim()]));
    for (const [keys, text] of rows) {
      const key = document.createElement("dt"), what = document.createElement("dd");
      key.textContent = keys; what.textContent = text;
      list.append(key, what);
    }
  }
  $("[data-help]")?.addEventListener("click", () => $("#shortcuts").showModal());
  let pending = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, dialog")) return;
    if (event.key === "/") {
      const box = $("[data-find]");
      if (box) { event.preventDefault(); box.focus(); box.select?.(); }
    } else if (event.key === "?") {
      $("#shortcuts")?.showModal();
    } else if (event.key === "g") {
      pending = Date.now();
    } else if (Date.now() - pending < 1500) {
      pending = 0;
      document.querySelector(`[data-shortcut="${CSS.escape(event.key)}"]`)?.click();
    }
  });

  // --- Arrow keys walk through a list of answers: [data-walk] holds links or buttons ---------------------
  document.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const from = event.target.closest("[data-walk-from]");
    const inside = event.target.closest("[data-walk]");
    const area = inside || (from && document.getElementById(from.dataset.walkFrom));
    if (!area) return;
    const stops = [...area.querySelectorAll("a[href], button:not([disabled])")].filter((stop) => stop.offsetParent);
    if (!stops.length) return;
    event.preventDefault();
    const at = stops.indexOf(document.activeElement);
    const next = event.key === "ArrowDown" ? at + 1 : at - 1;
    (stops[Math.max(0, Math.min(stops.length - 1, next))]).focus();
  });

  // --- Arrow keys in a table[data-grid]: to the same link of the cell beside, above or below ------------------
  const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  document.addEventListener("keydown", (event) => {
    const cell = STEPS[event.key] && event.target.closest("[data-grid] td");
    if (!cell) return;
    const [down, right] = STEPS[event.key];
    const rows = [...cell.closest("tbody").rows];
    const next = rows[rows.indexOf(cell.parentElement) + down]?.cells[cell.cellIndex + right]?.querySelector("a[href]");
    if (next) { event.preventDefault(); next.focus(); }
  });

  // --- A booked cell goes elsewhere, by arrow keys and Enter or dragged with a mouse; so does its right edge -----
  // Nothing is written: the panel says what it would mean or why it cannot be, and the cell is back where it was.
  const COLUMN = 5; // minutes
  const EDGE = 8; // pixels
  let going = null; // {cell, columns, row}, or {cell, longer} in columns
  let grip = null; // {cell, x, y, edge} under a pressed mouse button
  const movable = (target) => target.closest?.("#board[data-moves] .cell[data-starts]");
  const lasting = (target) => target.closest?.("#board[data-moves] .cell[data-ends]");
  const wall = (moment) => moment.toLocaleTimeString("en-GB", { timeZone: $("#board").dataset.moves, hour: "2-digit", minute: "2-digit" });
  const startOf = ({ cell, columns }) => new Date(Date.parse(cell.dataset.starts) + columns * COLUMN * 60000);
  const columnWidth = (cell) => cell.parentElement.offsetWidth / cell.parentElement.colSpan;
  const chairRows = () => [...document.querySelectorAll("#board tr[data-chair]:has(th)")];
  const go = (cell, columns, row) => {
    going = { cell, columns, row };
    const where = `${wall(startOf(going))} ${row?.dataset.name || ""}`;
    const down = row ? row.offsetTop - cell.closest("tr").offsetTop : 0;
    cell.dataset.going = $("#announce").textContent = where;
    cell.style.transform = `translate(${columns * columnWidth(cell)}px, ${down}px)`;
  };
  const stretch = (cell, columns) => {
    const longer = Math.max(0, columns);
    going = { cell, longer };
    const end = new Date(Date.parse(cell.dataset.ends) + longer * COLUMN * 60000);
    cell.dataset.going = $("#announce").textContent = `until ${wall(end)}`;
    cell.style.width = `calc(100% + ${longer * columnWidth(cell)}px)`;
  };
  const stay = () => {
    if (!going) return;
    delete going.cell.dataset.going;
    going.cell.removeAttribute("style"); // an empty one would be copied by a swap, against our policy
    going = null;
  };
  const askWhatItMeans = () => {
    const { cell, row, longer } = going;
    const target = { target: "#side", swap: "innerHTML" }, address = cell.getAttribute("hx-get");
    if (longer !== undefined) {
      stay();
      if (longer) htmx.ajax("POST", `${address}extend/look`, { ...target, values: { minutes: Number(cell.dataset.minutes) + longer * COLUMN } });
      return;
    }
    const values = { starts_at: startOf(going).toISOString() };
    const chair = row?.dataset.chair;
    if (chair && chair !== cell.closest("tr").dataset.chair) values.chair = chair;
    stay();
    htmx.ajax("POST", `${address}move/look`, { ...target, values });
  };
  document.addEventListener("keydown", (event) => {
    const cell = lasting(event.target);
    if (!cell || grip || event.ctrlKey || event.metaKey || event.altKey) return;
    if (going && event.key === "Escape") return stay();
    if (going && event.key === "Enter") { event.preventDefault(); return askWhatItMeans(); }
    if (!STEPS[event.key]) return;
    const [down, right] = STEPS[event.key], rows = chairRows();
    if (event.shiftKey && right) {
      event.preventDefault();
      const longer = (going?.longer || 0) + right;
      stay();
      return stretch(cell, longer);
    }
    if (event.shiftKey || !movable(cell)) return;
    event.preventDefault();
    if (going?.longer !== undefined) stay();
    const { columns, row } = going || { columns: 0, row: cell.closest("tr") };
    const at = rows.findIndex((one) => one.dataset.chair === row.dataset.chair);
    go(cell, columns + right, down ? rows[Math.max(0, Math.min(rows.length - 1, at + down))] : row);
  });
  document.addEventListener("focusout", () => { if (!grip) stay(); });
  document.addEventListener("pointerdown", (event) => {
    const cell = event.button === 0 && event.pointerType !== "touch" && lasting(event.target); // a finger scrolls
    const edge = cell && cell.getBoundingClientRect().right - event.clientX <= Math.min(EDGE, cell.offsetWidth / 4);
    if (cell && (edge || movable(cell))) grip = { cell, x: event.clientX, y: event.clientY, edge };
  });
  document.addEventListener("pointermove", (event) => {
    if (!grip) return;
    const { cell, x, y, edge } = grip;
    if (!going && Math.hypot(event.clientX - x, event.clientY - y) < 6) return;
    press(2000);
    if (edge) return stretch(cell, Math.round((event.clientX - x) / columnWidth(cell)));
    const row = document.elementFromPoint(event.clientX, event.clientY)?.closest("#board tr[data-chair]");
    go(cell, Math.round((event.clientX - x) / columnWidth(cell)), row || going?.row || cell.closest("tr"));
  });
  for (const end of ["pointerup", "pointercancel"]) {
    document.addEventListener(end, (event) => {
      const dragged = grip && going;
      grip = null;
      if (!dragged) return;
      if (event.type === "pointercancel") return stay();
      addEventListener("click", (click) => click.stopPropagation(), { capture: true, once: true, signal: AbortSignal.timeout(300) });
      askWhatItMeans();
    });
  }

  // --- After a swap: focus what asks for it, announce what changed ------------------------------------
  const told = new Set();
  let answeredAt = 0;
  const answer = (words) => { $("#announce").textContent = words; answeredAt = Date.now(); };
  const tellOnce = (words) => { // a task that stands there: not at each refresh, and after the answer, not instead
    if (told.has(words)) return;
    told.add(words);
    const before = Date.now() - answeredAt < 2000 ? $("#announce").textContent : "";
    $("#announce").textContent = before ? `${before}. ${words}` : words;
  };
  document.body.addEventListener("htmx:afterSwap", (event) => {
    // An element swapped whole is no longer the target: the event then comes from its successor.
    const find = (what) => [event.target, event.detail.target].map((part) => part.matches?.(what) ? part : part.querySelector?.(what)).find(Boolean);
    find("[data-focus]")?.focus();
    const said = find("[data-announce]");
    if (!said) return;
    const { announce, announceOnce } = said.dataset;
    (announceOnce === undefined ? answer : tellOnce)(announce);
  });

  // --- A list shortened by typing: input[data-filter] names it, items carry [data-filter-words] ------------
  document.addEventListener("input", (event) => {
    const list = event.target.dataset?.filter && document.getElementById(event.target.dataset.filter);
    if (!list) return;
    const typed = event.target.value.trim().toLowerCase();
    list.querySelectorAll("[data-filter-words]").forEach((item) => { item.hidden = !item.dataset.filterWords.includes(typed); });
    list.querySelectorAll("[data-filter-group]").forEach((group) => { group.hidden = !group.querySelector("[data-filter-words]:not([hidden])"); });
  });

  // --- Numbers and scans by Enter: in form[data-steps] it goes to the next one, and sends after the last ---
  document.addEventListener("keydown", (event) => {
    const form = event.key === "Enter" && event.target.matches("input[type=number], input[data-scan]") && event.target.closest("form[data-steps]");
    if (!form) return;
    const numbers = [...form.querySelectorAll(event.target.matches("[data-scan]") ? "input[data-scan]" : "input[type=number]")];
    const next = numbers[numbers.indexOf(event.target) + 1];
    if (next) { event.preventDefault(); next.focus(); next.select(); }
  });

  // --- Warn before leaving a form with something typed ---------------------------------------------------
  const touched = new Set();
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-guard]");
    if (form) touched.add(form);
  });
  document.addEventListener("submit", (event) => touched.delete(event.target));
  addEventListener("beforeunload", (event) => {
    if ([...touched].some((form) => form.isConnected)) event.preventDefault();
  });

  window.center = { csrf, say, lock }; // for keeping.js and queueing.js
})();
