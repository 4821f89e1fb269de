// For comfort only: without this file the page works with its forms.
import { hasCamera, onDrop, onPaste, send, takePhoto } from "../common/photos.js";

const root = document.documentElement;
root.classList.add("js");
root.classList.remove("working"); // the browser's back button may show the page as it was left

// a name is found by any part of it, with or without accents
const plain = (text) => text.toLocaleLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
const search = document.getElementById("search");
if (search) {
  const found = document.getElementById("found");
  const cards = [...document.getElementById("cards").children];
  const names = cards.map((card) => plain(card.querySelector("b").textContent));
  search.hidden = false;
  search.querySelector("input").addEventListener("input", (event) => {
    const wanted = plain(event.target.value.trim());
    cards.forEach((card, k) => { card.hidden = !names[k].includes(wanted); });
    const shown = cards.filter((card) => !card.hidden).length;
    found.textContent = wanted ? `${shown} of ${cards.length} people` : "";
  });
}

const form = document.getElementById("add");
if (form) prepare(form);

function prepare(form) {
  const field = document.getElementById("photo");
  const list = document.getElementById("files");
  const busy = document.getElementById("busy");
  const said = document.getElementById("said");
  let photos = [];

  const tell = (text) => { said.hidden = !text; said.textContent = text ?? ""; if (text) said.scrollIntoView({ block: "nearest" }); };
  const say = (text) => { busy.hidden = false; busy.textContent = text; };

  // photos that are chosen, dropped, pasted or taken one after the other are added together
  function add(files) {
    tell("");
    photos.push(...files);
    show();
  }

  function show() {
    const transfer = new DataTransfer();
    photos.forEach((file) => transfer.items.add(file));
    field.files = transfer.files;
    list.hidden = !photos.length;
    list.replaceChildren(...photos.map((file, k) => {
      const item = document.createElement("li");
      const name = document.createElement("span");
      name.textContent = file.name;
      const out = document.createElement("button");
      out.type = "button";
      out.textContent = "Leave out";
      out.setAttribute("aria-label", `Leave out ${file.name}`);
      out.addEventListener("click", () => { photos.splice(k, 1); show(); field.focus(); });
      item.append(name, out);
      return item;
    }));
  }

  field.addEventListener("change", () => add([...field.files]));
  onDrop(form.querySelector(".drop"), (one) => (one.why ? tell(one.why) : add(one.files ?? [one.file])));
  onPaste((one) => (one.why ? tell(one.why) : add(one.files ?? [one.file])));

  const camera = document.getElementById("camera");
  camera.hidden = !hasCamera;
  camera.addEventListener("click", async () => {
    const { file, why } = await takePhoto(document.getElementById("camera-dialog"));
    tell(why);
    if (file) add([file]);
  });

  // each photo is sent by itself, so that one sees how far it is, and the limit is one for each
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (root.classList.contains("working")) return;
    root.classList.add("working");
    tell("");
    const tokens = [];
    for (const [k, file] of photos.entries()) {
      const data = new FormData();
      data.append("photo", file, file.name || "photo");
      try {
        const place = await send(form.dataset.send, data, (text) => say(`Photo ${k + 1} of ${photos.length}. ${text}`));
        tokens.push(place.match(/([^/]+)\.jpg$/)[1]);
      } catch (error) {
        root.classList.remove("working");
        busy.hidden = true;
        tell(`${file.name}: ${error.message}`);
        return;
      }
    }
    say("Adding …");
    field.disabled = true; // what was sent is named by its token now
    for (const token of tokens) {
      const sent = document.createElement("input");
      Object.assign(sent, { type: "hidden", name: "sent", value: token });
      form.append(sent);
    }
    form.submit();
  });

  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}
