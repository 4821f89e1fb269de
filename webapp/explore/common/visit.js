// Links and forms (method="get") of a page that lead to another state of the same page: only the part with the id "state" is
// fetched and replaced. So the scroll position, the focus and opened details stay. Without this script the page is loaded anew.
//
// A page calls start() once. After each change the event "visited" is sent to the document, with which its script begins anew.

const root = document.documentElement;
let running = null;

export function start() {
  root.classList.add("js");
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("#state a[href]");
    if (link?.getAttribute("href").startsWith("#")) return;  // a place of this page: the browser goes there
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const address = new URL(link.href.baseVal ?? link.href, location.href);
    if (address.pathname !== location.pathname || address.origin !== location.origin) return;
    event.preventDefault();
    visit(address);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "get" || !form.closest("#state")) return;
    event.preventDefault();
    visit(new URL(`${location.pathname}?${new URLSearchParams(new FormData(form, event.submitter))}`, location.href));
  });
  window.addEventListener("popstate", () => visit(new URL(location.href), { remember: false }));
}

// the address of this page with some values changed; null takes a name out
export function here(changes) {
  const address = new URL(location.href);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) address.searchParams.delete(name);
    else address.searchParams.set(name, value);
  }
  address.hash = "";
  return address;
}

// show another state. remember: as a new entry of the history; focus: the id of what has the focus then
export async function visit(address, { remember = true, focus = null } = {}) {
  running?.abort();
  const mine = (running = new AbortController());
  root.classList.add("visiting");
  try {
    const answer = await fetch(address, { signal: mine.signal });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine.signal.aborted) return;
    const next = page.getElementById("state");
    if (!next) throw new Error(page.querySelector("[role=alert]")?.textContent.trim() || "This state can’t be shown.");
    if (remember) history.pushState(null, "", address);
    document.title = page.title;
    replace(document.getElementById("state"), next, focus);
    tell("");
    document.dispatchEvent(new Event("visited"));
  } catch (error) {
    if (error.name !== "AbortError") tell(error.message);
  } finally {
    if (mine === running) root.classList.remove("visiting");
  }
}

function replace(old, next, focus) {
  const focused = document.activeElement;
  const id = focus ?? (old.contains(focused) ? focused.id : "");
  for (const open of old.querySelectorAll("details[id]")) {
    const same = next.querySelector(`#${CSS.escape(open.id)}`);
    if (same) same.open = open.open;
  }
  old.replaceWith(next);
  if (id) document.getElementById(id)?.focus({ preventScroll: true });
}

// say what went wrong, in the element with the id "said"
export function tell(text) {
  const said = document.getElementById("said");
  if (!said) return;
  said.hidden = !text;
  said.textContent = text;
}
