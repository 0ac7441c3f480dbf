/**
 * Table files that grow while the logs are read. They stand under other names until they are finished,
 * so that nobody takes half of one for the whole.
 */
import { closeSync, ftruncateSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { csvRow, type Cell } from './csv.ts';
import { TABLE_NAMES, TABLES, type TableName } from './tables.ts';

const BATCH_CHARS = 1 << 18;

interface TableFile {
  readonly name: TableName;
  readonly unfinished: string;
  readonly fd: number;
  position: number;
  batch: string;
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
      this.#files.set(name, { name, unfinished, fd, position: 0, batch: '' });
    }
    this.clear();
  }

  row(table: TableName, cells: readonly Cell[]): void {
    this.text(table, csvRow(cells));
  }

  text(table: TableName, row: string): void {
    const file = this.#files.get(table)!;
    file.batch += row;
    if (file.batch.length > BATCH_CHARS) flush(file);
  }

  /** All tables are empty again but for their headers. */
  clear(): void {
    for (const file of this.#files.values()) {
      ftruncateSync(file.fd, 0);
      file.position = 0;
      file.batch = csvRow(TABLES[file.name]);
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
  const bytes = Buffer.from(file.batch);
  for (let at = 0; at < bytes.length;)
    at += writeSync(file.fd, bytes, at, bytes.length - at, file.position + at);
  file.position += bytes.length;
  file.batch = '';
}
