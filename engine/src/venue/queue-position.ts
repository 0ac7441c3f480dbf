/**
 * Where an order of ours would have stood in a recorded queue. A recorded book says how much rests
 * at a price, not who; so the quantity ahead of us is known only when we join (all of it), and after
 * that it is an assumption where a decrease of the level was.
 *
 * Trades take from the front in both models. For a decrease that is no trade (a cancel):
 * - RISK_AVERSE: it was behind us, as long as there was anything behind us.
 * - PROB: a share of it was ahead. The chance that it was behind is b³ / (b³ + f³), with f the
 *   quantity ahead and b the quantity behind: the longer side loses more.
 *
 * After "Queue Models" of hftbacktest (power function, n = 3). Quantities are lots, and fractions
 * of lots while they are probabilities.
 */
export type QueueModel = 'PROB' | 'RISK_AVERSE';

export class QueuePosition {
  readonly #model: QueueModel;
  /** Ahead of us. */
  #front: number;
  /** Traded at this price since the level was last seen to change; its decrease contains them. */
  #traded = 0;

  /** @param shown the level as it stands when the order joins it */
  constructor(model: QueueModel, shown: number) {
    this.#model = model;
    this.#front = shown;
  }

  get front(): number {
    return this.#front;
  }

  /**
   * A trade at this price.
   *
   * @returns how much of it came past the front of the queue to us, in whole lots
   */
  trade(qty: number): number {
    this.#traded += qty;
    this.#front -= qty;
    if (this.#front >= 0) return 0;
    const reached = Math.floor(-this.#front);
    this.#front = 0;
    return reached;
  }

  /** The level went from one quantity to another. */
  change(before: number, after: number): void {
    const decrease = before - after - this.#traded;
    this.#traded = 0;
    if (this.#model === 'PROB' && decrease > 0) {
      const front = this.#front;
      const back = Math.max(0, before - front);
      const behind = front + back === 0 ? 1 : cube(back) / (cube(back) + cube(front));
      // What the part behind us cannot have lost, the part ahead has.
      this.#front = Math.max(
        0,
        front - (1 - behind) * decrease + Math.min(0, back - behind * decrease),
      );
    }
    this.#front = Math.min(this.#front, after);
  }
}

const cube = (value: number): number => value * value * value;
