// The view Search: rows like a row, a picture or words, under filters, as of a moment.

import { call, cellAddress, count, debounced, element, errorBox, make, milliseconds } from "/static/api.js";
import { tableName, whenTables } from "/static/editor.js";
import { cellContent } from "/static/grid.js";

const SLIDER_WAIT = 60, TYPING_WAIT = 300, PLAN_WAIT = 400;
let hello = {}, openInEditor = () => {}, chosen = null, history = [], like = null, said = null, question = 0, full = "";
const aborts = { search: null, plan: null };

/** What a table of vectors is called in a list, and found by. */
export const vectorTables = (tables) => tables.flatMap((table) =>
  table.columns.filter((column) => column.vector).map((column) => ({ table, column, label: `${tableName(table)}.${column.name}` })));

export function fillChoice(select, choices) {
  const before = select.value;
  select.replaceChildren(...choices.map((choice) => make("option", { value: choice.label }, `${choice.label}, ${choice.column.type}`)));
  if (choices.some((choice) => choice.label === before)) select.value = before;
}

let choices = [];

async function chooseTable() {
  const found = choices.find((choice) => choice.label === element("search-table").value) ?? choices[0];
  if (!found) {
    element("hits").replaceChildren(make("p", { class: "note" }, "There is no table with a column of type vector or halfvec."));
    return;
  }
  chosen = found;
  like = null;
  said = null;
  element("as-of-text").value = "";
  element("metric").value = found.column.metrics[0] ?? "l2";
  const key = found.table.columns.filter((column) => column.key);
  element("like-key-label").hidden = key.length !== 1;
  element("key-name").textContent = key.length === 1 ? key[0].name : "";
  tellLiked();
  const asked = { schema: found.table.schema, table: found.table.name, column: found.column.name };
  const searching = search();
  const known = await call("facets", asked);
  if (chosen !== found) return;
  if (known.error) element("filters").replaceChildren(errorBox(known.error));
  else {
    drawFilters(known.facets);
    history = known.history;
    drawSlider();
  }
  await searching;
}

// ---------------------------------------------------------------- filters

function drawFilters(facets) {
  const box = element("filters");
  box.replaceChildren(...facets.map((facet) => (facet.values ? ticks(facet) : range(facet))));
  if (!facets.length) box.append(make("p", { class: "note" }, "No column has few values, numbers or dates."));
}

function ticks(facet) {
  return make("fieldset", { class: "facet", "data-column": facet.column, "data-kind": "ticks" },
    make("legend", {}, facet.column),
    ...facet.values.map(({ value, rows }) => make("label", { class: "tick" },
      make("input", { type: "checkbox", ".value": value ?? "", "data-null": value === null, onchange: search }),
      make("span", {}, value ?? "NULL"), make("small", {}, rows.toLocaleString("en")))));
}

function range(facet) {
  const kind = facet.kind === "date" ? "date" : "text";
  const end = (name, placeholder) => make("label", {}, make("span", { class: "unseen" }, `${facet.column} ${name}`),
    make("input", { type: kind, "data-end": name, inputmode: facet.kind === "number" ? "decimal" : null, placeholder, autocomplete: "off", oninput: searchTyped }));
  return make("fieldset", { class: "facet", "data-column": facet.column, "data-kind": "range" },
    make("legend", {}, facet.column), make("div", { class: "row" }, end("from", facet.from ?? ""), make("span", { "aria-hidden": "true" }, "to"), end("to", facet.to ?? "")));
}

function filters() {
  const found = [];
  for (const box of document.querySelectorAll("#filters .facet")) {
    const column = box.dataset.column;
    if (box.dataset.kind === "ticks") {
      const on = [...box.querySelectorAll("input:checked")].map((input) => ("null" in input.dataset ? null : input.value));
      if (on.length) found.push({ column, in: on });
    } else {
      const ends = Object.fromEntries([...box.querySelectorAll("input")].map((input) => [input.dataset.end, input.value.trim()]));
      if (ends.from || ends.to) found.push({ column, ...ends });
    }
  }
  return found;
}

// ---------------------------------------------------------------- time

