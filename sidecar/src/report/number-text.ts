/** Numbers for people: no locale, a true minus, thin spaces between thousands. */
import type { Figure } from './figure.ts';

const SIGNIFICANT = 5;

/** @returns about five significant digits */
export function numberText(value: number, digits?: number): string {
  if (value === 0) return '0';
  const magnitude = Math.abs(value);
  const decimals =
    digits ?? Math.max(0, Math.min(8, SIGNIFICANT - 1 - Math.floor(Math.log10(magnitude))));
  if (magnitude >= 1e15 || (digits === undefined && magnitude < 1e-6))
    return minus(value.toExponential(3));
  const [whole, fraction] = magnitude.toFixed(decimals).split('.');
  const grouped = whole!.replace(/\B(?=(\d{3})+$)/g, '\u2009');
  const rest = digits === undefined ? (fraction ?? '').replace(/0+$/, '') : (fraction ?? '');
  const text = rest === '' ? grouped : `${grouped}.${rest}`;
  return value < 0 && /[1-9]/.test(text) ? `−${text}` : text;
}

const minus = (text: string): string => text.replaceAll('-', '−');

/** @returns the value with its unit, a fraction as percent; why not, where there is none */
export function figureText(figure: Figure): string {
  if (figure.value === null) return figure.reason;
  const { value, unit } = figure;
  if (unit === 'count') return numberText(value, 0);
  if (unit.startsWith('fraction')) {
    const per = unit.slice('fraction'.length);
    return `${numberText(value * 100)} %${per === '' ? '' : ` ${per.replace('/', 'per ')}`}`;
  }
  if (unit === 's') return durationText(value);
  if (unit.startsWith('ratio') || unit === 'probability' || unit === 'R²') return numberText(value);
  return `${numberText(value)} ${unit}`;
}

export function durationText(seconds: number): string {
  if (seconds < 1) return `${numberText(seconds * 1e3)} ms`;
  if (seconds < 120) return `${numberText(seconds)} s`;
  if (seconds < 7_200) return `${numberText(seconds / 60)} min`;
  if (seconds < 172_800) return `${numberText(seconds / 3_600)} h`;
  return `${numberText(seconds / 86_400)} d`;
}
