"use strict";
// Records that somebody has looked at a tag that contradicts the record, and shows the page as it is then.
(() => {
  for (const form of document.querySelectorAll("form[data-tag]")) {
    const told = form.querySelector("[role=alert]");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const { tag, kind, place, at } = form.dataset;
      const answer = await fetch("/api/tag-conflicts/settlements", {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Actor": "console" },
        body: JSON.stringify({ epc: tag, kind, place, at_ms: Number(at), reason: form.elements.reason.value.trim() }),
      });
      if (answer.ok) {
        location.reload();
        return;
      }
      told.textContent = form.dataset.failed + (await answer.json()).detail;
      told.hidden = false;
    });
  }
})();
