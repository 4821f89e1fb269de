// For comfort only: without this file the page works with its form.
import { onCamera, onDrop, onPaste } from "../common/photos.js";
import { ask, complain, isWorking, start, work } from "../common/waiting.js";

const form = document.getElementById("ask");
const field = document.getElementById("photo");

// {file} is sent as soon as it is there; {why} is said
async function take({ file, why }) {
  complain(why);
  if (!file || isWorking()) return;
  const data = new FormData();
  data.append("photo", file, file.name || "photo");
  if (!await ask(form.action, data)) field.value = "";
}

start();
field.addEventListener("change", () => { if (field.files.length) take({ file: field.files[0] }); });
onDrop(document.querySelector(".drop"), take);
onPaste(take);
onCamera(take);
document.getElementById("samples")?.addEventListener("submit", () => work("Finding faces, and comparing them …"));
