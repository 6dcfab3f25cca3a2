"use strict";
// Brings the page's figures up to date: fetches the same page and exchanges the parts that have changed.
(() => {
  const EVERY_MS = 10000;
  const stale = document.getElementById("stale");

  function busy() {
    const selection = document.getSelection();
    return document.visibilityState !== "visible" || (selection !== null && !selection.isCollapsed);
  }

  function exchange(fresh) {
    for (const part of document.querySelectorAll("[data-live][id]")) {
      const next = fresh.getElementById(part.id);
      if (next !== null && next.outerHTML !== part.outerHTML) {
        part.replaceWith(document.importNode(next, true));
      }
    }
    document.title = fresh.title;
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
      exchange(new DOMParser().parseFromString(await response.text(), "text/html"));
      stale.hidden = true;
      document.dispatchEvent(new Event("page-refreshed"));
    } catch {
      stale.hidden = false;
    }
  }

  window.setInterval(refresh, EVERY_MS);
})();
