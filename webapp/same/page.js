// For comfort only: without this file the page works with its form. Photos are sent as soon as there are two, or one and
// a person.
import { onCamera, onDrop, onPaste } from "../common/photos.js";
import { ask, complain, isWorking, start, work } from "../common/waiting.js";

const form = document.getElementById("compare");
const person = document.getElementById("person");
const zones = [...form.querySelectorAll(".drop")];
const chosen = { first: null, second: null };

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
  if (!file || isWorking()) return;
  const name = target?.closest?.(".drop")?.htmlFor ?? (chosen.first ? "second" : "first");
  put(name, file);
  if (name === "second" && person) person.value = "";
  compare();
}

function compare() {
  const data = new FormData();
  if (!chosen.first) return;
  data.append("first", chosen.first, chosen.first.name || "photo");
  if (person?.value) data.append("person", person.value);
  else if (chosen.second) data.append("second", chosen.second, chosen.second.name || "photo");
  else return;
  ask(form.action, data);
}

start();
for (const zone of zones) {
  const field = zone.querySelector("input");
  field.addEventListener("change", () => { if (field.files.length) take({ file: field.files[0] }, zone); });
}
onDrop(form, take);
onPaste(take);
onCamera(take);
person?.addEventListener("change", () => {
  if (person.value) put("second", null);
  compare();
});
document.getElementById("samples")?.addEventListener("submit", () => work("Comparing …"));
