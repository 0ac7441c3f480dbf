/**
 * The database that a question is put to: in memory, filled with the lines that the views named in
 * the question need, then closed to files, network, extensions and settings before the question runs.
 */
import type * as DuckDb from '@duckdb/node-api';
import type { Json, LineTimes } from '@tradetail/core/events/check.ts';
import {
  readLogs,
  type LineTaker,
  type ReadSurroundings,
  type Run,
  type ScannedLine,
} from './line-reader.ts';
import { rowOf, type Value } from './line-rows.ts';
import { DERIVED_VIEWS, LINE_VIEWS, type Column, type Kind, type LineView } from './view-column.ts';

type Api = typeof DuckDb;
type Connection = DuckDb.DuckDBConnection;

/** Tested to be the version of package.json. */
export const DUCKDB_VERSION = '1.5.6-r.1';

/** @throws where DuckDB is not installed, saying how to install it */
async function loadDuckDb(): Promise<Api> {
  try {
    return await import('@duckdb/node-api');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
    const install = `npm install --no-save @duckdb/node-api@${DUCKDB_VERSION}`;
    throw new Error(
      message.includes('node-bindings-')
        ? `query needs DuckDB, which has no build for this machine`
        : `query needs DuckDB, which this install left out; to add it: ${install}`,
    );
  }
}

/**
 * Asks one question about logs.
 *
 * @param sql one statement that reads
 * @param patterns globs
 * @param use takes the answer while the database is open
 * @returns false where no file matches
 * @throws with DuckDB's message; Canceled
 */
export async function ask(
  sql: string,
  patterns: readonly string[],
  surroundings: ReadSurroundings,
  use: (answer: DuckDb.DuckDBResult) => Promise<void>,
): Promise<boolean> {
  const duckDb = await loadDuckDb();
  const instance = await duckDb.DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  const interrupt = (): void => connection.interrupt();
  surroundings.signal.addEventListener('abort', interrupt);
  try {
    // Before anything of the question is looked at: DuckDB opens files while it prepares.
    await lock(connection);
    await createViews(connection);
    // What is wrong with the question is said before hundreds of megabytes are read.
    await prepare(duckDb, connection, sql);
    const views = LINE_VIEWS.filter(({ name }) => isNamed(sql, name));
    const loader = await Loader.open(duckDb, connection, views);
    if (!(await readLogs(patterns, loader, surroundings))) return false;
    await loader.close();
    const statement = await prepare(duckDb, connection, sql);
    await use(await statement.stream());
    return true;
  } finally {
    surroundings.signal.removeEventListener('abort', interrupt);
    connection.closeSync();
    instance.closeSync();
  }
}

/**
 * A view is filled where its name stands anywhere in the question, be it as another word: that costs
 * time only. DuckDB's `query` and `query_table` can make names up, so they need all.
 */
function isNamed(sql: string, view: string): boolean {
  const names = [view, ...DERIVED_VIEWS.filter(({ of }) => of === view).map(({ name }) => name)];
  return new RegExp(`\\b(${[...names, 'query', 'query_table'].join('|')})\\b`, 'i').test(sql);
}

async function prepare(
  { StatementType }: Api,
  connection: Connection,
  sql: string,
): Promise<DuckDb.DuckDBPreparedStatement> {
  const statements = await connection.extractStatements(sql);
  if (statements.count !== 1) throw new Error(`one statement at a time, got ${statements.count}`);
  const statement = await statements.prepare(0);
  const { statementType: type } = statement;
  if (type !== StatementType.SELECT && type !== StatementType.EXPLAIN)
    throw new Error(
      `only what reads is answered (SELECT, DESCRIBE, EXPLAIN), got ${StatementType[type]}`,
    );
  return statement;
}

async function lock(connection: Connection): Promise<void> {
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
}

/** What a kind of column is kept as, and what its view makes of it. */
const KEPT: Readonly<Record<Kind, readonly [type: string, sql: (name: string) => string]>> = {
  word: ['INTEGER', (name) => `getvariable('words')[${name}]`],
  text: ['VARCHAR', (name) => name],
  // A double takes every integer of the log, and DuckDB takes doubles faster.
  integer: ['DOUBLE', (name) => `${name}::BIGINT`],
  double: ['DOUBLE', (name) => name],
  flag: ['BOOLEAN', (name) => name],
  decimal: ['DECIMAL(38,18)', (name) => name],
  time: ['TIMESTAMP_NS', (name) => name],
  levels: [
    'VARCHAR',
    (name) =>
      `list_transform(${name}::JSON::VARCHAR[][], lambda row: {px: row[1]::DECIMAL(38,18), qty: row[2]::DECIMAL(38,18)})`,
  ],
  json: ['VARCHAR', (name) => `${name}::JSON`],
};

const quoted = (name: string): string => `"${name}"`;

