"use strict";
// Says so when the page no longer updates: htmx leaves the old page as it is.
document.addEventListener("htmx:afterRequest", (event) => {
  document.documentElement.classList.toggle("stale", !event.detail.successful);
});
// htmx keeps the focus on an element with an id. Other links are found again by their address, so that a person who uses the
// keyboard does not begin at the top of the page with each update.
let focused = null;
document.addEventListener("htmx:beforeSwap", () => {
  const link = document.activeElement;
  focused = link instanceof HTMLAnchorElement && !link.id && link.closest("#live") ? place(link) : null;
});
document.addEventListener("htmx:afterSwap", () => {
  if (focused !== null) {
    sameAddress(focused.address)[focused.index]?.focus({ preventScroll: true });
    focused = null;
  }
});
function place(link) {
  const address = link.getAttribute("href");
  return { address, index: sameAddress(address).indexOf(link) };
}
function sameAddress(address) {
  return [...document.querySelectorAll("#live a")].filter((link) => link.getAttribute("href") === address);
}
