/**
 * The matching engine at 10,000 resting orders: one is added, and while there are more than that a
 * random one is cancelled. Prints the median over runs.
 *
 *     npx tsx --conditions=source bench/matching.ts
 */
import { MatchingEngine, type Incoming } from '../engine/src/market/matching-engine.ts';
import { BUY, SELL, type Side } from '../engine/src/market/side.ts';
import { stream } from '../engine/src/random.ts';

const RESTING = 10_000;
const OPERATIONS = 1_000_000;
const RUNS = 7;
const LEVELS = 200;

/** An order to submit, or the id of one to cancel. */
type Operation = Incoming | number;

/** What fills the book, then what is measured. Made beside a book, so that each cancel finds its order. */
function makeOperations(): { readonly filling: Operation[]; readonly measured: Operation[] } {
  const random = stream(1, 'bench');
  const engine = new MatchingEngine({ traded: () => undefined, prevented: () => undefined });
  const ids: number[] = [];
  let id = 0;
  const make = (): Operation => {
    while (engine.orders > RESTING) {
      const at = random.below(ids.length);
      const victim = ids[at]!;
      ids[at] = ids.at(-1)!;
      ids.pop();
      if (engine.cancel(victim) !== undefined) return victim;
    }
    const side: Side = random.chance(0.5) ? BUY : SELL;
    // Most rest near the touch; one in ten crosses it and trades.
    const away = random.chance(0.1) ? -2 : Math.floor(random.uniform() ** 2 * LEVELS);
    const px = 10_000 - side * (1 + away);
    const order: Incoming = {
      id: ++id,
      owner: 0,
      side,
      px,
      qty: 1 + random.below(10),
      tif: 'GTC',
      postOnly: false,
      stp: 'NONE',
    };
    engine.submit(order);
    ids.push(order.id);
    return order;
  };
  const filling: Operation[] = [];
  while (engine.orders < RESTING) filling.push(make());
  return { filling, measured: Array.from({ length: OPERATIONS }, make) };
}

const { filling, measured } = makeOperations();
let trades = 0;
const listener = { traded: () => void (trades += 1), prevented: () => undefined };
const rates: number[] = [];
let resting = 0;
for (let run = 0; run < RUNS; run++) {
  const engine = new MatchingEngine(listener);
  const carryOut = (operation: Operation): void => {
    if (typeof operation === 'number') engine.cancel(operation);
    else engine.submit(operation);
  };
  filling.forEach(carryOut);
  trades = 0;
  const started = process.hrtime.bigint();
  measured.forEach(carryOut);
  rates.push(OPERATIONS / (Number(process.hrtime.bigint() - started) / 1e9));
  resting = engine.orders;
}
rates.sort((a, b) => a - b);
const million = (rate: number): string => (rate / 1e6).toFixed(2);
console.log(
  `matching engine: ${million(rates[RUNS >> 1]!)} M operations/s (${million(rates[0]!)} to ${million(rates.at(-1)!)}, ${RUNS} runs), ` +
    `${resting} resting orders, ${trades} trades a run`,
);
