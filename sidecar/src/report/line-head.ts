/**
 * The beginning of a line, read without parsing the rest. The engine writes its envelope in one order,
 * so for nearly every line a glance tells whether the report needs more of it. A line in another order
 * gives no head and is parsed; what a head says is a hint until the replica has accepted the line.
 */
const HEAD_BYTES = 400;
const PATTERN =
  /^\{"level":"[a-z]+","time":"([0-9T:.-]{29}Z)"(?:,"ts":"([0-9T:.-]{29}Z)")?,"v":1,"engine":"([A-Za-z0-9._-]+)","run":"([0-9A-Z]{26})","seq":\d+,"mono_ns":\d+,"event":"([a-z_.]+)"(?:,"cause":\d+)?(?:,"venue":"([^"\\]*)","symbol":"([^"\\]*)")?/;

export interface LineHead {
  /** Engine time, as the log writes it: such texts sort as the times do. */
  readonly time: string;
  readonly engine: string;
  readonly run: string;
  readonly event: string;
  /** Byte for byte one to one with (venue, symbol), though not their text. */
  readonly market: string | undefined;
  /** Of a trade of the market, as the log writes it. */
  readonly qty: string | undefined;
}

const TRADE_QTY = /,"px":"[\d.]+","qty":"([\d.]+)","aggressor_side"/;

/** @returns undefined where the line does not begin as the engine's do */
export function lineHead(bytes: Buffer, start: number, end: number): LineHead | undefined {
  const text = bytes.toString('latin1', start, Math.min(end, start + HEAD_BYTES));
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [, wall, engineTime, engine, run, event, venue, symbol] = match;
  return {
    time: engineTime ?? wall!,
    engine: engine!,
    run: run!,
    event: event!,
    market: symbol === undefined ? undefined : `${venue}\u0000${symbol}`,
    qty: event === 'md.trade' ? TRADE_QTY.exec(text)?.[1] : undefined,
  };
}
