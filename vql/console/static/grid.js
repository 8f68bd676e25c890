// Rows of an answer as a table that grows as it is asked for more.

import { call, cellAddress, count, element, errorBox, make } from "/static/api.js";

/** Show the whole of a cell in the dialog. */
export async function showWhole(title, address, isPicture) {
  element("whole-title").textContent = title;
  const value = element("whole-value");
  value.replaceChildren();
  if (isPicture) value.append(make("img", { src: address, alt: title }));
  else {
    const response = await fetch(address);
    const text = await response.text();
    value.append(make("pre", { tabindex: "0" }, text.length > 200000 ? `${text.slice(0, 200000)}…` : text));
  }
  element("whole").showModal();
}

/** A cell's content. */
export function cellContent(cell, column, place) {
  if (cell === null) return make("span", { class: "null" }, "NULL");
  if (typeof cell === "string") return document.createTextNode(cell);
  const address = place && cellAddress(place.lane, place.answer, place.row, place.column);
  const title = `${column.name}, row ${place ? place.row + 1 : ""}`;
  if (cell.kind === "picture" && address) {
    return make("button", { class: "cell picture", title: `${count(cell.size, "byte")}`, onclick: () => showWhole(title, address, true) },
      make("img", { src: address, alt: `picture, ${count(cell.size, "byte")}`, loading: "lazy" }));
  }
  const said = {
    vector: () => [`[${cell.text}, … `, make("small", {}, cell.size), "]"],
    text: () => [cell.text, make("small", {}, ` … ${count(cell.size, "character")}`)],
    bytes: () => [cell.size > 8 ? `${cell.text}… ` : cell.text, make("small", {}, ` ${count(cell.size, "byte")}`)],
    picture: () => [make("small", {}, `picture, ${count(cell.size, "byte")}`)],
  }[cell.kind]();
  return address && cell.kind !== "bytes"
    ? make("button", { class: "cell", title: "Show all of it", onclick: () => showWhole(title, address, false) }, ...said)
    : make("span", {}, ...said);
}

/** Whether a cell is text that is broken into lines. */
const isLong = (cell) => (cell?.kind === "text" ? cell.text : typeof cell === "string" ? cell : "").length > 60;

/** The table of an answer; `lane` is where further rows are asked for. */
export function grid(answer, lane, caption) {
  const box = make("div", { class: "grid" });
  const body = make("tbody");
  const head = make("tr", {}, make("th", { scope: "col", class: "number", "aria-label": "row" }));
  for (const column of answer.columns)
    head.append(make("th", { scope: "col", class: column.right ? "right" : "" }, column.name, make("small", {}, column.type)));
  let shown = 0;
  const add = (rows) => {
    for (const row of rows) {
      const line = make("tr", {}, make("th", { scope: "row", class: "number" }, shown + 1));
      row.forEach((cell, i) => {
        const place = answer.answer ? { lane, answer: answer.answer, row: shown, column: i } : null;
        line.append(make("td", { class: answer.columns[i].right ? "right" : isLong(cell) ? "long" : "" }, cellContent(cell, answer.columns[i], place)));
      });
      body.append(line);
      shown += 1;
    }
  };
  add(answer.rows);
  const table = make("table", {}, make("caption", { class: "unseen" }, caption), make("thead", {}, head), body);
  const frame = make("div", { class: "frame", tabindex: "0", role: "region", "aria-label": caption }, table);
  const foot = make("p", { class: "row foot" });
  const more = make("button", { class: "quiet" });
  const said = make("span", { class: "note" });
  const tell = () => {
    said.textContent = shown < answer.total ? `${shown.toLocaleString("en")} of ${count(answer.total, "row")}` : count(answer.total, "row");
    more.textContent = `Show ${Math.min(200, answer.total - shown)} more`;
    more.hidden = shown >= answer.total || !answer.answer;
  };
  const fetchMore = async () => {
    more.disabled = true;
    const found = await call("rows", { lane, answer: answer.answer, first: shown, count: 200 });
    more.disabled = false;
    if (found.error) foot.after(errorBox(found.error));
    else add(found.rows);
    tell();
  };
  more.addEventListener("click", fetchMore);
  frame.addEventListener("scroll", () => {
    if (!more.hidden && !more.disabled && shown < 5000 && frame.scrollTop + frame.clientHeight > frame.scrollHeight - 200) fetchMore();
  });
  tell();
  foot.append(said, more);
  box.append(frame, foot);
  return box;
}
