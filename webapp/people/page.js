// For comfort only: without this file the page works with its forms.
import { onCamera, onDrop, onPaste, send } from "../common/photos.js";
import { complain, isWorking, rest, say, start, work } from "../common/waiting.js";

start();

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
  let photos = [];

  // photos that are chosen, dropped, pasted or taken one after the other are added together; {why} is said
  function add({ file, files = file ? [file] : [], why }) {
    complain(why);
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

  field.addEventListener("change", () => add({ files: [...field.files] }));
  onDrop(form.querySelector(".drop"), add);
  onPaste(add);
  onCamera(add);

  // each photo is sent by itself, so that one sees how far it is, and the limit is one for each
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (isWorking()) return;
    complain();
    work("Adding …");
    const tokens = [];
    for (const [k, file] of photos.entries()) {
      const data = new FormData();
      data.append("photo", file, file.name || "photo");
      try {
        const place = await send(form.dataset.send, data, (text) => say(`Photo ${k + 1} of ${photos.length}. ${text}`));
        tokens.push(place.match(/([^/]+)\.jpg$/)[1]);
      } catch (error) {
        rest();
        complain(`${file.name}: ${error.message}`);
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
