/** The recorded reference cases as logs, so that any fold can be run on them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { LogScript } from './log-script.ts';
import type { LogFile } from './oracle.ts';

interface CaseFill {
  readonly side: 'BUY' | 'SELL';
  readonly price: string;
  readonly qty: string;
  readonly fee: string;
}

/** `log` holds everything up to the moment of `expected`: series → decimal, undefined for an absent one. */
export interface ReferenceCase {
  readonly name: string;
  readonly log: readonly LogFile[];
  readonly expected: Readonly<Record<string, string | undefined>>;
}

const KEY = '{engine="engine-1",strategy="reference",symbol="AAABBB",venue="paper"}';
const STRATEGY = '{engine="engine-1",strategy="reference"}';
const where = { venue: 'paper', symbol: 'AAABBB', strategy: 'reference' };

/** A strategy with 100,000 BBB that will trade AAABBB, nothing done yet. */
export function openingScript(capital = '100000', multiplier = '1'): LogScript {
  return new LogScript()
    .add({ event: 'log.segment', fields: { n: 1, first_seq: 1 } })
    .add({
      event: 'instrument.defined',
      venue: 'paper',
      symbol: 'AAABBB',
      fields: {
        base: 'AAA',
        quote: 'BBB',
        tick_size: '0.01',
        lot_size: '0.001',
        min_qty: '0.001',
        multiplier,
        maker_fee: '0',
        taker_fee: '0',
      },
    })
    .add({
      event: 'strategy.started',
      strategy: 'reference',
      fields: { algo: 'reference', params: {}, capital, capital_ccy: 'BBB' },
    });
}

export function addFill(
  script: LogScript,
  { side, price, qty, fee }: CaseFill,
  more: object = {},
): LogScript {
  const id = String(script.nextSeq);
  return script.add({
    event: 'order.filled',
    ...where,
    fields: {
      cl_ord_id: id,
      side,
      ord_type: 'LIMIT',
      tif: 'GTC',
      post_only: false,
      px: price,
      qty,
      ord_status: 'FILLED',
      cum_qty: qty,
      leaves_qty: '0',
      exec_id: id,
      last_px: price,
      last_qty: qty,
      last_liquidity: 'MAKER',
      fee,
      fee_ccy: 'BBB',
      ...more,
    },
  });
}

export function addBook(script: LogScript, bid: string, ask: string): LogScript {
  return script.add({
    event: 'md.book',
    venue: 'paper',
    symbol: 'AAABBB',
    fields: { bids: [[bid, '1']], asks: [[ask, '1']] },
  });
}

interface OpenState {
  readonly side?: string;
  readonly qty: string;
  readonly avg: string;
  readonly realised: string;
  readonly fees?: string;
}
interface AverageCostFile {
  readonly sequences: readonly {
    readonly id: string;
    readonly fills: readonly CaseFill[];
    readonly open?: OpenState & { readonly barter_unrealised: string };
    readonly closed?: readonly { readonly realised: string; readonly fees: string }[];
    readonly after_fill?: readonly (OpenState | null)[];
  }[];
  readonly mark_to_market: readonly {
    readonly id: string;
    readonly fills: readonly CaseFill[];
    readonly mark: string;
    readonly unrealised: string;
    readonly realised: string;
    readonly total: string;
  }[];
}

/** The sums below stay inside what a double holds to the digits that the cases print. */
const add = (...terms: readonly string[]): string =>
  String(terms.reduce((sum, term) => sum + Number(term), 0));

/**
 * Realised is net of all fees there, before fees here: the fees are added. A flip restarts the
 * peer's figures for the new position; ours go on, so what was closed is added too. The peer's
 * unrealised figure takes off estimated exit fees, which ours does not know: it is left out.
 *
 * @param folder metrics-reference of the recorded data
 */
export function averageCostCases(folder: string): readonly ReferenceCase[] {
  const file = readJson<AverageCostFile>(folder, 'pnl_average_cost_cases.json');
  const sequences = file.sequences.flatMap(
    ({ id, fills, open, closed = [], after_fill: afterFill }) => {
      const closedRealised = closed.map(({ realised, fees }) => add(realised, fees));
      const closedFees = closed.map(({ fees }) => fees);
      const steps: readonly (OpenState | null | undefined)[] = afterFill ?? [
        ...fills.slice(1).map(() => null),
        open ?? { qty: '0', avg: '', realised: '0', fees: '0' },
      ];
      return steps.flatMap((state, index) => {
        if (state === null || state === undefined) return [];
        const done = fills.slice(0, index + 1);
        const fees = state.fees ?? add(...done.map((fill) => fill.fee));
        return [
          {
            name: afterFill === undefined ? id : `${id}, after fill ${index + 1}`,
            log: [done.reduce((script, fill) => addFill(script, fill), openingScript()).file()],
            expected: {
              [`trading_position${KEY}`]: state.side === 'SHORT' ? `-${state.qty}` : state.qty,
              [`trading_position_average_price${KEY}`]: state.avg === '' ? undefined : state.avg,
              [`trading_realized_pnl${KEY}`]: add(state.realised, fees, ...closedRealised),
              [`trading_fees${KEY}`]: add(fees, ...closedFees),
            },
          },
        ];
      });
    },
  );
  const marked = file.mark_to_market.map(({ id, fills, mark, unrealised, realised, total }) => {
    const script = fills.reduce((log, fill) => addFill(log, fill), openingScript());
    const fees = add(...fills.map((fill) => fill.fee));
    addBook(script, add(mark, '-0.5'), add(mark, '0.5'));
    return {
      name: id,
      log: [script.file()],
      expected: {
        [`trading_unrealized_pnl${KEY}`]: unrealised,
        [`trading_realized_pnl${KEY}`]: add(realised, fees),
        [`trading_net_pnl${KEY}`]: total,
      },
    };
  });
  return [...sequences, ...marked];
}

interface DrawdownFile {
  readonly equity: readonly string[];
  readonly running_peak: readonly string[];
  readonly max_drawdown_in_current_period: readonly string[];
}

/**
 * The peer's sequence is one of equities: capital of the first, then funding of each difference.
 * It gives the largest drawdown since the last peak; ours is the largest of the run, so each is
 * the largest of the peer's figures so far.
 */
export function drawdownCases(folder: string): readonly ReferenceCase[] {
  const file = readJson<DrawdownFile>(folder, 'drawdown_sequence_barter.json');
  return file.equity.map((equity, step) => {
    const script = openingScript(file.equity[0]);
    for (const [index, now] of file.equity.slice(1, step + 1).entries())
      script.add({
        event: 'account.cash',
        strategy: 'reference',
        fields: {
          kind: 'FUNDING',
          amount: (Number(now) - Number(file.equity[index])).toFixed(5),
          ccy: 'BBB',
        },
      });
    const peak = file.running_peak[step]!;
    return {
      name: `barter drawdown sequence, step ${step}: equity ${equity}`,
      log: [script.file()],
      expected: {
        [`trading_equity${STRATEGY}`]: equity,
        [`trading_equity_peak${STRATEGY}`]: peak,
        [`trading_drawdown_ratio${STRATEGY}`]: String(
          (Number(peak) - Number(equity)) / Number(peak),
        ),
        [`trading_max_drawdown_ratio${STRATEGY}`]: file.max_drawdown_in_current_period
          .slice(0, step + 1)
          .reduce((largest, one) => (Number(one) > Number(largest) ? one : largest)),
      },
    };
  });
}

function readJson<T>(folder: string, file: string): T {
  return JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as T;
}
