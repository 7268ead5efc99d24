// How much of an upload has been sent, and which one is not worth sending. Without scripts the browser shows its own
// progress and the server refuses.
(() => {
  "use strict";
  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = event.target.querySelector?.("progress[data-upload]");
    const { lengthComputable, loaded, total } = event.detail;
    if (!bar || !lengthComputable || !event.target.querySelector("input[type=file]")?.files.length) return;
    bar.hidden = false;
    bar.value = loaded / total;
  });

  const weigh = (input) => {
    const { mostFiles, mostBytes, tooMuch } = input.dataset;
    const bytes = [...input.files].reduce((sum, { size }) => sum + size, 0);
    input.setCustomValidity(input.files.length > mostFiles || bytes > mostBytes ? tooMuch : "");
  };
  document.addEventListener("change", ({ target }) => {
    if (!target.matches("input[data-too-much]")) return;
    weigh(target);
    target.reportValidity();
  });
  document.addEventListener("submit", (event) => {
    const input = event.target.querySelector("input[data-too-much]");
    if (!input) return;
    weigh(input);
    if (input.reportValidity()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
})();
