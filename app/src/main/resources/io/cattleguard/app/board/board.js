"use strict";
// Says so when the page no longer updates: htmx leaves the old page as it is.
document.addEventListener("htmx:afterRequest", (event) => {
  document.documentElement.classList.toggle("stale", !event.detail.successful);
});
