"use strict";
const content = JSON.parse(document.getElementById("data").textContent), boards = content.boards;
const byId = (id) => document.getElementById(id);
const { words, pictures } = content, GLANCE = "glance", SHOWN = 200;
// What is sorted: table -> column and direction; a table keeps its order while filters change.
const orders = new Map();

function make(name, attributes = {}, ...children) {
  const svg = ["svg", "line"].includes(name);
  const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "onclick") node.addEventListener("click", value);
    else if (value !== undefined && value !== false) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== undefined && child !== null));
  return node;
}

const percent = (value) => (100 * value).toFixed(1);
const passes = (row) => {
  const words = byId("words").value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const text = `${row.title} ${row.method} ${row.knows} ${row.family}`.toLowerCase();
  return words.every((word) => text.includes(word)) && (!byId("family").value || byId("family").value === row.family)
    && !(byId("blind").checked && row.labels);
};

function compare(one, other) {
  if (one === undefined || one === null) return other === undefined || other === null ? 0 : 1;
  if (other === undefined || other === null) return -1;
  return typeof one === "number" ? one - other : String(one).localeCompare(String(other));
}

// columns: {name, key(row), cell(row), number, down: the first press sorts downwards}
function table(id, caption, columns, rows) {
  const order = orders.get(id);
  let sorted = rows;
  if (order) {
    const known = (row) => columns[order.column].key(row);
    sorted = [...rows].sort((a, b) => {
      const missing = [known(a), known(b)].some((value) => value === undefined || value === null);
      return (order.down && !missing ? -1 : 1) * compare(known(a), known(b));
    });
  }
  const heads = columns.map((column, at) => {
    const now = order && order.column === at;
    const press = () => {
      orders.set(id, { column: at, down: now ? !order.down : Boolean(column.down) });
      draw();
      document.querySelector(`[data-sort="${id}-${at}"]`).focus();
    };
    const button = make("button", { type: "button", onclick: press, "data-sort": `${id}-${at}` }, column.name);
    return make("th", { scope: "col", class: column.number ? "number" : undefined, "aria-sort": now ? (order.down ? "descending" : "ascending") : "none" }, button);
  });
  const body = sorted.map((row) => make("tr", { "data-method": row.method }, ...columns.map((column, at) =>
    make(at ? "td" : "th", { scope: at ? undefined : "row", class: column.number ? "number" : undefined }, column.cell(row)))));
  return make("div", { class: "wide", tabindex: "0", role: "region", "aria-label": caption },
    make("table", { id }, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...body)));
}

function score(board, row, metric) {
  const found = row.scores[metric];
  if (!found && (!row.reason || metric !== board.metrics[0].key)) return make("span", { class: "soft" }, "–");
  // The reason may be long: the record tells it, and the column stays narrow.
  if (!found) return make("button", { type: "button", class: "score soft", "aria-label": `${row.title}: no result, ${row.reason}; open the record`,
    "aria-haspopup": "dialog", onclick: () => openRecord(board, row) }, "none");
  const best = row.best.includes(metric);
  const tied = row.tied && !best && metric === board.metrics[0].key;
  const label = `${row.title}: ${percent(found[0])} percent${row.audit === "red" ? ", red in the audit and not ranked" : ""}${best ? ", the best" : tied ? ", not told apart from the best" : ""}; open the record`;
  return make("button", { type: "button", class: `score${best ? " best" : ""}`, "aria-label": label, "aria-haspopup": "dialog",
    onclick: () => openRecord(board, row) }, percent(found[0]) + (tied ? " =" : ""));
}

