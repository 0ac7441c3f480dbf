/**
 * Table files that grow while the logs are read. They stand under other names until they are finished,
 * so that nobody takes half of one for the whole.
 */
import { closeSync, ftruncateSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { csvRow, type Cell } from './csv.ts';
import { TABLE_NAMES, TABLES, type TableName } from './tables.ts';

const BATCH_BYTES = 1 << 18;
/** At most, of a UTF-16 unit in UTF-8. */
const BYTES_A_UNIT = 3;

interface TableFile {
  readonly name: TableName;
  readonly unfinished: string;
  readonly fd: number;
  position: number;
  /** Rows are bytes at once: as text they would wait in pieces. */
  batch: Buffer;
  length: number;
}

export class TableFiles {
  readonly #folder: string;
  readonly #files = new Map<TableName, TableFile>();

  /** @throws where the folder cannot be written */
  constructor(folder: string) {
    this.#folder = folder;
    for (const name of TABLE_NAMES) {
      const unfinished = path.join(folder, `.${name}.csv.unfinished`);
      const fd = openSync(unfinished, 'w', 0o600);
      this.#files.set(name, {
        name,
        unfinished,
        fd,
        position: 0,
        batch: Buffer.allocUnsafe(BATCH_BYTES),
        length: 0,
      });
    }
    this.clear();
  }

  row(table: TableName, cells: readonly Cell[]): void {
    this.text(table, csvRow(cells));
  }

  text(table: TableName, row: string): void {
    const file = this.#files.get(table)!;
    const room = BYTES_A_UNIT * row.length;
    if (file.length + room > file.batch.length) flush(file);
    if (room > file.batch.length) file.batch = Buffer.allocUnsafe(room);
    file.length += file.batch.write(row, file.length);
  }

  /** All tables are empty again but for their headers. */
  clear(): void {
    for (const file of this.#files.values()) {
      ftruncateSync(file.fd, 0);
      file.position = 0;
      file.length = 0;
      this.text(file.name, csvRow(TABLES[file.name]));
    }
  }

  finish(): void {
    for (const file of this.#files.values()) {
      flush(file);
      closeSync(file.fd);
      renameSync(file.unfinished, path.join(this.#folder, `${file.name}.csv`));
    }
    this.#files.clear();
  }

  /** Nothing is left of what is not finished. */
  abandon(): void {
    for (const { fd, unfinished } of this.#files.values()) {
      closeSync(fd);
      rmSync(unfinished, { force: true });
    }
    this.#files.clear();
  }
}

function flush(file: TableFile): void {
  const { fd, batch, length, position } = file;
  for (let at = 0; at < length;) at += writeSync(fd, batch, at, length - at, position + at);
  file.position += length;
  file.length = 0;
}
