import { createPyramid } from './edge-pyramid.ts'
import { type Budget, type Found, findPlaces } from './logo-search.ts'
import { type LogoBank, type LogoEntry, type LogoShape, unpackLogo } from './logo-template.ts'
import type { LogoMatch } from './seen-image.ts'

/** Logos that a bank searches for; of more, those that weigh most. */
export const LOGOS_MAX = 64
/** Points compared in one picture, all logos together; about 0.3 s. */
export const OPERATIONS_MAX = 200_000_000
/** Agreement of edges from which a logo is found: at .42 one photo in 13 bears one of 12 logos that is not there, at .48 none of 80 does. */
export const CONFIDENCE_MIN = 0.48

/**
 * Searches pictures for marked logos by the angles of their edges, as LINE-2D does (Hinterstoisser et al., IEEE TPAMI 34, 2012): first
 * coarsely at all places and sizes, then the likeliest places at twice the size, part by part. Its answers depend on no order of the
 * entries.
 */
export function createLogoBank(entries: Iterable<LogoEntry>): LogoBank {
  const known: { entry: LogoEntry; shape: LogoShape }[] = []
  for (const entry of entries) {
    const shape = unpackLogo(entry.template)
    if (shape !== null) known.push({ entry, shape })
  }
  known.sort((a, b) => b.entry.weight - a.entry.weight || (a.entry.id < b.entry.id ? -1 : 1))
  known.splice(LOGOS_MAX)
  return {
    size: known.length,
    find(image, { operationsMax } = { operationsMax: OPERATIONS_MAX }) {
      const matches: LogoMatch[] = []
      if (known.length === 0) return matches
      const pyramid = createPyramid(image)
      const budget: Budget = { left: operationsMax }
      for (const { entry, shape } of known) {
        const found = findPlaces(pyramid, shape, budget)
        if (found === null || found.agreement < CONFIDENCE_MIN) continue
        matches.push(matchOf(entry, found))
      }
      return matches.sort((a, b) => b.confidence - a.confidence || (a.entry < b.entry ? -1 : 1))
    },
  }
}

function matchOf({ id, name, weight }: LogoEntry, { box, agreement }: Found): LogoMatch {
  return { entry: id, name, box, confidence: Math.min(1, agreement), weight }
}
