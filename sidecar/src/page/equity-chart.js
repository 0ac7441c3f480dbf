/**
 * Equity of each strategy over engine time, its drawdown (an "underwater" plot) on the same time
 * axis below, and a crosshair that reads both.
 */
import { make } from './cell.js';
import { money, number, percent } from './figure.js';
import { colour, dash, hue, hueClass } from './palette.js';

const LEFT = 72;
const RIGHT = 12;
const TOP = 8;
const TIME_AXIS = 22;
const GAP = 18;
const UNDERWATER_SHARE = 0.3;
// prettier-ignore
const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400];

/**
 * @param onDemand called when it wants to be drawn again (pointer, size)
 * @returns draw(series, scale): series `{ name, index, currency, capital, points }`, scale `equity` or `return`
 */
export function equityChart(wrap, tip, onDemand) {
  const canvas = wrap.querySelector('canvas');
  const context = canvas.getContext('2d');
  let [width, height] = [0, 0];
  /** Pixels from the left, or undefined. */
  let pointer;

  new ResizeObserver(([entry]) => {
    ({ width, height } = entry.contentRect);
    canvas.width = Math.round(width * devicePixelRatio);
    canvas.height = Math.round(height * devicePixelRatio);
    onDemand();
  }).observe(wrap);
  const point = (x) => {
    pointer = x === undefined ? x : Math.min(Math.max(x, LEFT), width - RIGHT);
    onDemand();
  };
  canvas.addEventListener('pointermove', (event) => point(event.offsetX));
  canvas.addEventListener('pointerleave', () => point(undefined));
  canvas.addEventListener('blur', () => point(undefined));
  canvas.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -8, ArrowRight: 8 }[event.key];
    if (step !== undefined) point((pointer ?? width - RIGHT) + step);
    else if (event.key === 'Escape') point(undefined);
    else return;
    event.preventDefault();
  });

  return (series, scale) => {
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
    const drawn = series.filter(({ points }) => points.length > 0);
    if (drawn.length === 0 || width < LEFT + RIGHT + 40) {
      tip.hidden = true;
      return;
    }
    const value =
      scale === 'return'
        ? ({ capital }, [, equity]) => equity / capital - 1
        : (_, [, equity]) => equity;

    const bottom = height - TIME_AXIS;
    const split = Math.round(TOP + (bottom - TOP - GAP) * (1 - UNDERWATER_SHARE));
    const time = timeAxis(drawn);
    const x = (seconds) =>
      LEFT + ((seconds - time.from) / (time.to - time.from)) * (width - LEFT - RIGHT);
    const values = valueAxis(drawn, value, scale);
    const y = (v) => split - ((v - values.from) / (values.to - values.from)) * (split - TOP);
    const deepest = Math.max(
      ...drawn.map(({ points }) => Math.max(...points.map((p) => p[2]))),
      1e-6,
    );
    const depth = deepest * 1.08;
    const waterTop = split + GAP;
    const under = (drawdown) => waterTop + (drawdown / depth) * (bottom - waterTop);

    const grid = (at, label) => {
      const line = Math.round(at) + 0.5;
      context.strokeStyle = colour('--grid');
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(LEFT, line);
      context.lineTo(width - RIGHT, line);
      context.stroke();
      context.fillStyle = colour('--muted');
      context.textAlign = 'right';
      context.textBaseline = 'middle';
      context.fillText(label, LEFT - 8, at);
    };
    for (const tick of values.ticks) grid(y(tick), values.label(tick));
    for (const [tick, label] of depthTicks(depth)) grid(under(tick), label);

    context.textBaseline = 'alphabetic';
    context.textAlign = 'left';
    context.fillText(scale === 'return' ? 'return' : 'equity', LEFT + 6, TOP + 10);
    context.fillText('drawdown', LEFT + 6, bottom - 6);
    let free = -Infinity;
    for (const tick of timeTicks(time, width)) {
      const at = x(tick);
      const label = clock(tick, time.to - time.from);
      const half = context.measureText(label).width / 2;
      if (at - half < free || at + half > width) continue;
      free = at + half + 12;
      context.textAlign = 'center';
      context.fillStyle = colour('--muted');
      context.fillText(label, at, height - 6);
      context.strokeStyle = colour('--grid');
      context.beginPath();
      context.moveTo(Math.round(at) + 0.5, TOP);
      context.lineTo(Math.round(at) + 0.5, bottom);
      context.stroke();
    }

    context.save();
    context.beginPath();
    context.rect(LEFT, 0, width - LEFT - RIGHT + 2, bottom + 1);
    context.clip();
    for (const one of drawn) {
      const path = (of) => {
        context.beginPath();
        for (const p of one.points) context.lineTo(x(p[0]), of(p));
      };
      context.strokeStyle = hue(one.index);
      context.fillStyle = hue(one.index);
      context.lineJoin = 'round';
      context.setLineDash(dash(one.index));
      context.lineWidth = 1.6;
      path((p) => y(value(one, p)));
      context.stroke();

      path((p) => under(p[2]));
      context.lineWidth = 1;
      context.stroke();
      context.lineTo(x(one.points.at(-1)[0]), waterTop);
      context.lineTo(x(one.points[0][0]), waterTop);
      context.globalAlpha = 0.16;
      context.fill();
      context.globalAlpha = 1;
      context.setLineDash([]);

      const last = one.points.at(-1);
      context.beginPath();
      context.arc(x(last[0]), y(value(one, last)), 2.5, 0, 7);
      context.fill();
    }
    context.restore();

    if (pointer === undefined) {
      tip.hidden = true;
      return;
    }
    const seconds = time.from + ((pointer - LEFT) / (width - LEFT - RIGHT)) * (time.to - time.from);
    const read = drawn.map((one) => ({ one, p: nearest(one.points, seconds) }));
    context.strokeStyle = colour('--muted');
    context.setLineDash([3, 3]);
    context.beginPath();
    const line = Math.round(x(read[0].p[0])) + 0.5;
    context.moveTo(line, TOP);
    context.lineTo(line, bottom);
    context.stroke();
    context.setLineDash([]);
    for (const { one, p } of read) {
      context.fillStyle = hue(one.index);
      for (const at of [y(value(one, p)), under(p[2])]) {
        context.beginPath();
        context.arc(x(p[0]), at, 3.5, 0, 7);
        context.fill();
      }
    }
    tip.replaceChildren(
      make('b', '', `${clock(read[0].p[0], 0)} UTC`),
      ...read.slice(0, 12).map(({ one, p }) => {
        const swatch = make('i', `swatch ${hueClass(one.index)}`);
        const figures = [
          money(p[1]).text,
          ...(one.capital ? [percent(p[1] / one.capital - 1, { decimals: 3 }).text] : []),
          `DD ${percent(p[2], { decimals: 3 }).text}`,
        ];
        return make(
          'div',
          '',
          swatch,
          make('span', '', one.name),
          ...figures.map((f) => make('em', '', f)),
        );
      }),
    );
    tip.hidden = false;
    const tipWidth = tip.offsetWidth;
    const beside = line + 12 + tipWidth > width ? line - 12 - tipWidth : line + 12;
    tip.style.transform = `translate(${Math.max(0, beside)}px, ${TOP + 4}px)`;
  };
}

