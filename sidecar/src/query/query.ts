/** `query`: SQL over the logs. */
import { answerOf, writeAnswer, type Format } from './answer-text.ts';
import { ask } from './database.ts';
import { Canceled, type ReadSurroundings } from './line-reader.ts';
import { visible } from './terminal-text.ts';

/**
 * @param width cells of the terminal that the answer goes to; undefined: no terminal
 * @returns false where no file matches
 * @throws with one line of text that is safe to show
 */
export async function query(
  sql: string,
  patterns: readonly string[],
  format: Format,
  width: number | undefined,
  write: (text: string) => void,
  surroundings: ReadSurroundings,
): Promise<boolean> {
  try {
    return await ask(sql, patterns, surroundings, (result) =>
      writeAnswer(answerOf(result), format, width, write),
    );
  } catch (error) {
    if (surroundings.signal.aborted) throw new Canceled();
    throw new Error(oneLine((error as Error).message), { cause: error });
  }
}

/** DuckDB shows below its message the place in the question. */
const oneLine = (message: string): string =>
  visible(
    message
      .replace(/\s*\n+LINE \d+:[^]*$/, '')
      .replace(/\s*\n\s*/g, ' ')
      .trim(),
  );
