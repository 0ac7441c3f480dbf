/**
 * What the page can do beyond being read: values under the pointer, zooming in by dragging across and
 * out by a double click, and the choice of light or dark. Everything from the log goes into the page as
 * text (`textContent`), never as markup.
 */
export const SCRIPT = String.raw`
'use strict';
const plots = JSON.parse(document.getElementById('plots').textContent);
const SIDE = 1000;
const make = (name, owner) => {
  const one = document.createElement('div');
  one.className = name;
  one.hidden = true;
  owner.append(one);
  return one;
};
const shown = (value) => {
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text = size >= 1e15 || size < 1e-6 ? value.toExponential(3) : String(Number(value.toPrecision(7)));
  return text.replace('-', '\u2212');
};
const timeOf = (seconds) => new Date(seconds * 1000).toISOString().replace('T', ' ').slice(0, 19);
/** The index of the point nearest to x, by bisection: points are in the order of x. */
const nearest = (xs, x) => {
  let low = 0;
  let high = xs.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle] < x) low = middle + 1;
    else high = middle;
  }
  return low > 0 && x - xs[low - 1] < xs[low] - x ? low - 1 : low;
};
const ticksOf = (low, high, wanted) => {
  const raw = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= raw * 0.8);
  const found = [];
  for (let index = Math.ceil(low / step); index * step <= high; index += 1) found.push(Number((index * step).toPrecision(12)));
  return found;
};
for (const [id, data] of Object.entries(plots)) {
  const figure = document.getElementById(id);
  if (!figure) continue;
  const frame = figure.querySelector('.frame');
  const svg = frame.querySelector('svg');
  const [xLow, xHigh, yLow, yHigh] = data.range;
  const labels = [...frame.querySelectorAll('.xs,.ys')].map((one) => [one, [...one.childNodes]]);
  let view = data.range;
  const hair = make('hair', frame);
  const pick = make('pick', frame);
  const read = make('read', frame);
  const xAt = (event) => {
    const box = frame.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    return view[0] + share * (view[1] - view[0]);
  };
  const leftOf = (x) => ((x - view[0]) / (view[1] - view[0])) * 100;
  const xText = (x) =>
    data.x === 'time' ? timeOf(x) : data.x === 'category' ? data.categories[Math.round(x)] ?? '' : shown(x);
  const show = (event) => {
    const x = xAt(event);
    const rows = [];
    let at = x;
    for (const [index, series] of data.series.entries()) {
      if (series.xs.length === 0) continue;
      const point = nearest(series.xs, x);
      const near = series.xs[point];
      if (series.isDots && Math.abs(leftOf(near) - leftOf(x)) > 1.5) continue;
      if (index === 0 || rows.length === 0) at = near;
      rows.push((series.name ? series.name + ': ' : '') + shown(series.ys[point]) + ' ' + data.unit);
    }
    hair.hidden = read.hidden = rows.length === 0;
    hair.style.left = leftOf(at) + '%';
    read.replaceChildren();
    for (const text of [xText(at), ...rows]) {
      const line = document.createElement('div');
      line.textContent = text;
      read.append(line);
    }
    const right = leftOf(at) > 55;
    read.style.left = right ? '' : 'calc(' + leftOf(at) + '% + 10px)';
    read.style.right = right ? 'calc(' + (100 - leftOf(at)) + '% + 10px)' : '';
    read.style.top = '6px';
  };
  const put = (owner, side, low, high, texts, turned) => {
    owner.replaceChildren();
    for (const [at, text] of texts) {
      const share = ((at - low) / (high - low)) * 100;
      const label = document.createElement('span');
      label.textContent = text;
      label.style[side] = (turned ? 100 - share : share) + '%';
      owner.append(label);
    }
  };
  const zoom = (low, high) => {
    if (low === undefined) {
      view = data.range;
      svg.setAttribute('viewBox', '0 0 1000 1000');
      for (const [owner, nodes] of labels) owner.replaceChildren(...nodes);
      return;
    }
    let bottom = Infinity;
    let top = -Infinity;
    for (const { xs, ys } of data.series)
      for (let point = 0; point < xs.length; point += 1)
        if (xs[point] >= low && xs[point] <= high) {
          bottom = Math.min(bottom, ys[point]);
          top = Math.max(top, ys[point]);
        }
    if (!(bottom < top)) [bottom, top] = [yLow, yHigh];
    const room = (top - bottom) * 0.05;
    view = [low, high, bottom - room, top + room];
    const across = SIDE / (xHigh - xLow);
    const down = SIDE / (yHigh - yLow);
    svg.setAttribute(
      'viewBox',
      [(low - xLow) * across, (yHigh - view[3]) * down, (high - low) * across, (view[3] - view[2]) * down].join(' '),
    );
    const xs = ticksOf(low, high, 5);
    const ys = ticksOf(view[2], view[3], 4);
    put(frame.querySelector('.xs'), 'left', low, high, xs.map((x) => [x, data.x === 'time' ? timeOf(x).slice(high - low > 172800 ? 5 : 11, high - low > 172800 ? 16 : 19) : shown(x)]), false);
    put(frame.querySelector('.ys'), 'top', view[2], view[3], ys.map((y) => [y, shown(y)]), true);
  };
  let from;
  frame.addEventListener('pointermove', (event) => {
    show(event);
    if (from === undefined) return;
    const [a, b] = [leftOf(from), leftOf(xAt(event))].sort((one, other) => one - other);
    pick.hidden = b - a < 1;
    pick.style.left = a + '%';
    pick.style.width = b - a + '%';
  });
  frame.addEventListener('pointerleave', () => {
    hair.hidden = read.hidden = true;
  });
  frame.addEventListener('pointerdown', (event) => {
    if (event.pointerType !== 'mouse' || event.button !== 0 || data.x === 'category') return;
    from = xAt(event);
    frame.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  frame.addEventListener('pointerup', (event) => {
    if (from === undefined) return;
    const [low, high] = [from, xAt(event)].sort((one, other) => one - other);
    from = undefined;
    pick.hidden = true;
    if (leftOf(high) - leftOf(low) > 1) zoom(low, high);
  });
  frame.addEventListener('dblclick', () => zoom());
}
const theme = document.getElementById('theme');
theme.hidden = false;
theme.addEventListener('click', () => {
  const root = document.documentElement;
  const isDark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = isDark ? 'light' : 'dark';
});
`;
