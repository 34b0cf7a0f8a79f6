import { userInfo } from 'node:os'

/** Who runs the command, for histories. */
export function caller(): string {
  try {
    return userInfo().username
  } catch {
    // A container may run under a number without a name.
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
