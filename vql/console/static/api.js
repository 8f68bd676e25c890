// What is asked of the server, and small tools for the page.

export const page = sessionStorage.getItem("vql-page") ?? crypto.randomUUID();
sessionStorage.setItem("vql-page", page);

/** Ask a call; resolves to its JSON, with `error` where it was refused. `signal` gives a question up. */
export async function call(name, given = {}, signal = undefined) {
  try {
    const response = await fetch(`/call/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Console-Page": page },
      body: JSON.stringify(given),
      signal,
      keepalive: name === "cancel", // is sent though the page goes
    });
    if (!(response.headers.get("Content-Type") ?? "").includes("json")) throw new Error(await response.text());
    return await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return { error: { message: `the console does not answer: ${error.message}`, sqlstate: "08006" } };
  }
}

export const element = (id) => document.getElementById(id);

/** Make an element: attributes, properties that begin with a dot, listeners that begin with "on", children. */
export function make(tag, given = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name.startsWith(".")) made[name.slice(1)] = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** The address of a cell of an answer, whole. */
export function cellAddress(lane, answer, row, column) {
  return `/cell?${new URLSearchParams({ page, lane, answer, row, column })}`;
}

export function milliseconds(ms) {
  return ms < 1 ? "under 1 ms" : ms < 1000 ? `${ms.toFixed(ms < 10 ? 1 : 0)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

export const count = (number, one, many = `${one}s`) =>
  `${Number(number).toLocaleString("en")} ${Number(number) === 1 ? one : many}`;

/** A function that runs once its calls have ended for a moment; `now` runs it at once. */
export function debounced(run, delay) {
  let timer = 0;
  const later = (...given) => {
    clearTimeout(timer);
    timer = setTimeout(run, delay, ...given);
  };
  later.now = (...given) => {
    clearTimeout(timer);
    return run(...given);
  };
  return later;
}

/** An error as it is shown: message, the line with a caret below the place, detail and hint. */
export function errorBox(error, sql = "") {
  const box = make("div", { class: "error", role: "alert" });
  box.append(make("p", { class: "message" }, make("strong", {}, error.message), make("code", {}, error.sqlstate)));
  if (error.position && sql) {
    const at = [...sql].slice(0, error.position - 1).join("").length;
    const start = sql.lastIndexOf("\n", at - 1) + 1;
    const end = sql.indexOf("\n", at) < 0 ? sql.length : sql.indexOf("\n", at);
    const from = Math.max(start, at - 60);
    const line = sql.slice(from, Math.min(end, at + 60));
    const number = sql.slice(0, at).split("\n").length;
    box.append(make("pre", { class: "caret" }, `${`LINE ${number}: `}${line}\n${" ".repeat(`LINE ${number}: `.length + at - from)}^`));
  }
  if (error.detail) box.append(make("p", {}, `Detail: ${error.detail}`));
  if (error.hint) box.append(make("p", { class: "hint" }, `Hint: ${error.hint}`));
  if (error.context) box.append(make("p", { class: "note" }, error.context));
  return box;
}
