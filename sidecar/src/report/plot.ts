/**
 * Plots as SVG that stretches with the page: data lies in a square of a thousand by a thousand, lines
 * and dots keep their width whatever the stretching, labels are text beside it. So they need no script
 * to be seen or printed; the script only reads values off and zooms.
 */
import { html, Markup } from './markup.ts';
import { numberText } from './number-text.ts';

const SIDE = 1000;

export interface Range {
  readonly low: number;
  readonly high: number;
}

export interface Series {
  readonly name: string;
  /** A CSS class, such as `s1`. */
  readonly style: string;
  readonly points: readonly (readonly [number, number])[];
  readonly kind: 'line' | 'step' | 'area' | 'dots' | 'squares';
}

/** Between two lines over the same x. */
export interface BandArea {
  readonly style: string;
  readonly points: readonly (readonly [x: number, low: number, high: number])[];
}

export interface PlotOptions {
  readonly id: string;
  readonly title: string;
  readonly note?: string;
  readonly series: readonly Series[];
  readonly bands?: readonly BandArea[];
  readonly x: 'time' | 'number' | 'category';
  /** Of a category, in the order of their x: 0, 1, 2… */
  readonly categories?: readonly string[];
  readonly unit: string;
  /** Zero belongs to it. */
  readonly fromZero?: boolean;
  readonly tall?: boolean;
}

/** What the script reads values from. */
export interface PlotData {
  readonly x: 'time' | 'number' | 'category';
  readonly range: readonly [number, number, number, number];
  readonly unit: string;
  readonly categories?: readonly string[];
  readonly series: readonly {
    name: string;
    style: string;
    isDots: boolean;
    xs: number[];
    ys: number[];
  }[];
}

export interface Drawn {
  readonly markup: Markup;
  readonly data: PlotData | undefined;
}

/** @returns the extent, made wider where it is a point; undefined where there are no values */
export function rangeOf(values: Iterable<number>, fromZero = false): Range | undefined {
  let low = fromZero ? 0 : Infinity;
  let high = fromZero ? 0 : -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return undefined;
  if (low === high) {
    const room = Math.abs(low) * 1e-3 || 1;
    return { low: low - room, high: high + room };
  }
  const room = (high - low) * 0.04;
  return {
    low: fromZero && low === 0 ? 0 : low - room,
    high: fromZero && high === 0 ? 0 : high + room,
  };
}

export function plot(options: PlotOptions): Drawn {
  const { series, bands = [] } = options;
  const xs = rangeOfX(options);
  const ys = rangeOf(
    [
      ...series.flatMap(({ points }) => points.map(([, y]) => y)),
      ...bands.flatMap(({ points }) => points.flatMap(([, low, high]) => [low, high])),
    ],
    options.fromZero,
  );
  if (xs === undefined || ys === undefined) return { markup: emptyPlot(options), data: undefined };
  const place = placer(xs, ys);
  const yTicks = ticks(ys, 4);
  const xTicks =
    options.x === 'category' ? [] : options.x === 'time' ? timeTicks(xs) : ticks(xs, 6);
  const grid = yTicks.map((tick) => `M0 ${place.y(tick)}H${SIDE}`).join('');
  const zero =
    ys.low < 0 && ys.high > 0
      ? html`<path class="zero" d="M0 ${place.y(0)}H${SIDE}" />`
      : undefined;
  const markup = html`<figure class="plot${options.tall && ' tall'}" id="${options.id}">
    <figcaption>
      ${options.title}${options.note !== undefined && html`<small>${options.note}</small>`}
    </figcaption>
    <div class="frame">
      <svg
        viewBox="0 0 ${SIDE} ${SIDE}"
        preserveAspectRatio="none"
        role="img"
        aria-label="${options.title}"
      >
        <path class="grid" d="${grid}" />
        ${zero}
        ${bands.map((band) => html`<path class="band ${band.style}" d="${bandPath(band, place)}" />`)}${series.map((one) => drawn(one, place, ys))}
      </svg>
      ${labels(options, xs, ys, xTicks, yTicks)}
    </div>
    ${legend(series)}
  </figure> `;
  return { markup, data: dataOf(options, xs, ys) };
}

const emptyPlot = ({ id, title, note }: PlotOptions): Markup =>
  html`<figure class="plot empty" id="${id}">
    <figcaption>${title}${note !== undefined && html`<small>${note}</small>`}</figcaption>
    <p>insufficient data</p>
  </figure> `;

