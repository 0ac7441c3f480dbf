/**
 * Returns of one strategy from mark-to-market equity after fees, a fraction of what stood at the
 * beginning of the period, deposits counted in there: days where there are enough of them, else minutes, else ten seconds.
 */
import { minutesPerYear } from '../fold/account.ts';
import { TEN_SECONDS, type EquityRecord, type PeriodEnd } from './equity-record.ts';

export interface ReturnSeries {
  readonly sampling: 'day' | 'minute' | '10 s';
  /** Where a day ends. */
  readonly session: 'UTC' | 'IST';
  readonly periodsPerYear: number;
  readonly returns: readonly number[];
  /** Of the strategy's symbols, equal parts, bought and held. */
  readonly benchmark: readonly number[];
  /** Where each period ended, seconds since the epoch. */
  readonly ends: readonly number[];
  /** Of all that was seen, cut periods included. */
  readonly total: number;
  readonly benchmarkTotal: number;
  readonly spanSeconds: number;
}

/** Under so many returns no ratio is given. */
export const RETURNS_MIN = { day: 5, minute: 30, '10 s': 30 } as const;
const DAY_SECONDS = 86_400;
const IST_OFFSET_SECONDS = 19_800;

export function returnSeries(record: EquityRecord): ReturnSeries | undefined {
  const { account, minutes, first } = record;
  if (first === undefined || minutes.length === 0) return undefined;
  const venues = new Set(account.holdings.map(({ venue }) => venue.toLowerCase()));
  const isKite = venues.size === 1 && venues.has('kite');
  const session = isKite ? 'IST' : 'UTC';
  const offset = isKite ? IST_OFFSET_SECONDS : 0;
  const start: PeriodEnd = {
    second: first.second,
    equity: first.capital,
    capital: first.capital,
    benchmark: 1,
    isPartial: false,
  };
  const days = minutes.filter((minute, index) => {
    const next = minutes[index + 1];
    return next === undefined || dayOf(next.second, offset) > dayOf(minute.second, offset);
  });
  const total = growth([start, ...minutes]);
  const rest = {
    session,
    total: total.total,
    benchmarkTotal: total.benchmarkTotal,
    spanSeconds: minutes.at(-1)!.second - first.second,
  } as const;
  if (days.length >= RETURNS_MIN.day)
    return {
      ...rest,
      ...growth([start, ...days]),
      total: total.total,
      benchmarkTotal: total.benchmarkTotal,
      sampling: 'day',
      periodsPerYear: isKite ? 252 : 365,
    };
  const perYear = minutesPerYear(account);
  const whole = minutes.filter(({ isPartial }) => !isPartial);
  // N ends make N − 1 returns.
  const isShort = whole.length <= RETURNS_MIN.minute && record.tens.length > RETURNS_MIN['10 s'];
  return {
    ...rest,
    ...growth(isShort ? record.tens.filter(({ isPartial }) => !isPartial) : whole),
    total: total.total,
    benchmarkTotal: total.benchmarkTotal,
    sampling: isShort ? '10 s' : 'minute',
    periodsPerYear: isShort ? (perYear * 60) / TEN_SECONDS : perYear,
  };
}

const dayOf = (second: number, offset: number): number =>
  Math.floor((second + offset) / DAY_SECONDS);

interface Growth {
  readonly returns: readonly number[];
  readonly benchmark: readonly number[];
  readonly ends: readonly number[];
  readonly total: number;
  readonly benchmarkTotal: number;
}

function growth(points: readonly PeriodEnd[]): Growth {
  const returns: number[] = [];
  const benchmark: number[] = [];
  const ends: number[] = [];
  let total = 1;
  for (const [index, point] of points.entries()) {
    const before = points[index - 1];
    if (before === undefined) continue;
    const flow = point.capital - before.capital;
    const base = before.equity + flow;
    if (!(base > 0)) continue;
    const gain = (point.equity - before.equity - flow) / base;
    total *= 1 + gain;
    returns.push(gain);
    benchmark.push(point.benchmark / before.benchmark - 1);
    ends.push(point.second);
  }
  const [from, to] = [points[0], points.at(-1)];
  const benchmarkTotal = from && to ? to.benchmark / from.benchmark - 1 : 0;
  return { returns, benchmark, ends, total: total - 1, benchmarkTotal };
}
