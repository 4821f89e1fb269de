// What a page says while it waits for an answer: how far it is, what went wrong, and nothing when the page is at rest.
// It is said in <p id="busy" role="status" hidden> and in <p id="said" role="alert" hidden>. A page calls start() once.
import { send } from "./photos.js";

const root = document.documentElement;
const busy = document.getElementById("busy");
const said = document.getElementById("said");

export function start() {
  root.classList.add("js");
  // the browser's back button shows the page as it was left; its busy look is removed here
  window.addEventListener("pageshow", rest);
}

export const isWorking = () => root.classList.contains("working");

export function work(text) {
  root.classList.add("working");
  say(text);
}

export function say(text) {
  busy.hidden = false;
  busy.textContent = text;
}

export function rest() {
  root.classList.remove("working");
  if (busy) busy.hidden = true;
}

// say what went wrong, nothing for no text; it stands at the top, and a form may be far below on a narrow screen
export function complain(why) {
  said.hidden = !why;
  said.textContent = why ?? "";
  if (why) said.scrollIntoView({ block: "nearest" });
}

// send a form and go on to its answer; false where that failed, and was said
export async function ask(address, data) {
  complain();
  work("Uploading …");
  try {
    location.assign(await send(address, data, say));
    return true;
  } catch (error) {
    rest();
    complain(error.message);
    return false;
  }
}
