/**
 * The page at `/`: it exchanges the token of the printed address for a cookie and says what there is. It holds nothing
 * that needs a token; what it shows comes from the API.
 */
import { htmlPage } from "./html.js";

export const SHELL = htmlPage(
  "Holdfast",
  `<main>
<h1>Holdfast</h1>
<p id="state" role="status">Looking …</p>
<dl id="counts"></dl>
<section>
<h2>The API</h2>
<p><a href="/api/docs">What it offers</a>, and as a document: <a href="/api/openapi.json">/api/openapi.json</a> (OpenAPI 3.1).</p>
<table>
<tr><td><a href="/api/runs">/api/runs</a></td><td>runs, newest first</td></tr>
<tr><td><a href="/api/management">/api/management</a></td><td>statistics and active runs</td></tr>
<tr><td><a href="/api/workflows">/api/workflows</a></td><td>what can be started</td></tr>
<tr><td><a href="/api/workers">/api/workers</a></td><td>who works</td></tr>
<tr><td><a href="/metrics">/metrics</a></td><td>figures for Prometheus</td></tr>
</table>
</section>
</main>`,
  ["/shell.js"],
);

export const SHELL_SCRIPT = `"use strict";
const state = document.getElementById("state");
const counts = document.getElementById("counts");

async function openSession() {
  const token = new URLSearchParams(location.hash.slice(1)).get("t");
  if (token === null) return;
  // Out of the address at once: it must not be bookmarked or shown.
  history.replaceState(null, "", location.pathname);
  await fetch("/session", {
    method: "POST",
    headers: { "content-type": "application/json", "x-holdfast-request": "1" },
    body: JSON.stringify({ token }),
  });
}

function show(figures) {
  counts.replaceChildren(
    ...Object.entries(figures).flatMap(([name, value]) => {
      const term = document.createElement("dt");
      const text = document.createElement("dd");
      term.textContent = name;
      text.textContent = String(value);
      return [term, text];
    }),
  );
}

async function look() {
  try {
    const answer = await fetch("/api/management?limit=1");
    if (answer.status === 401) {
      state.textContent = "Not signed in. Open the address that holdfast serve printed: it carries the token.";
      show({});
      return;
    }
    if (!answer.ok) throw new Error(answer.statusText);
    const { active, recent } = await answer.json();
    state.textContent = "Connected.";
    show({ queued: active.queued, running: active.running, paused: active.paused, "completed in 24 hours": recent.completed, "failed in 24 hours": recent.failed });
  } catch {
    state.textContent = "The server does not answer. Trying again.";
  }
  setTimeout(look, 2000);
}

openSession().finally(look);
`;
