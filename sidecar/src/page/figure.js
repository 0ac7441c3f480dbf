/**
 * A figure is what the page shows of a number: `{ text, value, title }`, the value as it is in the
 * state, the title with it unrounded. What cannot be given is a dash whose title says why.
 */

const MINUS = '\u2212';
const formats = new Map();

function format(value, decimals, sign) {
  const key = `${decimals} ${sign}`;
  let one = formats.get(key);
  if (one === undefined) {
    one = new Intl.NumberFormat('en-US', {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
      signDisplay: sign ? 'exceptZero' : 'negative',
    });
    formats.set(key, one);
  }
  return one.format(value).replace('-', MINUS);
}

function figure(text, value, unit = '') {
  return { text, value, title: `${value}${unit === '' ? '' : ` ${unit}`}` };
}

/** @param why why it cannot be given */
export const absent = (why) => ({ text: '—', value: null, title: why, tone: 'muted' });

/** @param options decimals (default 0), unit for the title, sign: show + too, why: it may be absent */
export function number(value, { decimals = 0, unit = '', sign = false, why = '' } = {}) {
  if (value === null || value === undefined) return absent(why);
  return figure(format(value, decimals, sign), value, unit);
}

/** An amount of money: cents, more decimals where it is small. */
export function money(value, { unit = '', sign = false, why = '' } = {}) {
  if (value === null || value === undefined) return absent(why);
  const size = Math.abs(value);
  const decimals = size >= 1 || size === 0 ? 2 : size >= 0.01 ? 4 : 6;
  return figure(format(value, decimals, sign), value, unit);
}

/** Money that is good above zero and bad below. */
export function profit(value, options = {}) {
  return toned(money(value, { ...options, sign: true }), value);
}

export function toned(one, value) {
  if (value === null || value === undefined || value === 0) return one;
  return { ...one, tone: value > 0 ? 'good' : 'bad' };
}

/** @param value a ratio; shown as a percentage, a small one with two significant digits */
export function percent(value, { decimals = 2, why = '' } = {}) {
  if (value === null || value === undefined) return absent(why);
  const size = Math.abs(value * 100);
  const needed = size === 0 ? 0 : Math.min(6, 1 - Math.floor(Math.log10(size)));
  return figure(`${format(value * 100, Math.max(decimals, needed), false)}\u202f%`, value);
}

/** @param seconds shown in µs, ms or s, three significant digits */
export function duration(seconds, { why = '' } = {}) {
  if (seconds === null || seconds === undefined) return absent(why);
  const size = Math.abs(seconds);
  const [factor, unit] = size < 1e-3 ? [1e6, 'µs'] : size < 1 ? [1e3, 'ms'] : [1, 's'];
  const scaled = seconds * factor;
  const decimals = scaled >= 100 || scaled === 0 ? 0 : scaled >= 10 ? 1 : 2;
  return figure(`${format(scaled, decimals, false)}\u202f${unit}`, seconds, 's');
}

export function bytes(value) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = value < 1 ? 0 : Math.min(4, Math.floor(Math.log2(value) / 10));
  return figure(
    `${format(value / 1024 ** power, power === 0 ? 0 : 1, false)}\u202f${units[power]}`,
    value,
    'bytes',
  );
}

export function text(value, { why = '', title = undefined } = {}) {
  if (value === null || value === undefined || value === '') return absent(why);
  return { text: String(value), value, title: title ?? String(value) };
}

/** @param time RFC 3339 @returns the time of day, to the millisecond */
export function timeOfDay(time) {
  return { text: time.slice(11, 23), value: time, title: time };
}

/** @param seconds since the epoch @returns date and time of day in UTC */
export function instant(seconds) {
  const iso = new Date(seconds * 1000).toISOString();
  return { text: `${iso.slice(0, 10)} ${iso.slice(11, 21)}\u202fUTC`, value: seconds, title: iso };
}

/** @param seconds how long something has run */
export function age(seconds) {
  const s = Math.floor(seconds);
  const [h, m] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
  const shown = h > 0 ? `${h} h ${m} min` : m > 0 ? `${m} min ${s % 60} s` : `${s} s`;
  return figure(shown, seconds, 's');
}

/** @returns how many decimals a number is written with, at most 8 */
export function decimalsOf(value) {
  const [mantissa, exponent = '0'] = String(value).split('e');
  const fraction = mantissa.split('.')[1]?.length ?? 0;
  return Math.min(8, Math.max(0, fraction - Number(exponent)));
}
