// The view Map: vectors on a plane, coloured by a column; rows are listed by drawing around them.

import { call, count, element, errorBox, make, milliseconds } from "/static/api.js";
import { whenTables } from "/static/editor.js";
import { grid } from "/static/grid.js";
import { fillChoice, vectorTables } from "/static/search.js";

// Colours that stay apart for most eyes (Okabe and Ito, 2008), a few added; the last is for all others.
const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#b8a800", "#7a5195", "#6b8e23", "#a0522d", "#8a8f94"];
const PADDING = 18;
const canvas = element("map");
let choices = [], sample = null, places = null, groups = null, chosen = new Set(), path = null, frame = null, drawn = "";

const choice = () => choices.find((each) => each.label === element("map-table").value) ?? choices[0];

async function draw() {
  const found = choice();
  if (!found) return (element("map-said").textContent = "There is no table with a column of type vector or halfvec.");
  drawn = found.label;
  element("map-said").textContent = "Reading vectors …";
  element("map-draw").disabled = true;
  const answer = await call("map", { schema: found.table.schema, table: found.table.name, column: found.column.name, method: element("map-method").value });
  element("map-draw").disabled = false;
  element("map-rows").replaceChildren();
  if (answer.error) {
    element("map-said").textContent = "";
    return element("map-rows").replaceChildren(errorBox(answer.error));
  }
  sample = { ...answer, schema: found.table.schema, table: found.table.name };
  const bytes = Uint8Array.from(atob(answer.places), (each) => each.charCodeAt(0));
  places = new Float32Array(bytes.buffer);
  chosen = new Set();
  const share = answer.shares[0] + answer.shares[1];
  element("map-said").textContent = `${count(places.length / 2, "row")} of ${answer.total.toLocaleString("en")} in ${milliseconds(answer.ms)}` +
    (share ? `; the two axes hold ${(share * 100).toFixed(0)} % of the variance` : "");
  const select = element("map-colour"), before = select.value;
  const few = answer.columns.filter((column) => new Set(answer.values[column.name]).size <= 500 || column.right);
  select.replaceChildren(make("option", { value: "" }, "nothing"), ...few.map((column) => make("option", {}, column.name)));
  const wanted = few.find((column) => column.name === before) ?? few.find((column) => { const size = new Set(answer.values[column.name]).size; return size > 1 && size <= COLOURS.length; });
  select.value = wanted?.name ?? "";
  group();
}

/** Colours of the rows: by value where there are few, by ten steps where they are numbers. */
function group() {
  const name = element("map-colour").value;
  const rows = places.length / 2;
  const legend = element("legend");
  groups = new Uint8Array(rows);
  let labels = [];
  if (name) {
    const values = sample.values[name];
    const counts = new Map();
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
    const column = sample.columns.find((each) => each.name === name);
    if (column.right && counts.size > COLOURS.length) {
      const numbers = values.map((value) => (value === null ? NaN : Number(value)));
      const sorted = numbers.filter((each) => !Number.isNaN(each)).sort((a, b) => a - b);
      const ends = [1, 2, 3, 4, 5].map((i) => sorted[Math.min(sorted.length - 1, Math.floor((i * sorted.length) / 5))]);
      numbers.forEach((each, i) => (groups[i] = Number.isNaN(each) ? COLOURS.length - 1 : ends.findIndex((end) => each <= end)));
      labels = ends.map((end, i) => ({ colour: ramp(i), label: `up to ${Number(end.toPrecision(4))}` }));
    } else {
      const order = [...counts].sort((a, b) => b[1] - a[1]).map(([value]) => value);
      const at = new Map(order.map((value, i) => [value, Math.min(i, COLOURS.length - 1)]));
      values.forEach((value, i) => (groups[i] = at.get(value)));
      labels = order.slice(0, COLOURS.length - 1).map((value, i) => ({ colour: COLOURS[i], label: value ?? "NULL", rows: counts.get(value) }));
      if (order.length >= COLOURS.length) labels.push({ colour: COLOURS.at(-1), label: `${order.length - COLOURS.length + 1} others` });
    }
    sample.palette = column.right && counts.size > COLOURS.length ? [0, 1, 2, 3, 4].map(ramp) : COLOURS;
  } else sample.palette = COLOURS;
  legend.replaceChildren(...labels.map(({ colour, label, rows }) => {
    const dot = make("span", { class: "dot" });
    dot.style.background = colour;
    return make("li", {}, dot, make("span", {}, label), rows ? make("small", {}, rows.toLocaleString("en")) : null);
  }));
  paint();
}

const ramp = (i) => ["#440154", "#3b528b", "#21918c", "#5ec962", "#d8c500"][i] ?? COLOURS.at(-1);

let view = null;

