// Numbers, durations and sentences in words.
"use strict";

const WHOLE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const ONE_DECIMAL = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });
const DASH = "–";

function formatHours(hours, isLong) {
  if (hours < 1) {
    const minutes = WHOLE.format(hours * 60);
    return `${minutes} ${isLong ? (minutes === "1" ? "minute" : "minutes") : "min"}`;
  }
  const isDays = hours >= 48;
  const number = isDays ? hours / 24 : hours;
  const text = (number >= 20 ? WHOLE : ONE_DECIMAL).format(number);
  if (!isLong) return `${text} ${isDays ? "d" : "h"}`;
  const word = isDays ? "day" : "hour";
  return `${text} ${text === "1" ? word : `${word}s`}`;
}

function formatValue(value, unit, isLong = false) {
  if (value === null || value === undefined) return DASH;
  if (unit === "hours") return formatHours(value, isLong);
  if (unit === "percent") return `${WHOLE.format(100 * value)}${isLong ? " percent" : " %"}`;
  if (unit === "time") return formatTime(value);
  if (unit === "date") return formatDay(value);
  if (typeof value === "number") return ONE_DECIMAL.format(value);
  return String(value);
}

// In a table, a moment is its day.
function formatCell(value, unit) {
  if (unit === "time" && value !== null) return formatDay(localDay(value));
  if (unit === "boolean") return value ? "yes" : "";
  return formatValue(value, unit);
}

// The day of a moment in the time zone of the report, as in 2026-05-25.
function localDay(seconds) {
  return new Intl.DateTimeFormat("en-CA", {
    timeZone: TIME_ZONE, year: "numeric", month: "2-digit", day: "2-digit",
  }).format(seconds * 1000);
}

// A moment in the time zone of the report, not in the reader's.
function formatTime(seconds) {
  return new Intl.DateTimeFormat("en-GB", {
    timeZone: TIME_ZONE, day: "numeric", month: "short", year: "numeric",
    hour: "2-digit", minute: "2-digit",
  }).format(seconds * 1000);
}

// A day: it belongs to no time zone.
function formatDay(iso) {
  return new Intl.DateTimeFormat("en-GB", {
    timeZone: "UTC", day: "numeric", month: "short", year: "numeric",
  }).format(Date.parse(iso));
}

// Says how a value differs from the one of the period before.
function formatChange(now, before, unit) {
  const change = now - before;
  const words = unit === "hours"
    ? ["longer than", "shorter than", "as long as"]
    : ["more than", "fewer than", "as many as"];
  if (unit === "percent") {
    const points = Math.round(100 * now) - Math.round(100 * before);
    if (!points) return "the same as";
    const word = Math.abs(points) === 1 ? "point" : "points";
    return `${Math.abs(points)} ${word} ${points > 0 ? "more than" : "less than"}`;
  }
  const text = unit === "hours"
    ? formatHours(Math.abs(change), true) : ONE_DECIMAL.format(Math.abs(change));
  if (text === "0" || text === "0 minutes") return words[2];
  return `${text} ${change > 0 ? words[0] : words[1]}`;
}

// Fills a sentence's template.
//   {name}            a value          {name:one/many}  a count with its noun
//   {name:time}       a moment         {name:change}    the difference from before
//   [[ … ]]           is left out if a value in it is unknown or, with :change, if the
//                     period before is not known
function fill(template, now, before, units) {
  let isUnknown = false;
  const fillPart = (text) => text.replace(/\{(\w+)(?::([^}]+))?\}/g, (_, name, argument) => {
    const value = now[name];
    const unit = units[name];
    if (value === null || value === undefined) isUnknown = true;
    if (argument === "change") {
      if (!before || before[name] === null || before[name] === undefined) {
        isUnknown = true;
        return "";
      }
      return isUnknown ? "" : formatChange(value, before[name], unit);
    }
    if (argument === "age" && !isUnknown) {
      return formatHours(Math.max(0, now.as_of - value) / HOUR, true);
    }
    if (argument?.includes("/")) {
      const [one, many] = argument.split("/");
      return `${formatValue(value, "number")} ${value === 1 ? one : many}`;
    }
    return formatValue(value, unit, true);
  });
  // The parts between [[ and ]] have odd numbers. Values are never read as a template.
  return template.split(/\[\[(.*?)\]\]/).map((part, index) => {
    isUnknown = false;
    const text = fillPart(part);
    return index % 2 && isUnknown ? "" : text;
  }).join("");
}
