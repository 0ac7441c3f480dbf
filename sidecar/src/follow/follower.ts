import type { FollowerStatus } from './line-sink.ts';

/** Where a file has been read to, as the checkpoint keeps it: enough to know the file again and go on. */
export interface Position {
  /** Device and inode. */
  readonly id: string;
  readonly path: string;
  /** The name under which its lines continue in the next file. */
  readonly lineage: string;
  /** Everything before it was handed to the sink. The beginning of a line, unless `skipped`. */
  readonly offset: number;
  /** Bytes before `offset` that belong to a line too long to be read, of which the end is not there yet. */
  readonly skipped: number;
  /** The first bytes of the file and the last ones before `offset`, base64. */
  readonly head: string;
  readonly tail: string;
  /** Its unfinished last line was counted. */
  readonly unfinished: boolean;
}

/** What a follower needs to go on where another one stopped. */
export interface Progress {
  readonly positions: readonly Position[];
  readonly rotations: number;
  readonly truncations: number;
}

/** Reads files as they grow and hands their lines to a sink. */
export interface Follower {
  /** Begins to follow, in time: woken by the kernel or by a poll. */
  start(): void;
  /** Returns between two lines; nothing is handed over afterwards. */
  stop(): void;
  status(): FollowerStatus;
  /** Between two lines, like the sink's own state: both together are a checkpoint. */
  progress(): Progress;
  /** Goes up whenever its progress changes. */
  readonly revision: number;
}

/** Something that happened to a file and that a person may want to know. */
export interface FileNotice {
  readonly kind: 'rotation' | 'truncation' | 'unreadable' | 'lost';
  readonly path: string;
  /** Error code, or what was lost. */
  readonly detail: string;
}
