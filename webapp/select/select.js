// Comfort only: each key clicks a button or a link of the page, which works without this file, too.
"use strict";

const tiles = [...document.querySelectorAll(".tile")];
let leaving = false; // one decision a photo, however fast the key is pressed

// the letter or digit on the key, or its place where the keyboard has another script or digits need Shift
function nameOf(event) {
  if (event.key.length > 1) return event.key.toLowerCase();
  const name = /[a-z0-9]/i.test(event.key) ? event.key : event.code.replace(/^(Key|Digit)/, "");
  return name.toLowerCase();
}

// left and right to the neighbour, up and down to the one above or below; at an edge it stays
function neighbour(tile, key) {
  const at = tiles.indexOf(tile);
  if (at < 0) return tiles[0];
  if (key === "arrowleft") return tiles[at - 1];
  if (key === "arrowright") return tiles[at + 1];
  const down = key === "arrowdown";
  const here = tile.getBoundingClientRect();
  const beyond = tiles.filter((other) => {
    const there = other.getBoundingClientRect();
    return down ? there.top >= here.bottom : there.bottom <= here.top;
  });
  const distance = (other) => {
    const there = other.getBoundingClientRect();
    return 10 * Math.abs(there.top - here.top) + Math.abs(there.left - here.left);
  };
  return beyond.sort((a, b) => distance(a) - distance(b))[0];
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat && !event.key.startsWith("Arrow")) return;
  const key = nameOf(event);
  const tile = document.activeElement.closest(".tile");
  if (tiles.length && key.startsWith("arrow")) {
    event.preventDefault();
    neighbour(tile, key)?.focus();
    return;
  }
  const scope = tile && document.querySelector(`.tile [data-key="${key}"]`) ? tile : document;
  const target = scope.querySelector(`:scope [data-key="${key}"]`);
  if (!target || leaving || target.disabled || tiles.length && !tile && key !== "u") return;
  event.preventDefault();
  leaving = true;
  target.click();
});
window.addEventListener("pageshow", () => { leaving = false; });

// the grid goes on where it was, or where there is something to decide
if (tiles.length) {
  const last = document.getElementById(location.hash.slice(1));
  (last ?? document.querySelector(".tile:not(.kept, .rejected)"))?.focus();
}

// a click on the photo chooses the face at that place, where there is something to choose
document.querySelector(".photo")?.addEventListener("click", (event) => {
  const form = document.getElementById("place");
  if (!form || leaving) return;
  const photo = event.currentTarget.getBoundingClientRect();
  form.elements.x.value = (event.clientX - photo.left) / photo.width;
  form.elements.y.value = (event.clientY - photo.top) / photo.height;
  leaving = true;
  form.submit();
});

// faces are found while the photo is looked at: ask again until they are there (see overlay.py)
const PENDING = 1, NEVER = 2;
const boxes = document.querySelector(".boxes");
if (boxes) {
  const address = boxes.src;
  let asked = 0;
  const look = () => {
    if (boxes.naturalWidth === PENDING) {
      asked += 1;
      setTimeout(() => { boxes.src = `${address}?${asked}`; }, Math.min(300 * 1.3 ** asked, 5000));
    } else {
      // the page says what was found, and offers to choose: it is loaded again, now that this is known
      if (document.getElementById("looking") && boxes.naturalWidth > NEVER && !leaving) location.reload();
    }
  };
  boxes.addEventListener("load", look);
  if (boxes.complete) look();
}

// the next photo is ready when it is asked for
const next = document.getElementById("next");
if (next) new Image().src = next.dataset.photo;
