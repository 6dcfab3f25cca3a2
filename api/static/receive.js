// Puts the text of a chosen CSV file into the form, so that it is sent and kept like text that was pasted.
const file = document.querySelector("#csv-file");
const text = document.querySelector("#csv-text");
if (file && text) {
  file.addEventListener("change", async () => {
    if (file.files.length) text.value = await file.files[0].text();
  });
}
