/** A card for each strategy: what it is worth, what it has lost at worst, how it trades. */
import { fit, list, make, show } from './cell.js';
import { money, number, percent, profit, text, toned } from './figure.js';
import { hueClass } from './palette.js';

const EQUITY_WHY =
  'absent: it has filled in a currency that is not its capital’s, or has no capital';

/** Label, field, figure. */
// prettier-ignore
const STATS = [
  ['Equity', 'equity', (s) => money(s.equity, { unit: s.currency ?? '', why: EQUITY_WHY })],
  ['Net PnL', 'netPnl', (s) => profit(s.netPnl, { unit: s.currency ?? '', why: EQUITY_WHY })],
  ['Drawdown', 'drawdownRatio', (s) => percent(s.drawdownRatio, { decimals: 3, why: EQUITY_WHY })],
  ['Max drawdown', 'maxDrawdownRatio', (s) => percent(s.maxDrawdownRatio, { decimals: 3, why: EQUITY_WHY })],
  ['Sharpe', 'sharpeRatio', (s) => toned(number(s.sharpeRatio, { decimals: 2, why: 'absent: needs 30 whole minutes of returns that vary' }), s.sharpeRatio)],
  ['Win ratio', 'winRatio', (s) => percent(s.winRatio, { decimals: 1, why: 'absent: no round trip has ended yet' })],
  ['Profit factor', 'profitFactor', (s) => number(s.profitFactor, { decimals: 2, why: 'absent: no round trip has lost yet' })],
  ['Round trips', 'roundTrips', (s) => number(s.roundTrips)],
  ['Fills', 'fills', (s) => number(s.fills)],
];

/** @returns draw(strategies, path) */
export function strategyCards(parent) {
  const makeCard = () => {
    const name = make('b');
    const state = make('span', 'badge quiet');
    const currency = make('small');
    const heading = make('h2', '', make('i', 'swatch'), name, state, currency);
    return make('article', 'card', heading, make('dl', 'figures'));
  };
  return (strategies, path) => {
    const cards = fit(parent, strategies.length, makeCard);
    strategies.forEach((strategy, i) => {
      const at = `${path}.${i}`;
      const [heading, stats] = cards[i].children;
      const [swatch, name, state, currency] = heading.children;
      swatch.className = `swatch ${hueClass(i)}`;
      show(name, text(strategy.strategy, { why: 'orders without a strategy' }), `${at}.strategy`);
      show(state, text(strategy.state, { why: 'no state logged yet' }), `${at}.state`);
      show(currency, text(strategy.currency, { why: 'no capital logged yet' }), `${at}.currency`);
      list(
        stats,
        STATS.map(([label, field, figure]) => [label, figure(strategy), `${at}.${field}`]),
      );
    });
  };
}
