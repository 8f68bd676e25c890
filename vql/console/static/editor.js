// The view SQL: tables, the editor, answers, the plan.

import { call, count, debounced, element, errorBox, make, milliseconds } from "/static/api.js";
import { grid } from "/static/grid.js";

const WORDS = new RegExp(
  "(--[^\\n]*|/\\*[\\s\\S]*?(?:\\*/|$))|('(?:[^']|'')*'?|\\$\\$[\\s\\S]*?(?:\\$\\$|$))|(\"(?:[^\"]|\"\")*\"?)|\\b(\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?)\\b|\\b(" +
    ("select from where and or not null is in as of on join left right full inner outer cross lateral group by order having limit " +
      "offset fetch union all except intersect distinct case when then else end insert into values update set delete returning " +
      "create table index view materialized schema type function snapshot drop alter add column primary key references unique " +
      "check default using with recursive explain analyze begin commit rollback savepoint vacuum truncate copy show grant revoke " +
      "true false between like ilike exists asc desc nulls first last cast over partition version time interval if temporary").split(" ").join("|") +
    ")\\b", "gi");
const KINDS = ["", "comment", "string", "name", "number", "word"];
const sql = element("sql");
let running = 0, block = "I";

function colour() {
  const text = sql.value;
  const out = [];
  let end = 0;
  for (const found of text.matchAll(WORDS)) {
    out.push(text.slice(end, found.index));
    out.push(make("span", { class: KINDS[found.findIndex((part, i) => i > 0 && part !== undefined)] }, found[0]));
    end = found.index + found[0].length;
  }
  out.push(text.slice(end), "\n");
  element("coloured").replaceChildren(...out);
  const lines = text.split("\n").length;
  sql.rows = Math.min(Math.max(lines + 1, 5), 18);
  follow();
}

function follow() {
  element("coloured").scrollTop = sql.scrollTop;
  element("coloured").scrollLeft = sql.scrollLeft;
}

/** Put a text into the editor. */
export function write(text) {
  sql.value = text;
  colour();
  localStorage.setItem("vql-sql", text);
}

function chosen() {
  const start = sql.selectionStart, end = sql.selectionEnd;
  return end - start > 1 && sql.value.slice(start, end).trim() ? { text: sql.value.slice(start, end), start } : { text: sql.value, start: 0 };
}

function busy(is) {
  element("run").disabled = is;
  element("explain").disabled = is;
  element("cancel").disabled = !is;
}

/** Tell of the transaction block, whose state goes with the next statement: one that has ended meanwhile must not be missed. */
export function tellBlock(status) {
  block = status ?? block;
  const badge = element("block");
  badge.hidden = block === "I";
  badge.textContent = badge.hidden ? "" : block === "E" ? "failed transaction: ROLLBACK ends it" : "in a transaction";
  badge.classList.toggle("bad", block === "E");
}

async function working(name, asked, show) {
  if (running) return;
  running = performance.now();
  busy(true);
  let another = false; // statement is running: from before the page was loaded anew, say
  const tick = setInterval(() => (element("took").textContent = `running, ${milliseconds(performance.now() - running)}`), 100);
  try {
    const found = await call(name, { sql: asked.text, block });
    tellBlock(found.status);
    element("took").textContent = milliseconds(found.ms ?? 0);
    show(found);
    another = found.error?.sqlstate === "55006";
    if (found.error?.position) markPlace(asked, found.error.position);
  } finally {
    clearInterval(tick);
    running = 0;
    busy(false);
    element("cancel").disabled = !another;
  }
}

