/**
 * Neumaier's compensated sum (Zeitschrift für Angewandte Mathematik und Mechanik 54, 1974): the
 * rounding error of each addition is kept and added at the end, so that a sum of millions of terms
 * of both signs is as good as if it had been done in twice the precision.
 */
export interface Sum {
  value: number;
  lost: number;
}

export const emptySum = (): Sum => ({ value: 0, lost: 0 });

export function addTo(sum: Sum, term: number): void {
  const next = sum.value + term;
  sum.lost +=
    Math.abs(sum.value) >= Math.abs(term) ? sum.value - next + term : term - next + sum.value;
  sum.value = next;
}

export const totalOf = (sum: Sum): number => sum.value + sum.lost;
