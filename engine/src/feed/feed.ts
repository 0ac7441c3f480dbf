import type { Instrument } from '../market/instrument.ts';
import type { Source } from '../step/input.ts';

/** Market data of one or several instruments of one venue. Knows no strategy and no order of ours. */
export interface Feed extends Source {
  readonly instruments: readonly Instrument[];
  /** Engine clock zero, ns since the epoch. */
  readonly startEpochNs: bigint;
}
