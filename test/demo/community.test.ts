import { describe, expect, it } from 'vitest'
import {
  type CommunityEvent,
  type CommunityOptions,
  createCommunity,
} from '../../demo/community/community.ts'
import { createDraws } from '../../demo/community/draws.ts'
import { heldOutRows } from '../../demo/community/held-out.ts'
import { createSlang } from '../../demo/community/slang.ts'

/** What the simulated community does: the same again, many different texts, and slang from its day on. */

const FROM = 3000
const START = Date.UTC(2026, 0, 5)
const options: CommunityOptions = { seed: 7, startAt: START, drift: { from: FROM } }

/** What happens until so many contents are published. */
function happened(contents: number, changes: Partial<CommunityOptions> = {}): CommunityEvent[] {
  const found: CommunityEvent[] = []
  for (const event of createCommunity({ ...options, ...changes }).events()) {
    if (event.type === 'content' && event.index === contents) break
    found.push(event)
  }
  return found
}

type ContentEvent = Extract<CommunityEvent, { type: 'content' }>
const contentsOf = (events: readonly CommunityEvent[]) =>
  events.filter((event): event is ContentEvent => event.type === 'content')

const events = happened(6000)
const contents = contentsOf(events)
const truths = new Map(contents.map(({ record, truth }) => [record.id, truth]))

describe('the stream', () => {
  it('is the same of the same seed, and another of another', () => {
    expect(happened(400)).toEqual(events.slice(0, happened(400).length))
    const texts = new Set(contents.map(({ record }) => record.text))
    const others = contentsOf(happened(400, { seed: 8 }))
    expect(others.filter(({ record }) => texts.has(record.text)).length).toBeLessThan(40)
  })

  it('hardly repeats a text', () => {
    const texts = contents.slice(0, 5000).map(({ record }) => record.text)
    expect(new Set(texts).size).toBeGreaterThanOrEqual(0.95 * texts.length)
  })

  it('tells in order of time what refers to what was told', () => {
    let at = 0
    const told = new Set<string>()
    for (const { type, record } of events) {
      expect(record.at).toBeGreaterThanOrEqual(at)
      at = record.at
      if (type !== 'content') expect(told).toContain(record.contentId)
      else {
        expect(record.kind === 'POST').toBe(record.parent === null)
        if (record.parent !== null) expect(told).toContain(record.parent)
        told.add(record.id)
      }
    }
    expect(at).toBe(START + (6000 - 1) * 50)
  })

  it('is by some hundred authors of different zeal, none of whom writes most of it', () => {
    const counts = new Map<string, number>()
    for (const { record } of contents) counts.set(record.author, (counts.get(record.author) ?? 0) + 1)
    expect(counts.size).toBeGreaterThan(250)
    expect(Math.max(...counts.values())).toBeLessThan(0.03 * contents.length)
  })
})

