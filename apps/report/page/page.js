// The charts of a report, in the browser: `uPlot` and the element `report-data` (PageData of page-data.ts) are in the page.
(() => {
  const SYNC = 'report';
  const HEIGHT = { reading: 230, score: 150, condition: 92 };
  const LINES = 6;
  const FAR_LIMIT = 4; // times what the readings span: a limit that is farther away is told at the edge
  const SHORTEST_MS = 0.01;

  const data = JSON.parse(document.getElementById('report-data').textContent);
  const whole = data.toMs > data.fromMs ? [data.fromMs, data.toMs] : [data.fromMs - 500, data.fromMs + 500];
  const charts = new Map(); // by element
  let shown = whole;

  // ------------------------------------------------------------ what is shown

  /** All charts show the same stretch. */
  function show([from, to]) {
    if (!(to - from >= SHORTEST_MS)) return;
    shown = [from, to];
    for (const chart of charts.values()) follow(chart);
    const status = document.getElementById('shown');
    if (status !== null) status.textContent = stretchText(from, to);
  }

  function follow(chart) {
    const { min, max } = chart.scales.x;
    if (min !== shown[0] || max !== shown[1]) chart.setScale('x', { min: shown[0], max: shown[1] });
  }

  /** Keeps the place `at` where it is; nothing is farther than the whole. */
  function zoom(factor, at = (shown[0] + shown[1]) / 2) {
    const from = at - (at - shown[0]) * factor;
    const to = at + (shown[1] - at) * factor;
    if (to - from >= whole[1] - whole[0]) show(whole);
    else move(0, [from, to]);
  }

  function move(share, [from, to] = shown) {
    const length = to - from;
    const start = Math.max(whole[0], Math.min(whole[1] - length, from + share * length));
    show([start, start + length]);
  }

  const DO = {
    earlier: () => move(-0.5),
    later: () => move(0.5),
    closer: () => zoom(0.5),
    farther: () => zoom(2),
    whole: () => show(whole),
  };

  // ------------------------------------------------------------ charts

  function draw(element) {
    const figure = data.figures[element.dataset.figure];
    const panel = figure.panels[element.dataset.panel];
    const colours = theme();
    const { timesMs, lines } = data.points[panel.points];
    const values = panel.lines.map(({ line }) => lines[line].map(valueOf));
    const chart = new uPlot(
      {
        width: widthOf(element),
        height: HEIGHT[panel.kind],
        ms: 1,
        tzDate: ms => uPlot.tzDate(new Date(ms), 'Etc/UTC'),
        scales: { x: { time: true, range: (_, min, max) => [min, max] }, y: scaleOf(panel) },
        series: [
          { value: (_, ms) => (ms === null ? '–' : timeText(ms)), label: 'UTC' },
          ...panel.lines.map(({ text }, at) => lineOf(panel, text, colours.lines[at % LINES])),
        ],
        axes: [timeAxis(colours), valueAxis(panel, colours)],
        padding: [null, 28, null, null],
        cursor: {
          sync: { key: SYNC, setSeries: false },
          drag: { x: true, y: false, dist: 5 },
          points: { size: 7 },
          bind: { dblclick: () => () => DO.whole() },
        },
        legend: { live: true },
        hooks: {
          drawClear: [chart => shade(chart, figure, colours)],
          draw: [chart => labelTexts(chart, figure, colours), chart => limits(chart, panel, colours)],
          setScale: [(chart, scale) => scale === 'x' && take(chart)],
        },
      },
      [timesMs, ...values],
      element,
    );
    charts.set(element, chart);
    chart.setScale('x', { min: shown[0], max: shown[1] });
  }

  /** A stretch that was dragged in one chart. */
  function take({ scales: { x } }) {
    if (x.min !== shown[0] || x.max !== shown[1]) show([x.min, x.max]);
  }

  /** uPlot goes on over what is undefined, and breaks at null. */
  function valueOf(value) {
    return value === '' ? null : value === null ? undefined : value;
  }

  function lineOf(panel, label, colour) {
    const format = value => (value === null || value === undefined ? '–' : valueText(value, panel));
    const isStep = panel.kind === 'condition';
    return {
      label,
      stroke: colour,
      width: 1.5,
      value: (_, value) => format(value),
      ...(isStep
        ? { paths: uPlot.paths.stepped({ align: 1, extend: true }), points: { show: false } }
        : { points: { size: 4 } }),
    };
  }

  function scaleOf(panel) {
    if (panel.kind === 'condition') return { range: () => [-0.15, 1.15] };
    if (panel.isDuration) return { distr: 3, range: (_, min, max) => logRange(min, max, panel) };
    return { range: (_, min, max) => valueRange(min, max, panel) };
  }

  function valueRange(min, max, panel) {
    const [low, high] = min === null ? extremes(panel) : [min, max];
    const span = high > low ? high - low : Math.abs(high) / 4 || 1; // what is always the same is seen from a little farther
    const near = panel.limits.map(limit => limit.value).filter(value => isNear(value, low, high, span));
    const [from, to] = [Math.min(low, ...near), Math.max(high, ...near)];
    const margin = Math.max(to - from, span) * 0.1;
    return [from - margin, to + margin];
  }

  function isNear(value, low, high, span) {
    return value >= low - FAR_LIMIT * span && value <= high + FAR_LIMIT * span;
  }

  function logRange(min, max, { limits: all }) {
    const values = [min, max, ...all.map(limit => limit.value)].filter(value => value > 0);
    if (values.length === 0) return [1, 10];
    return [10 ** Math.floor(Math.log10(Math.min(...values))), 10 ** Math.ceil(Math.log10(Math.max(...values)) + 0.01)];
  }

  function extremes({ limits: all }) {
    return all.length === 0 ? [0, 1] : [Math.min(...all.map(l => l.value)), Math.max(...all.map(l => l.value))];
  }

  function timeAxis(colours) {
    return {
      stroke: colours.dim,
      font: FONT,
      grid: { stroke: colours.line, width: 1 },
      ticks: { stroke: colours.line, width: 1, size: 4 },
      space: 90,
      size: 42,
      values: (_, splits, __, ___, increment) => tickTexts(splits, increment),
    };
  }

  function valueAxis(panel, colours) {
    const isCondition = panel.kind === 'condition';
    return {
      stroke: colours.dim,
      font: FONT,
      grid: { stroke: colours.line, width: 1 },
      ticks: { stroke: colours.line, width: 1, size: 4 },
      size: 64,
      label: panel.unit ?? ' ', // all charts begin at the same place
      labelFont: FONT,
      labelSize: 18,
      labelGap: 0,
      ...(isCondition ? { splits: () => [0, 1], values: () => ['no', 'yes'] } : {}),
      ...(isCondition ? {} : { values: (_, splits) => splits.map(value => tickText(value, panel)) }),
      ...(panel.isDuration
        ? { splits: (_, __, min, max) => durationTicks(min, max), filter: (_, splits) => splits }
        : {}),
    };
  }

  const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif';

  // ------------------------------------------------------------ on the canvas

  /** Alerts behind the lines, by their level, those of another version hatched; labels as bands at the foot. */
  function shade(chart, { alerts, before = [], labels }, colours) {
    const { ctx, bbox } = chart;
    const ratio = uPlot.pxRatio;
    ctx.save();
    clipTo(ctx, bbox);
    for (const { fromMs, toMs, level } of alerts) {
      const [left, width] = placeOf(chart, fromMs, toMs);
      ctx.fillStyle = colours[level];
      ctx.globalAlpha = colours.shade;
      ctx.fillRect(left, bbox.top, width, bbox.height);
      ctx.globalAlpha = 1;
      ctx.fillRect(left, bbox.top, width, 3 * ratio);
    }
    for (const { fromMs, toMs, level } of before) {
      const [left, width] = placeOf(chart, fromMs, toMs);
      ctx.fillStyle = hatching(ctx, colours[level]);
      ctx.globalAlpha = 2 * colours.shade;
      ctx.fillRect(left, bbox.top, width, bbox.height);
      ctx.globalAlpha = 1;
      ctx.fillRect(left, bbox.top + 4 * ratio, width, 4 * ratio);
    }
    for (const { fromMs, toMs } of labels) {
      const [left, width] = placeOf(chart, fromMs, toMs);
      ctx.fillStyle = colours.label;
      ctx.globalAlpha = 0.1;
      ctx.fillRect(left, bbox.top, width, bbox.height);
      ctx.globalAlpha = 1;
      ctx.fillRect(left, bbox.top + bbox.height - 3 * ratio, width, 3 * ratio);
    }
    ctx.restore();
  }

  const HATCH = 7; // from one line to the next

  function hatching(ctx, colour) {
    const size = Math.round(HATCH * uPlot.pxRatio);
    const tile = document.createElement('canvas');
    tile.width = tile.height = size;
    const pen = tile.getContext('2d');
    pen.strokeStyle = colour;
    pen.lineWidth = 1.5 * uPlot.pxRatio;
    for (const shift of [-size, 0, size]) {
      pen.moveTo(shift, size);
      pen.lineTo(shift + size, 0);
    }
    pen.stroke();
    return ctx.createPattern(tile, 'repeat');
  }

  /** The names of labels that have room for them. */
  function labelTexts(chart, { labels }, colours) {
    const { ctx, bbox } = chart;
    const ratio = uPlot.pxRatio;
    ctx.save();
    clipTo(ctx, bbox);
    ctx.font = canvasFont(11);
    ctx.textAlign = 'left';
    ctx.textBaseline = 'alphabetic';
    ctx.fillStyle = colours.label;
    for (const { fromMs, toMs, name } of labels) {
      const [start, width] = placeOf(chart, fromMs, toMs);
      const left = Math.max(start, bbox.left) + 4 * ratio;
      if (ctx.measureText(name).width > start + width - left) continue;
      outlined(ctx, name, left, bbox.top + bbox.height - 7 * ratio, colours);
    }
    ctx.restore();
  }

  function placeOf(chart, fromMs, toMs) {
    const left = chart.valToPos(fromMs, 'x', true);
    return [left, Math.max(2 * uPlot.pxRatio, chart.valToPos(toMs, 'x', true) - left)];
  }

  /** What lies outside is told at the edge that it lies behind. */
  function limits(chart, panel, colours) {
    const { ctx, bbox } = chart;
    const ratio = uPlot.pxRatio;
    const bottom = bbox.top + bbox.height;
    const taken = [];
    ctx.save();
    ctx.font = canvasFont(11);
    ctx.textAlign = 'right';
    ctx.textBaseline = 'alphabetic';
    for (const { value, text, severity } of panel.limits) {
      const y = chart.valToPos(value, 'y', true);
      const isAbove = y < bbox.top;
      const isBelow = y > bottom;
      ctx.strokeStyle = ctx.fillStyle = severity === null ? colours.dim : colours[severity];
      if (!isAbove && !isBelow) {
        ctx.lineWidth = ratio;
        ctx.setLineDash(severity === null ? [2 * ratio, 4 * ratio] : [7 * ratio, 4 * ratio]);
        ctx.beginPath();
        ctx.moveTo(bbox.left, Math.round(y));
        ctx.lineTo(bbox.left + bbox.width, Math.round(y));
        ctx.stroke();
      }
      const isAtTop = y - 16 * ratio < bbox.top; // there is room below the line only
      const wanted = isAbove ? bbox.top + 14 * ratio : isAtTop ? y + 13 * ratio : y - 4 * ratio;
      const place = Math.min(bottom - 4 * ratio, wanted);
      const line = free(taken, place, 13 * ratio, [bbox.top + 12 * ratio, bottom]);
      if (line === null) continue;
      taken.push(line);
      outlined(
        ctx,
        `${isAbove ? '↑ ' : isBelow ? '↓ ' : ''}${text}`,
        bbox.left + bbox.width - 6 * ratio,
        line,
        colours,
      );
    }
    ctx.restore();
  }

  /** The nearest place where no other text is. */
  function free(taken, wanted, height, [top, bottom]) {
    for (let step = 0; step < 2 * LINES; step++) {
      const place = wanted + (step % 2 === 0 ? 1 : -1) * Math.ceil(step / 2) * height;
      const isFree = taken.every(other => Math.abs(other - place) >= height);
      if (isFree && place >= top && place <= bottom) return place;
    }
    return null;
  }

  function outlined(ctx, text, x, y, colours) {
    ctx.setLineDash([]);
    const stroke = ctx.strokeStyle;
    ctx.strokeStyle = colours.back;
    ctx.lineWidth = 3 * uPlot.pxRatio;
    ctx.lineJoin = 'round';
    ctx.strokeText(text, x, y);
    ctx.fillText(text, x, y);
    ctx.strokeStyle = stroke;
  }

  function clipTo(ctx, { left, top, width, height }) {
    ctx.beginPath();
    ctx.rect(left, top, width, height);
    ctx.clip();
  }

  function canvasFont(size) {
    return FONT.replace('12px', `${size * uPlot.pxRatio}px`);
  }

  function theme() {
    const style = getComputedStyle(document.documentElement);
    const colour = name => style.getPropertyValue(`--${name}`).trim();
    const names = ['back', 'line', 'text', 'dim', 'label', 'info', 'low', 'medium', 'high', 'critical'];
    return {
      ...Object.fromEntries(names.map(name => [name, colour(name)])),
      lines: Array.from({ length: LINES }, (_, at) => colour(`line-${at + 1}`)),
      shade: Number(colour('shade')),
    };
  }

  // ------------------------------------------------------------ texts

  function timeText(ms) {
    const text = new Date(Math.round(ms)).toISOString().replace('T', ' ');
    return text.replace(/(\.000)?Z$/, '');
  }

  /** Milliseconds say nothing where minutes are shown. */
  function stretchText(from, to) {
    const unit = to - from > 2 * MINUTE ? SECOND : 1;
    return [from, to].map(ms => timeText(Math.round(ms / unit) * unit)).join(' – ');
  }

  const SECOND = 1000;
  const MINUTE = 60 * SECOND;
  const DAY = 24 * 60 * MINUTE;

  /** The date stands below the first time and wherever it changes. */
  function tickTexts(splits, increment) {
    let before = '';
    return splits.map(ms => {
      const text = new Date(Math.round(ms)).toISOString();
      const date = text.slice(0, 10);
      if (increment >= DAY) return increment >= 28 * DAY ? text.slice(0, 7) : date;
      const time = text.slice(11, increment < SECOND ? 23 : increment < MINUTE ? 19 : 16);
      const isNew = date !== before;
      before = date;
      return isNew ? `${time}\n${date}` : time;
    });
  }

  const ROUND_DURATIONS_US = [
    ...[1e3, 10e3, 100e3, 1e6, 10e6, 60e6, 600e6, 3_600e6, 21_600e6, 86_400e6, 10 * 86_400e6, 100 * 86_400e6],
    ...[1, 10, 100, 1e3, 1e4, 1e6].map(years => years * 365 * 86_400e6),
  ];
  const MOST_TICKS = 4;

  function durationTicks(min, max) {
    const within = ROUND_DURATIONS_US.filter(us => us >= min && us <= max);
    const every = Math.ceil(within.length / MOST_TICKS);
    return within.filter((_, at) => at % every === 0);
  }

  function valueText(value, { kind, unit, isDuration }) {
    if (kind === 'condition') return value >= 0.5 ? 'yes' : 'no';
    if (isDuration) return durationText(value);
    const text = numberText(value);
    return unit === null ? text : `${text} ${unit}`;
  }

  function tickText(value, { isDuration }) {
    if (value === null) return '';
    return isDuration ? durationText(value) : numberText(value);
  }

  function numberText(value) {
    const size = Math.abs(value);
    if (size !== 0 && (size < 1e-4 || size >= 1e9)) return value.toExponential(3).replace(/\.?0+e/, 'e');
    return String(Number(value.toPrecision(6)));
  }

  const DURATIONS = [
    ['y', 365 * 86_400e6],
    ['d', 86_400e6],
    ['h', 3_600e6],
    ['m', 60e6],
    ['s', 1e6],
    ['ms', 1e3],
    ['us', 1],
  ];

  /** Of microseconds. */
  function durationText(us) {
    const [unit, size] = DURATIONS.find(([, each]) => us >= each) ?? DURATIONS.at(-1);
    return `${Number((us / size).toPrecision(2))}${unit}`;
  }

  // ------------------------------------------------------------ the page

  function widthOf(element) {
    return Math.max(240, element.clientWidth);
  }

  /** Charts are drawn when they come near: a page may have hundreds. */
  const near = new IntersectionObserver(
    entries => {
      for (const { isIntersecting, target } of entries) if (isIntersecting) ensure(target);
    },
    { rootMargin: '600px' },
  );

  function ensure(element) {
    if (charts.has(element)) return;
    near.unobserve(element);
    draw(element);
  }

  function drawAgain() {
    for (const [element, chart] of [...charts]) {
      chart.destroy();
      charts.delete(element);
      draw(element);
    }
  }

  const elements = [...document.querySelectorAll('.chart')];
  const sizes = new ResizeObserver(entries => {
    for (const { target } of entries) {
      const chart = charts.get(target);
      if (chart !== undefined && chart.width !== widthOf(target)) {
        chart.setSize({ width: widthOf(target), height: chart.height });
      }
    }
  });
  for (const element of elements) {
    near.observe(element);
    sizes.observe(element);
    element.addEventListener('keydown', event => onKey(event, element));
  }

  for (const button of document.querySelectorAll('[data-do]')) button.addEventListener('click', DO[button.dataset.do]);

  document.addEventListener('click', event => {
    const link = event.target.closest?.('[data-alert]');
    if (link === null || link === undefined) return;
    const stretch = data.zooms[link.dataset.alert];
    if (stretch === null) return;
    const figure = document.getElementById(figureOf(link));
    if (figure === null) return;
    event.preventDefault();
    for (const element of figure.querySelectorAll('.chart')) ensure(element);
    show(stretch);
    figure.scrollIntoView({ block: 'start' });
    figure.focus({ preventScroll: true });
  });

  /** That of the alert's row in the table. */
  function figureOf({ dataset: { alert } }) {
    return document.querySelector(`a[data-alert="${alert}"]`)?.getAttribute('href')?.slice(1) ?? '';
  }

  /** + and − about the cursor; arrows move the cursor, with Shift what is shown. */
  function onKey(event, element) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    ensure(element);
    const chart = charts.get(element);
    const action = KEYS[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action(chart, event);
  }

  const KEYS = {
    '+': chart => zoom(0.5, cursorMs(chart)),
    '=': chart => zoom(0.5, cursorMs(chart)),
    '-': chart => zoom(2, cursorMs(chart)),
    0: () => DO.whole(),
    Escape: () => DO.whole(),
    ArrowLeft: (chart, { shiftKey }) => (shiftKey ? move(-0.25) : step(chart, -1)),
    ArrowRight: (chart, { shiftKey }) => (shiftKey ? move(0.25) : step(chart, 1)),
  };

  function cursorMs(chart) {
    const { left } = chart.cursor;
    return left === null || left === undefined || left < 0 ? undefined : chart.posToVal(left, 'x');
  }

  /** To the next reading of those that are shown; all charts follow. */
  function step(chart, by) {
    const times = chart.data[0];
    const [first, last] = [times.findIndex(ms => ms >= shown[0]), times.findLastIndex(ms => ms <= shown[1])];
    if (first === -1 || last < first) return;
    const at = chart.cursor.idx ?? (by > 0 ? first - 1 : last + 1);
    const next = times[Math.max(first, Math.min(last, at + by))];
    for (const other of charts.values()) {
      other.setCursor({ left: other.valToPos(next, 'x'), top: other.over.clientHeight / 2 });
    }
  }

  const find = document.getElementById('find');
  const differing = document.getElementById('differing'); // where two versions stand side by side
  find?.addEventListener('input', sift);
  differing?.addEventListener('input', sift);

  function sift() {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of document.querySelectorAll('.alerts .table tbody tr')) {
      const text = row.textContent.toLowerCase();
      const isSame = differing?.checked === true && row.classList.contains('same');
      row.hidden = isSame || !words.every(word => text.includes(word));
    }
  }

  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAgain);
  addEventListener('beforeprint', () => {
    document.documentElement.classList.add('print');
    for (const element of elements) ensure(element);
    drawAgain();
  });
  addEventListener('afterprint', () => {
    document.documentElement.classList.remove('print');
    drawAgain();
  });
})();
