/**
 * The order book as a ladder: asks above, bids below, between them mid and spread. The bars are the
 * cumulated quantity. Our own open orders stand at their level; where their price is no level of
 * the book that is shown (a replayed book does not contain them), they get a row of their own.
 */
import { fit, make, show } from './cell.js';
import { number, text } from './figure.js';

/** @returns draw(market, orders, precision, path) */
export function orderBook(body, note) {
  const makeRow = () => {
    const bar = make('i', 'bar');
    const total = make('span');
    return make(
      'tr',
      '',
      make('td', 'left'),
      make('td'),
      make('td'),
      make('td', 'depth', bar, total),
    );
  };

  return (market, orders, precision, path) => {
    const asks = side(
      market.asks,
      orders.filter((order) => order.side === 'SELL'),
      1,
    );
    const bids = side(
      market.bids,
      orders.filter((order) => order.side === 'BUY'),
      -1,
    );
    const deepest = Math.max(asks.total, bids.total, Number.MIN_VALUE);
    const rows = fit(body, asks.rows.length + bids.rows.length + 1, makeRow);

    const level = (tr, row, name) => {
      const [ours, price, quantity, depth] = tr.children;
      tr.className = `${name}${row.ours > 0 ? ' ours' : ''}`;
      const [bar, total] = depth.children;
      if (total.hidden) total.hidden = bar.hidden = false;
      show(
        ours,
        row.ours > 0
          ? { ...number(row.ours, { decimals: precision.quantity }), title: row.title }
          : nothing,
      );
      const at = row.level === undefined ? undefined : `${path}.${name}s.${row.level}`;
      show(price, number(row.price, { decimals: precision.price }), at && `${at}.0`);
      show(
        quantity,
        row.quantity === undefined
          ? nothing
          : number(row.quantity, { decimals: precision.quantity }),
        at && `${at}.1`,
      );
      show(
        total,
        row.quantity === undefined ? nothing : number(row.total, { decimals: precision.quantity }),
      );
      bar.style.transform = `scaleX(${row.quantity === undefined ? 0 : row.total / deepest})`;
    };
    asks.rows.toReversed().forEach((row, i) => level(rows[i], row, 'ask'));
    bids.rows.forEach((row, i) => level(rows[asks.rows.length + 1 + i], row, 'bid'));

    const between = rows[asks.rows.length];
    between.className = 'mid';
    const [left, mid, spread, depth] = between.children;
    show(left, text('mid'));
    show(
      mid,
      number(market.mid, { decimals: precision.price + 1, why: 'no usable book yet' }),
      `${path}.mid`,
    );
    show(
      spread,
      { ...number(market.spreadBps, { decimals: 3, unit: 'bps', why: 'no usable book yet' }) },
      `${path}.spreadBps`,
    );
    const [bar, unit] = depth.children;
    bar.style.transform = 'scaleX(0)';
    show(unit, text('bps spread'));

    const outside = asks.outside + bids.outside;
    note.textContent = outside === 0 ? '' : `${outside} more of our orders beyond these levels`;
  };
}

const nothing = { text: '', value: null, title: '' };

/** @param sign 1 for asks, whose prices rise from the best; -1 for bids */
function side(levels, orders, sign) {
  const rows = levels.map(([price, quantity], level) => ({
    price,
    quantity,
    level,
    ours: 0,
    title: '',
    total: 0,
  }));
  const last = levels.at(-1)?.[0];
  let outside = 0;
  for (const { price, leavesQuantity, strategy, orderId, status } of orders) {
    if (price === null || (last !== undefined && (price - last) * sign > 0)) {
      outside++;
      continue;
    }
    let row = rows.find((one) => one.price === price);
    if (row === undefined) rows.push((row = { price, ours: 0, title: '', total: 0 }));
    row.ours += leavesQuantity ?? 0;
    row.title += `${row.title === '' ? '' : '\n'}${strategy} ${orderId} ${status} ${leavesQuantity ?? '?'}`;
  }
  rows.sort((a, b) => (a.price - b.price) * sign);
  let total = 0;
  for (const row of rows) row.total = total += row.quantity ?? 0;
  return { rows, total, outside };
}
