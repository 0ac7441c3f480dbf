/** What the lines of one run are read with: its state, and what they were about so far. */
import type { Json } from '@tradetail/core/events/check.ts';
import type { LineScanner } from '../decode/line-scanner.ts';
import { join, type EngineState } from './engine-state.ts';
import type { RunState } from './run-state.ts';
import { Scope } from './scope.ts';

/** Of all runs together; past it every lane begins anew. */
const SCOPES_MAX = 32_768;
const LANES_MAX = 256;
/** What stands for itself in JSON. */
const PLAIN = /^[ !#-[\]-~]{0,128}$/;

export class Lane {
  readonly engine: EngineState;
  readonly run: RunState;
  readonly none: Scope;
  readonly #lanes: Lanes;
  readonly #byNames = new Map<string, Scope>();

  constructor(engine: EngineState, run: RunState, lanes: Lanes) {
    this.engine = engine;
    this.run = run;
    this.#lanes = lanes;
    this.none = new Scope(engine, run, '', '', '');
  }

  /** @returns the scope of a line that was parsed, which is scanned from now on, unless it is past the caps */
  scopeOf(line: Json): Scope {
    const venue = line['venue'] as string | undefined;
    const symbol = line['symbol'] as string | undefined;
    const strategy = line['strategy'] as string | undefined;
    const names = [venue, symbol, strategy];
    if (names.every((name) => name === undefined)) return this.none;
    const id = join(...names.map((name) => (name === undefined ? '-' : `+${name}`)));
    const known = this.#byNames.get(id);
    if (known !== undefined) return known;
    const scope = new Scope(this.engine, this.run, venue ?? '', symbol ?? '', strategy ?? '');
    if (!scope.isWithinCaps) return scope;
    this.#byNames.set(id, scope);
    const text = JSON.stringify({ venue, symbol, strategy }).slice(1, -1);
    const isPlain = names.every((name) => name === undefined || PLAIN.test(name));
    this.#lanes.learn(this, isPlain ? `,${text}` : undefined, scope);
    return scope;
  }
}

/** The lanes of all runs that are being read. */
export class Lanes {
  readonly #scanner: LineScanner<Lane, Scope>;
  #lanes = new Map<RunState, Lane>();
  #scopes = 0;

  constructor(scanner: LineScanner<Lane, Scope>) {
    this.#scanner = scanner;
  }

  of(engine: EngineState, run: RunState): Lane {
    const isFull = this.#scopes > SCOPES_MAX || this.#lanes.size > LANES_MAX;
    if (isFull || !this.#scanner.isReady) this.clear();
    let lane = this.#lanes.get(run);
    if (lane === undefined) {
      this.#lanes.set(run, (lane = new Lane(engine, run, this)));
      this.#scanner.know(engine.engine, run.run, run.hasEngineTime, lane, lane.none);
    }
    return lane;
  }

  /** @param text how lines name the scope; undefined where the scanner would not know it */
  learn(lane: Lane, text: string | undefined, scope: Scope): void {
    this.#scopes += 1;
    if (text !== undefined) this.#scanner.knowScope(lane, text, scope);
  }

  /** Forgets all: they are made anew as they are needed. */
  clear(): void {
    this.#scanner.forget();
    this.#lanes = new Map();
    this.#scopes = 0;
  }
}