function layout() {
  const width = canvas.clientWidth, height = canvas.clientHeight, scale = devicePixelRatio || 1;
  if (canvas.width !== width * scale || canvas.height !== height * scale) Object.assign(canvas, { width: width * scale, height: height * scale });
  let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < places.length; i += 2) {
    left = Math.min(left, places[i]), right = Math.max(right, places[i]);
    low = Math.min(low, places[i + 1]), high = Math.max(high, places[i + 1]);
  }
  const x = (width - 2 * PADDING) / (right - left || 1), y = (height - 2 * PADDING) / (high - low || 1);
  view = { width, height, scale, x: (value) => PADDING + (value - left) * x, y: (value) => height - PADDING - (value - low) * y };
}

function paint() {
  if (!places) return;
  layout();
  const context = canvas.getContext("2d");
  context.setTransform(view.scale, 0, 0, view.scale, 0, 0);
  context.clearRect(0, 0, view.width, view.height);
  const size = places.length > 8000 ? 2 : places.length > 2000 ? 2.6 : 4;
  for (let i = 0; i < groups.length; i += 1) {
    context.globalAlpha = chosen.size ? (chosen.has(i) ? 1 : 0.12) : 0.7;
    context.fillStyle = sample.palette[groups[i]] ?? COLOURS.at(-1);
    context.beginPath();
    context.arc(view.x(places[2 * i]), view.y(places[2 * i + 1]), chosen.has(i) ? size + 1 : size, 0, 6.2832);
    context.fill();
  }
  context.globalAlpha = 1;
  const edge = getComputedStyle(canvas).getPropertyValue("color");
  if (path?.length > 1 || frame) {
    context.strokeStyle = edge;
    context.setLineDash([5, 4]);
    context.beginPath();
    for (const [x, y] of path ?? corners()) context.lineTo(x, y);
    context.closePath();
    context.stroke();
    context.setLineDash([]);
  }
}

const corners = () => [[frame.x, frame.y], [frame.x + frame.w, frame.y], [frame.x + frame.w, frame.y + frame.h], [frame.x, frame.y + frame.h]];

/** Whether a place is inside of a polygon, by the crossings of a ray to the left. */
function inside(polygon, x, y) {
  let is = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i, i += 1) {
    const [ax, ay] = polygon[i], [bx, by] = polygon[j];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) is = !is;
  }
  return is;
}

async function choose(polygon) {
  chosen = new Set();
  for (let i = 0; i < groups.length; i += 1) if (inside(polygon, view.x(places[2 * i]), view.y(places[2 * i + 1]))) chosen.add(i);
  paint();
  const rows = element("map-rows");
  if (!chosen.size) return rows.replaceChildren();
  const found = await call("selected", { schema: sample.schema, table: sample.table, answer: sample.answer, rows: [...chosen].slice(0, 200) });
  rows.replaceChildren(make("h2", {}, `${count(chosen.size, "row")} selected${chosen.size > 200 ? ", 200 of them" : ""}`),
    found.error ? errorBox(found.error) : grid(found, "selected", "Rows selected"));
}

function placeOf(event) {
  const box = canvas.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

function byKeyboard(event) {
  if (!places) return;
  const step = event.shiftKey ? 40 : 12;
  frame ??= { x: canvas.clientWidth / 2 - 40, y: canvas.clientHeight / 2 - 40, w: 80, h: 80 };
  const moved = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
  if (moved) Object.assign(frame, { x: frame.x + moved[0], y: frame.y + moved[1] });
  else if (event.key === "+" || event.key === "-") {
    const by = event.key === "+" ? 20 : -20;
    Object.assign(frame, { w: Math.max(20, frame.w + by), h: Math.max(20, frame.h + by) });
  } else if (event.key === "Enter") choose(corners());
  else if (event.key === "Escape") frame = null;
  else return;
  event.preventDefault();
  path = null;
  paint();
}

export function show() {
  if (drawn !== choice()?.label) draw();
  else paint();
}

export function start() {
  whenTables((tables) => {
    choices = vectorTables(tables);
    fillChoice(element("map-table"), choices);
  });
  element("map-draw").addEventListener("click", draw);
  for (const id of ["map-table", "map-method"]) element(id).addEventListener("change", draw);
  element("map-colour").addEventListener("change", group);
  canvas.addEventListener("keydown", byKeyboard);
  canvas.addEventListener("pointerdown", (event) => {
    if (!places) return;
    canvas.setPointerCapture(event.pointerId);
    frame = null;
    path = [placeOf(event)];
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!path || !canvas.hasPointerCapture(event.pointerId)) return;
    const at = placeOf(event);
    if (element("map-tool").value === "box") path = [path[0], [at[0], path[0][1]], at, [path[0][0], at[1]]];
    else path.push(at);
    paint();
  });
  canvas.addEventListener("pointerup", () => {
    const polygon = path;
    path = null;
    if (polygon) choose(polygon.length > 2 ? polygon : []);
  });
  addEventListener("resize", paint);
}