const timeOf = (version) => new Date(version.time.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00"));

function drawSlider() {
  const slider = element("as-of-slider");
  slider.disabled = history.length < 1;
  slider.max = Math.max(history.length, 0);
  slider.value = slider.max;
  tellMoment();
}

/** The version under the slider, null at its end, which is now. */
const version = () => history[Number(element("as-of-slider").value)] ?? null;

function tellMoment() {
  const typed = element("as-of-text").value.trim(), at = version();
  const changes = at && [at.inserted > 0 ? `+${count(at.inserted, "row")}` : "", at.deleted > 0 ? `−${count(at.deleted, "row")}` : ""].filter(Boolean).join(", ");
  const text = typed || (at ? [`version ${at.version}`, timeOf(at).toLocaleString(), at.snapshot && `snapshot ${at.snapshot}`, changes].filter(Boolean).join(" · ") : "now");
  element("as-of-said").textContent = text;
  element("as-of-slider").setAttribute("aria-valuetext", text);
  element("as-of-now").hidden = !typed && !at;
}

const asOf = () => element("as-of-text").value.trim() || (version() ? `version ${version().version}` : "");

// ---------------------------------------------------------------- what is searched for

function tellLiked(picture = null) {
  const box = element("liked");
  box.replaceChildren();
  if (!said) return;
  if (picture) box.append(picture);
  box.append(make("span", {}, said), make("button", { type: "button", class: "quiet", onclick: forget }, "Clear"));
}

function forget() {
  like = said = null;
  for (const id of ["like-key", "like-text", "like-picture"]) element(id).value = "";
  tellLiked();
  search();
}

function searchFor(wanted, words, picture = null) {
  like = wanted;
  said = words;
  if (!("key" in wanted)) element("like-key").value = "";
  if (!("text" in wanted)) element("like-text").value = "";
  tellLiked(picture);
  return search();
}

function searchPicture(file) {
  if (!file) return;
  const reader = new FileReader();
  reader.onload = () => {
    const address = URL.createObjectURL(file);
    searchFor({ picture: reader.result.slice(reader.result.indexOf(",") + 1) }, file.name || "the picture", make("img", { src: address, alt: "the picture searched for", onload: () => URL.revokeObjectURL(address) }));
  };
  reader.readAsDataURL(file);
}

// ---------------------------------------------------------------- asking

function asked() {
  return {
    schema: chosen.table.schema, table: chosen.table.name, column: chosen.column.name, metric: element("metric").value,
    limit: Number(element("limit").value) || hello.limit, filters: filters(), as_of: asOf(), like,
  };
}

async function search() {
  if (!chosen) return;
  const number = (question += 1);
  for (const each of Object.values(aborts)) each?.abort();
  aborts.search = new AbortController();
  const given = asked();
  element("hits").setAttribute("aria-busy", "true");
  let found;
  try {
    found = await call("search", given, aborts.search.signal);
  } catch {
    return; // a newer question is under way
  }
  if (number !== question) return;
  element("hits").removeAttribute("aria-busy");
  element("figures").replaceChildren();
  if (found.error) {
    element("search-took").textContent = "";
    element("hits").replaceChildren(errorBox(found.error));
    element("search-plan").textContent = element("search-sql").textContent = "";
    return;
  }
  // What was searched for stays, whichever row it came from: answers are kept for a while only.
  if (like && found.near) like = { vector: found.near };
  full = found.full;
  element("search-sql").textContent = found.sql;
  element("search-took").textContent = `${count(found.total, "row")} in ${milliseconds(found.ms)}`;
  drawHits(found);
  plan({ ...given, like });
}

const searchTyped = debounced(search, TYPING_WAIT);
const searchAtVersion = debounced(search, SLIDER_WAIT);

const plan = debounced(async (given) => {
  const number = question;
  aborts.plan = new AbortController();
  let found;
  try {
    found = await call("plan", given, aborts.plan.signal);
  } catch {
    return;
  }
  if (number !== question) return;
  element("search-plan").textContent = found.error ? found.error.message : found.plan;
  if (found.error) return;
  const figure = (title, pattern) => {
    const match = pattern.exec(found.plan);
    return match ? make("div", {}, make("dt", {}, title), make("dd", {}, match[1])) : null;
  };
  element("figures").replaceChildren(...[
    figure("Recall measured", /Recall Measured: ([\d.]+)/), figure("asked for", /Recall Target: ([\d.]+)/),
    figure("Execution", /Execution Time: ([\d.]+ ms)/), figure("Way", /(Index Scan|Seq Scan|Vector Scan|Exact Scan|Sort|Nearest)[^\n(]*/),
  ].filter(Boolean));
}, PLAN_WAIT);

function drawHits(found) {
  const box = element("hits");
  const pictures = found.columns.findIndex((column, i) => found.rows.some((row) => row[i]?.kind === "picture"));
  const key = found.columns.findIndex((column) => chosen.table.columns.some((each) => each.key && each.name === column.name));
  const distance = found.columns.findIndex((column, i) => column.name === "distance" && i === found.columns.length - 1 && found.near);
  box.replaceChildren(...found.rows.map((row, number) => {
    const name = key < 0 ? `row ${number + 1}` : `${found.columns[key].name} ${row[key]}`;
    const place = (column) => ({ lane: "search", answer: found.answer, row: number, column });
    const picture = pictures >= 0 && row[pictures]?.kind === "picture"
      ? make("img", { src: cellAddress("search", found.answer, number, pictures), alt: "", width: 112, height: 112 })
      : found.sketches[number] ? sketch(found.sketches[number]) : null;
    const values = found.columns.map((column, i) => (i === pictures || i === key || i === distance || column.type === "bytea" ? null
      : make("div", {}, make("dt", {}, column.name), make("dd", {}, cellContent(row[i], column, place(i))))));
    return make("article", { role: "listitem", class: "hit" },
      make("button", { class: "like", "aria-label": `More like ${name}`, title: "More like this",
        onclick: () => searchFor({ answer: found.answer, row: number }, name, picture && copyOf(picture)) }, picture ?? make("span", { class: "blank" }, name)),
      make("p", { class: "who" }, make("strong", {}, name), distance >= 0 ? make("span", { class: "distance", title: "distance" }, short(row[distance])) : null),
      make("dl", {}, ...values));
  }));
  if (!found.rows.length) box.append(make("p", { class: "note" }, "No row passes."));
}

const short = (text) => (text === null ? "NULL" : Number(text).toPrecision(4).replace(/\.?0+$/, ""));

function copyOf(picture) {
  if (picture.tagName === "IMG") return make("img", { src: picture.src, alt: "" });
  const copy = make("canvas", { width: picture.width, height: picture.height });
  copy.getContext("2d").drawImage(picture, 0, 0);
  return copy;
}

/** A vector drawn as shades, where a row has no picture. */
function sketch({ shades, line }) {
  const bytes = Uint8Array.from(atob(shades), (each) => each.charCodeAt(0));
  const canvas = make("canvas", { width: line, height: Math.ceil(bytes.length / line), class: "sketch" });
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  bytes.forEach((shade, i) => image.data.set([255 - shade * 0.94, 255 - shade * 0.72, 255 - shade * 0.7, 255], i * 4));
  context.putImageData(image, 0, 0);
  return canvas;
}

// ---------------------------------------------------------------- the view

let isBegun = false;

export function show() {
  if (!isBegun) {
    isBegun = true;
    chooseTable();
  }
}

export function start(known, open) {
  hello = known;
  openInEditor = open;
  element("metric").append(...(hello.metrics ?? []).map((metric) => make("option", {}, metric)));
  whenTables((tables) => {
    choices = vectorTables(tables);
    fillChoice(element("search-table"), choices);
  });
  const hint = element("embedding-hint");
  for (const id of ["like-text", "like-picture"]) element(id).disabled = !hello.embeds;
  hint.hidden = Boolean(hello.embeds);
  hint.textContent = `Words and pictures need an embedding function. ${hello.embedding_hint ?? ""}`;
  element("search-form").addEventListener("submit", (event) => event.preventDefault());
  element("search-table").addEventListener("change", chooseTable);
  for (const id of ["metric", "limit"]) element(id).addEventListener("change", search);
  const typed = (id, kind) => element(id).addEventListener("change", () => {
    const text = element(id).value.trim();
    if (text) searchFor({ [kind]: text }, kind === "key" ? `${element("key-name").textContent} ${text}` : `“${text}”`);
    else forget();
  });
  typed("like-key", "key");
  typed("like-text", "text");
  element("like-picture").addEventListener("change", (event) => searchPicture(event.target.files[0]));
  const drop = element("drop");
  drop.addEventListener("dragover", (event) => event.preventDefault());
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    if (hello.embeds) searchPicture(event.dataTransfer.files[0]);
  });
  document.addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find((each) => each.type.startsWith("image/"));
    if (file && hello.embeds && !element("view-search").hidden) searchPicture(file);
  });
  element("as-of-slider").addEventListener("input", () => {
    element("as-of-text").value = "";
    tellMoment();
    searchAtVersion();
  });
  element("as-of-text").addEventListener("change", () => {
    tellMoment();
    search();
  });
  element("as-of-now").addEventListener("click", () => {
    element("as-of-text").value = "";
    element("as-of-slider").value = element("as-of-slider").max;
    tellMoment();
    search();
  });
  element("to-editor").addEventListener("click", () => openInEditor(full));
  if (matchMedia("(max-width: 720px)").matches) element("search-box").open = element("filters-box").open = false;
}
