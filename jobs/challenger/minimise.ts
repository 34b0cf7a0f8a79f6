/** A smooth convex function: its value, and its gradient into `gradient`. */
export type Objective = (at: Float64Array, gradient: Float64Array) => number

export interface MinimiseOptions {
  /** Told after each step; what it throws ends the work. */
  readonly onStep?: (step: number) => void
}

const STEPS_MAX = 60
/** Pairs of past steps that stand for the curvature. */
const MEMORY = 8
/** Ends once a step lowers the value by less than this share, or the gradient is as small beside the first one. */
const GAIN_SHARE_MIN = 1e-6
const GRADIENT_SHARE_MIN = 1e-4
/** Of what the slope promises, a step must keep so much (Armijo). */
const KEPT_SHARE_MIN = 1e-4
const HALVINGS_MAX = 30

/**
 * Finds the least of a smooth convex function from 0 by L-BFGS with backtracking (Liu & Nocedal 1989): the same function gives
 * the same numbers. Time: one gradient a step, about forty for the problems here.
 */
export function minimise(objective: Objective, size: number, { onStep }: MinimiseOptions = {}): Float64Array {
  let at = new Float64Array(size)
  let gradient = new Float64Array(size)
  let value = objective(at, gradient)
  const first = norm(gradient)
  const past: { readonly moved: Float64Array; readonly turned: Float64Array; readonly product: number }[] = []
  let next = new Float64Array(size)
  let nextGradient = new Float64Array(size)
  for (let step = 1; step <= STEPS_MAX && norm(gradient) > GRADIENT_SHARE_MIN * first; step++) {
    const direction = descent(gradient, past)
    const slope = dot(direction, gradient)
    // Without a past the gradient's length says nothing of how far to go.
    let length = past.length === 0 ? Math.min(1, 1 / norm(gradient)) : 1
    let found = Number.NaN
    for (let halving = 0; halving < HALVINGS_MAX; halving++, length /= 2) {
      for (let i = 0; i < size; i++) next[i] = at[i]! + length * direction[i]!
      found = objective(next, nextGradient)
      if (found <= value + KEPT_SHARE_MIN * length * slope) break
    }
    if (!(found < value)) break
    const gained = value - found
    const moved = new Float64Array(size)
    const turned = new Float64Array(size)
    for (let i = 0; i < size; i++) {
      moved[i] = next[i]! - at[i]!
      turned[i] = nextGradient[i]! - gradient[i]!
    }
    const product = dot(moved, turned)
    if (product > 0) past.push({ moved, turned, product })
    if (past.length > MEMORY) past.shift()
    ;[at, next] = [next, at]
    ;[gradient, nextGradient] = [nextGradient, gradient]
    value = found
    onStep?.(step)
    if (gained < GAIN_SHARE_MIN * Math.abs(value)) break
  }
  return at
}

/** The two loops of L-BFGS: minus the gradient, turned by the inverse curvature. */
function descent(
  gradient: Float64Array,
  past: readonly { readonly moved: Float64Array; readonly turned: Float64Array; readonly product: number }[],
): Float64Array {
  const direction = gradient.map(one => -one)
  const shares = new Float64Array(past.length)
  for (let k = past.length - 1; k >= 0; k--) {
    const { moved, turned, product } = past[k]!
    shares[k] = dot(moved, direction) / product
    for (let i = 0; i < direction.length; i++) direction[i]! -= shares[k]! * turned[i]!
  }
  const last = past.at(-1)
  if (last !== undefined) {
    const scale = last.product / dot(last.turned, last.turned)
    for (let i = 0; i < direction.length; i++) direction[i]! *= scale
  }
  for (let k = 0; k < past.length; k++) {
    const { moved, turned, product } = past[k]!
    const change = shares[k]! - dot(turned, direction) / product
    for (let i = 0; i < direction.length; i++) direction[i]! += change * moved[i]!
  }
  return direction
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

function norm(a: Float64Array): number {
  return Math.sqrt(dot(a, a))
}
