/** +1 buys, −1 sells: the sign D of every formula. */
export type Side = 1 | -1;
export const BUY: Side = 1;
export const SELL: Side = -1;
export const sideWord = (side: Side): 'BUY' | 'SELL' => (side === BUY ? 'BUY' : 'SELL');
