/**
 * The log's times: RFC 3339 UTC with nine decimals. An instant is whole seconds since the epoch and
 * nanoseconds within the second, because nanoseconds since the epoch pass 2^53.
 */
export interface Instant {
  seconds: number;
  /** 0 … 999,999,999 */
  nanos: number;
}

const PATTERN = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/;
const DAY_SECONDS = 86_400;

/**
 * @param into set to the instant when the text is valid
 * @returns whether the text is a time of the log on a day that exists; leap seconds are not
 */
export function parseTime(text: string, into: Instant): boolean {
  if (text.length !== 30 || !PATTERN.test(text)) return false;
  const hour = two(text, 11);
  const minute = two(text, 14);
  const second = two(text, 17);
  if (hour > 23 || minute > 59 || second > 59) return false;
  const days = daysOf(text);
  if (Number.isNaN(days)) return false;
  into.seconds = days * DAY_SECONDS + hour * 3600 + minute * 60 + second;
  into.nanos = Number(text.slice(20, 29));
  return true;
}

const two = (text: string, at: number): number =>
  (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;

/** Lines of one day follow each other, so the day is worked out once. */
let lastDate = '';
let lastDays = 0;

function daysOf(text: string): number {
  const date = text.slice(0, 10);
  if (date === lastDate) return lastDays;
  const year = two(text, 0) * 100 + two(text, 2);
  const month = two(text, 5);
  const day = two(text, 8);
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const monthDays = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  if (monthDays === undefined || day < 1 || day > monthDays) return NaN;
  // Days since 1970-03-01 of a year that begins in March, where the leap day is the last one.
  const marchYear = month > 2 ? year : year - 1;
  const marchMonth = (month + 9) % 12;
  const before = Math.floor((153 * marchMonth + 2) / 5) + day - 1;
  const days =
    marchYear * 365 +
    Math.floor(marchYear / 4) -
    Math.floor(marchYear / 100) +
    Math.floor(marchYear / 400) +
    before;
  lastDate = date;
  lastDays = days - 719_468;
  return lastDays;
}

/** First second after the range of engine times, 1970 to 2199. */
export const TIME_SECONDS_END = 7_258_118_400;

/** @returns the text of an instant, as the log writes it */
export function formatTime(instant: Instant): string {
  const whole = new Date(instant.seconds * 1000).toISOString().slice(0, 19);
  return `${whole}.${String(instant.nanos).padStart(9, '0')}Z`;
}

/** @returns seconds since the epoch, the nearest double */
export const toSeconds = (instant: Instant): number =>
  Number(`${instant.seconds}.${String(instant.nanos).padStart(9, '0')}`);

/** @returns whether a is before b */
export const isBefore = (a: Instant, b: Instant): boolean =>
  a.seconds < b.seconds || (a.seconds === b.seconds && a.nanos < b.nanos);
