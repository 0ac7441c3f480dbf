/**
 * Markouts of one symbol by horizon: a line for each strategy, solid as maker, dashed as taker.
 * Above zero the market went our way after the fill.
 */
import { fit } from './cell.js';
import { hueClass } from './palette.js';

export const HORIZONS = ['0.1s', '1s', '5s', '30s', '60s', '300s'];

const SVG = 'http://www.w3.org/2000/svg';
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [480, 150, 44, 10, 8, 20];

/** @returns draw(rows): `{ index, liquidity, byHorizon: Map }` */
export function markoutPlot(parent) {
  const svg = element('svg', {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: 'img',
    'aria-label': 'Markout by horizon; the table below has the figures',
  });
  const grid = element('g', { class: 'grid' });
  const lines = element('g', { class: 'lines' });
  svg.append(grid, lines);
  parent.append(svg);
  const x = (h) => LEFT + ((WIDTH - LEFT - RIGHT) * h) / (HORIZONS.length - 1);
  HORIZONS.forEach((horizon, h) => {
    const anchor = h === 0 ? 'start' : h === HORIZONS.length - 1 ? 'end' : 'middle';
    const label = element('text', { x: x(h), y: HEIGHT - 5, 'text-anchor': anchor });
    label.textContent = horizon.replace('s', '\u202fs');
    svg.append(label);
  });

  return (rows) => {
    const values = rows.flatMap(({ byHorizon }) => [...byHorizon.values()]);
    const reach = Math.max(0.1, ...values.map(Math.abs)) * 1.1;
    const y = (bps) => TOP + ((reach - bps) / (2 * reach)) * (HEIGHT - TOP - BOTTOM);
    const decimals = reach >= 10 ? 0 : reach >= 1 ? 1 : 2;
    const ticks = fit(grid, 3, () => {
      const tick = element('g', {});
      tick.append(
        element('line', { x1: LEFT, x2: WIDTH - RIGHT }),
        element('text', { x: LEFT - 6, 'text-anchor': 'end', dy: '0.32em' }),
      );
      return tick;
    });
    [reach / 1.1, 0, -reach / 1.1].forEach((bps, i) => {
      const [line, label] = ticks[i].children;
      set(line, { y1: y(bps), y2: y(bps), class: bps === 0 ? 'zero' : '' });
      set(label, { y: y(bps) });
      label.textContent =
        (bps > 0 ? '+' : '') + bps.toFixed(bps === 0 ? 0 : decimals).replace('-', '−');
    });
    const groups = fit(lines, rows.length, () => {
      const group = element('g', {});
      group.append(element('path', {}), element('g', {}));
      return group;
    });
    rows.forEach(({ index, liquidity, byHorizon }, i) => {
      set(groups[i], { class: `${hueClass(index)} ${liquidity === 'taker' ? 'taker' : ''}` });
      const [path, dots] = groups[i].children;
      const at = HORIZONS.flatMap((horizon, h) =>
        byHorizon.has(horizon) ? [[x(h), y(byHorizon.get(horizon))]] : [],
      );
      set(path, { d: at.map(([px, py], n) => `${n === 0 ? 'M' : 'L'}${px} ${py}`).join('') });
      const circles = fit(dots, at.length, () => element('circle', { r: 2.6 }));
      at.forEach(([cx, cy], n) => set(circles[n], { cx, cy }));
    });
  };
}

function element(name, attributes) {
  const one = document.createElementNS(SVG, name);
  set(one, attributes);
  return one;
}

function set(one, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    const written = String(value);
    if (one.getAttribute(name) !== written) one.setAttribute(name, written);
  }
}