function markPlace(asked, position) {
  const at = asked.start + [...asked.text].slice(0, position - 1).join("").length;
  const word = /^[\w"]+|^\S/.exec(sql.value.slice(at))?.[0] ?? "";
  sql.focus();
  sql.setSelectionRange(at, at + Math.max(word.length, 0));
}

export function run() {
  const asked = chosen();
  localStorage.setItem("vql-sql", sql.value);
  if (!asked.text.trim()) return Promise.resolve();
  return working("run", asked, (found) => {
    const results = element("results");
    results.replaceChildren();
    element("plan").hidden = true;
    if (found.error) return results.append(errorBox(found.error, asked.text));
    let total = 0;
    for (const answer of found.answers) {
      for (const remark of answer.remarks)
        results.append(make("p", { class: "remark" }, make("strong", {}, `${remark.severity}: `), remark.text, remark.detail ? ` ${remark.detail}` : "", remark.hint ? ` ${remark.hint}` : ""));
      if (answer.columns) results.append(grid(answer, "editor", `Answer: ${answer.tag}`));
      else results.append(make("p", { class: "tag" }, answer.tag));
      total += answer.total ?? 0;
    }
    if (found.answers.some((answer) => answer.columns)) element("took").textContent += `, ${count(total, "row")}`;
    if (found.answers.some((answer) => /^(CREATE|DROP|ALTER|INSERT|DELETE|COPY|TRUNCATE|ROLLBACK|COMMIT)/.test(answer.tag))) readTables();
  });
}

function explain() {
  const asked = chosen();
  if (!asked.text.trim()) return;
  working("explain", asked, (found) => {
    const plan = element("plan");
    plan.hidden = false;
    plan.replaceChildren(
      make("p", { class: "row" }, make("strong", {}, "Plan"), make("button", { class: "quiet", onclick: () => (plan.hidden = true) }, "Close")),
      found.error ? errorBox(found.error, asked.text) : make("pre", { tabindex: "0" }, found.plan));
  });
}

export const cancel = () => call("cancel", { lane: "editor" });

// ---------------------------------------------------------------- tables

let tables = [];
const listeners = [];
export const whenTables = (run) => listeners.push(run);

export async function readTables() {
  const found = await call("tables");
  const box = element("tables");
  if (found.error) return box.replaceChildren(errorBox(found.error));
  tables = found.tables;
  box.replaceChildren();
  const schemas = new Map();
  for (const table of tables) schemas.set(table.schema, [...(schemas.get(table.schema) ?? []), table]);
  for (const [schema, inside] of schemas) {
    if (schemas.size > 1 || schema !== "public") box.append(make("h3", {}, schema));
    box.append(make("ul", { class: "tables" }, ...inside.map(tableItem)));
  }
  if (!tables.length) box.append(make("p", { class: "note" }, "There is no table yet."));
  for (const run of listeners) run(tables);
}

const nameOf = (text) => (/^[a-z_][a-z0-9_]*$/.test(text) ? text : `"${text.replaceAll('"', '""')}"`);
export const tableName = (table) => (table.schema === "public" ? "" : `${nameOf(table.schema)}.`) + nameOf(table.name);

function tableItem(table) {
  const rows = table.rows >= 0 ? `about ${count(table.rows, "row")}` : table.kind;
  const show = () => {
    const columns = table.columns.map((column) => nameOf(column.name)).join(", ");
    write(`SELECT ${columns}\nFROM ${tableName(table)}\nLIMIT 100`);
    run();
  };
  return make("li", {}, make("details", {},
    make("summary", {}, make("span", { class: "name" }, table.name), make("small", {}, rows)),
    table.comment ? make("p", { class: "note" }, table.comment) : null,
    make("ul", { class: "columns" }, ...table.columns.map((column) => make("li", {},
      make("span", { class: column.key ? "key" : "" }, column.name, column.key ? make("abbr", { title: "primary key" }, " key") : null),
      make("small", {}, column.type + (column.required && !column.key ? ", not null" : ""))))),
    table.indexes.length ? make("ul", { class: "indexes", "aria-label": "Indexes" }, ...table.indexes.map((index) => make("li", { title: index.definition }, make("span", {}, index.name), make("small", {}, /USING (.*)$/.exec(index.definition)?.[1] ?? "")))) : null,
    make("button", { class: "quiet", onclick: show }, "Show rows")));
}

export function start() {
  sql.addEventListener("input", colour);
  sql.addEventListener("scroll", follow);
  sql.addEventListener("input", debounced(() => localStorage.setItem("vql-sql", sql.value), 500));
  element("run").addEventListener("click", run);
  element("explain").addEventListener("click", explain);
  element("cancel").addEventListener("click", cancel);
  element("tables-again").addEventListener("click", readTables);
  element("view-sql").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      run();
    } else if (event.key === "Escape" && running) cancel();
  });
  addEventListener("pagehide", () => running && cancel()); // nobody is there for the answer
  if (matchMedia("(max-width: 720px)").matches) element("tables-box").open = false;
  write(localStorage.getItem("vql-sql") ?? "");
}
