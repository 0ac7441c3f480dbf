/**
 * The live page's stream: server-sent events from one shared state.
 *
 * A client first gets `event: state`, everything; then `event: patch`, what changed (see
 * `state-patch.ts`), computed and serialised once for all clients. A patch leaves the curves out: the
 * client adds each strategy's equity itself. Whenever engines, runs or strategies come or go,
 * everybody gets a whole state, so that a curve never continues another one's.
 *
 * The first change after a quiet moment is sent at once, later ones at most every
 * PATCH_INTERVAL_MS. While nothing changes, a patch with little more than the time goes out every
 * HEARTBEAT_MS: a page that hears nothing for longer knows that it is showing old numbers, also
 * where the network does not say that it broke.
 *
 * A client that reads too slowly has at most BUFFER_BYTES_MAX and one message waiting; what comes
 * then is left out, and it gets the whole state once it has read the rest. One that reads nothing
 * for long is closed.
 */
import type { ServerResponse } from 'node:http';
import type { StateView } from '../view/state-view.ts';
import { patchOf } from './state-patch.ts';

export const STREAMS_MAX = 32;
const PATCH_INTERVAL_MS = 100;
const HEARTBEAT_MS = 5_000;
const BUFFER_BYTES_MAX = 256 * 1024;
/** Heartbeats in a row that a client may be behind. */
const BEHIND_MAX = 6;

const OMITTED = new Set(['curve']);

interface Client {
  readonly response: ServerResponse;
  /** Heartbeats since a message was left out for it; undefined while none was. */
  behind: number | undefined;
}

export interface StateStream {
  /** Answers with the stream until the client goes. @returns false where there are STREAMS_MAX already */
  add(response: ServerResponse): boolean;
  /** To be called whenever the state may have changed. Cheap. */
  changed(): void;
  close(): void;
}

/** @param state gives the state of now, as a value that does not change afterwards */
export function stateStream(state: () => StateView): StateStream {
  const clients = new Set<Client>();
  let last: StateView | undefined;
  let waiting: NodeJS.Timeout | undefined;
  let changedMeanwhile = false;
  let sentSinceHeartbeat = false;

  const heartbeat = setInterval(() => {
    if (!sentSinceHeartbeat) publish();
    sentSinceHeartbeat = false;
    for (const client of clients) {
      if (client.behind === undefined) client.response.write(': heartbeat\n\n');
      else if (++client.behind > BEHIND_MAX) client.response.destroy();
    }
  }, HEARTBEAT_MS);
  heartbeat.unref();

  function publish(): void {
    if (last === undefined || clients.size === 0) return;
    const next = state();
    const message =
      participantsOf(next) === participantsOf(last)
        ? messageOf('patch', patchOf(last, next, OMITTED) ?? {})
        : messageOf('state', next);
    last = next;
    sentSinceHeartbeat = true;
    for (const client of clients) {
      if (client.behind !== undefined) continue;
      if (client.response.writableLength > BUFFER_BYTES_MAX) client.behind = 0;
      else client.response.write(message);
    }
    waiting = setTimeout(() => {
      waiting = undefined;
      if (changedMeanwhile) publish();
      changedMeanwhile = false;
    }, PATCH_INTERVAL_MS);
    waiting.unref();
  }

  return {
    add(response) {
      if (clients.size >= STREAMS_MAX) return false;
      // Everybody is at `last`, so the next patch fits the newcomer too.
      if (clients.size === 0 || last === undefined) last = state();
      const client: Client = { response, behind: undefined };
      clients.add(client);
      response.on('close', () => {
        clients.delete(client);
        if (clients.size === 0) last = undefined;
      });
      response.on('drain', () => {
        if (client.behind === undefined) return;
        client.behind = undefined;
        response.write(messageOf('state', last));
      });
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
      response.write(messageOf('state', last));
      return true;
    },
    changed() {
      if (waiting === undefined) publish();
      else changedMeanwhile = true;
    },
    close() {
      clearInterval(heartbeat);
      clearTimeout(waiting);
      for (const client of clients) client.response.end();
    },
  };
}

/** Who takes part; a change of it is a whole new state. */
function participantsOf(view: StateView): string {
  return JSON.stringify(
    view.engines.map(({ engine, run, strategies }) => [
      engine,
      run,
      strategies.map(({ strategy }) => strategy),
    ]),
  );
}

function messageOf(event: 'state' | 'patch', data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
