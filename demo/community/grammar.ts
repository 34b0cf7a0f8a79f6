import type { Draws } from './draws.ts'

/** Rules by name; `{name}` in an alternative stands for one of that rule's, drawn anew each time. */
export type Grammar = Readonly<Record<string, readonly string[]>>

/** Rules within rules go no deeper: a rule that names itself is a mistake. */
const DEPTH_MAX = 8

/**
 * A sentence of a template.
 * @throws Error if a rule is not in the grammar, or its rules go round in a circle
 */
export function expand(template: string, grammar: Grammar, draws: Draws, depth = 0): string {
  if (depth > DEPTH_MAX) throw new Error(`the rules of ${template} go round in a circle`)
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const alternatives = grammar[name]
    if (alternatives === undefined) throw new Error(`no rule is named ${name} (in: ${template})`)
    return expand(draws.pick(alternatives), grammar, draws, depth + 1)
  })
}
