// Builds the page from its data, and again when the selection changes.
"use strict";

let TIME_ZONE = "UTC";
const PERIODS = { 90: "Last 90 days", 182: "Last 6 months", 365: "Last 12 months", all: "All", own: "Own dates" };

async function main() {
  const data = readDocument(await decompress("data"));
  TIME_ZONE = data.time_zone;
  data.views.forEach((view) => prepare(view, data.as_of));
  const built = document.getElementById("built");
  built.textContent = data.as_of === null ? "" : `As of ${formatTime(data.as_of)} (${TIME_ZONE})`;
  if (!data.views.length) return;
  await loadVega();
  const today = data.weeks.length ? todayOf(data) : Math.floor(Date.now() / 1000 / DAY);
  const first = Math.min(today, ...data.views.filter((view) => view.date).map((view) =>
    view.columns[view.date].values.reduce((a, b) => Math.min(a, b ?? a), today)));
  const controls = makeControls(data, first, today);
  const sections = data.views.map((view) => makeSection(view, data));
  const cards = document.getElementById("cards");
  sections.forEach((section) => (section.view.card ? cards : views).append(section.node));
  const menu = document.getElementById("menu");
  menu.append(...sections.filter(({ view }) => !view.card).map(({ link }) => link));
  let queue = Promise.resolve();
  let newest = 0;
  // A selection that is no longer the newest one is not drawn to its end.
  const draw = () => {
    delete document.documentElement.dataset.drawn;
    newest += 1;
    const number = newest;
    queue = queue.then(async () => {
      const frame = { ...controls.read(), weeks: data.weeks, today };
      for (const section of sections) {
        if (number !== newest) return;
        await section.draw(frame);
        // Lets the browser answer the reader in between.
        await new Promise((resume) => setTimeout(resume));
      }
      if (number !== newest) return;
      // All at once: each of them moves everything below.
      sections.forEach((section) => section.sumUp());
      if (number === 1) showTarget();
      document.documentElement.dataset.drawn = "true";
    }).catch(explain);
  };
  controls.listen(draw);
  addEventListener("beforeprint", () => sections.forEach((section) => section.open()));
  draw();
}

