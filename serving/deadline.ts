/**
 * What `work` comes to, or what `onLate` gives or throws where that takes longer than `ms`. What comes later is thrown
 * away, errors included.
 */
export async function within<Value>(
  ms: number,
  work: Promise<Value>,
  onLate: () => Value | Promise<Value>,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'LATE'>(resolve => {
    timer = setTimeout(() => resolve('LATE'), ms)
  })
  try {
    const first = await Promise.race([work.then(value => ({ value })), late])
    return first === 'LATE' ? await onLate() : first.value
  } finally {
    clearTimeout(timer)
  }
}
