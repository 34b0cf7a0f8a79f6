import type { Draws } from '../community/draws.ts'

/** The mark of a shop without a word in it, in a view of 100 × 100; `INK` stands for its colour. */
export interface Logo {
  readonly name: string
  readonly body: string
}

/** Shops that nobody knows, and that nobody asked for. */
const logos: readonly Logo[] = [
  {
    name: 'gilded crown',
    body: '<circle cx="50" cy="50" r="46" fill="none" stroke="INK" stroke-width="5"/><path d="M22 66 L26 34 L40 50 L50 26 L60 50 L74 34 L78 66Z" fill="INK"/><path d="M24 75h52" stroke="INK" stroke-width="6"/>',
  },
  {
    name: 'lucky clover',
    body: '<path d="M50 50 C20 46 18 14 44 20 C50 22 50 34 50 50 C50 34 50 22 56 20 C82 14 80 46 50 50 C80 54 82 86 56 80 C50 78 50 66 50 50 C50 66 50 78 44 80 C18 86 20 54 50 50Z" fill="none" stroke="INK" stroke-width="6"/><path d="M50 50 Q60 80 80 96" stroke="INK" stroke-width="6" fill="none"/><rect x="4" y="4" width="92" height="92" rx="14" fill="none" stroke="INK" stroke-width="4"/>',
  },
  {
    name: 'rocket shop',
    body: '<path d="M50 4 C70 22 70 48 64 68 H36 C30 48 30 22 50 4Z" fill="none" stroke="INK" stroke-width="6"/><circle cx="50" cy="36" r="9" fill="INK"/><path d="M36 58 L18 80 L36 76Z M64 58 L82 80 L64 76Z" fill="INK"/><path d="M42 76 L50 98 L58 76Z" fill="INK"/>',
  },
  {
    name: 'three coins',
    body: '<g fill="none" stroke="INK" stroke-width="5"><circle cx="34" cy="64" r="28"/><circle cx="34" cy="64" r="16"/><circle cx="68" cy="58" r="28"/><circle cx="68" cy="58" r="16"/><circle cx="50" cy="32" r="28"/><circle cx="50" cy="32" r="16"/></g>',
  },
]

export function pickLogo(draws: Draws): Logo {
  return draws.pick(logos)
}
