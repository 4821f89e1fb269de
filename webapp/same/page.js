// For comfort only: without this file the page works with its form. Photos are sent as soon as there are two, or one and a person.
import { hasCamera, onDrop, onPaste, send, takePhoto } from "../common/photos.js";

const form = document.getElementById("compare");
const busy = document.getElementById("busy");
const said = document.getElementById("said");
const person = document.getElementById("person");
const root = document.documentElement;
const zones = [...form.querySelectorAll(".drop")];
const chosen = { first: null, second: null };
root.classList.add("js");

function say(text) {
  busy.hidden = false;
  busy.textContent = text;
}

function rest() {
  busy.hidden = true;
  root.classList.remove("working");
}

function complain(why) {
  said.hidden = !why;
  said.textContent = why ?? "";
  if (why) said.scrollIntoView({ block: "nearest" });
}

// show the photo in its zone; a browser that can't read the file shows its name
async function show(zone, file) {
  const canvas = zone.querySelector("canvas");
  zone.querySelector(".file").textContent = file ? file.name : "Choose, drop or paste it";
  canvas.hidden = true;
  if (!file) return;
  let picture;
  try {
    picture = await createImageBitmap(file);
  } catch {
    return;
  }
  const scale = 240 / Math.max(picture.width, picture.height);
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  canvas.hidden = false;
}

function put(name, file) {
  chosen[name] = file;
  show(zones.find((zone) => zone.htmlFor === name), file);
}

// {file} goes to the zone that is meant, else to the first empty one; {why} is said
function take({ file, why }, target) {
  complain(why);
  if (!file || root.classList.contains("working")) return;
  const name = target?.closest?.(".drop")?.htmlFor ?? (chosen.first ? "second" : "first");
  put(name, file);
  if (name === "second" && person) person.value = "";
  compare();
}

async function compare() {
  const data = new FormData();
  if (!chosen.first) return;
  data.append("first", chosen.first, chosen.first.name || "photo");
  if (person?.value) data.append("person", person.value);
  else if (chosen.second) data.append("second", chosen.second, chosen.second.name || "photo");
  else return;
  complain();
  root.classList.add("working");
  say("Uploading …");
  try {
    location.assign(await send(form.action, data, say));
  } catch (error) {
    rest();
    complain(error.message);
  }
}

for (const zone of zones) {
  const field = zone.querySelector("input");
  field.addEventListener("change", () => { if (field.files.length) take({ file: field.files[0] }, zone); });
}
onDrop(form, take);
onPaste(take);
person?.addEventListener("change", () => {
  if (person.value) put("second", null);
  compare();
});

const camera = document.getElementById("camera");
camera.hidden = !hasCamera;
camera.addEventListener("click", async () => take(await takePhoto(document.getElementById("camera-dialog"))));

document.getElementById("samples")?.addEventListener("submit", () => {
  root.classList.add("working");
  say("Comparing …");
});

// the browser's back button shows the page as it was left; its busy look is removed here
window.addEventListener("pageshow", rest);