describe('the drift', () => {
  const { slang, authors } = createCommunity(options)
  const coined = slang.filter(({ origin }) => origin === 'coined').map(({ term }) => term)
  const holds = (text: string, term: string) => text.toLowerCase().includes(term)

  it('begins where it is told to: no coined word and no new expression stands before', () => {
    const expressions = slang.filter(({ origin }) => origin === 'expression').map(({ term }) => term)
    const before = contents.slice(0, FROM).map(({ record }) => record.text)
    for (const term of [...coined, ...expressions])
      expect(before.filter(text => holds(text, term))).toEqual([])
    const after = contents.slice(FROM).map(({ record }) => record.text)
    for (const term of coined)
      expect(after.filter(text => holds(text, term)).length, term).toBeGreaterThan(10)
  })

  it('takes the share it is told to, at once or little by little, and says which texts are in slang', () => {
    const shareIn = (found: readonly ContentEvent[]) =>
      found.filter(({ truth }) => truth.slang.length > 0).length / found.length
    expect(shareIn(contents.slice(FROM))).toBeCloseTo(0.2, 1)
    for (const { record, truth } of contents)
      for (const term of truth.slang) expect(holds(record.text, term)).toBe(true)
    const ramped = contentsOf(happened(6000, { drift: { from: FROM, share: 0.5, rampContents: 3000 } }))
    expect(shareIn(ramped.slice(FROM, FROM + 600))).toBeLessThan(0.1)
    expect(shareIn(ramped.slice(5400))).toBeGreaterThan(0.4)
  })

  it('spreads from a few authors to most of them', () => {
    const speakers = (from: number, to: number) =>
      new Set(
        contents
          .slice(from, to)
          .filter(({ truth }) => truth.slang.length > 0)
          .map(({ record }) => record.author),
      ).size
    expect(authors.filter(({ adoptsAfter }) => adoptsAfter === 0).length).toBeLessThan(40)
    expect(speakers(FROM, FROM + 400)).toBeLessThan(speakers(FROM + 2500, FROM + 2900))
    expect(authors.filter(({ adoptsAfter }) => adoptsAfter < 1500).length).toBeGreaterThan(200)
  })

  it('never coins a word that is known', () => {
    const known = new Set(coined)
    const others = createSlang(createDraws(3), { coinedEach: 40, isKnown: word => known.has(word) })
    expect(others.filter(({ term }) => known.has(term))).toEqual([])
    expect(() => createSlang(createDraws(3), { isKnown: () => true })).toThrow('no new expression')
  })
})

describe('readers', () => {
  it('vote upwards on kind texts and downwards on unkind ones, now and then otherwise', () => {
    const ups = { kind: [0, 0], unkind: [0, 0] }
    let fresh = 0
    for (const event of events) {
      if (event.type !== 'vote') continue
      if (event.record.at - event.record.accountSince! < 86_400_000) fresh++
      const { niceness, spam } = truths.get(event.record.contentId)!
      if (spam || (niceness > 2.5 && niceness < 7.5)) continue
      const tone = ups[niceness > 5 ? 'kind' : 'unkind']
      tone[event.record.value === 1 ? 0 : 1]!++
    }
    expect(ups.kind[0]! / (ups.kind[0]! + ups.kind[1]!)).toBeGreaterThan(0.85)
    expect(ups.unkind[1]! / (ups.unkind[0]! + ups.unkind[1]!)).toBeGreaterThan(0.8)
    expect(ups.unkind[0]).toBeGreaterThan(0)
    expect(fresh).toBeGreaterThan(50)
  })

  it('report what the shown score gets wrong, and nothing that it gets right', () => {
    const reports = (changes: Partial<CommunityOptions> = {}) =>
      happened(6000, changes).flatMap(event =>
        event.type === 'report' && event.record.kind === 'niceness' ? [event.record] : [],
      )
    const usual = reports()
    expect(usual.length).toBeGreaterThan(10)
    for (const { contentId, expected } of usual) {
      const { niceness, surface } = truths.get(contentId!)!
      expect(Math.abs(niceness - surface)).toBeGreaterThan(2)
      expect(expected).toBeCloseTo(niceness, -0.5)
    }
    const right = (id: string) => ({ value: truths.get(id)!.niceness, modelVersion: '3' })
    expect(reports({ seenScore: right })).toEqual([])
    const seenScore = { value: 5, modelVersion: '2' }
    expect(reports({ seenScore: () => seenScore })[0]).toMatchObject({ seenScore })
  })
})

it('holds out fresh texts in both languages, none of them published', () => {
  const community = createCommunity(options)
  const published = new Set(contents.map(({ record }) => record.text))
  const { ordinary, drifted } = heldOutRows(community, { seed: 99, count: 500, without: published })
  const texts = [...ordinary, ...drifted].map(({ text }) => text)
  expect(new Set(texts).size).toBe(1000)
  expect(texts.filter(text => published.has(text))).toEqual([])
  expect(ordinary.every(({ truth }) => truth.slang.length === 0)).toBe(true)
  expect(drifted.every(({ truth }) => truth.slang.length > 0)).toBe(true)
})
