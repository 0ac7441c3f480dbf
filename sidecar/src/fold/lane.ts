/** What the lines of one run are read with: its state, and what they were about so far. */
import type { Json } from '@tradetail/core/events/check.ts';
import { ByteTable } from '../decode/byte-table.ts';
import { join, type EngineState } from './engine-state.ts';
import type { RunState } from './run-state.ts';
import { Scope } from './scope.ts';

/** Of all runs together; past it every lane begins anew. */
const SCOPES_MAX = 32_768;
/** What stands for itself in JSON. */
const PLAIN = /^[ !#-[\]-~]{0,128}$/;

export class Lane {
  readonly engine: EngineState;
  readonly run: RunState;
  readonly #lanes: Lanes;
  readonly #byBytes = new ByteTable<Scope>(SCOPES_MAX);
  readonly #byNames = new Map<string, Scope>();
  readonly #none: Scope;

  constructor(engine: EngineState, run: RunState, lanes: Lanes) {
    this.engine = engine;
    this.run = run;
    this.#lanes = lanes;
    this.#none = new Scope(engine, run, '', '', '');
  }

  /** @returns the scope whose fields stand in these bytes of a line; undefined where they have not been read before */
  find(view: DataView, start: number, end: number): Scope | undefined {
    return start === end ? this.#none : this.#byBytes.find(view, start, end);
  }

  /** @returns the scope of a line that was parsed, which is known from now on, unless it is past the caps */
  scopeOf(line: Json): Scope {
    const venue = line['venue'] as string | undefined;
    const symbol = line['symbol'] as string | undefined;
    const strategy = line['strategy'] as string | undefined;
    const names = [venue, symbol, strategy];
    const id = join(...names.map((name) => (name === undefined ? '-' : `+${name}`)));
    const known = this.#byNames.get(id);
    if (known !== undefined) return known;
    const scope = new Scope(this.engine, this.run, venue ?? '', symbol ?? '', strategy ?? '');
    if (!scope.isWithinCaps) return scope;
    this.#lanes.count();
    this.#byNames.set(id, scope);
    const text = JSON.stringify({ venue, symbol, strategy }).slice(1, -1);
    if (text !== '' && names.every((name) => name === undefined || PLAIN.test(name)))
      this.#byBytes.add(`,${text}`, scope);
    return scope;
  }
}

/** The lanes of all runs that are being read. */
export class Lanes {
  #lanes = new Map<RunState, Lane>();
  #scopes = 0;

  get isFull(): boolean {
    return this.#scopes > SCOPES_MAX || this.#lanes.size > LANES_MAX;
  }

  /** @param isNew called with a lane that was not there before */
  of(engine: EngineState, run: RunState, isNew: (lane: Lane) => void): Lane {
    let lane = this.#lanes.get(run);
    if (lane === undefined) {
      this.#lanes.set(run, (lane = new Lane(engine, run, this)));
      isNew(lane);
    }
    return lane;
  }

  count(): void {
    this.#scopes += 1;
  }

  /** Forgets all: they are made anew as they are needed. */
  clear(): void {
    this.#lanes = new Map();
    this.#scopes = 0;
  }
}

const LANES_MAX = 256;
