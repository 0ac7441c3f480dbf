import type { Instrument } from '../market/instrument.ts';
import type { Balance, Command } from '../venue/venue.ts';
import type { Recorder } from '../log/recorder.ts';
import type { RiskConfig } from '../risk/config.ts';
import type { StrategiesConfig } from '../strategy/config.ts';
import type { StepConfig } from './config.ts';
import type { Input } from './input.ts';

export type Mode = 'READ_ONLY' | 'PAPER' | 'LIVE_LIMITED' | 'LIVE';

export interface TraderOptions {
  readonly instruments: readonly Instrument[];
  readonly strategies: StrategiesConfig;
  readonly risk: RiskConfig;
  readonly step: StepConfig;
  readonly mode: Mode;
  readonly recorder: Recorder;
  /** Sends a command to the venue at engine time `tNs`. */
  readonly send: (command: Command, tNs: number) => void;
  /** Asks for a TIMER input with that id at engine time `tNs`. */
  readonly schedule: (tNs: number, timerId: number) => void;
  /** The clock of measured durations, ns; nothing that is decided depends on it. */
  readonly monotonicNs: () => number;
  /** Opening balances at the venue; without them the first BALANCES report is taken as the opening one. */
  readonly balances?: readonly Balance[];
}

/** The trading engine as a deterministic step: input in; log lines, commands and timers out. */
export class Trader {
  constructor(options: TraderOptions) {
    void options;
  }
  /** @param startEpochNs engine clock zero, ns since the epoch */
  start(tNs: number, startEpochNs: bigint): void {
    void [tNs, startEpochNs];
  }
  step(input: Input, tNs: number): void {
    void [input, tNs];
  }
  /** Records engine.snapshot, in as many parts as it needs. */
  snapshot(): void {}
  /** Latches the kill switch: HALTED, everything canceled, until `rearm`. */
  kill(trigger: string, by: string, tNs: number): void {
    void [trigger, by, tNs];
  }
  rearm(by: string, tNs: number): void {
    void [by, tNs];
  }
  /** Ends the strategies and cancels everything; done once `quiescent`. */
  stop(reason: string, tNs: number): void {
    void [reason, tNs];
  }
  /** The names of the strategies, in the order of their indices in the log. */
  get strategies(): readonly string[] {
    return [];
  }
  /** Orders sent whose end is not known. */
  get openOrders(): number {
    return 0;
  }
  /** No order is open and no answer is awaited. */
  get quiescent(): boolean {
    return true;
  }
}
