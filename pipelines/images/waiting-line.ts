/** Who waits, first come, first served, but the urgent before the others: someone sits in front of a draft. */
export class WaitingLine<Waiter> {
  private readonly urgent: Waiter[] = []
  private readonly others: Waiter[] = []

  get length(): number {
    return this.urgent.length + this.others.length
  }

  add(waiter: Waiter, isUrgent: boolean): void {
    if (isUrgent) this.urgent.push(waiter)
    else this.others.push(waiter)
  }

  next(): Waiter | undefined {
    return this.urgent.shift() ?? this.others.shift()
  }
}
