import { describe, expect, it } from 'vitest'
import type { ComparedRow } from '../../jobs/challenger/compare.ts'
import { innocentGate, taggedInnocent } from '../../jobs/challenger/innocent-gate.ts'
import { kindNamed } from '../../pipelines/kinds.ts'
import { imageLoopRules } from '../../processors/retrain/loop-rules.ts'
import { communityRow } from '../support/drifted-community.ts'

const rules = imageLoopRules.gates
const none = { count: 0, blocked: 0, leftOut: 0 }
const of = (count: number, blocked: number, leftOut = 0) => ({ count, blocked, leftOut })

describe('the gate on innocent contents', () => {
  it.each([
    ['one slip of a few tagged', of(26, 1), none, true],
    ['three of seventy, which may be chance', of(70, 3), none, true],
    ['four of seventy, which are not', of(70, 4), none, false],
    ['what nobody tagged alone', of(26, 0), of(140, 7), false],
    ['a share that is allowed, of many', of(26, 0), of(2000, 40), true],
    ['nothing that the champion passes', none, none, true],
  ] as const)('%s', (_, tagged, untagged, passed) => {
    expect(innocentGate(rules, tagged, untagged).passed).toBe(passed)
  })

  it('says in its sentence what was counted and what was left out', () => {
    const { detail, figures } = innocentGate(rules, of(70, 4), of(140, 1, 12))
    expect(detail).toMatch(/4 of 70 that people call harmless and 1 of 140 that nobody tagged/)
    expect(detail).toMatch(/12 that look like/)
    expect(figures).toMatchObject({ tagged: 70, taggedBlocked: 4, untagged: 140, untaggedBlocked: 1 })
    expect(innocentGate(rules, of(70, 0), null).detail).not.toContain('nobody')
  })

  it('counts only what people call harmless and the champion passes', () => {
    const rows = [
      [0, 0.1, 0.9],
      [0, 0.1, 0.2],
      [0, 0.7, 0.9],
      [1, 0.1, 0.9],
    ].map(
      ([target, champion, challenger], i): ComparedRow => ({
        row: communityRow(i, { text: 'hello', target: target! }, 'LABEL'),
        champion: champion!,
        challenger: challenger!,
        isNew: null,
        isTold: true,
        terms: [],
      }),
    )
    expect(taggedInnocent(kindNamed('text-spam'), 0.5, rows)).toEqual(of(2, 1))
  })
})
