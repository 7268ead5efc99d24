// Small habits of every page. Everything works without them; they only save keys, clicks and half-typed words.
(() => {
  "use strict";
  const words = document.body.dataset;

  // --- Morphing: what a person has opened, focused or begun to type stays as it is ---------------------------------
  const begun = (node) => node instanceof HTMLFormElement && node.dataset.begun !== undefined;
  Object.assign(Idiomorph.defaults, { ignoreActiveValue: true });
  Object.assign(Idiomorph.defaults.callbacks, {
    beforeNodeMorphed: (old) => !begun(old),
    beforeAttributeUpdated: (name, node) => !(name === "open" && node.matches("details, dialog")) && !(name === "checked" && node.matches("[data-pick]")),
  });
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form && form.method === "post") form.dataset.begun = "";
  });
  document.addEventListener("submit", (event) => delete event.target.dataset.begun);
  document.addEventListener("reset", (event) => delete event.target.dataset.begun);
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { elt, verb } = event.detail.requestConfig;
    if (verb === "post" && event.detail.xhr.status < 300) elt.closest("form")?.reset();
  });

  // --- Saying things ------------------------------------------------------------------------------------------------
  const announce = (text) => {
    const place = document.getElementById("announcer");
    place.textContent = "";
    requestAnimationFrame(() => { place.textContent = text; });
  };
  const complain = (text) => {
    const line = document.createElement("p");
    line.className = "message bad";
    line.textContent = text;
    document.getElementById("messages").replaceChildren(line);
    announce(text);
  };
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.requestConfig.verb !== "get") complain(words.refused.replace("{}", event.detail.xhr.status));
  });
  document.addEventListener("htmx:sendError", (event) => {
    if (event.detail.requestConfig.verb !== "get") complain(words.unreachable);
  });

  // --- Copying ------------------------------------------------------------------------------------------------------
  const copyOldWay = (text) => {  // no clipboard API on plain http
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const text = button.dataset.copy;
    try { await navigator.clipboard.writeText(text); } catch { copyOldWay(text); button.focus(); }
    button.dataset.done = words.copied;
    announce(`${words.copied}: ${text}`);
    setTimeout(() => { delete button.dataset.done; }, 1500);
  });

  // --- Keys ---------------------------------------------------------------------------------------------------------
  const typing = (node) => node.matches("input, textarea, select, [contenteditable]");
  const rows = () => [...document.querySelectorAll("[data-rows] [data-row]")];
  const step = (from, by) => {
    const all = rows(), at = all.indexOf(from) + by;
    if (at < 0) document.getElementById("find")?.focus();
    else all[Math.min(at, all.length - 1)]?.focus();
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const here = event.target;
    if (event.key === "/" && !typing(here)) {
      event.preventDefault();
      document.getElementById("find")?.select();
    } else if (event.key === "ArrowDown" && (here.id === "find" || here.dataset.row !== undefined)) {
      event.preventDefault();
      step(here, 1);
    } else if (event.key === "ArrowUp" && here.dataset.row !== undefined) {
      event.preventDefault();
      step(here, -1);
    } else if (event.key === "?" && !typing(here)) {
      event.preventDefault();
      document.getElementById("keys")?.showModal();
    } else if (event.key === "x" && here.dataset.row !== undefined) {
      here.closest("tr")?.querySelector("[data-pick]")?.click();
    } else if (event.key === "Escape") {
      closeMenus(null);
      const found = document.getElementById("found");
      if (found?.childElementCount) { found.replaceChildren(); document.getElementById("find").focus(); }
    }
  });
  document.addEventListener("click", (event) => {
    const found = document.getElementById("found");
    if (found && !event.target.closest(".find")) found.replaceChildren();
    if (!event.target.matches("[data-tick-all]")) return;
    const boxes = [...document.querySelectorAll("[data-pick]")], on = boxes.some((box) => !box.checked);
    for (const box of boxes) box.checked = on;
  });
  const closeMenus = (inside) => {
    for (const menu of document.querySelectorAll("details.me[open]")) {
      if (menu.contains(inside)) continue;
      menu.open = false;
      if (inside === null) menu.querySelector("summary").focus();
    }
  };
  document.addEventListener("click", (event) => closeMenus(event.target));

  // --- Choosing in a select that is a filter submits it; without scripts there is a button --------------------------
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-pick]:checked")) document.getElementById("many-box").open = true;
    if (event.target.matches("select[data-submits]")) event.target.form.requestSubmit();
  });
})();
