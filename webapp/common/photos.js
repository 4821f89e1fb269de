// How a photo comes from the user to the server: from a file field, a drop, the clipboard or a camera. For comfort only: a
// page works without it by its form. A page imports what it needs: import { onDrop, onPaste } from "../common/photos.js";

const ONLY_AN_ADDRESS = "The browser gave this page only the address of that picture, and the page loads nothing from other " +
  "sites. Copy the picture itself and paste it here, or save it and choose the file.";
const NO_PICTURE = "There is no picture in it. Choose, drop or paste a photo.";

// the photo in a drop or in the clipboard: {file} (of several, all are in files), or {why} it can't be had
function photoIn(transfer) {
  const file = [...transfer.files].find((one) => one.type.startsWith("image/")) ?? transfer.files[0];
  if (file) return { file, files: [...transfer.files] };
  const html = new DOMParser().parseFromString(transfer.getData("text/html"), "text/html");
  const address = html.querySelector("img")?.getAttribute("src") ?? transfer.getData("text/uri-list") ?? "";
  if (address.startsWith("data:image/")) return { file: fromDataAddress(address) };
  const text = address || transfer.getData("text/plain");
  return { why: /^https?:/i.test(text) ? ONLY_AN_ADDRESS : NO_PICTURE };
}

// the bytes of a data: address, which no request is needed for
function fromDataAddress(address) {
  const [head, body] = address.slice("data:".length).split(/,(.*)/s);
  const text = head.endsWith(";base64") ? atob(body) : decodeURIComponent(body);
  return new File([Uint8Array.from(text, (c) => c.charCodeAt(0))], "photo", { type: head.split(";")[0] });
}

// send a form, and say how far it is; returns the address of the answer. Throws an Error with the server's message.
export function send(address, data, say) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) say(`Uploading: ${Math.floor(100 * event.loaded / event.total)} %`);
    });
    request.upload.addEventListener("load", () => say("Finding faces, and comparing them …"));
    request.addEventListener("error", () => reject(new Error("The server can’t be reached. Is siamese-np still running?")));
    request.addEventListener("load", () => {
      const place = request.getResponseHeader("Location");
      if (request.status === 201 && place) resolve(place);
      else reject(new Error(messageOf(request.responseText)));
    });
    request.send(data);
  });
}

// the message that a page of a failure shows
function messageOf(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  return page.querySelector("[role=alert]:not([hidden])")?.textContent.trim() || "Something went wrong here.";
}

// react to a drop anywhere, take(what, target): outside of a zone the browser would leave the page and show the photo
export function onDrop(zone, take) {
  let depth = 0;
  const mark = (change) => {
    depth = Math.max(0, depth + change);
    zone.classList.toggle("over", depth > 0);
  };
  document.addEventListener("dragenter", () => mark(1));
  document.addEventListener("dragleave", () => mark(-1));
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(-depth);
    take(photoIn(event.dataTransfer), event.target);
  });
}

// react to a paste, but not into a field for text
export function onPaste(take) {
  document.addEventListener("paste", (event) => {
    if (event.target.closest("input:not([type=file]), textarea")) return;
    event.preventDefault();
    take(photoIn(event.clipboardData));
  });
}

// react to the button of the camera, which is shown where the browser can open one
export function onCamera(take) {
  const button = document.getElementById("camera");
  button.hidden = !navigator.mediaDevices?.getUserMedia;
  button.addEventListener("click", async () => take(await takePhoto(document.getElementById("camera-dialog"))));
}

// show the camera in the <dialog> of common/macros.html; returns {file}, {why}, or {} where it was closed
async function takePhoto(dialog) {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user", width: { ideal: 1280 } } });
  } catch (error) {
    return { why: `There is no picture from the camera (${error.message}).` };
  }
  const video = dialog.querySelector("video");
  video.srcObject = stream;
  dialog.returnValue = "";
  dialog.showModal();
  await video.play();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  stream.getTracks().forEach((track) => track.stop());
  if (dialog.returnValue !== "take") return {};
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.95));
  return { file: new File([blob], "camera.jpg", { type: "image/jpeg" }) };
}
