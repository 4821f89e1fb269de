// A computation of explore/common/jobs.py, shown while it runs. It ends with the page.
//
//   const job = run(panel, address, { progress: (value) => ..., result: (value) => ... });
//   job.stop();  job.tell({ pause: 1 });  await job.ended;      // ended: why, "done", "stopped", "time", "lost" or "refused"
//
// panel: the element of the macro job_panel. on: a function for each name of an event. An event "progress" with {done, of, says}
// moves the bar by itself.

const WORDS = { done: "Done.", stopped: "Stopped.", time: "Stopped: its time is over.", lost: "The connection was lost." };

export function run(panel, address, on) {
  const [status, bar, button] = ["[role=status]", "progress", "button"].map((what) => panel.querySelector(what));
  const source = new EventSource(address);
  let token = null;
  let finish;
  const ended = new Promise((resolve) => { finish = resolve; });
  panel.hidden = bar.hidden = button.hidden = false;
  bar.removeAttribute("value");  // as long as nobody knows how far it is
  status.textContent = "Computing …";

  function end(why, words = WORDS[why]) {
    source.close();
    bar.hidden = button.hidden = true;
    status.textContent = words;
    window.removeEventListener("pagehide", stop);
    finish(why);
  }
  function tell(message) {
    return token ? fetch(new URL(`../jobs/${token}`, base(address)), { method: "POST", body: new URLSearchParams(message) }) : null;
  }
  function stop() {
    tell({ stop: 1 });
    end("stopped");
  }

  source.addEventListener("job", (event) => { token = JSON.parse(event.data).token; });
  source.addEventListener("end", (event) => end(JSON.parse(event.data).why));
  // the browser would begin the computation anew
  source.addEventListener("error", async () => {
    if (token) return end("lost");
    source.close();
    end("refused", await reason(address));
  });
  source.addEventListener("progress", (event) => {
    const { done, of, says } = JSON.parse(event.data);
    if (of) {
      bar.max = of;
      bar.value = done;
    }
    if (says || of) status.textContent = says ?? `${done} of ${of}`;
  });
  for (const [name, act] of Object.entries(on)) source.addEventListener(name, (event) => act(JSON.parse(event.data)));
  button.onclick = stop;
  window.addEventListener("pagehide", stop);
  return { stop, tell, ended };
}

// a page's own address, /explore/NAME/: jobs stand beside it
const base = (address) => new URL(address, location.href).href.replace(/(\/explore\/[^/]+\/).*/, "$1");

// an EventSource does not say why it was refused
async function reason(address) {
  const stopped = new AbortController();
  try {
    const answer = await fetch(address, { signal: stopped.signal });
    if (answer.ok) return "It did not begin. Try again.";
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return page.querySelector("[role=alert]")?.textContent.trim() || "It did not begin.";
  } catch {
    return "The server can’t be reached. Is siamese-np still running?";
  } finally {
    stopped.abort();
  }
}
