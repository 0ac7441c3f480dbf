/** The two maps of the report: returns over the hours, books over the seconds around fills. */
import type { EquityRecord } from './equity-record.ts';
import { html, Markup } from './markup.ts';
import { numberText } from './number-text.ts';
import type { Film } from './order-book-film.ts';
import { heatmap, type HeatCell } from './plot.ts';
import { timeOf } from './return-figures.ts';

const ROWS_MAX = 62;
const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3_600;

/** Gains by period: an hour a row and a minute a column, or a day a row and an hour a column. */
export function returnsMap(id: string, { minutes, first }: EquityRecord): Markup {
  const span = (minutes.at(-1)?.second ?? 0) - (first?.second ?? 0);
  const isLong = span > 12 * HOUR_SECONDS;
  const [rowSeconds, columns] = isLong ? [DAY_SECONDS, 24] : [HOUR_SECONDS, 60];
  const columnSeconds = rowSeconds / columns;
  const gains = new Map<number, number>();
  let before = first === undefined ? 0 : first.capital;
  let capitalBefore = before;
  let fromRow = Infinity;
  let toRow = -Infinity;
  for (const { second, equity, capital } of minutes) {
    const at = Math.floor(second / columnSeconds);
    const gain = before > 0 ? (equity - before - (capital - capitalBefore)) / before : 0;
    [before, capitalBefore] = [equity, capital];
    gains.set(at, (gains.get(at) ?? 0) + gain);
    fromRow = Math.min(fromRow, Math.floor(at / columns));
    toRow = Math.max(toRow, Math.floor(at / columns));
  }
  if (gains.size === 0) return html`<p class="muted">No returns.</p>`;
  fromRow = Math.max(fromRow, toRow - ROWS_MAX + 1);
  const rows = toRow - fromRow + 1;
  let most = 0;
  for (const gain of gains.values()) most = Math.max(most, Math.abs(gain));
  const cells: HeatCell[] = [];
  for (const [at, gain] of gains) {
    const row = Math.floor(at / columns) - fromRow;
    if (row < 0 || gain === 0) continue;
    cells.push({
      column: at % columns,
      row,
      value: gain / most,
      style: gain > 0 ? 'good' : 'bad',
    });
  }
  const every = Math.ceil(rows / 12);
  const rowLabels = Array.from({ length: rows }, (_, row) => {
    const text = timeOf((fromRow + row) * rowSeconds);
    return [row + 0.5, isLong ? text.slice(5, 10) : text.slice(11, 16)] as const;
  }).filter((_, row) => row % every === 0);
  const columnLabels = [0, 1, 2, 3].map((quarter) => {
    const column = (columns / 4) * quarter;
    const text = String(column).padStart(2, '0');
    return [column + 0.5, isLong ? `${text}:00` : `:${text}`] as const;
  });
  return heatmap({
    id,
    title: 'Returns over time',
    note: `${isLong ? 'a day a row, an hour a cell' : 'an hour a row, a minute a cell'}, UTC; the darkest is ${numberText(most * 1e4)} bps of equity`,
    columns,
    rows,
    cells,
    rowLabels,
    columnLabels,
    height: rows > 6 ? 'tall' : 'low',
  });
}

const PRICE_ROWS_MAX = 48;

/** @returns the books of the busiest two minutes with the fills of all strategies; undefined where there is none */
export function filmMap(
  id: string,
  symbol: string,
  strategy: string,
  film: Film | undefined,
): Markup | undefined {
  if (film === undefined) return undefined;
  const prices = film.books.flatMap(({ bids, asks }) => [...bids, ...asks].map(([px]) => px));
  const own = film.fills.map(({ px }) => px);
  if (prices.length === 0) return undefined;
  // Rows are centred on where we traded: a book may reach far beyond.
  const sorted = [...prices, ...own, ...own, ...own].sort((a, b) => a - b);
  const low = Math.min(sorted[Math.floor(sorted.length * 0.03)]!, ...own);
  const high = Math.max(sorted[Math.floor(sorted.length * 0.97)]!, ...own);
  const tick = tickOf(prices);
  const rowPrice = Math.max(tick, Math.ceil((high - low) / tick / PRICE_ROWS_MAX) * tick);
  const rows = Math.round((high - low) / rowPrice) + 1;
  const rowOf = (px: number): number => Math.round((high - px) / rowPrice);
  const depths = new Map<string, { column: number; row: number; bid: number; ask: number }>();
  for (const { second, bids, asks } of film.books)
    for (const [side, levels] of [
      ['bid', bids],
      ['ask', asks],
    ] as const)
      for (const [px, qty] of levels) {
        const [column, row] = [second - film.start, rowOf(px)];
        if (row < 0 || row >= rows) continue;
        const key = `${column} ${row}`;
        const depth = depths.get(key) ?? { column, row, bid: 0, ask: 0 };
        depths.set(key, depth);
        depth[side] += qty;
      }
  const all = [...depths.values()].map(({ bid, ask }) => Math.max(bid, ask)).sort((a, b) => a - b);
  // The few largest would leave the rest pale.
  const most = all[Math.floor(all.length * 0.97)] || 1;
  const cells = [...depths.values()].map(({ column, row, bid, ask }): HeatCell => ({
    column,
    row,
    value: Math.max(bid, ask) / most,
    style: bid >= ask ? 'good' : 'bad',
  }));
  const ours = film.fills.filter((fill) => fill.strategy === strategy);
  const dots = (side: 'BUY' | 'SELL', style: string) => ({
    name: side === 'BUY' ? 'bought' : 'sold',
    style,
    kind: 'dots' as const,
    points: ours
      .filter((fill) => fill.side === side)
      .map(({ time, px }) => [time - film.start, rowOf(px) + 0.5] as const),
  });
  const every = Math.ceil(rows / 8);
  const digits = Math.max(0, Math.min(9, -Math.floor(Math.log10(tick) + 1e-9)));
  return heatmap({
    id,
    title: `The book of ${symbol} around the fills`,
    note: `its busiest ${film.seconds} s from ${timeOf(film.start).slice(0, 19).replace('T', ' ')}; depth of bids green and of asks red, a row ${numberText(rowPrice)} wide, a column a second`,
    columns: film.seconds,
    rows,
    cells,
    rowLabels: Array.from(
      { length: rows },
      (_, row) => [row + 0.5, numberText(high - row * rowPrice, digits)] as const,
    ).filter((_, row) => row % every === 0),
    columnLabels: [0, 30, 60, 90].map(
      (second) => [second + 0.5, timeOf(film.start + second).slice(11, 19)] as const,
    ),
    dots: [dots('BUY', 's1'), dots('SELL', 's2')],
    height: 'tall',
  });
}

/** @returns the smallest step between prices */
function tickOf(prices: readonly number[]): number {
  const sorted = [...new Set(prices)].sort((a, b) => a - b);
  let tick = Infinity;
  for (const [index, px] of sorted.entries())
    if (index > 0) tick = Math.min(tick, px - sorted[index - 1]!);
  // Prices are decimals: what subtracting them adds is rounding.
  return Number.isFinite(tick) ? Number(tick.toPrecision(6)) : 1;
}