function rangeOfX({ series, x, categories = [] }: PlotOptions): Range | undefined {
  if (x === 'category') return { low: -0.5, high: categories.length - 0.5 };
  let low = Infinity;
  let high = -Infinity;
  for (const { points } of series)
    for (const [at] of points) {
      low = Math.min(low, at);
      high = Math.max(high, at);
    }
  if (low > high) return undefined;
  return low === high ? { low: low - 1, high: high + 1 } : { low, high };
}

interface Placer {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

const rounded = (value: number): number => Math.round(value * 10) / 10;

function placer(xs: Range, ys: Range): Placer {
  return {
    x: (value) => rounded(((value - xs.low) / (xs.high - xs.low)) * SIDE),
    y: (value) => rounded((1 - (value - ys.low) / (ys.high - ys.low)) * SIDE),
  };
}

function drawn({ kind, style, points }: Series, place: Placer, ys: Range): Markup {
  if (kind === 'dots' || kind === 'squares') {
    const d = points.map(([x, y]) => `M${place.x(x)} ${place.y(y)}h0`).join('');
    return html`<path class="${kind} ${style}" d="${d}" />`;
  }
  let d = '';
  let before: number | undefined;
  for (const [x, y] of points) {
    const [left, top] = [place.x(x), place.y(y)];
    if (before === undefined) d += `M${left} ${top}`;
    else d += kind === 'step' ? `H${left}V${top}` : `L${left} ${top}`;
    before = left;
  }
  if (kind !== 'area' || points.length === 0) return html`<path class="line ${style}" d="${d}" />`;
  const base = place.y(Math.min(Math.max(0, ys.low), ys.high));
  const fill = `${d}V${base}H${place.x(points[0]![0])}Z`;
  return html`<path class="area ${style}" d="${fill}" /><path class="line ${style}" d="${d}" />`;
}

function bandPath({ points }: BandArea, place: Placer): string {
  const upper = points.map(([x, , high]) => `${place.x(x)} ${place.y(high)}`);
  const lower = [...points].reverse().map(([x, low]) => `${place.x(x)} ${place.y(low)}`);
  return points.length === 0 ? '' : `M${[...upper, ...lower].join('L')}Z`;
}

function labels(
  { x, categories = [], unit }: PlotOptions,
  xs: Range,
  ys: Range,
  xTicks: readonly number[],
  yTicks: readonly number[],
): Markup {
  const left = (value: number): string =>
    (((value - xs.low) / (xs.high - xs.low)) * 100).toFixed(2);
  const top = (value: number): string =>
    ((1 - (value - ys.low) / (ys.high - ys.low)) * 100).toFixed(2);
  const step = xTicks.length > 1 ? xTicks[1]! - xTicks[0]! : 1;
  const below =
    x === 'category'
      ? categories.map((name, index) => [index, name] as const)
      : xTicks.map(
          (tick) =>
            [tick, x === 'time' ? timeTickText(tick, step) : tickText(tick, xTicks)] as const,
        );
  return html`<div class="ys">
      ${yTicks.map((tick) => html`<span style="top:${top(tick)}%">${tickText(tick, yTicks)}</span>`)}
    </div>
    <div class="xs">
      ${below.map(([at, text]) => html`<span style="left:${left(at)}%">${text}</span>`)}
    </div>
    <span class="unit">${unit}</span>`;
}

export const tickText = (tick: number, all: readonly number[]): string => {
  const step = all.length > 1 ? Math.abs(all[1]! - all[0]!) : Math.abs(tick) || 1;
  return numberText(tick, Math.max(0, Math.min(9, -Math.floor(Math.log10(step) + 1e-9))));
};

function legend(series: readonly Series[]): Markup {
  const named = series.filter(({ name }) => name !== '');
  if (named.length < 2) return html``;
  return html`<ul class="legend">
    ${named.map(({ name, style, kind }) => html`<li class="${style} ${kind}">${name}</li>`)}
  </ul>`;
}

/** @returns round values within the range, about so many */
export function ticks({ low, high }: Range, wanted: number): number[] {
  const raw = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= raw * 0.8)!;
  const found: number[] = [];
  for (let index = Math.ceil(low / step); index * step <= high; index += 1)
    found.push(index * step);
  return found;
}

const TIME_STEPS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
];

function timeTicks({ low, high }: Range): number[] {
  const raw = (high - low) / 6;
  const days = Math.ceil(raw / 86_400) * 86_400;
  const step = TIME_STEPS.find((one) => one >= raw) ?? days;
  const found: number[] = [];
  for (let at = Math.ceil(low / step) * step; at <= high; at += step) found.push(at);
  return found;
}

function timeTickText(seconds: number, step: number): string {
  const text = new Date(seconds * 1000).toISOString();
  if (step >= 86_400 || seconds % 86_400 === 0) return text.slice(5, 10);
  return step >= 60 ? text.slice(11, 16) : text.slice(11, 19);
}

