import { findPlaces, type LogoPattern, patternsOf } from './logo-search.ts'
import { type LogoBank, type LogoEntry, unpackLogo } from './logo-template.ts'
import { type FineLogo, fineLogo, type Verified, verify } from './logo-verify.ts'
import type { Box } from './raster.ts'
import type { LogoMatch } from './seen-image.ts'
import { createSizes, type SizedPicture } from './size-tiles.ts'

/** Logos that a bank searches for; of more, those that weigh most. Each takes 1 to 2.5 MB. */
export const LOGOS_MAX = 48
/** Logos × sizes that are searched for in one picture; about 0.5 s. */
const SEARCHES_MAX = 96
/** Strength from which a place is verified, and how many of them are: in most photos none or one is. */
const STRENGTH_MIN = 4.4
const VERIFIED_MAX = 4
/** Score from which a logo is found: of 1,000 photos × logos that were left out in turns while fitting, 4 reach it. */
const SCORE_MIN = -0.65
/**
 * Score at which a logo is as likely there as not, among pictures of which one in ten bears it, and how steeply the odds rise there:
 * what only just is found must not decide alone.
 */
const SCORE_EVEN = -0.19
const STEEPNESS = 1.39

interface KnownLogo {
  readonly entry: LogoEntry
  /** The box as it was marked, in fractions of the logo's own. */
  readonly marked: Box
  readonly patterns: readonly LogoPattern[]
  readonly fine: FineLogo
}

/**
 * Searches pictures for marked logos by a matched filter: their gradients, evened out, are correlated with the picture's at all places
 * and sizes, of brightness and of colour, and each correlation is held against the usual one of that logo in that picture. The
 * likeliest places are looked at closely, at a larger size (`verify`). Its answers depend on no order of the entries.
 */
export function createLogoBank(entries: Iterable<LogoEntry>): LogoBank {
  const known: KnownLogo[] = []
  const sorted = [...entries].sort((a, b) => b.weight - a.weight || (a.id < b.id ? -1 : 1))
  for (const entry of sorted) {
    if (known.length === LOGOS_MAX) break
    const shape = unpackLogo(entry.template)
    if (shape === null) continue
    known.push({ entry, marked: shape.marked, patterns: patternsOf(shape), fine: fineLogo(shape) })
  }
  return {
    size: known.length,
    find(image, { searchesMax } = { searchesMax: SEARCHES_MAX }) {
      if (known.length === 0) return []
      const picture = createSizes(image)
      const matches: LogoMatch[] = []
      let left = searchesMax
      for (const logo of known) {
        left -= logo.patterns.length
        if (left < 0) break
        const found = search(picture, logo)
        if (found !== null && found.score >= SCORE_MIN) matches.push(matchOf(logo, found))
      }
      return matches.sort((a, b) => b.confidence - a.confidence || (a.entry < b.entry ? -1 : 1))
    },
  }
}

function search(picture: SizedPicture, { patterns, fine }: KnownLogo): Verified | null {
  let best: Verified | null = null
  const places = patterns
    .flatMap(pattern => findPlaces(picture, pattern))
    .filter(({ strength }) => strength >= STRENGTH_MIN)
    .sort((a, b) => b.strength - a.strength)
  for (const place of places.slice(0, VERIFIED_MAX)) {
    const found = verify(picture, place, fine)
    if (found !== null && found.score > (best?.score ?? Number.NEGATIVE_INFINITY)) best = found
  }
  return best
}

function matchOf({ entry, marked }: KnownLogo, { box, score }: Verified): LogoMatch {
  const left = Math.max(0, box.x + marked.x * box.width)
  const top = Math.max(0, box.y + marked.y * box.height)
  const right = Math.min(1, box.x + (marked.x + marked.width) * box.width)
  const bottom = Math.min(1, box.y + (marked.y + marked.height) * box.height)
  return {
    entry: entry.id,
    name: entry.name,
    box: { x: left, y: top, width: right - left, height: bottom - top },
    confidence: 1 / (1 + Math.exp(STEEPNESS * (SCORE_EVEN - score))),
    weight: entry.weight,
  }
}
