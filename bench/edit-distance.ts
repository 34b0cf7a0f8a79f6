/** Fewest letters put in, taken out or replaced to make one text of the other (Levenshtein 1966), in UTF-16 code units. */
export function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, i) => i)
  for (let i = 1; i <= from.length; i++) {
    const current = [i]
    for (let j = 1; j <= to.length; j++)
      current.push(
        Math.min(
          previous[j]! + 1,
          current[j - 1]! + 1,
          previous[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1),
        ),
      )
    previous = current
  }
  return previous[to.length]!
}