// The browser looked for the address's view before there was any.
function showTarget() {
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

// An old browser lacks a function; without this line, the reader sees an empty page.
function explain(error) {
  document.getElementById("built").textContent = `This page cannot be drawn (${error.message}).`
    + " Open it in a current version of Chrome, Edge, Firefox or Safari.";
  throw error;
}

// Vega is a third of its size in the page. The content security policy knows its hash.
async function loadVega() {
  const code = new TextDecoder().decode(await decompress("vega"));
  document.head.append(element("script", {}, code));
}

// The day that the marts describe, in the time zone of the report.
function todayOf(data) {
  return dayOf(localDay(data.as_of));
}

function makeControls(data, first, today) {
  const form = document.getElementById("controls");
  const [team, period, from, to, trend] = ["team", "period", "from", "to", "trend"].map(
    (name) => form.elements[name]);
  const keys = new Set(data.views.flatMap((view) => view.columns.team_key?.texts ?? []));
  const compareText = (a, b) => a.localeCompare(b, "en", { numeric: true });
  for (const key of [...keys].sort(compareText)) {
    const name = data.teams[key];
    team.append(element("option", { value: key }, name && name !== key ? `${key} – ${name}` : key));
  }
  team.closest("label").hidden = keys.size < 2;
  for (const [value, text] of Object.entries(PERIODS)) {
    period.append(element("option", { value }, text));
  }
  const choosePeriod = () => {
    const days = Number(period.value);
    if (period.value === "own") return;
    from.value = isoDate(period.value === "all" ? first : Math.max(first, today - days + 1));
    to.value = isoDate(today);
  };
  [from, to].forEach((input) => {
    input.min = isoDate(first);
    input.max = isoDate(today);
  });
  choosePeriod();
  form.hidden = false;
  return {
    read: () => {
      const days = [from, to].map((input) => (input.value ? dayOf(input.value) : null));
      const end = days[1] ?? today;
      return {
        team: team.value,
        from: days[0] ?? first,
        to: end,
        first,
        isRolling: trend.value === "rolling",
      };
    },
    listen: (draw) => {
      form.addEventListener("submit", (event) => event.preventDefault());
      form.addEventListener("change", (event) => {
        if (event.target === from || event.target === to) period.value = "own";
        else choosePeriod();
        draw();
      });
    },
  };
}

function makeSection(view, data) {
  const id = view.name;
  const answer = element("p", { class: "answer" });
  const note = element("p", { class: "note" });
  const heading = element("h2", { id: `${id}-title` }, view.title);
  const places = (view.charts ?? []).map((chart) => {
    const place = {
      caption: element("figcaption"),
      drawing: element("div", { class: "drawing" }),
      note: element("p", { class: "note" }),
    };
    place.node = element("figure", { class: chart.wide ? "wide" : null },
      place.caption, place.drawing, place.note);
    return place;
  });
  const tables = [view.table ?? []].flat().map((content) => ({
    content, node: element(content.open ? "div" : "details", { class: "numbers" }), shown: null,
  }));
  const terms = (view.definitions ?? []).map((term) =>
    element("a", { href: `#${data.anchors[term]}` }, term));
  const links = element("p", { class: "definitions" });
  if (terms.length) {
    links.append("Definitions: ", ...terms.flatMap((term, index) => (index ? [", ", term] : [term])));
  }
  const summary = element("span");
  const link = element("a", { href: `#${id}` }, element("b", {}, view.menu ?? view.title), summary);
  const node = element(view.card ? "div" : "section", {
    id, class: view.card ? "card" : "view", "aria-labelledby": view.card ? null : `${id}-title`,
  }, heading, answer);
  if (view.note) node.append(note);
  if (places.length) node.append(element("div", { class: "charts" }, ...places.map((p) => p.node)));
  node.append(...tables.map((each) => each.node));
  if (terms.length) node.append(links);

  async function draw(frame) {
    const whole = totals(view, frame, data);
    const sentence = whole.isEmpty ? "" : fill(view.answer, whole.now, whole.before, whole.units);
    const hasTeams = !frame.team || view.columns.team_key?.texts.length !== 0;
    answer.textContent = sentence.trim() || (hasTeams ? "There is no data in this selection."
      : "This belongs to no team: select all teams to see it.");
    note.textContent = whole.isEmpty ? "" : fill(view.note ?? "", whole.now, whole.before, whole.units);
    const isLate = ({ measure, hours, above }) => (hours === undefined
      ? whole.now[measure] > above
      : (data.as_of - whole.now[measure]) / HOUR > hours);
    node.classList.toggle("late", [view.late ?? []].flat().some(isLate));
    if (view.card) return;
    const summaries = {};
    for (const [name, summary] of Object.entries(view.summaries ?? {})) {
      summaries[name] = whole.isEmpty
        ? { rows: [], units: {} } : summarize(view, summary, frame);
    }
    for (const [index, chart] of (view.charts ?? []).entries()) {
      await drawChart(places[index], chart, summaries[chart.summary],
        { config: data.config, isRolling: frame.isRolling });
    }
    tables.forEach((each) => drawTable(each, summaries, frame));
  }

  function drawTable(each, summaries, frame) {
    const { summary: name, title = "Numbers", columns, open: isOpen } = each.content;
    const { rows, units } = name ? summaries[name] : listed(view, frame);
    const known = { ...unitsOf(view), ...units };
    const caption = `${isOpen ? "List" : title}: ${view.title}`;
    each.shown = table(columns, rows, known, { ...each.content, isOpen, caption });
    const count = `${WHOLE.format(rows.length)} ${rows.length === 1 ? "row" : "rows"}`;
    const summary = element("summary", {}, `${title} (${count})`);
    each.node.replaceChildren(...(isOpen ? [] : [summary]), ...each.shown.nodes);
    each.node.hidden = !rows.length;
  }

  function open() {
    for (const each of tables) {
      each.node.open = true;
      each.shown?.showAll();
    }
  }

  // In short: the answer up to its first semicolon or full stop.
  function sumUp() {
    [summary.textContent] = answer.textContent.split(/[;.](?:\s|$)/);
  }

  return { view, node, link, draw, sumUp, open };
}

// The measures of the whole selection, and of the period of the same length before it.
function totals(view, frame, data) {
  const chosen = selectRows(view, frame.team, frame.from, frame.to);
  const now = measure(view, chosen, view.measures);
  Object.assign(now.values, { stale_days: data.stale_days, as_of: data.as_of });
  now.units.stale_days = "number";
  if (view.longest) {
    const { rows, units } = summarize(view, view.summaries[view.longest.summary], frame);
    const longest = rows.reduce((best, row) =>
      ((row[view.longest.measure] ?? -1) > (best[view.longest.measure] ?? -1) ? row : best));
    for (const [name, value] of Object.entries(longest)) {
      const key = `longest_${name.replace(/^time_/, "")}`;
      now.values[key] = value;
      now.units[key] = units[name] ?? "text";
    }
    now.values.longest = longest.part;
  }
  let before = null;
  if (view.date) {
    const length = frame.to - frame.from + 1;
    const start = frame.from - length;
    if (start >= frame.first) {
      before = beforeValues(view, frame, start);
    }
  }
  return { now: now.values, units: now.units, before, isEmpty: !chosen.length };
}

function beforeValues(view, frame, start) {
  const rows = selectRows(view, frame.team, start, frame.from - 1);
  const days = view.columns[view.date].values;
  const latest = view.latest;
  // "latest" means the last day of the period before.
  view.latest = rows.reduce((best, row) => Math.max(best, days[row]), -Infinity);
  const { values } = measure(view, rows, view.measures);
  view.latest = latest;
  return rows.length ? values : null;
}

// The selected rows themselves.
function listed(view, frame) {
  const rows = matching(view, selectRows(view, frame.team, frame.from, frame.to), view.where);
  const entries = Object.entries(view.columns);
  return {
    rows: rows.map((row) => Object.fromEntries(
      entries.map(([name, column]) => [name, valueOf(column, row)]))),
    units: {},
  };
}

function unitsOf(view) {
  return Object.fromEntries(Object.entries(view.columns).map(([name, column]) => {
    const isHours = name.endsWith("_hours");
    const unit = { text: "text", date: "date", timestamp: "time", number: "number", boolean: "boolean" }[column.kind];
    return [name, isHours ? "hours" : unit];
  }).concat([["part", "text"], ["week", "date"]]));
}

const views = document.getElementById("views");
main().catch(explain);
