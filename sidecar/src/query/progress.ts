/**
 * How far a long reading is, on a terminal: one line that is rewritten, and gone at the end.
 *
 * @param write to the terminal; undefined: there is none, nothing is shown
 */
export function newProgress(write: ((text: string) => void) | undefined): {
  readonly show: (readBytes: number, bytes: number) => void;
  readonly clear: () => void;
} {
  let isShown = false;
  return {
    show(readBytes, bytes) {
      if (write === undefined) return;
      isShown = true;
      const percent = Math.floor((100 * readBytes) / Math.max(1, bytes));
      write(`\rreading ${percent} % of ${Math.round(bytes / 1e6)} MB\u001b[K`);
    },
    clear() {
      if (isShown) write?.('\r\u001b[K');
      isShown = false;
    },
  };
}
