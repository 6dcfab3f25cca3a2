"use strict";
// Brings the page's figures up to date: fetches the same page and exchanges the parts that have changed.
// Ages and countdowns tick on by the server's clock, which came with the page.
(() => {
  const EVERY_MS = 10000;
  const OLD_MS = 3 * EVERY_MS; // whatever holds a refresh back, a marked text or a hidden page: then the page says so
  const stale = document.getElementById("stale");
  const units = JSON.parse(document.body.dataset.units);
  let serverMs = Number(document.body.dataset.now);
  let heardMs = performance.now();

  function busy() {
    const selection = document.getSelection();
    return document.visibilityState !== "visible" || (selection !== null && !selection.isCollapsed);
  }

  function nowMs() {
    return serverMs + performance.now() - heardMs;
  }

  // Like the server writes durations; two parts are enough for what ticks.
  function lasted(milliseconds) {
    let seconds = Math.max(0, Math.ceil(milliseconds / 1000));
    const parts = [];
    for (const [size, name] of [[86400, units.d], [3600, units.h], [60, units.min], [1, units.s]]) {
      const count = Math.floor(seconds / size);
      seconds -= count * size;
      if (count > 0 || (size === 1 && parts.length === 0)) {
        parts.push(`${count} ${name}`);
      }
    }
    return parts.slice(0, 2).join(" ");
  }

  function write(element, text) {
    if (element.textContent !== text) {
      element.textContent = text;
    }
  }

  function tick() {
    const now = nowMs();
    if (stale.hidden && performance.now() - heardMs > OLD_MS) {
      silent();
    }
    for (const element of document.querySelectorAll("[data-at]")) {
      write(element, document.body.dataset.ago.replace("{}", lasted(now - Number(element.dataset.at))));
    }
    for (const element of document.querySelectorAll("[data-due]")) {
      const left = Number(element.dataset.due) - now;
      write(element, left > 0 ? lasted(left) : document.body.dataset.dueNow);
    }
  }

  // The page is as old as the last word of the server; `text` of that moment stands on the page.
  function heard(ms) {
    serverMs = ms;
    heardMs = performance.now();
    stale.hidden = true;
    tick();
  }

  function silent() {
    const at = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium", timeZone: document.body.dataset.zone });
    write(stale, stale.dataset.text.replace("{}", at.format(serverMs)));
    stale.hidden = false;
  }

  // What somebody has opened stays open when its part is exchanged.
  function opened(part) {
    return [...part.querySelectorAll("details[open][id]")].map((details) => details.id);
  }

  function reopen(ids) {
    for (const id of ids) {
      document.getElementById(id)?.setAttribute("open", "");
    }
  }

  function exchange(fresh) {
    for (const part of document.querySelectorAll("[data-live][id]")) {
      const next = fresh.getElementById(part.id);
      if (next !== null && next.innerHTML !== part.innerHTML) {
        const open = opened(part);
        part.replaceChildren(...document.importNode(next, true).childNodes);
        copyAttributes(next, part);
        reopen(open);
        window.htmx?.process(part);
      }
    }
    document.title = fresh.title;
  }

  function copyAttributes(from, to) {
    for (const { name, value } of from.attributes) {
      if (to.getAttribute(name) !== value) {
        to.setAttribute(name, value);
      }
    }
  }

  async function refresh() {
    if (busy()) {
      return;
    }
    try {
      const response = await fetch(window.location.href, { signal: AbortSignal.timeout(EVERY_MS) });
      if (!response.ok) {
        throw new Error(`the page answered ${response.status}`);
      }
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
      exchange(fresh);
      heard(Number(fresh.body.dataset.now));
      document.dispatchEvent(new Event("page-refreshed"));
    } catch {
      silent();
    }
  }

  window.console_page = { EVERY_MS, busy, heard, opened, refresh, reopen };
  window.setInterval(tick, 1000);
  if (document.getElementById("live") === null) {
    window.setInterval(refresh, EVERY_MS);
  }
})();
