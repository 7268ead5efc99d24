// How much of an upload has been sent. Without scripts the browser shows its own progress.
(() => {
  "use strict";
  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = event.target.querySelector?.("progress[data-upload]");
    const { lengthComputable, loaded, total } = event.detail;
    if (!bar || !lengthComputable || !event.target.querySelector("input[type=file]")?.files.length) return;
    bar.hidden = false;
    bar.value = loaded / total;
  });
})();
