/**
 * A place that takes orders, as the engine sees it: commands go in, reports come back as inputs,
 * late, in any order, twice or never. Ticks and lots; fees as decimal texts.
 */
import type { Side } from '../market/side.ts';
import type { Source } from '../step/input.ts';

export type OrdType = 'LIMIT' | 'MARKET';
export type Tif = 'GTC' | 'IOC' | 'FOK' | 'DAY';

export interface NewOrder {
  readonly kind: 'NEW';
  readonly clOrdId: string;
  readonly instrument: number;
  readonly side: Side;
  readonly ordType: OrdType;
  readonly tif: Tif;
  readonly postOnly: boolean;
  /** Limit price; NaN for a market order. */
  readonly px: number;
  readonly qty: number;
}
export type Command =
  | NewOrder
  | { readonly kind: 'CANCEL'; readonly clOrdId: string; readonly instrument: number }
  /** New price and new total quantity (filled part included). */
  | {
      readonly kind: 'REPLACE';
      readonly clOrdId: string;
      readonly instrument: number;
      readonly px: number;
      readonly qty: number;
    }
  | { readonly kind: 'CANCEL_ALL' }
  /** What became of this order? Answered by STATUS. */
  | { readonly kind: 'QUERY'; readonly clOrdId: string; readonly instrument: number }
  /** Answered by BALANCES. */
  | { readonly kind: 'QUERY_BALANCES' };

export interface Balance {
  readonly asset: string;
  /** Decimal texts. */
  readonly free: string;
  readonly locked: string;
}

interface OfOrder {
  readonly clOrdId: string;
  readonly instrument: number;
  /** Venue time, µs since the epoch. */
  readonly transactUs?: number;
}
export type Report =
  | (OfOrder & { readonly kind: 'ACCEPTED'; readonly orderId: string })
  | (OfOrder & { readonly kind: 'REJECTED'; readonly code: string; readonly text: string })
  | (OfOrder & { readonly kind: 'CANCELED'; readonly reason?: string })
  | (OfOrder & { readonly kind: 'CANCEL_REJECTED'; readonly code: string; readonly text: string })
  | (OfOrder & { readonly kind: 'REPLACED'; readonly px: number; readonly qty: number })
  | (OfOrder & Fill & { readonly kind: 'FILLED' })
  | (OfOrder & { readonly kind: 'EXPIRED'; readonly reason: string })
  /** Answer to QUERY. `found: false`: the venue has never had it. `fills`: all of its fills so far. */
  | (OfOrder & {
      readonly kind: 'STATUS';
      readonly found: boolean;
      readonly ordStatus?:
        'NEW' | 'PARTIALLY_FILLED' | 'FILLED' | 'CANCELED' | 'REJECTED' | 'EXPIRED';
      readonly orderId?: string;
      readonly fills?: readonly Fill[];
    })
  | { readonly kind: 'BALANCES'; readonly balances: readonly Balance[] }
  | { readonly kind: 'CONNECTED'; readonly channel: 'MD' | 'ORDER' | 'USER' | 'REST' }
  | {
      readonly kind: 'DISCONNECTED';
      readonly channel: 'MD' | 'ORDER' | 'USER' | 'REST';
      readonly reason: string;
    };

export interface Fill {
  readonly execId: string;
  readonly tradeId?: string;
  readonly px: number;
  readonly qty: number;
  readonly liquidity: 'MAKER' | 'TAKER';
  /** Decimal texts; paid is positive, a rebate negative. */
  readonly fee: string;
  readonly feeCcy: string;
  /** The fee in quote, where feeCcy is neither base nor quote and the venue knows a rate. */
  readonly feeQuote?: string;
}

export interface Venue extends Source {
  readonly name: string;
  /** Sends a command at engine time `tNs`. Returns at once; what comes of it are later reports. */
  send(command: Command, tNs: number): void;
}