function range(board, row) {
  const main = board.metrics[0].key, found = row.scores[main];
  if (!found) return make("span", {}, "");
  const learnt = board.rows.filter((one) => one.scores[main] && one.family !== "floor");
  const all = (learnt.length ? learnt : board.rows.filter((one) => one.scores[main])).map((one) => one.scores[main]);
  const low = Math.min(...all.map((one) => one[1])), high = Math.max(...board.rows.map((one) => one.scores[main]?.[2] ?? 0));
  const place = (value) => Math.max(3, Math.min(97, 3 + 94 * (value - low) / Math.max(high - low, 1e-9)));
  const words = `[${percent(found[1])}, ${percent(found[2])}]`, at = place(found[0]);
  // A line of no length with round ends: a circle would become an oval where the picture is narrow.
  const point = { x1: at, x2: at + 0.01, y1: 5, y2: 5, class: found[0] < low ? "point beyond" : "point" };
  const picture = make("svg", { class: "range", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
    make("line", { x1: place(found[1]), x2: place(found[2]), y1: 5, y2: 5 }), make("line", point));
  return make("span", {}, words, picture);
}

const family = (row) => make("span", { class: `family ${row.family}` }, row.family);
const howMeasured = (board) => [board.probe, board.condition].filter(Boolean).join(", ");
const audit = (row) => make("span", { class: `audit ${row.audit}`, title: row.alarms || undefined }, row.audit || "–");
// "+2.1 [-0.8, +5.0], p = 0.2, not told apart": the verdict below the difference, so that the column stays narrow.
const gain = (row) => {
  const [difference, verdict] = row.gain.split(/, (?=p )/);
  return make("span", {}, difference, verdict ? make("span", { class: "verdict" }, verdict) : null);
};
const label = (row) => (row.labels ? "yes" : "no");
const told = (row) => row.title;

const method = { name: "method", key: told, cell: told };
const excused = { ...method, cell: (row) => (row.reason ? make("span", {}, row.title, make("span", { class: "reason" }, row.reason)) : row.title) };

function facts() {
  return [
    { name: "family", key: (row) => row.family, cell: family },
    { name: "knows", key: (row) => row.knows, cell: (row) => row.knows },
    { name: "labels", key: label, cell: label },
    { name: "audit", key: (row) => ["green", "amber", "red"].indexOf(row.audit), cell: audit },
  ];
}

function drawings(figures, heading) {
  const shown = figures.map(({ name, place }) => make("figure", {},
    make("a", { href: place }, make("img", { src: place, alt: `${name}: ${heading}`, loading: "lazy" })), make("figcaption", {}, name)));
  return shown.length ? make("details", {}, make("summary", {}, `${shown.length} figures`), make("div", { class: "figures" }, ...shown)) : "";
}

function drawBoard(board, at) {
  const main = board.metrics[0].key;
  const value = (key) => (row) => row.scores[key]?.[0];
  const columns = [excused];
  board.metrics.forEach(({ key, name }, number) => {
    columns.push({ name, key: value(key), cell: (row) => score(board, row, key), number: true, down: !board.lower_is_better });
    if (!number) columns.push({ name: "95 %", key: (row) => row.scores[main]?.[1], cell: (row) => range(board, row), down: true });
  });
  if (board.reference) {
    columns.push({ name: `minus ${board.reference}`, key: (row) => row.gain === "-" ? null : parseFloat(row.gain), cell: gain, down: true });
  }
  columns.push(...facts(), { name: "seconds", key: (row) => row.seconds, cell: (row) => row.seconds.toFixed(1), number: true });
  const rows = board.rows.filter(passes);
  return [rows.length, make("section", { id: `board-${at}` }, make("h2", {}, board.heading), make("p", { class: "soft" }, board.suite + (board.lower_is_better ? "; lower is better" : "")),
    table(`table-${at}`, board.heading, columns, rows), ...board.facts.map((fact) => make("p", { class: "soft" }, fact)),
    drawings(board.figures, board.heading))];
}

function drawGlance() {
  const methods = new Map();
  boards.forEach((board, at) => board.rows.filter(passes).forEach((row) => {
    if (!methods.has(row.method)) methods.set(row.method, { ...row, cells: [] });
    methods.get(row.method).cells[at] = row;
  }));
  const columns = [method];
  // The head of a column says what differs: the data set, or else how it was measured.
  const alike = new Set(boards.map((board) => board.data_set)).size === 1;
  boards.forEach((board, at) => {
    const main = board.metrics[0].key, how = howMeasured(board), lower = board.lower_is_better ? "lower is better" : "";
    const head = alike ? how : board.data_set, under = [alike ? "" : how, lower].filter(Boolean).join("; ");
    columns.push({ name: make("span", {}, make("span", { class: "under" }, `${at + 1}:`), head.replaceAll("-", "\u2011"), make("span", { class: "under" }, under)), key: (row) => row.cells[at]?.scores[main]?.[0], number: true, down: !board.lower_is_better,
      cell: (row) => (row.cells[at] ? score(board, row.cells[at], main) : make("span", { class: "soft" }, "–")) });
  });
  columns.push(...facts());
  const rows = [...methods.values()];
  const list = make("ol", { class: "soft" }, ...boards.map((board) => make("li", {}, board.heading)));
  return [rows.length, make("section", { id: "board-glance" }, make("h2", {}, "All methods at a glance"),
    alike ? make("p", { class: "soft" }, `Data: ${boards[0].data_set}${boards[0].stand_in ? "; made faces, no recordings" : ""}.`) : "", table("table-glance", "All methods at a glance", columns, rows),
    make("h3", {}, "Columns"), list, drawings(content.figures, "what is left under every condition"))];
}

function draw() {
  const chosen = byId("board").value;
  const [count, section] = chosen === GLANCE ? drawGlance() : drawBoard(boards[chosen], chosen);
  byId("main").replaceChildren(section);
  byId("count").textContent = `${count} method${count === 1 ? "" : "s"} shown`;
}

function pairs(entries) {
  return make("dl", {}, ...entries.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
}

function confusion(row) {
  if (!row.confusion) return undefined;
  const { classes, counts } = row.confusion;
  const head = make("tr", {}, make("th", { scope: "col" }, "truth \\ predicted"), ...classes.map((name) => make("th", { scope: "col", class: "number" }, name)));
  const body = classes.map((name, at) => make("tr", {}, make("th", { scope: "row" }, name), ...counts[at].map((value) => make("td", { class: "number" }, String(value)))));
  return make("div", {}, make("h3", {}, "Clips by class"), make("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Clips by class" },
    make("table", {}, make("thead", {}, head), make("tbody", {}, ...body))));
}

// The picture of a clip, where the page has it: the front view, its channels side by side.
function picture(one, clip) {
  const source = pictures[one.pictures]?.[clip];
  return source ? make("img", { src: source, alt: `front view of ${words[clip]}`, loading: "lazy", class: "face" }) : "";
}

function wrongOf(one) {
  if (!one.answers) return make("p", { class: "soft" }, "This probe keeps numbers of right answers, and no prediction of a clip.");
  const shown = one.wrong.slice(0, SHOWN), seen = Boolean(one.pictures);
  const rows = shown.map(([clip, fold, truth, said, times]) => make("tr", {}, ...(seen ? [make("td", {}, picture(one, clip))] : []),
    ...[words[truth], words[said], words[clip], fold < 0 ? "–" : String(fold + 1), String(times)].map((text) => make("td", {}, text))));
  const heads = [...(seen ? ["face"] : []), "truth", "predicted", "clip", "fold", "rounds"].map((name) => make("th", { scope: "col" }, name));
  const about = one.unseen || content.full;
  return make("details", {}, make("summary", {}, `${one.wrong.length} wrong predictions${one.wrong.length > SHOWN ? `, the first ${SHOWN} of them` : ""}`),
    about && one.wrong.length ? make("p", { class: "soft" }, about) : "",
    make("div", { class: "wide" }, make("table", {}, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...rows))));
}

