/**
 * The beginning of a line, read without parsing the rest. The engine writes its envelope in one order,
 * so for nearly every line a glance tells whether the report needs more of it. A line in another order
 * gives no head and is parsed; what a head says is a hint until the replica has accepted the line.
 */
const HEAD_BYTES = 360;
const TIME_LENGTH = 30;
const LEVEL = '{"level":"';
const TIME = '","time":"';
const ENGINE_TIME = '","ts":"';
const IDENTITY = /","v":1,"engine":"([A-Za-z0-9._-]+)","run":"([0-9A-Z]{26})","seq":/y;
const EVENT = ',"event":"';
const MARKET = /(?:,"cause":\d+)?,"venue":"([^"\\]*)","symbol":"([^"\\]*)"/y;
const TRADE_QTY = /,"px":"[\d.]+","qty":"([\d.]+)","aggressor_side"/;

export interface LineHead {
  /** Engine time, as the log writes it. */
  readonly time: string;
  readonly engine: string;
  readonly run: string;
  readonly event: string;
  /** Byte for byte one to one with (venue, symbol), though not their text. */
  readonly market: string | undefined;
  /** Of a trade of the market, as the log writes it. */
  readonly qty: string | undefined;
}

/** Lines of one run follow each other: what stands in all of them is compared, not read. */
let identity = { text: ' ', engine: '', run: '' };

/** @returns undefined where the line does not begin as the engine's do */
export function lineHead(bytes: Buffer, start: number, end: number): LineHead | undefined {
  const text = bytes.toString('latin1', start, Math.min(end, start + HEAD_BYTES));
  if (!text.startsWith(LEVEL)) return undefined;
  const timeAt = text.indexOf(TIME, LEVEL.length);
  if (timeAt < 0 || timeAt > LEVEL.length + 5) return undefined;
  let at = timeAt + TIME.length;
  let time = text.slice(at, at + TIME_LENGTH);
  at += TIME_LENGTH;
  if (text.startsWith(ENGINE_TIME, at)) {
    at += ENGINE_TIME.length;
    time = text.slice(at, at + TIME_LENGTH);
    at += TIME_LENGTH;
  }
  if (!text.startsWith(identity.text, at)) {
    IDENTITY.lastIndex = at;
    const match = IDENTITY.exec(text);
    if (match === null) return undefined;
    identity = { text: match[0], engine: match[1]!, run: match[2]! };
  }
  const eventAt = text.indexOf(EVENT, at + identity.text.length);
  if (eventAt < 0) return undefined;
  const nameAt = eventAt + EVENT.length;
  const nameEnd = text.indexOf('"', nameAt);
  const event = text.slice(nameAt, nameEnd);
  const isMarket = event === 'md.book' || event === 'md.trade';
  return {
    time,
    engine: identity.engine,
    run: identity.run,
    event,
    market: isMarket ? marketAt(text, nameEnd + 1) : undefined,
    qty: event === 'md.trade' ? TRADE_QTY.exec(text)?.[1] : undefined,
  };
}

function marketAt(text: string, at: number): string | undefined {
  MARKET.lastIndex = at;
  const match = MARKET.exec(text);
  return match === null ? undefined : `${match[1]}\u0000${match[2]}`;
}
