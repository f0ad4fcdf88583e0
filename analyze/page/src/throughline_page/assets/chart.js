// Draws a summary with Vega-Lite.
"use strict";

const DAYS_FROM_HOURS = 72;
const HOURS_FROM_HOURS = 2;

// Durations of one chart have one unit: days if its largest is above three days, minutes
// if it is below two hours.
function scaleRows(rows, units) {
  const names = Object.keys(units).filter((name) => units[name] === "hours");
  const largest = Math.max(0, ...rows.flatMap((row) => names.map((name) => row[name] ?? 0)));
  const [unit, factor] = largest > DAYS_FROM_HOURS ? ["days", 1 / 24]
    : largest < HOURS_FROM_HOURS ? ["minutes", 60] : ["hours", 1];
  const scaled = rows.map((row) => {
    const copy = { ...row };
    for (const name of names) if (copy[name] !== null) copy[name] *= factor;
    for (const [name, unit] of Object.entries(units)) {
      if (name.endsWith("_n")) {
        copy[`${name.slice(0, -2)}_label`] ??= `n = ${WHOLE.format(row[name])}`;
      } else if (unit === "percent") {
        copy[`${name}_percent`] = row[name] === null ? null : 100 * row[name];
        copy[`${name}_label`] = `${formatValue(row[name], unit)} (n = ${row[`${name}_n`]})`;
      }
    }
    return copy;
  });
  return { rows: scaled, unit };
}

// Draws one chart and returns when it is drawn.
async function drawChart(place, chart, summary, context) {
  const { rows, unit } = scaleRows(summary.rows.filter((row) => !row.isCut), summary.units);
  const title = chart.title
    .replace("{unit}", `in ${unit}`)
    .replace("{trend}", context.isRolling ? "of the 90 days up to each week" : "per week");
  place.caption.textContent = title;
  const isCut = summary.rows.some((row) => row.isCut);
  const samples = rows.flatMap((row) => (row.week
    ? Object.keys(row).filter((name) => name.endsWith("_n")).map((name) => row[name]) : []));
  const [least, most] = [Math.min(...samples), Math.max(...samples)].map(WHOLE.format);
  place.note.textContent = isCut
    ? `The ${rows.length} largest of ${summary.cut}; the table has all.`
    : samples.length ? `Each point: n = ${least === most ? least : `${least} to ${most}`}.` : "";
  place.view?.finalize();
  place.view = null;
  if (!rows.length) {
    place.drawing.replaceChildren(element("p", { class: "empty" }, "No data in this selection."));
    return;
  }
  const spec = {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    width: "container",
    autosize: { type: "fit-x", contains: "padding" },
    ...chart.spec,
    data: { values: rows },
    description: `${title}. The table below has the numbers.`,
  };
  // Warnings are about heights that depend on the number of rows: they are meant so.
  const legend = { ...context.config.legend, columns: place.drawing.clientWidth < 480 ? 2 : 0 };
  const config = { ...context.config, legend };
  const options = { renderer: "svg", actions: false, mode: "vega-lite", config, logLevel: 1 };
  place.view = await vegaEmbed(place.drawing, spec, options);
}
