/**
 * How long orders wait for their first fill, where many are canceled before it: those are censored,
 * their wait is at least as long as they rested. Leaving them out would make the wait look short; the
 * product-limit estimate counts them as long as they were there (Kaplan, Meier: Journal of the
 * American Statistical Association 53, 1958).
 */
export class Waiting {
  readonly #steps: { readonly seconds: number; readonly survival: number }[] = [];
  readonly filled: number;
  readonly censored: number;

  /** @param waits seconds; negative where the order was canceled after so long (−0 among them) */
  constructor(waits: ArrayLike<number>) {
    const ordered = Array.from(waits, (wait) => ({
      seconds: Math.abs(wait),
      isFill: wait > 0 || Object.is(wait, 0),
    }));
    // Of equal waits the fills come first.
    ordered.sort((a, b) => a.seconds - b.seconds || Number(b.isFill) - Number(a.isFill));
    let atRisk = ordered.length;
    let survival = 1;
    let filled = 0;
    for (const { seconds, isFill } of ordered) {
      if (isFill) {
        filled += 1;
        survival *= 1 - 1 / atRisk;
        this.#steps.push({ seconds, survival });
      }
      atRisk -= 1;
    }
    this.filled = filled;
    this.censored = ordered.length - filled;
  }

  /** @returns the share of orders that would be filled within so long, if left */
  filledWithin(seconds: number): number {
    let share = 0;
    for (const step of this.#steps) {
      if (step.seconds > seconds) break;
      share = 1 - step.survival;
    }
    return share;
  }

  /** @returns seconds until this share would be filled; undefined where the log does not reach it */
  quantile(share: number): number | undefined {
    return this.#steps.find((step) => 1 - step.survival >= share - 1e-12)?.seconds;
  }

  /** The estimate's steps, for a curve. */
  get steps(): readonly { readonly seconds: number; readonly survival: number }[] {
    return this.#steps;
  }
}
