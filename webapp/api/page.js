// Sends the forms of the page as requests to the API, and shows the answers. Keys work as in every form.

for (const form of document.forms) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const place = form.parentElement.querySelector("[role=status]");
    place.textContent = "Sent, waiting for the answer …";
    try {
      show(place, await fetch(...request(form)));
    } catch (error) {
      place.textContent = `No answer: ${error.message}`;
    }
  });
}

function request(form) {
  let path = form.dataset.path;
  const query = new URLSearchParams(), body = new FormData(), object = {};
  const options = { method: form.dataset.method, headers: {} };
  for (const field of form.elements) {
    const where = field.dataset.in;
    if (where === "path") path = path.replace(`{${field.name}}`, encodeURIComponent(field.value));
    else if (where === "query" && field.value) query.set(field.name, field.value);
    else if (where === "json") object[field.name] = field.value;
    else if (where === "form" && field.files) for (const file of field.files) body.append(field.name, file);
    else if (where === "form" && field.name === "face") field.value.split(" ").filter(Boolean).forEach((one) => body.append("face", one));
    else if (where === "form" && field.value) body.append(field.name, field.value);
    if (where === "form") options.body = body;
  }
  if (Object.keys(object).length) {
    options.body = JSON.stringify(object);
    options.headers["Content-Type"] = "application/json";
  }
  const token = document.getElementById("token")?.value;
  if (token) options.headers.Authorization = `Bearer ${token}`;
  return [query.size ? `${path}?${query}` : path, options];
}

async function show(place, answer) {
  const status = document.createElement("p");
  status.textContent = `${answer.status} ${answer.statusText}`;
  let content;
  if (answer.headers.get("Content-Type").startsWith("image/")) {
    content = document.createElement("img");
    content.alt = "The photo";
    content.src = answer.url; // the policy of the page allows no picture without an address
  } else {
    content = document.createElement("pre");
    content.tabIndex = 0; // so that it scrolls by keyboard
    content.textContent = JSON.stringify(await answer.json(), null, 2);
  }
  place.replaceChildren(status, content);
}
