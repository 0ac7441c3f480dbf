/**
 * The stream from the sidecar, kept open. Calls back with the state after each message, and with
 * `undefined` or since when the page shows old numbers.
 *
 * The sidecar sends something at least every 5 s, so a silence of SILENT_MS means a broken
 * connection, also where the network does not say so.
 */
import { applyPatch } from './patch.js';

const SILENT_MS = 12_000;
const RETRY_MS = 2_000;

/**
 * @param onState (state, whole): `whole` when it was sent entirely
 * @param onStale (since): a Date, or undefined once fresh again
 */
export function connect(url, onState, onStale) {
  let state;
  let stale = false;
  let lastMessage = new Date();
  let source;

  const becomeStale = () => {
    if (!stale) onStale(lastMessage);
    stale = true;
  };
  const receive = (whole) => (event) => {
    lastMessage = new Date();
    const data = JSON.parse(event.data);
    state = whole ? data : applyPatch(state, data);
    if (stale || whole) onStale(undefined);
    stale = false;
    onState(state, whole);
  };
  const open = () => {
    source = new EventSource(url);
    source.addEventListener('state', receive(true));
    source.addEventListener('patch', receive(false));
    source.addEventListener('error', () => {
      becomeStale();
      // A refusal (too many streams, a restart behind a proxy) closes it for good.
      if (source.readyState === EventSource.CLOSED) setTimeout(open, RETRY_MS);
    });
  };
  open();
  setInterval(() => {
    if (Date.now() - lastMessage.getTime() < SILENT_MS || source.readyState !== EventSource.OPEN)
      return;
    becomeStale();
    source.close();
    open();
  }, 1_000);
}
