/**
 * What the follower hands its lines to. It keeps the follower ignorant of what a line means, and
 * the fold ignorant of files.
 */

/** A segment, as its file name says it: `<engine>-<run>.<n>.jsonl`. */
export interface Segment {
  readonly engine: string;
  readonly run: string;
  readonly n: number;
}

/** The longest line the contract allows, its newline included. Longer: skipped and counted. */
export const LINE_BYTES_MAX = 65_536;

export interface LineSink {
  /** Where it likes files to be read into. */
  readonly buffer?: Buffer;
  /**
   * Takes the line at `start` if it can tell by itself where it ends.
   *
   * @param end of what was read
   * @returns where the next line begins; −1 where nothing was taken, which says nothing of the line
   */
  nextLine?(bytes: Buffer, start: number, end: number): number;
  /** What `nextLine` was given is about to be overwritten. */
  release?(): void;
  /** One complete line, `bytes[start, end)`, without its newline. The bytes are reused afterwards. */
  line(bytes: Buffer, start: number, end: number, segment: Segment | undefined): void;
  /** A line that passed LINE_BYTES_MAX, once its newline was found; `length` includes it. */
  lineTooLong(length: number): void;
  /** The unfinished last line of a file that nobody will ever finish: a later segment or run of its engine exists. */
  unfinishedLine(length: number): void;
}

/** What the follower knows of itself; the metrics show it. */
export interface FollowerStatus {
  readonly files: number;
  /** Bytes that stand in the files and have not been read. */
  readonly lagBytes: number;
  readonly rotations: number;
  readonly truncations: number;
  /** Times that a file or folder could not be listed, opened or read. */
  readonly errors: number;
  /** Every file that was there when the follower began has been read to its end once. */
  readonly caughtUp: boolean;
}

/** What the checkpoint keeper knows of itself. */
export interface CheckpointStatus {
  /** Seconds since the epoch of the last one that was written; undefined before. */
  readonly lastSeconds: number | undefined;
  readonly failures: number;
}
