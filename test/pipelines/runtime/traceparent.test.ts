import { describe, expect, it } from 'vitest'
import type { RawHeader } from '../../../pipelines/runtime/records.ts'
import { formatTraceparent, parseTraceparent, sampledParent } from '../../../pipelines/runtime/traceparent.ts'
import { SAMPLED, SPAN_ID, TRACE_ID, UNSAMPLED } from '../../support/traces.ts'

const parent = { traceId: TRACE_ID, spanId: SPAN_ID, sampled: true }
const header = (text: string): RawHeader[] => [['traceparent', Buffer.from(text)]]

describe('a traceparent', () => {
  it('is read and written', () => {
    expect(parseTraceparent(SAMPLED)).toEqual(parent)
    expect(parseTraceparent(UNSAMPLED)).toEqual({ ...parent, sampled: false })
    expect(formatTraceparent(parent)).toBe(SAMPLED)
    expect(formatTraceparent({ ...parent, sampled: false })).toBe(UNSAMPLED)
  })

  it('of a later version is read as the first, whatever follows', () => {
    expect(parseTraceparent(`01-${TRACE_ID}-${SPAN_ID}-03-what-may-come`)).toEqual(parent)
  })

  it.each([
    ['empty', ''],
    ['cut off', SAMPLED.slice(0, -1)],
    ['with more than its version has', `${SAMPLED}-more`],
    ['in capitals', SAMPLED.toUpperCase()],
    ['of a version that is none', SAMPLED.replace('00-', 'ff-')],
    ['without a trace', SAMPLED.replace(TRACE_ID, '0'.repeat(32))],
    ['without a span', SAMPLED.replace(SPAN_ID, '0'.repeat(16))],
    ['twice', `${SAMPLED}, ${SAMPLED}`],
    ['with a line after it', `${SAMPLED}\n`],
  ])('%s is none', (_, text) => {
    expect(parseTraceparent(text)).toBeNull()
    expect(sampledParent(header(text))).toBeNull()
  })

  it('of a record counts where its trace is kept, whichever header it is', () => {
    expect(sampledParent([['nicr-origin', Buffer.from('x')], ...header(SAMPLED)])).toEqual(parent)
    // Other flags may be set beside it.
    expect(sampledParent(header(SAMPLED.replace(/01$/, 'ff')))).toEqual(parent)
    for (const flags of ['00', '10', '02', 'fe'])
      expect(sampledParent(header(SAMPLED.replace(/01$/, flags)))).toBeNull()
    expect(sampledParent([['traceparent', null]])).toBeNull()
    expect(sampledParent([])).toBeNull()
  })
})
