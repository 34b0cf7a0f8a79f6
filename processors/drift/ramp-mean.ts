/**
 * Mean of a part with weights that grow from 0 at its oldest record to the newest: the matched filter of a change that grows
 * evenly, which it sees with 6 % more standard errors than the plain mean of the best part does.
 *
 * Parts are added newest first. With the age a of a record, counted in records, its weight in a part of n is n − a; sums over
 * records of a and a² are all that is needed.
 */
export class RampMean {
  private ages = 0
  private squaredAges = 0
  private agedSums = 0

  begin(): void {
    this.ages = 0
    this.squaredAges = 0
    this.agedSums = 0
  }

  /**
   * Adds the records before those added so far.
   * @param newer how many those are
   * @param count how many these are; they share the age of the one in their middle
   * @param sum of their values
   */
  add(newer: number, count: number, sum: number): void {
    const age = newer + count / 2
    this.ages += count * age
    this.squaredAges += count * age * age
    this.agedSums += age * sum
  }

  /**
   * @param count of all records added
   * @param sum of their values
   * @returns `inverse`: the weighted mean has the variance of a record times this
   */
  weigh(count: number, sum: number): { readonly mean: number; readonly inverse: number } {
    const weights = count * count - this.ages
    const squares = count ** 3 - 2 * count * this.ages + this.squaredAges
    return { mean: (count * sum - this.agedSums) / weights, inverse: squares / weights ** 2 }
  }
}
