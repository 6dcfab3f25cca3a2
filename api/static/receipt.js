"use strict";
// Sends what somebody scanned, or looked for in vain, and shows the page as it is then. A scanner ends with Enter.
(() => {
  const form = document.querySelector("form[data-receipt]");
  const field = form.elements.unit;
  const told = form.querySelector("[role=alert]");

  async function send(unit, here) {
    const answer = await fetch(`/api/receipts/${form.dataset.receipt}/answers`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Actor": "console" },
      body: JSON.stringify({ unit, here }),
    });
    if (!answer.ok) {
      throw new Error((await answer.json()).detail);
    }
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const here = event.submitter === null || event.submitter.value !== "false";
    try {
      await send(field.value.trim(), here);
      location.reload();
    } catch (error) {
      told.textContent = form.dataset.failed + error.message;
      told.hidden = false;
      field.select();
    }
  });
  field.focus();
})();