function dataOf(options: PlotOptions, xs: Range, ys: Range): PlotData {
  return {
    x: options.x,
    range: [xs.low, xs.high, ys.low, ys.high],
    unit: options.unit,
    ...(options.categories && { categories: options.categories }),
    series: options.series.map(({ name, style, kind, points }) => ({
      name,
      style,
      isDots: kind === 'dots' || kind === 'squares',
      xs: points.map(([x]) => Math.round(x * 1e3) / 1e3),
      ys: points.map(([, y]) => Number(y.toPrecision(8))),
    })),
  };
}

export interface HeatCell {
  readonly column: number;
  readonly row: number;
  /** −1 … 1 for a gain or loss, 0 … 1 for an amount. */
  readonly value: number;
  readonly style: string;
}

const SHADES = 8;

export interface HeatOptions {
  readonly id: string;
  readonly title: string;
  readonly note: string;
  readonly columns: number;
  readonly rows: number;
  readonly cells: readonly HeatCell[];
  readonly columnLabels: readonly (readonly [at: number, text: string])[];
  readonly rowLabels: readonly (readonly [at: number, text: string])[];
  readonly dots?: readonly Series[];
  readonly height: 'low' | 'tall';
}

/** Cells of one shade are one path, so that ten thousand of them stay small. */
export function heatmap(options: HeatOptions): Markup {
  const { columns, rows, cells, dots = [] } = options;
  const paths = new Map<string, string>();
  for (const { column, row, value, style } of cells) {
    const shade = Math.max(1, Math.ceil(Math.min(1, Math.abs(value)) * SHADES));
    const name = `${style} q${shade}`;
    paths.set(name, `${paths.get(name) ?? ''}M${column} ${row}h1v1h-1z`);
  }
  const at = (value: number, count: number): string => ((value / count) * 100).toFixed(2);
  return html`<figure class="plot heat ${options.height}" id="${options.id}">
    <figcaption>${options.title}<small>${options.note}</small></figcaption>
    <div class="frame">
      <svg
        viewBox="0 0 ${columns} ${rows}"
        preserveAspectRatio="none"
        role="img"
        aria-label="${options.title}"
      >
        ${[...paths].sort(([a], [b]) => (a < b ? -1 : 1)).map(([style, d]) => html`<path class="cell ${style}" d="${d}" />`)}${dots.map(
          ({ style, kind, points }) => {
            const d = points
              .map(([x, y]) => `M${rounded(x * 10) / 10} ${rounded(y * 10) / 10}h0`)
              .join('');
            return html`<path class="halo" d="${d}" /><path class="${kind} ${style}" d="${d}" />`;
          },
        )}
      </svg>
      <div class="ys">
        ${options.rowLabels.map(([row, text]) => html`<span style="top:${at(row, rows)}%">${text}</span>`)}
      </div>
      <div class="xs">
        ${options.columnLabels.map(([column, text]) => html`<span style="left:${at(column, columns)}%">${text}</span>`)}
      </div>
    </div>
    ${legend(dots)}
  </figure> `;
}

export interface Bar {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** @returns equal bins over the values, zero on an edge */
export function histogram(values: ArrayLike<number>, wanted = 41): Bar[] {
  const range = rangeOf(Array.from(values));
  if (range === undefined || values.length === 0) return [];
  const width = (range.high - range.low) / wanted;
  const first = Math.floor(range.low / width);
  const counts = new Array<number>(Math.floor(range.high / width) - first + 1).fill(0);
  for (const value of Array.from(values)) counts[Math.floor(value / width) - first]! += 1;
  return counts.map((count, index) => ({
    low: (first + index) * width,
    high: (first + index + 1) * width,
    count,
  }));
}

export function histogramPlot(
  options: Pick<PlotOptions, 'id' | 'title' | 'note' | 'unit'>,
  values: ArrayLike<number>,
  scale = 1,
): Drawn {
  const bars = histogram(Array.from(values, (value) => value * scale));
  const half = (sign: number) =>
    bars
      .filter(({ low, high }) => (low + high) * sign > 0)
      .flatMap(({ low, high, count }): (readonly [number, number])[] => [
        [low, 0],
        [low, count],
        [high, count],
        [high, 0],
      ]);
  return plot({
    ...options,
    unit: 'count',
    note: `${options.note ?? ''} Across: ${options.unit}`.trim(),
    x: 'number',
    fromZero: true,
    series: [
      { name: '', style: 'bad', kind: 'area', points: half(-1) },
      { name: '', style: 'good', kind: 'area', points: half(1) },
    ],
  });
}
