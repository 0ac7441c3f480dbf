import type { Feed } from '../feed/feed.ts';
import type { PaperConfig } from '../venue/paper-config.ts';
import type { Venue } from '../venue/venue.ts';

export interface RecordedMarketOptions {
  readonly files: readonly string[];
  readonly seed: number | bigint;
  readonly paper: PaperConfig;
}

export async function openRecordedMarket(
  _options: RecordedMarketOptions,
): Promise<{ readonly feed: Feed; readonly venue: Venue }> {
  throw new Error('being written');
}
