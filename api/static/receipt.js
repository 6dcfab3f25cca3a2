"use strict";
// Sends what somebody scanned, looked for in vain, or says of a crate, and shows the page as it is then. A scanner ends
// with Enter.
(() => {
  async function send(path, body) {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Actor": "console" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) {
      throw new Error((await answer.json()).detail);
    }
  }

  function onSubmit(form, request) {
    const told = form.querySelector("[role=alert]");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        await send(...request(event.submitter));
        location.reload();
      } catch (error) {
        told.textContent = form.dataset.failed + error.message;
        told.hidden = false;
      }
    });
  }

  const scan = document.querySelector("form[data-receipt]");
  const field = scan.elements.unit;
  onSubmit(scan, (button) => {
    const here = button === null || button.value !== "false";
    field.select();
    return [`/api/receipts/${scan.dataset.receipt}/answers`, { unit: field.value.trim(), here }];
  });
  field.focus();

  const way = document.querySelector("form[data-way]");
  if (way) {
    onSubmit(way, (button) => [`/api/receipts/${way.dataset.way}/way`, { inwards: button.value === "true" }]);
  }
})();
