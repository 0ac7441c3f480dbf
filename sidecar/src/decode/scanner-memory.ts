/**
 * The byte scanner and the memory it works in, one a thread: `sidecar/assembly/line-scanner.ts`,
 * compiled. Files are read into this memory, lines are scanned where they stand in it, and what they
 * say stands in it as arrays, so nothing is copied between the scanner and the fold.
 */
import { SCANNER_CODE } from './scanner-code.ts';

/** What is used of it; Node's types do not have it. */
declare const WebAssembly: {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => {
    readonly exports: Readonly<Record<string, unknown>>;
  };
};

interface ScannerExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly scan: (start: number, owner: number) => number;
  readonly hash: (start: number, end: number, seedLo: number, seedHi: number) => void;
  readonly addEvent: (
    start: number,
    end: number,
    grammar: number,
    program: number,
    steps: number,
    isBook: boolean,
    needsMarket: boolean,
  ) => void;
  readonly addRun: (start: number, end: number, owner: number, hasEngineTime: boolean) => number;
  readonly addScope: (run: number, start: number, end: number) => number;
  readonly addHead: (start: number, end: number, daySeconds: number, isEngineTime: boolean) => void;
  readonly forget: () => void;
}

const { exports } = new WebAssembly.Instance(
  new WebAssembly.Module(Buffer.from(SCANNER_CODE, 'base64')),
);
export const scanner = exports as unknown as ScannerExports;

/** @returns the number that the scanner exports under a name */
export const constant = (name: string): number =>
  (exports[name] as { readonly value: number }).value;

const { buffer } = scanner.memory;
/** All of the memory: the scanner's places are places in it. */
export const memory = Buffer.from(buffer);
export const memoryView = new DataView(buffer);
/** A part of it. */
export const region = (name: string, length: number): Buffer =>
  Buffer.from(buffer, constant(name), length);

/** Where files are read into, so that their lines need not be copied. */
export const input = region('INPUT', constant('INPUT_BYTES'));

export const doubles = (name: string, length: number): Float64Array =>
  new Float64Array(buffer, constant(name), length);
export const integers = (name: string, length: number): Int32Array =>
  new Int32Array(buffer, constant(name), length);
export const bytes = (name: string, length: number): Uint8Array =>
  new Uint8Array(buffer, constant(name), length);

export const SCRATCH = constant('SCRATCH');
const SCRATCH_BYTES = constant('SCRATCH_BYTES');

/**
 * Writes a text where the scanner takes its arguments from; the next one overwrites it.
 *
 * @param text of a line, so it has room
 * @returns where it ends
 */
export const writeScratch = (text: string): number =>
  SCRATCH + memory.write(text, SCRATCH, SCRATCH_BYTES);
