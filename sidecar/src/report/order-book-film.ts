/**
 * The books around the fills: of each market the two minutes in which it had the most fills of ours, a
 * book a second. What is not the busiest is forgotten, so memory does not grow with the log.
 */
const WINDOW_SECONDS = 120;
const LEVELS_MAX = 10;

export interface FilmBook {
  readonly second: number;
  /** Best first: price, quantity. */
  readonly bids: readonly (readonly [number, number])[];
  readonly asks: readonly (readonly [number, number])[];
}

export interface FilmFill {
  readonly time: number;
  readonly px: number;
  readonly side: 'BUY' | 'SELL';
  readonly liquidity: string;
  readonly strategy: string;
}

export interface Film {
  readonly start: number;
  readonly seconds: number;
  readonly books: readonly FilmBook[];
  readonly fills: readonly FilmFill[];
}

interface Take {
  readonly window: number;
  readonly frames: {
    readonly second: number;
    readonly bids: readonly unknown[];
    readonly asks: readonly unknown[];
  }[];
  readonly fills: FilmFill[];
}

const FILLS_MAX = 2_000;

export class BookFilm {
  #current: Take | undefined;
  #best: Take | undefined;

  /** @param book as the log has it; what is not a level ends a side */
  frame(second: number, bids: readonly unknown[], asks: readonly unknown[]): void {
    this.#take(second).frames.push({ second, bids, asks });
  }

  fill(fill: FilmFill): void {
    const { fills } = this.#take(Math.floor(fill.time));
    if (fills.length < FILLS_MAX) fills.push(fill);
  }

  /** @returns undefined where there was no fill with a book */
  film(): Film | undefined {
    const take = better(this.#best, this.#current);
    if (take === undefined || take.fills.length === 0 || take.frames.length === 0) return undefined;
    return {
      start: take.window * WINDOW_SECONDS,
      seconds: WINDOW_SECONDS,
      books: take.frames.map(({ second, bids, asks }) => ({
        second,
        bids: levels(bids),
        asks: levels(asks),
      })),
      fills: take.fills,
    };
  }

  #take(second: number): Take {
    const window = Math.floor(second / WINDOW_SECONDS);
    if (this.#current?.window !== window) {
      this.#best = better(this.#best, this.#current);
      this.#current = { window, frames: [], fills: [] };
    }
    return this.#current;
  }
}

const better = (a: Take | undefined, b: Take | undefined): Take | undefined =>
  a === undefined || (b !== undefined && b.fills.length > a.fills.length) ? b : a;

function levels(rows: readonly unknown[]): (readonly [number, number])[] {
  const found: (readonly [number, number])[] = [];
  for (const row of rows.slice(0, LEVELS_MAX)) {
    const [px, qty] = (Array.isArray(row) ? row : []) as unknown[];
    const level = [Number(px), Number(qty)] as const;
    if (typeof px !== 'string' || !Number.isFinite(level[0]) || !Number.isFinite(level[1])) break;
    found.push(level);
  }
  return found;
}
