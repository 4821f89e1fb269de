// For comfort only: without this file the page works with its form.
import { hasCamera, onDrop, onPaste, send, takePhoto } from "../common/photos.js";

const form = document.getElementById("ask");
const field = document.getElementById("photo");
const busy = document.getElementById("busy");
const said = document.getElementById("said");
const root = document.documentElement;
root.classList.add("js");

function say(text) {
  busy.hidden = false;
  busy.textContent = text;
}

function rest() {
  busy.hidden = true;
  root.classList.remove("working");
}

// it stands at the top, and the form below the answer on a narrow screen
function complain(why) {
  said.hidden = !why;
  said.textContent = why ?? "";
  if (why) said.scrollIntoView({ block: "nearest" });
}

// {file} is sent as soon as it is there; {why} is said
async function take({ file, why }) {
  complain(why);
  if (!file || root.classList.contains("working")) return;
  root.classList.add("working");
  say("Uploading …");
  const data = new FormData();
  data.append("photo", file, file.name || "photo");
  try {
    location.assign(await send(form.action, data, say));
  } catch (error) {
    rest();
    field.value = "";
    complain(error.message);
  }
}

field.addEventListener("change", () => { if (field.files.length) take({ file: field.files[0] }); });
onDrop(document.querySelector(".drop"), take);
onPaste(take);

const camera = document.getElementById("camera");
camera.hidden = !hasCamera;
camera.addEventListener("click", async () => take(await takePhoto(document.getElementById("camera-dialog"))));

document.getElementById("samples")?.addEventListener("submit", () => {
  root.classList.add("working");
  say("Finding faces, and comparing them …");
});

// the browser's back button shows the page as it was left; its busy look is removed here
window.addEventListener("pageshow", rest);
