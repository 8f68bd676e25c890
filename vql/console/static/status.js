// The view Status: what VQL tells of itself.

import { call, element, errorBox, make, milliseconds } from "/static/api.js";
import { grid } from "/static/grid.js";

async function read() {
  const found = await call("status");
  const box = element("status");
  if (found.error) return box.replaceChildren(errorBox(found.error));
  element("status-said").textContent = `read in ${milliseconds(found.ms)}`;
  box.replaceChildren(make("p", {}, found.about), make("p", { class: "note" }, found.version),
    ...found.parts.map((part) => make("section", {}, make("h2", {}, part.title),
      part.total ? grid(part, "status", part.title) : make("p", { class: "note" }, "nothing yet"))));
}

export const show = () => read();
export const start = () => element("status-again").addEventListener("click", read);
