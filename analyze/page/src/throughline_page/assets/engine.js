// Selects and summarizes the rows of a view. Everything that the page shows comes from
// here, so that a chart, its table and its sentence have the same numbers.
"use strict";

const HOUR = 3600;
const DAY = 86400;
const ROLLING_DAYS = 90;

// The digits of base85, as encode.py writes them.
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;,=>?@^_`{|}~";

// Returns the bytes of an element's text: base85 of gzip.
async function decompress(id) {
  const bytes = fromBase85(document.getElementById(id).textContent);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// Five digits are four bytes; missing digits at the end count as the last one.
function fromBase85(text) {
  const values = new Uint8Array(128);
  [...DIGITS].forEach((digit, value) => { values[digit.charCodeAt(0)] = value; });
  const groups = Math.ceil(text.length / 5);
  const bytes = new DataView(new ArrayBuffer(groups * 4));
  for (let group = 0; group < groups; group += 1) {
    let number = 0;
    for (let place = group * 5; place < group * 5 + 5; place += 1) {
      number = number * 85 + (place < text.length ? values[text.charCodeAt(place)] : 84);
    }
    bytes.setUint32(group * 4, number);
  }
  return new Uint8Array(bytes.buffer, 0, groups * 4 - (groups * 5 - text.length));
}

// Reads what encode.py wrote: the length of the JSON, the JSON, the bytes of all numbers.
function readDocument(bytes) {
  const begin = 4;
  const end = begin + new DataView(bytes.buffer).getUint32(0);
  const data = JSON.parse(new TextDecoder().decode(bytes.subarray(begin, end)));
  const numbers = bytes.subarray(end);
  for (const view of data.views) {
    for (const column of Object.values(view.columns)) {
      column.values = readNumbers(column, view.length, numbers);
    }
  }
  return data;
}

// A number is (code - 1 + low) / scale, and code 0 is null; the highest bytes come first.
function readNumbers({ kind, values: begin, low, scale, width }, length, bytes) {
  const isDelta = kind === "date" || kind === "timestamp";
  let before = 0;
  return Array.from({ length }, (_, row) => {
    let code = 0;
    for (let plane = 0; plane < width; plane += 1) {
      code = code * 256 + bytes[begin + plane * length + row];
    }
    if (code === 0) return null;
    const value = (code - 1 + low) / scale;
    return isDelta ? (before += value) : value;
  });
}

// Adds the columns that a view derives from its rows: ages and buckets of numbers.
function prepare(view, asOf) {
  for (const [name, source] of Object.entries(view.age ?? {})) {
    const values = view.columns[source].values.map((moment) =>
      moment === null ? null : Math.max(0, (asOf - moment) / HOUR));
    view.columns[name] = { kind: "number", values };
  }
  for (const [name, bucket] of Object.entries(view.buckets ?? {})) {
    const values = view.columns[bucket.of].values.map((value) =>
      value === null ? null : bucket.at.filter((limit) => value >= limit).length);
    view.columns[name] = { kind: "text", texts: bucket.labels, values, isLevel: true };
  }
  for (const [name, levels] of Object.entries(view.levels ?? {})) {
    const column = view.columns[name];
    const texts = [...new Set([...levels, ...column.texts])];
    const indexes = column.texts.map((text) => texts.indexOf(text));
    column.values = column.values.map((value) => (value === null ? null : indexes[value]));
    column.texts = texts;
    column.isLevel = true;
  }
}

// Returns a value as the page shows it: texts, ISO dates, numbers, booleans.
function valueOf(column, row) {
  const value = column.values[row];
  if (value === null) return null;
  if (column.kind === "text") return column.texts[value];
  if (column.kind === "date") return isoDate(value);
  if (column.kind === "boolean") return value === 1;
  return value;
}

function isoDate(day) {
  return new Date(day * DAY * 1000).toISOString().slice(0, 10);
}

function dayOf(isoText) {
  return Date.parse(isoText) / 1000 / DAY;
}

// Returns the numbers of the rows of a team ("" is all) between two days, both included.
function selectRows(view, team, from, to) {
  const teams = view.columns.team_key;
  // A load belongs to no team.
  const wanted = team === "" || !teams ? null : teams.texts.indexOf(team);
  const days = view.date ? view.columns[view.date].values : null;
  const rows = [];
  for (let row = 0; row < view.length; row += 1) {
    if (wanted !== null && teams.values[row] !== wanted) continue;
    if (days && !(days[row] !== null && days[row] >= from && days[row] <= to)) continue;
    rows.push(row);
  }
  return rows;
}

function matching(view, rows, where) {
  const tests = Object.entries(where ?? {}).map(([name, expected]) => {
    const column = view.columns[name];
    const values = [expected].flat();
    return (row) => values.includes(valueOf(column, row));
  });
  return tests.length ? rows.filter((row) => tests.every((test) => test(row))) : rows;
}

// The same as percentile_cont in SQL: linear between the two nearest values.
function percentile(sorted, share) {
  if (!sorted.length) return null;
  const place = (sorted.length - 1) * share;
  const low = Math.floor(place);
  const high = Math.ceil(place);
  return sorted[low] + (sorted[high] - sorted[low]) * (place - low);
}

const OPERATIONS = {
  count: (rows) => ({ "": rows.length }),
  sum: (rows, column) => ({ "": total(rows, column) }),
  max: (rows, column) => ({ "": extreme(rows, column, (value, best) => value > best) }),
  min: (rows, column) => ({ "": extreme(rows, column, (value, best) => value < best) }),
  above: (rows, limit, column) => ({
    "": rows.filter((row) => column.values[row] > limit).length,
  }),
  share: (rows, column) => {
    const known = rows.filter((row) => column.values[row] !== null);
    return { "": known.length ? total(known, column) / known.length : null, _n: known.length };
  },
  ratio: (rows, part, whole) => {
    const n = total(rows, whole);
    return { "": n ? total(rows, part) / n : null, _n: n };
  },
  percentiles: (rows, column) => {
    const values = rows.map((row) => column.values[row]).filter((value) => value !== null);
    const sorted = Float64Array.from(values).sort();
    return { _p50: percentile(sorted, 0.5), _p85: percentile(sorted, 0.85), _n: sorted.length };
  },
  // The number of groups that have any of the sum.
  groups: (rows, column, by) => ({ "": sumsBy(rows, column, by).length }),
  // The smallest number of groups that have at least half of the sum.
  half: (rows, column, by) => {
    const shares = sumsBy(rows, column, by);
    const whole = shares.reduce((sum, value) => sum + value, 0);
    let sum = 0;
    return { "": whole ? shares.findIndex((value) => (sum += value) * 2 >= whole) + 1 : null };
  },
};

// Returns the value that is better than all others, null if none is known.
function extreme(rows, column, isBetter) {
  return rows.reduce((best, row) => {
    const value = column.values[row];
    return value !== null && (best === null || isBetter(value, best)) ? value : best;
  }, null);
}

function total(rows, column) {
  return rows.reduce((sum, row) => sum + (column.values[row] ?? 0), 0);
}

// Returns the sums of the groups that are above 0, the largest first.
function sumsBy(rows, column, by) {
  const sums = new Map();
  for (const row of rows) {
    const key = by.values[row];
    sums.set(key, (sums.get(key) ?? 0) + (column.values[row] ?? 0));
  }
  return [...sums.values()].filter((value) => value > 0).sort((a, b) => b - a);
}

// Calculates measures over rows. Returns the values by name, and their units.
function measure(view, rows, measures, stacked) {
  const values = {};
  const units = {};
  for (const [name, entry] of Object.entries(measures ?? {})) {
    const { op, where = view.where } = typeof entry === "string" ? { op: entry } : entry;
    const [operation, ...words] = op.split(" ");
    const names = words.length || operation === "count" ? words : [stacked];
    const columns = names.map((word) => view.columns[word] ?? Number(word));
    let chosen = matching(view, rows, where);
    let found;
    if (operation === "latest") {
      const newest = latestDay(view);
      chosen = chosen.filter((row) => view.columns[view.date].values[row] === newest);
      found = OPERATIONS.sum(chosen, ...columns);
    } else {
      found = OPERATIONS[operation](chosen, ...columns);
    }
    for (const [suffix, value] of Object.entries(found)) {
      values[name + suffix] = value;
      units[name + suffix] = unitOf(operation, names[0], suffix);
    }
  }
  return { values, units };
}

function unitOf(operation, column, suffix) {
  if (suffix === "_n") return "number";
  if (operation === "share" || operation === "ratio") return "percent";
  if (operation === "percentiles" && column.endsWith("_hours")) return "hours";
  return operation === "max" || operation === "min" ? "time" : "number";
}

// The last day that a view has any row of.
function latestDay(view) {
  view.latest ??= view.columns[view.date].values.reduce((a, b) => Math.max(a, b), -Infinity);
  return view.latest;
}

// Summarizes the selected rows of a view.
//   frame: {team, from, to, isRolling, weeks, today}; days since 1970-01-01.
// Returns {rows, units, cut}: objects with the columns of `by` and the measures; cut is
// the number of groups before a limit.
function summarize(view, summary, frame) {
  const rows = matching(view, selectRows(view, frame.team, frame.from, frame.to), view.where);
  const units = {};
  const line = (labels, chosen, stacked) => {
    const found = measure(view, chosen, summary.measures, stacked);
    Object.assign(units, found.units);
    return { ...labels, ...found.values };
  };
  if (summary.curve) return { rows: curve(view, summary, rows), units };
  if (summary.every) return { rows: everyWeek(view, summary, frame, line), units };
  let found = grouped(view, rows, summary.by ?? []).flatMap(([labels, chosen]) =>
    summary.stack
      ? Object.entries(summary.stack).map(([column, part], index) =>
        line({ ...labels, part, part_order: index }, chosen, column))
      : [line(labels, chosen)]);
  const groups = found.length;
  if (summary.limit && groups > summary.limit) {
    const first = Object.keys(summary.measures)[0];
    const kept = new Set([...found].sort((a, b) => b[first] - a[first]).slice(0, summary.limit));
    found = found.map((row) => ({ ...row, isCut: !kept.has(row) }));
  }
  return { rows: found, units, cut: groups };
}

// Returns [labels, rows] per group, in the order of levels, dates, letters.
function grouped(view, rows, by) {
  if (!by.length) return [[{}, rows]];
  const columns = by.map((name) => view.columns[name]);
  const groups = new Map();
  if (by.length === 1 && columns[0].isLevel && rows.length) {
    columns[0].texts.forEach((text, index) => groups.set(String(index), []));
  }
  for (const row of rows) {
    const key = columns.map((column) => column.values[row]).join("|");
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(row);
  }
  const order = (column, value) => {
    if (value === "") return null;
    return column.kind === "text" && !column.isLevel ? column.texts[value] : Number(value);
  };
  const entries = [...groups].map(([key, chosen]) => {
    const keys = key.split("|").map((value, index) => order(columns[index], value));
    const labels = Object.fromEntries(by.map((name, index) => {
      const value = key.split("|")[index];
      const column = { ...columns[index], values: [value === "" ? null : Number(value)] };
      return [name, valueOf(column, 0) ?? (name === "team_key" ? "no team" : "none")];
    }));
    by.forEach((name, index) => {
      if (columns[index].isLevel) labels[`${name}_order`] = keys[index];
    });
    return [labels, chosen, keys];
  });
  return entries.sort((a, b) => compare(a[2], b[2])).map(([labels, chosen]) => [labels, chosen]);
}

function compare(a, b) {
  for (let index = 0; index < a.length; index += 1) {
    const [left, right] = [a[index], b[index]];
    if (left === right) continue;
    if (left === null) return 1;
    if (right === null) return -1;
    if (typeof left === "number") return left - right;
    const order = left.localeCompare(right, "en", { numeric: true });
    if (order) return order;
  }
  return 0;
}

// One row per week of the selection. With `every: trend` and a rolling window, each row
// describes the 90 days that end with its week.
function everyWeek(view, summary, frame, line) {
  const isRolling = summary.every === "trend" && frame.isRolling;
  const weeks = frame.weeks.filter(([start, end]) => end >= frame.from && start <= frame.to);
  const days = view.columns[view.date].values;
  const before = isRolling ? ROLLING_DAYS : 7;
  const rows = matching(
    view, selectRows(view, frame.team, frame.from - before, frame.to), view.where);
  return weeks.map(([start, end], index) => {
    const last = Math.min(end, frame.today, frame.to);
    const first = isRolling ? last - ROLLING_DAYS + 1 : Math.max(start, frame.from);
    const chosen = rows.filter((row) => days[row] >= first && days[row] <= last);
    const isComplete = start >= frame.from && end <= Math.min(frame.to, frame.today - 1);
    return line({
      week: isoDate(isRolling ? last : start),
      is_complete: isComplete,
      is_last: index === weeks.length - 1,
    }, chosen);
  });
}

// The share of the sum that the largest groups have together, without their names.
function curve(view, summary, rows) {
  const shares = sumsBy(rows, view.columns[summary.curve], view.columns[summary.by[0]]);
  const whole = shares.reduce((sum, value) => sum + value, 0);
  let sum = 0;
  const points = shares.map((value, index) => {
    sum += value;
    return { people: index + 1, percent: (100 * sum) / whole };
  });
  return points.length ? [{ people: 0, percent: 0 }, ...points] : [];
}
