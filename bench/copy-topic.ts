/** Where the reference copy of a run writes to. */
export function copyTopicName(prefix: string, run: string): string {
  return `${prefix}copy-${run}`
}
