/** An answer as a table, JSON or CSV. Decimals keep every digit, times are written as the log writes them. */
import type * as DuckDb from '@duckdb/node-api';
import { formatScaled } from '@tradetail/core/decimal.ts';
import { formatTime } from '@tradetail/core/time.ts';
import { cut, visible, visibleJson, widthOf } from './terminal-text.ts';

export type Format = 'table' | 'json' | 'csv';

/** A value of an answer: decimals, times and integers past 2^53 are texts. */
export type Cell =
  string | number | boolean | null | readonly Cell[] | { readonly [name: string]: Cell };

export interface Answer {
  readonly names: readonly string[];
  /** Whether a column's values are numbers, so stand to the right, and are never formulas. */
  readonly areNumbers: readonly boolean[];
  readonly rows: AsyncIterable<readonly (readonly Cell[])[]>;
}

const NS = 1_000_000_000n;
const timeOf = (ns: bigint): string => {
  const nanos = ((ns % NS) + NS) % NS;
  return formatTime({ seconds: Number((ns - nanos) / NS), nanos: Number(nanos) });
};

/** Told apart by shape: the classes are in a package that is loaded late. */
export function cellOf(value: DuckDb.DuckDBValue): Cell {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'bigint')
    return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if ('scale' in value && 'value' in value) return formatScaled(value.value, value.scale);
  if ('nanos' in value && typeof value.nanos === 'bigint') return timeOf(value.nanos);
  if ('micros' in value && typeof value.micros === 'bigint' && 'isFinite' in value)
    return timeOf(value.micros * 1000n);
  if ('items' in value) return value.items.map(cellOf);
  if ('entries' in value && !Array.isArray(value.entries))
    return Object.fromEntries(
      Object.entries(value.entries).map(([name, one]) => [name, cellOf(one)]),
    );
  return (value as { toString(): string }).toString();
}

const NUMERIC =
  /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|UTINYINT|USMALLINT|UINTEGER|UBIGINT|UHUGEINT|FLOAT|DOUBLE|DECIMAL\(\d+,\d+\))$/;

export function answerOf(result: DuckDb.DuckDBResult): Answer {
  return {
    names: result.deduplicatedColumnNames(),
    areNumbers: result.columnTypes().map((type) => NUMERIC.test(String(type))),
    rows: rowsOf(result),
  };
}

async function* rowsOf(result: DuckDb.DuckDBResult): AsyncGenerator<readonly (readonly Cell[])[]> {
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    yield chunk.getRows().map((row) => row.map(cellOf));
  }
}

/**
 * @param width cells of the terminal; undefined: no terminal, nothing is cut
 * @param write takes the text in pieces
 */
export async function writeAnswer(
  answer: Answer,
  format: Format,
  width: number | undefined,
  write: (text: string) => void,
): Promise<void> {
  if (format === 'table') return writeTable(answer, width, write);
  if (format === 'csv') return writeCsv(answer, write);
  let count = 0;
  for await (const rows of answer.rows)
    for (const row of rows) {
      const object = Object.fromEntries(answer.names.map((name, index) => [name, row[index]!]));
      write(`${count === 0 ? '[\n' : ',\n'}${visibleJson(JSON.stringify(object))}`);
      count += 1;
    }
  write(count === 0 ? '[]\n' : '\n]\n');
}

const textOf = (cell: Cell): string =>
  typeof cell === 'object' && cell !== null ? JSON.stringify(cell) : String(cell);

async function writeCsv(
  { names, areNumbers, rows }: Answer,
  write: (text: string) => void,
): Promise<void> {
  write(`${names.map((name) => csvField(name)).join(',')}\n`);
  for await (const chunk of rows) {
    const lines = chunk.map((row) =>
      row.map((cell, index) => csvCell(cell, areNumbers[index]!)).join(','),
    );
    write(`${lines.join('\n')}\n`);
  }
}

// An empty field is NULL, an empty text is quoted.
const csvCell = (cell: Cell, isNumber: boolean): string =>
  cell === null ? '' : isNumber ? textOf(cell) : csvField(textOf(cell));

const FORMULA = /^(?![+-]?\d+(\.\d+)?$)[=+\-@\t\r]/;

/** What a spreadsheet would take for a formula, and is not just a number, gets an apostrophe before it. */
function csvField(text: string): string {
  const safe = visible(FORMULA.test(text) ? `'${text}` : text);
  return safe === '' || /[",]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const NARROWEST = 6;

async function writeTable(
  { names, areNumbers, rows }: Answer,
  width: number | undefined,
  write: (text: string) => void,
): Promise<void> {
  const table: string[][] = [names.map(visible)];
  for await (const chunk of rows)
    for (const row of chunk)
      table.push(row.map((cell) => (cell === null ? 'NULL' : visible(textOf(cell)))));
  const widths = names.map((_, column) =>
    table.reduce((widest, row) => Math.max(widest, widthOf(row[column]!)), 0),
  );
  if (width !== undefined) narrow(widths, areNumbers, width);
  const line = (row: readonly string[]): string =>
    row
      .map((text, column) => {
        const shown = cut(text, widths[column]!);
        const space = ' '.repeat(widths[column]! - widthOf(shown));
        return areNumbers[column] ? space + shown : shown + space;
      })
      .join('  ')
      .trimEnd();
  const [head, ...body] = table;
  const rule = widths.map((one) => '─'.repeat(one)).join('  ');
  write(`${line(head!)}\n${rule}\n`);
  for (const row of body) write(`${line(row)}\n`);
  write(`(${body.length} ${body.length === 1 ? 'row' : 'rows'})\n`);
}

/** Takes from the widest column, texts before numbers, until all fit or all are narrow. */
function narrow(widths: number[], areNumbers: readonly boolean[], width: number): void {
  const gaps = 2 * (widths.length - 1);
  for (let over = widths.reduce((sum, one) => sum + one, gaps) - width; over > 0; over -= 1) {
    let widest = -1;
    for (const isNumber of [false, true])
      if (widest === -1)
        for (const [column, one] of widths.entries())
          if (areNumbers[column] === isNumber && one > NARROWEST && one > (widths[widest] ?? 0))
            widest = column;
    if (widest === -1) return;
    widths[widest]! -= 1;
  }
}
