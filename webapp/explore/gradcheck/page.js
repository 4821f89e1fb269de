// Sliders, and the check of a network. Every number comes from the server: this only asks for another state.
import { run } from "../common/job.js";
import { here, start, visit } from "../common/visit.js";

start();
begin();
document.addEventListener("visited", begin);

function begin() {
  document.getElementById("run")?.addEventListener("click", check);
  for (const slider of document.querySelectorAll("#state input[type=range]")) {
    slider.addEventListener("input", () => { document.getElementById(slider.dataset.shows).textContent = slider.value; });
    slider.addEventListener("change", () => visit(here({ [slider.name]: slider.value })));
  }
}

document.addEventListener("change", (event) => {
  if (event.target.id === "check") visit(here({ check: event.target.value, of: null }));
});

async function check(event) {
  const button = event.target;
  button.hidden = true;
  const job = run(document.getElementById("job"), button.dataset.address, {});
  if (await job.ended === "done" && button.isConnected) visit(here({}), { remember: false });
  else button.hidden = false;
}
