// Begins the page: views as tabs, what the database is called.

import { call, element, make } from "/static/api.js";
import * as editor from "/static/editor.js";
import * as map from "/static/map.js";
import * as search from "/static/search.js";
import * as status from "/static/status.js";

const tabs = [...document.querySelectorAll("[role=tab]")];
const shown = { search: search.show, map: map.show, status: status.show };

function choose(tab, focus = true) {
  for (const each of tabs) {
    const is = each === tab;
    each.setAttribute("aria-selected", is);
    each.tabIndex = is ? 0 : -1;
    element(each.getAttribute("aria-controls")).hidden = !is;
  }
  if (focus) tab.focus();
  const name = tab.id.slice(4);
  history.replaceState(null, "", `/#${name}`);
  shown[name]?.();
}

for (const tab of tabs) {
  tab.addEventListener("click", () => choose(tab));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -tabs.indexOf(tab), End: tabs.length - 1 - tabs.indexOf(tab) }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    choose(tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length]);
  });
}

const wanted = tabs.find((tab) => location.hash === `#${tab.id.slice(4)}`) ?? tabs[0];
// The token is in a cookie now: it goes from the address, so that nobody reads it there.
history.replaceState(null, "", `/#${wanted.id.slice(4)}`);

const hello = await call("hello");
if (hello.error) {
  element("trouble").hidden = false;
  element("trouble").textContent = hello.error.message;
} else {
  element("database").textContent = hello.name;
  document.title = `${hello.name}, VQL console`;
  if (hello.umap) element("map-method").append(make("option", { value: "umap" }, "UMAP"));
}
editor.start();
editor.tellBlock(hello.status);
search.start(hello, (text) => {
  editor.write(text);
  choose(tabs[0]);
});
map.start();
status.start();
await editor.readTables();
choose(wanted, false);
document.documentElement.dataset.ready = "yes";
