// For comfort only: without this file the page works with its form and its links.
"use strict";

const form = document.querySelector("form");
const field = document.getElementById("photo");
const zone = document.querySelector(".drop");
document.documentElement.classList.add("js");

function send() {
  document.documentElement.classList.add("busy");
  form.submit();
}

// the photo is sent as soon as it is chosen
field.addEventListener("change", () => {
  if (field.files.length) send();
});

// a photo may be dropped anywhere: outside of the zone the browser would leave the page and show the photo
let depth = 0;
function mark(change) {
  depth = Math.max(0, depth + change);
  zone.classList.toggle("over", depth > 0);
}
document.addEventListener("dragenter", () => mark(1));
document.addEventListener("dragleave", () => mark(-1));
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  mark(-depth);
  if (!event.dataTransfer.files.length) return;
  field.files = event.dataTransfer.files;
  send();
});

// the browser's back button shows the page as it was left; its busy look is removed here
window.addEventListener("pageshow", () => document.documentElement.classList.remove("busy"));
