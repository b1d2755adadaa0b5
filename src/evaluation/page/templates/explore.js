// Native controls choose; charts (Vega), tables and sentences show the rows of what is chosen.
(async () => {
  const at = (id) => document.getElementById(id);
  const bytes = Uint8Array.from(atob(at("data").textContent), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const data = await new Response(stream).json();
  const controls = Object.fromEntries([...document.querySelectorAll("[data-choice]")].map((one) => [one.dataset.choice, one]));
  const views = {}, embedded = {}, chosen = (name) => controls[name].value;
  function number(value, decimals, signed) {
    const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    return new Intl.NumberFormat(data.locale, { ...digits, signDisplay: signed ? "exceptZero" : "negative" }).format(Number(value)).replace("-", "−");
  }

  function written(value, [kind, decimals, signed]) {
    if (value === null || value === undefined) return "–";
    if (kind === "p") return value > 0 && value < 0.00005 ? "<" + number(0.0001, 4) : number(value, value < 0.001 ? 4 : 3);
    if (kind === "value") decimals = Number(value) ? Math.min(10, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))) : 0;
    const text = number(value, decimals, signed);
    return kind === "percent" ? data.percent.replace("{}", text) : text;
  }

  // The rows of what is chosen, each as an object; numbers also as text, under `…_text`.
  function rows(name) {
    const set = data.sets[name];
    const joined = set.join ? Object.fromEntries(rows(set.join).map((row) => [row.unit, row])) : {};
    return (set.rows[set.by.map(chosen).join("|")] ?? []).flatMap((values) => {
      const row = {};
      set.columns.forEach((column, place) => {
        const [id, label] = set.labels[column]?.[values[place]] ?? [];
        Object.assign(row, { [column]: label ?? values[place] }, id && { [`${column}_id`]: id });
      });
      if (!set.long) return [finished(set, { ...joined[row.unit], ...row })];
      const first = set.columns.length - 1, last = set.columns[first];
      return values.slice(first).map((value, x) => finished(set, { ...row, x, period: data.periods[x], [last]: value }));
    });
  }

  function finished(set, row) {
    for (const [column, format] of Object.entries(set.formats)) row[`${column}_text`] = written(row[column], format);
    return row;
  }
  const shown = (row, column) => row[`${column}_text`] ?? row[column] ?? "–";
  const same = (row, match) => Object.entries(match).every(([column, choice]) => String(row[`${column}_id`] ?? row[column]) === chosen(choice));

  // An option for which there is no row with what is chosen before it cannot be taken.
  function allow() {
    const order = Object.keys(controls).filter((name) => data.sets.estimates.by.includes(name));
    const keys = Object.keys(data.sets.estimates.rows).map((key) => key.split("|"));
    order.forEach((name, place) => {
      const before = order.slice(0, place);
      restrict(name, new Set(keys.filter((key) => before.every((one, index) => key[index] === chosen(one))).map((key) => key[place])));
    });
    restrict("test", new Set(rows("estimates").map((row) => row.test_id)));
  }
  function restrict(name, there) {
    const options = [...controls[name].options];
    options.forEach((option) => (option.disabled = !there.has(option.value)));
    if (!there.has(chosen(name))) controls[name].value = options.find((option) => !option.disabled)?.value;
  }

  async function draw(chart) {
    const variant = chart.variant ? (chart.variants[chosen(chart.variant)] ?? chosen(chart.variant)) : "";
    if (embedded[chart.name] !== variant) {
      embedded[chart.name] = variant;
      views[chart.name]?.finalize();
      const options = { mode: "vega-lite", renderer: "svg", actions: false, ast: true, formatLocale: data.format, tooltip: { theme: "custom" }, logLevel: 1 };
      const spec = chart.specs[variant], given = Object.fromEntries(chart.sets.map((name) => [name, rows(name)]));
      const { view } = await vegaEmbed(at(`chart-${chart.name}`), { ...spec, datasets: { ...spec.datasets, ...given } }, options);
      views[chart.name] = view;
      if (chart.picks) view.addEventListener("click", (event, item) => pick(chart.picks, item?.datum?.unit));
    }
    const view = views[chart.name];
    for (const name of chart.sets) {
      const key = data.sets[name].by.map(chosen).join("|");
      if (chart[`has_${name}`] !== key) view.data(name, rows(name));
      chart[`has_${name}`] = key;
    }
    for (const [signal, source] of Object.entries(chart.signals)) {
      const [name, column] = source.split(".");
      view.signal(signal, column ? rows(name)[0]?.[column] : chosen(name));
    }
    await view.runAsync();
  }
  function pick(choice, value) {
    if (![...controls[choice].options].some((option) => value && option.value === value)) return;
    controls[choice].value = value;
    update();
  }
  function tell({ name, rows: set, text, match, nothing }) {
    const row = rows(set).find((one) => same(one, match));
    at(`sentence-${name}`).textContent = row ? text.replace(/\{(\w+)\}/g, (_, key) => shown(row, key)) : nothing;
  }

  function list({ name, rows: set, heads, marked }) {
    at(`table-${name}`).tBodies[0].replaceChildren(...rows(set).map((row) => {
      const line = document.createElement("tr");
      if (same(row, marked)) { line.className = "marked"; line.setAttribute("aria-current", "true"); }
      Object.keys(heads).forEach((column, place) => {
        const cell = document.createElement(place ? "td" : "th");
        if (!place) cell.scope = "row";
        if (`${column}_text` in row) cell.className = "number";
        cell.textContent = shown(row, column);
        line.append(cell);
      });
      return line;
    }));
  }

  let drawing = Promise.resolve();
  function update() {
    allow();
    data.tables.forEach(list);
    data.sentences.forEach(tell);
    return (drawing = drawing.then(() => Promise.all(data.charts.map(draw))));
  }

  for (const control of Object.values(controls)) control.addEventListener("input", update);
  await update();
  document.documentElement.dataset.ready = "true";
})().catch((error) => { document.getElementById("failed").hidden = false; throw error; });