// A line of a command ends between two words, never after the two dashes of an option.
const commandOf = (text) => make("code", {}, ...text.split(" ").flatMap((word) => [make("span", { class: "word" }, word), " "]));

function recordOf(one) {
  const encoders = one.folds.map((group) => `folds ${group.tested.map((fold) => fold + 1).join(", ")}: pretrained on ${group.pretraining} other subjects`);
  return make("section", {}, make("h3", {}, `Seed ${one.seed}`),
    pairs([["command", commandOf(one.command)], ["commit", make("code", {}, one.commit)], ["device", one.device], ["versions", one.versions],
      ["tested", `${one.clips} clips of ${one.subjects} subjects, ${one.rounds} round${one.rounds === 1 ? "" : "s"}`],
      ["encoders", encoders.join("; ") || "none"], ["record", make("a", { href: one.place }, one.place)]]), wrongOf(one));
}

function openRecord(board, row) {
  const scores = board.metrics.filter(({ key }) => row.scores[key]).map(({ key, name }) => {
    const [value, low, high] = row.scores[key];
    return [name, `${percent(value)} [${percent(low)}, ${percent(high)}]`];
  });
  byId("record-body").replaceChildren(make("h2", { id: "record-title", tabindex: "-1" }, row.title), make("p", { class: "soft" }, board.heading),
    pairs([...(row.reason ? [["no result", row.reason]] : []), ["knows", row.knows], ["uses labels", label(row)],
      ["audit", [row.audit, row.alarms].filter(Boolean).join(": ") || "–"], ...scores, ...(board.reference ? [[`minus ${board.reference}`, row.gain]] : [])]),
    ...[confusion(row)].filter(Boolean), ...row.records.map(recordOf));
  byId("record").showModal();
}

// The names of the leaderboards in the list: what differs comes first, because a phone cuts the rest.
function namesOfBoards() {
  const short = boards.map((board) => `${howMeasured(board)}: ${board.data_set}`);
  return boards.map((board, at) => `${at + 1}: ${short.indexOf(short[at]) === short.lastIndexOf(short[at]) ? short[at] : board.heading}`);
}

function start() {
  const names = namesOfBoards();
  byId("board").append(make("option", { value: GLANCE }, "all at a glance"), ...names.map((name, at) => make("option", { value: at }, name)));
  const families = [...new Set(boards.flatMap((board) => board.rows.map((row) => row.family)))];
  byId("family").append(...families.map((name) => make("option", { value: name }, name)));
  for (const id of ["board", "words", "family", "blind"]) byId(id).addEventListener("input", draw);
  byId("controls").addEventListener("submit", (event) => event.preventDefault());
  byId("close").addEventListener("click", () => byId("record").close());
  if (boards.length === 1) byId("board").value = "0";
  draw();
}

start();
