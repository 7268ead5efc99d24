// Live pages. The server rings a doorbell that names what changed; the parts of the page that listen fetch themselves anew.
// One stream a browser, whatever the number of tabs: HTTP/1.1 allows six connections an origin. No stream to be had: the bell
// rings by the clock instead.
(() => {
  "use strict";
  const { live: address, liveKey: key, now: served } = document.body.dataset;
  if (!address) return;
  const ahead = Date.parse(served) - Date.now();  // how far the server's clock is ahead of this one, in ms
  const EVERY = 5000, PAUSE = 700;
  const heard = new Set();
  let resting = false, timer = 0, wait = 1000, leads = false, state = "connecting";

  // A board that many people watch asks at most once in each span of data-calm ms, at a random moment in it.
  const spans = new Map();
  const calmly = (topic) => {
    for (const { id, dataset } of document.querySelectorAll("[data-calm]")) {
      if (topic !== "all" && topic !== dataset.topic) continue;
      const span = Number(dataset.calm), now = Date.now(), last = spans.get(id) || { ends: 0, asked: true };
      if (!last.asked) continue;
      const begins = Math.max(now, last.ends), next = { ends: begins + span, asked: false };
      spans.set(id, next);
      setTimeout(() => {
        next.asked = true;
        if (document.hidden) heard.add(topic);
        else if (document.getElementById(id)) htmx.trigger(document.getElementById(id), "calm");
      }, begins - now + Math.random() * span);
    }
  };

  const flush = () => {
    if (document.hidden || !heard.size) return;
    const topics = heard.has("all") ? ["all"] : [...heard];
    heard.clear();
    for (const topic of topics) {
      htmx.trigger(document.body, `live:${topic}`);
      calmly(topic);
    }
    resting = true;
    setTimeout(() => { resting = false; flush(); }, PAUSE);
  };
  const ring = (topics) => {
    for (const topic of topics) {
      heard.add(topic);
      if (topic.startsWith("tenant-")) heard.add("tenants");
    }
    if (!resting) flush();
  };
  const show = (word) => { state = document.body.dataset.liveState = word; };

  const others = "BroadcastChannel" in window ? new BroadcastChannel(key) : { postMessage() {} };
  const hear = ({ topics, word, hello }) => {
    if (topics) ring(topics);
    if (word) show(word);
    if (hello && leads) others.postMessage({ word: state });
  };
  const tell = (message) => { others.postMessage(message); hear(message); };
  others.onmessage = (event) => hear(event.data);

  const poll = (on) => {
    if (on && timer) return;
    clearInterval(timer);
    timer = on ? setInterval(() => tell({ topics: ["all"] }), EVERY) : 0;
    tell({ word: on ? "polling" : "live" });
  };
  const open = () => {
    const stream = new EventSource(address);
    stream.addEventListener("ready", () => { wait = 1000; poll(false); tell({ topics: ["all"] }); });
    stream.addEventListener("away", () => poll(true));  // the server lost its own bell
    stream.addEventListener("live", (event) => tell({ topics: JSON.parse(event.data).topics }));
    stream.onerror = () => {
      poll(true);
      if (stream.readyState !== EventSource.CLOSED) return;  // it tries again by itself
      wait = Math.min(wait * 2, 30000);
      setTimeout(open, wait);
    };
  };
  const lead = () => { leads = true; open(); return new Promise(() => {}); };  // held until the tab goes; then the next one leads

  // A look that changes nothing rings no bell, but "next look" and "last looked" move on: what is overdue is asked for again.
  const overdue = (part) => [...part.querySelectorAll('time[data-show="next"]')].some((time) => Date.parse(time.dateTime) < Date.now() + ahead - 1000);
  for (const part of document.querySelectorAll("[data-heal]")) {
    setInterval(() => {
      const now = document.getElementById(part.id);
      if (!document.hidden && now && overdue(now)) htmx.trigger(now, "live:heal");
    }, Number(part.dataset.heal));
  }

  // A request that waited behind another asks for what its part shows by then, not for what it showed when the bell rang.
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    const shown = detail.verb === "get" && detail.elt.getAttribute("hx-get");
    if (shown) detail.path = shown;
  });
  // One that was under way while its part came to show something else is dropped, and asked anew.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const { elt, verb, path } = detail.requestConfig, shown = elt.getAttribute("hx-get");
    if (verb !== "get" || elt !== detail.target || path === shown) return;
    detail.shouldSwap = false;
    htmx.ajax("get", shown, { source: elt });
  });

  show(state);
  if (navigator.locks) navigator.locks.request(key, lead); else lead();
  others.postMessage({ hello: true });
  const catchUp = () => { if (!document.hidden) flush(); };
  document.addEventListener("visibilitychange", catchUp);
  addEventListener("online", () => ring(["all"]));
  addEventListener("pageshow", (event) => { if (event.persisted) ring(["all"]); });
  document.addEventListener("htmx:afterRequest", (event) => {  // what is done in one tab shows in the others
    if (event.detail.successful && event.detail.requestConfig.verb === "post") others.postMessage({ topics: ["all"] });
  });
  document.addEventListener("htmx:sendError", () => show("away"));
  document.addEventListener("htmx:afterOnLoad", () => { if (state === "away") show(timer ? "polling" : "live"); });
})();
