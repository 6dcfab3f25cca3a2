"use strict";
// The overview hears of changes by a stream. Where the stream is cut, the page says so and reads itself anew.
(() => {
  const { EVERY_MS, busy, heard, opened, refresh, reopen } = window.console_page;
  const QUIET_MS = 12000; // the server speaks at least every 5 s
  const state = document.getElementById("live-state");
  let spokenMs = performance.now();
  const KEPT_MS = 30000; // so long a marked text is kept; then what is true now goes before it
  let skipped = false;
  let keptSince = null;
  let open = [];

  function say(kind) {
    if (state.dataset.kind !== kind) {
      state.dataset.kind = kind;
      state.textContent = state.dataset[kind];
    }
  }

  // What somebody has marked to copy is not taken away under the hand at once; it is fetched once the mark is gone.
  document.body.addEventListener("htmx:sseBeforeMessage", (event) => {
    spokenMs = performance.now();
    const selection = document.getSelection();
    if (selection !== null && !selection.isCollapsed && event.target.contains(selection.anchorNode)) {
      keptSince ??= performance.now();
      if (performance.now() - keptSince < KEPT_MS) {
        skipped = true;
        event.preventDefault();
      }
    }
    open = opened(event.target);
  });

  document.body.addEventListener("htmx:sseMessage", (event) => {
    reopen(open);
    if (event.target.id === "live-head") {
      heard(Number(document.getElementById("page-time").dataset.now));
      say("on");
    }
  });

  window.setInterval(() => {
    const cut = performance.now() - spokenMs > QUIET_MS;
    if (cut) {
      say("slow");
    }
    if (!busy()) {
      keptSince = null;
    }
    if (cut || (skipped && !busy())) {
      skipped = false;
      refresh();
    }
  }, EVERY_MS);
})();
