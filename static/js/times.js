// Relative times tick. The server writes the same words once, so that they are right without this script too.
(() => {
  "use strict";
  const words = document.body.dataset;
  const ahead = Date.parse(words.now) - Date.now();  // how far the server's clock is ahead of this one, in ms

  const span = (seconds) => {
    if (seconds < 60) return `${seconds} ${words.s}`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} ${words.min}`;
    if (seconds < 172800) return `${Math.floor(seconds / 3600)} ${words.h}`;
    return `${Math.floor(seconds / 86400)} ${words.d}`;
  };
  const shows = {
    ago: (seconds) => (seconds < 1 ? words.justNow : words.ago.replace("{}", span(seconds))),
    next: (seconds) => (seconds > -1 ? words.anyMoment : words.in.replace("{}", span(-seconds))),
    left: (seconds) => (seconds > -1 ? words.over : words.left.replace("{}", span(-seconds))),
  };
  const tick = () => {
    if (document.hidden) return;
    const now = Date.now() + ahead;
    for (const time of document.querySelectorAll("time[data-show]")) {
      const text = shows[time.dataset.show](Math.floor((now - Date.parse(time.dateTime)) / 1000));
      if (time.textContent !== text) time.textContent = text;
    }
  };
  setInterval(tick, 1000);
  document.addEventListener("visibilitychange", tick);
})();
