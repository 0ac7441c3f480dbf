/** A series of Prometheus text, in one spelling: `name{label="value",…}`, labels sorted by name. */
export function canonicalSeries(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.keys(labels)
    .sort()
    .map((label) => `${label}=${JSON.stringify(canonicalValue(label, labels[label]!))}`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`;
}

/** `1e-06`, `0.000001` and `1e-6` are one bucket. */
function canonicalValue(label: string, value: string): string {
  return label === 'le' && value !== '+Inf' ? String(Number(value)) : value;
}

/**
 * @param text Prometheus text 0.0.4
 * @returns value of each series
 * @throws Error on a line that is not of the format, and on a series that stands twice
 */
export function parseExposition(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const parsed = /^([a-zA-Z_:][\w:]*)(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})? (\S+)$/.exec(line);
    if (parsed === null) throw new Error(`not Prometheus text: ${line}`);
    const labels: Record<string, string> = {};
    for (const [, name, value] of (parsed[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)",?/g))
      labels[name!] = value!.replace(/\\(.)/g, (_, escaped: string) =>
        escaped === 'n' ? '\n' : escaped,
      );
    const series = canonicalSeries(parsed[1]!, labels);
    if (found.has(series)) throw new Error(`a series that stands twice: ${series}`);
    found.set(series, parsed[3] === '+Inf' ? Infinity : Number(parsed[3]));
  }
  return found;
}
