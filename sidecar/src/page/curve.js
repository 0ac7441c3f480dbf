/**
 * A strategy's equity over engine time, bounded: points keep a distance that doubles whenever there
 * are too many, so that a day takes no more memory than a minute and stays evenly resolved. Of two
 * that become one, the one in the deeper drawdown stays. The newest point is always there.
 */
const POINTS_MAX = 600;

/** @param points [seconds, equity, drawdown ratio], oldest first, as `/api/state` gives them */
export function curve(points) {
  const kept = points.map((point) => [...point]);
  const span = kept.length < 2 ? 0 : kept.at(-1)[0] - kept[0][0];
  let distance = span / POINTS_MAX;
  return {
    points: kept,
    add(seconds, equity, drawdown) {
      if (kept.length > 0 && seconds < kept.at(-1)[0]) return;
      // The newest point moves on until it is far enough from the one before it.
      const moves = kept.length > 1 && kept.at(-1)[0] - kept.at(-2)[0] < distance;
      if (moves || kept.at(-1)?.[0] === seconds) kept.pop();
      kept.push([seconds, equity, drawdown]);
      if (kept.length <= POINTS_MAX) return;
      distance = Math.max(distance * 2, (seconds - kept[0][0]) / POINTS_MAX);
      const newest = kept.pop();
      let to = 1;
      for (let from = 1; from < kept.length; from += 2) {
        const [a, b = a] = [kept[from], kept[from + 1]];
        kept[to++] = b[2] > a[2] ? b : a;
      }
      kept.length = to;
      kept.push(newest);
    },
  };
}