function timeAxis(series) {
  const from = Math.min(...series.map(({ points }) => points[0][0]));
  const to = Math.max(...series.map(({ points }) => points.at(-1)[0]));
  return { from, to: Math.max(to, from + 1) };
}

function timeTicks({ from, to }, width) {
  const wanted = Math.max(2, width / 110);
  const step =
    TIME_STEPS.find((one) => (to - from) / one <= wanted) ??
    86_400 * Math.ceil((to - from) / 86_400 / wanted);
  const ticks = [];
  for (let tick = Math.ceil(from / step) * step; tick <= to; tick += step) ticks.push(tick);
  return ticks;
}

function valueAxis(series, value, scale) {
  let from = Infinity;
  let to = -Infinity;
  for (const one of series)
    for (const p of one.points) {
      const v = value(one, p);
      if (v < from) from = v;
      if (v > to) to = v;
    }
  // A flat line is drawn in the middle of a small range, not on an edge of none.
  const least = Math.max(Math.abs(to) * 1e-6, scale === 'return' ? 1e-6 : 0.01);
  const margin = Math.max((to - from) * 0.06, least);
  from -= margin;
  to += margin;
  const step = niceStep((to - from) / 5);
  const ticks = [];
  for (let n = Math.ceil(from / step); n * step <= to; n++) ticks.push(n * step);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const label =
    scale === 'return'
      ? (v) => axisPercent(v, Math.max(0, decimals - 2))
      : (v) =>
          v
            .toLocaleString('en-US', {
              minimumFractionDigits: decimals,
              maximumFractionDigits: decimals,
            })
            .replace('-', '−');
  return { from, to, ticks, label };
}

/** @returns `[drawdown, label]` pairs */
function depthTicks(depth) {
  const step = niceStep(depth / 4);
  const decimals = Math.max(0, -Math.floor(Math.log10(step * 100) + 1e-9));
  const ticks = [];
  for (let n = 0; n * step <= depth; n++)
    ticks.push([n * step, n === 0 ? '0\u202f%' : axisPercent(-n * step, decimals)]);
  return ticks;
}

/** @returns 1, 2 or 5 times a power of ten, at least `raw` */
function niceStep(raw) {
  const power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].find((one) => one * power >= raw * (1 - 1e-9)) * power;
}

function axisPercent(ratio, decimals) {
  return `${number(ratio * 100, { decimals }).text}\u202f%`;
}

function clock(seconds, span) {
  const iso = new Date(seconds * 1000).toISOString();
  return span > 172_800
    ? iso.slice(5, 16).replace('T', ' ')
    : span > 7200
      ? iso.slice(11, 16)
      : iso.slice(11, 19);
}

function nearest(points, seconds) {
  let [low, high] = [0, points.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (points[middle][0] <= seconds) low = middle;
    else high = middle;
  }
  return seconds - points[low][0] <= points[high][0] - seconds ? points[low] : points[high];
}
