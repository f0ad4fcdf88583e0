// Tables of rows; every text is set as text, never as HTML.
"use strict";

// Of a list, and of a table that is folded away.
const FIRST_ROWS = { list: 12, table: 200 };

function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "onclick") node.addEventListener("click", value);
    else if (value !== null && value !== false) node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

// Only https: an address from a source can be javascript:.
function isSafe(address) {
  try {
    return new URL(address).protocol === "https:";
  } catch {
    return false;
  }
}

// Writes a title in its own direction, as a link if its address is safe.
function titleCell(text, address, detail) {
  const shown = element("bdi", { dir: "auto" }, text || "(no title)");
  const title = isSafe(address)
    ? element("a", { href: address, rel: "noopener noreferrer" }, shown) : shown;
  if (!detail) return title;
  return element("div", {}, title, element("bdi", { class: "detail" }, detail));
}

// Returns a table.
//   columns: {name: heading}; rows: objects; units: {name: unit};
//   options: {caption, link: {text, url, detail}, sort, first, isOpen}; `first` is a
//   condition: until the reader sorts, rows that meet it come first
function table(columns, rows, units, options) {
  const state = { sort: options.sort ?? null, isDown: true, isFirst: true, isAll: false };
  const limit = FIRST_ROWS[options.isOpen ? "list" : "table"];
  const body = element("tbody", { role: "rowgroup" });
  const names = Object.keys(columns);
  const isNumber = (name) => ["hours", "percent", "number"].includes(units[name]);
  const headings = names.map((name) => element("th", {
    scope: "col", role: "columnheader", class: isNumber(name) ? "number" : null,
  }, element("button", { type: "button", onclick: () => sortBy(name) }, columns[name])));
  const more = element("button", { type: "button", class: "more", onclick: showAll });

  function showAll() {
    state.isAll = true;
    draw();
  }

  function sortBy(name) {
    state.isDown = state.sort === name ? !state.isDown : isNumber(name);
    state.sort = name;
    state.isFirst = false;
    draw();
  }

  const isFirst = (row) => Object.entries(options.first ?? {}).every(([name, value]) =>
    row[name] === value);

  function draw() {
    const order = [...rows];
    if (state.sort) {
      order.sort((a, b) => (state.isFirst && isFirst(b) - isFirst(a))
        || compare([a[state.sort] ?? null], [b[state.sort] ?? null]) * (state.isDown ? -1 : 1));
    }
    const shown = state.isAll ? order : order.slice(0, limit);
    body.replaceChildren(...shown.map((row) => element("tr", { role: "row" }, ...names.map((name) => {
      const isLink = options.link?.text === name;
      const text = formatCell(row[name], units[name]);
      const content = isLink ? titleCell(row[name], row[options.link.url], row[options.link.detail])
        : units[name] === "text" ? element("bdi", {}, text) : text;
      const isDay = ["date", "time"].includes(units[name]);
      const kind = isNumber(name) ? "number" : isLink ? "title" : isDay ? "day" : null;
      return element("td", { class: kind, role: "cell", "data-label": columns[name] }, content);
    }))));
    headings.forEach((heading, index) => {
      const isSorted = state.sort === names[index];
      heading.setAttribute("aria-sort",
        isSorted ? (state.isDown ? "descending" : "ascending") : "none");
    });
    more.hidden = shown.length === order.length;
    more.textContent = `Show all ${WHOLE.format(order.length)} rows`;
  }

  draw();
  const caption = element("caption", { class: "hidden" }, options.caption);
  // The roles stay where a phone shows a row as a block.
  const whole = element("table", { class: options.isOpen ? "list" : null, role: "table" },
    caption, element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...headings)),
    body);
  const frame = element("div", {
    class: "table", tabindex: "0", role: "region", "aria-label": options.caption,
  }, whole);
  return { nodes: [frame, more], showAll };
}
