/** What `load` came to for a key, for `ageMs` after it began: many who ask at once cost one query. At most `keysMax` are kept. */
export function remembered<Value>(
  { ageMs, keysMax, now }: { readonly ageMs: number; readonly keysMax: number; readonly now: () => number },
  load: (key: string) => Promise<Value>,
): (key: string) => Promise<Value> {
  const known = new Map<string, { readonly value: Promise<Value>; readonly at: number }>()
  return key => {
    const at = now()
    const found = known.get(key)
    if (found !== undefined && at - found.at < ageMs) return found.value
    const value = load(key)
    known.delete(key)
    known.set(key, { value, at })
    if (known.size > keysMax) known.delete(known.keys().next().value!)
    // A failure is not remembered: the next one tries again.
    value.catch(() => known.get(key)?.value === value && known.delete(key))
    return value
  }
}
