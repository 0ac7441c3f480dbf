/** The command line in this process. */
import { main } from '../../src/cli.ts';

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** @param width of the terminal that the output goes to; undefined: none */
export async function sidecar(args: readonly string[], width?: number): Promise<Ended> {
  let out = '';
  let err = '';
  const code = await main(args, {
    env: {},
    out: (text) => (out += text),
    err: (text) => (err += text),
    terminalWidth: width,
    isErrTerminal: false,
    pageDir: '',
    signal: new AbortController().signal,
  });
  return { code, out, err };
}