async function createViews(connection: Connection): Promise<void> {
  await connection.run('SET VARIABLE words = []::VARCHAR[]');
  await connection.run('CREATE SCHEMA kept');
  for (const { name, columns } of LINE_VIEWS) {
    const kept = columns.map((one) => `${quoted(one.name)} ${KEPT[one.kind][0]}`);
    await connection.run(`CREATE TABLE kept.${name} (${kept.join(', ')})`);
    const shown = columns.map(
      (one) => `${KEPT[one.kind][1](quoted(one.name))} AS ${quoted(one.name)}`,
    );
    await connection.run(`CREATE VIEW ${name} AS SELECT ${shown.join(', ')} FROM kept.${name}`);
  }
  for (const { name, sql } of DERIVED_VIEWS) await connection.run(`CREATE VIEW ${name} AS ${sql}`);
}

/** Rows that DuckDB takes at once. */
const CHUNK_ROWS = 2048;

class Loader implements LineTaker {
  readonly #connection: Connection;
  readonly #views: readonly ViewLoader[];
  readonly #words: Words;

  private constructor(connection: Connection, views: readonly ViewLoader[], words: Words) {
    this.#connection = connection;
    this.#views = views;
    this.#words = words;
  }

  static async open(
    duckDb: Api,
    connection: Connection,
    views: readonly LineView[],
  ): Promise<Loader> {
    const words = new Words();
    const loaders: ViewLoader[] = [];
    for (const view of views) {
      const appender = await connection.createAppender(view.name, 'kept');
      loaders.push(new ViewLoader(duckDb, appender, view, words));
    }
    return new Loader(connection, loaders, words);
  }

  wants({ event }: ScannedLine): boolean {
    return this.#views.some((view) => view.takes(event));
  }

  take(line: Json, times: LineTimes, run: Run): void {
    for (const view of this.#views)
      if (view.takes(line['event'] as string)) view.add(line, times, run);
  }

  async close(): Promise<void> {
    for (const view of this.#views) view.close();
    await this.#words.define(this.#connection);
    await this.#connection.run(
      'DELETE FROM kept.fills WHERE rowid NOT IN (SELECT min(rowid) FROM kept.fills GROUP BY engine, run, venue, symbol, side, exec_id)',
    );
  }
}

class ViewLoader {
  readonly takes: (event: string) => boolean;
  readonly #appender: DuckDb.DuckDBAppender;
  readonly #chunk: DuckDb.DuckDBDataChunk;
  readonly #values: ReturnType<typeof rowOf>;
  readonly #keep: readonly ((value: Value) => DuckDb.DuckDBValue)[];
  readonly #columns: DuckDb.DuckDBValue[][];

  constructor(duckDb: Api, appender: DuckDb.DuckDBAppender, view: LineView, words: Words) {
    const { columns, events } = view;
    this.takes = (event) => events === undefined || events.has(event);
    this.#appender = appender;
    const types = columns.map((_, index) => appender.columnType(index));
    this.#chunk = duckDb.DuckDBDataChunk.create(types);
    this.#values = rowOf(view);
    this.#keep = columns.map((column) => keeping(duckDb, column, words));
    this.#columns = columns.map(() => []);
  }

  add(line: Json, times: LineTimes, run: Run): void {
    for (const [index, valueOf] of this.#values.entries()) {
      const value = valueOf(line, times, run);
      this.#columns[index]!.push(value === null ? null : this.#keep[index]!(value));
    }
    if (this.#columns[0]!.length === CHUNK_ROWS) this.#flush();
  }

  close(): void {
    this.#flush();
    this.#appender.closeSync();
  }

  #flush(): void {
    const rows = this.#columns[0]!.length;
    if (rows === 0) return;
    this.#chunk.reset();
    this.#chunk.rowCount = rows;
    for (const [index, values] of this.#columns.entries()) {
      this.#chunk.setColumnValues(index, values);
      values.length = 0;
    }
    this.#appender.appendDataChunk(this.#chunk);
  }
}

function keeping(
  duckDb: Api,
  { kind }: Column,
  words: Words,
): (value: Value) => DuckDb.DuckDBValue {
  switch (kind) {
    case 'word':
      return (value) => words.numberOf(value as string);
    case 'decimal':
      return (value) => new duckDb.DuckDBDecimalValue(value as bigint, 38, 18);
    case 'time':
      return (value) => new duckDb.DuckDBTimestampNanosecondsValue(value as bigint);
    default:
      return (value) => value;
  }
}

/** Texts by number, from 1. */
class Words {
  readonly #numbers = new Map<string, number>();

  numberOf(word: string): number {
    let number = this.#numbers.get(word);
    if (number === undefined) this.#numbers.set(word, (number = this.#numbers.size + 1));
    return number;
  }

  async define(connection: Connection): Promise<void> {
    await connection.run('CREATE TABLE kept.words (word VARCHAR)');
    const appender = await connection.createAppender('words', 'kept');
    for (const word of this.#numbers.keys()) {
      appender.appendVarchar(word);
      appender.endRow();
    }
    appender.closeSync();
    await connection.run(
      'SET VARIABLE words = (SELECT coalesce(list(word ORDER BY rowid), []) FROM kept.words)',
    );
    await connection.run('DROP TABLE kept.words');
  }
}
