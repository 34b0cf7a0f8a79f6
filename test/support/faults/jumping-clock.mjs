/**
 * Loaded into a process by NODE_OPTIONS=--import: its wall clock is set again and again, hours or years ahead or back. The monotonic
 * clock goes on as it is, as on a machine whose clock is set.
 */
const HOUR_MS = 3_600_000
const STEPS_MS = [0, 2 * HOUR_MS, -2 * HOUR_MS, 20 * 365 * 24 * HOUR_MS, -20 * 365 * 24 * HOUR_MS]
const STEP_MS = 1_500

const now = Date.now
Date.now = () => now() + STEPS_MS[Math.floor(performance.now() / STEP_MS) % STEPS_MS.length]
