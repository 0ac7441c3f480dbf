import type { SimConfig } from '../feed/sim-config.ts';
import type { Feed } from '../feed/feed.ts';
import type { PaperConfig } from '../venue/paper-config.ts';
import type { Venue } from '../venue/venue.ts';

export interface SimulatedMarketOptions {
  readonly seed: number | bigint;
  readonly sim: SimConfig;
  readonly paper: PaperConfig;
  readonly startEpochNs: bigint;
}

export function openSimulatedMarket(_options: SimulatedMarketOptions): {
  readonly feed: Feed;
  readonly venue: Venue;
} {
  throw new Error('being written');
}
