import { describe, expect, it } from 'vitest'
import { type Said, Story, type Told } from '../../demo/story.ts'
import type { RetrainStep } from '../../schemas/records.ts'
import { aDriftReport, aLabelSample, aModelPromotion } from '../support/records.ts'

/** What the demo tells of the records that Nicr writes: each piece of news once, and only of its own kind. */

let inSlang = 0
const published = () => ({ contents: 3000, inSlang })
const KIND = 'niceness'

function aStory(): { readonly story: Story; tell(...said: Said[]): Told[] } {
  inSlang = 120
  const story = new Story({ kind: KIND, published })
  return { story, tell: (...said) => said.flatMap(one => story.take(one)) }
}

const words = (...names: string[]): Said => ({
  topic: 'drift-reports',
  value: aDriftReport({
    kind: KIND,
    drifted: true,
    finding: 'NEW_WORDS',
    contributors: names.map(name => ({
      name,
      weight: 9,
      count: 30,
      expected: 0,
      contentIds: [],
      revisions: [],
    })),
  }),
})

const step = (step: RetrainStep['step'], task: string, changes: Partial<RetrainStep> = {}): Said => ({
  topic: 'retrain-steps',
  value: {
    id: `${step} ${task}`,
    requestId: 'request',
    kind: KIND,
    step,
    task,
    progress: 0,
    figures: {},
    detail: `${task} goes on.`,
    modelVersion: null,
    at: 1000,
    ...changes,
  },
})

const request = (kind: string): Said => ({
  topic: 'retrain-requests',
  value: {
    id: 'request',
    kind,
    policy: 'drift',
    reason: 'new words',
    evidence: [],
    modelVersion: '2',
    by: 'request-retrain',
    requestedAt: 500,
    expiresAt: null,
  },
})

describe('alarms', () => {
  it('counts the slang until the first, and names each word once', () => {
    const { story, tell } = aStory()
    const [alarm, named] = tell(words('snorp', 'blib'))
    inSlang = 200
    expect(alarm).toMatchObject({ line: expect.stringContaining('120'), mark: { type: 'alarm' } })
    expect(named).toEqual({ line: 'it names snorp, blib' })
    expect(tell(words('snorp', 'zask'))).toEqual([{ line: 'it names zask' }])
    expect(tell(words('snorp'))).toEqual([])
    expect(story.progress).toMatchObject({ alarmAfter: 120, alarms: 3, words: ['snorp', 'blib', 'zask'] })
  })

  it('calls one before any drift what it is, and goes on waiting', () => {
    const { story, tell } = aStory()
    inSlang = 0
    expect(tell(words('snorp'))[0]?.line).toMatch(/^false alarm/)
    expect(story.progress.alarmAfter).toBeNull()
    inSlang = 40
    tell(words('snorp'))
    expect(story.progress.alarmAfter).toBe(40)
  })

  it('passes over what is no alarm', () => {
    const { story, tell } = aStory()
    const value = aDriftReport({ kind: KIND, drifted: false, finding: 'DOMAIN_GAP' })
    expect(tell({ topic: 'drift-reports', value })).toEqual([])
    expect(story.progress.alarms).toBe(0)
  })
})

it('follows a request to the end of its watch, each step told once', () => {
  const { story, tell } = aStory()
  const labels = { labels: 31, labelsNeeded: 150, labelsWanted: 300 }
  tell(words('snorp', 'blib'))
  const told = tell(
    request(KIND),
    { topic: 'label-samples', value: aLabelSample({ kind: KIND, source: 'drift' }) },
    { topic: 'label-samples', value: aLabelSample({ kind: KIND, source: 'gold', gold: 3 }) },
    step('TAGGING', 'tag', { figures: labels }),
    step('TAGGING', 'tag', { figures: { ...labels, labels: 60 } }),
    step('TRAINING', 'snapshot'),
    step('TRAINING', 'train'),
    step('SHADOW', 'shadow', { modelVersion: '3' }),
    step('SHADOW', 'canary', {
      modelVersion: '3',
      figures: { records: 200, differingShare: 0.123, meanShift: -0.5 },
    }),
    step('PROMOTED', 'promote', { modelVersion: '3', at: 2000 }),
  )
  expect(told.flatMap(({ mark }) => (mark === undefined ? [] : [mark.text]))).toEqual([
    'asked for, since snorp, blib are new',
    'training on 60 labelled contents',
    'version 3 promoted',
  ])
  expect(told).toHaveLength(7)
  expect(told[5]?.line).toContain('12 % of them, by −0.50 points')
  expect(story.progress).toMatchObject({
    samples: 1,
    labels: 60,
    labelsWanted: 300,
    requestedAt: 500,
    promotedAt: 2000,
    challenger: '3',
    isWatched: false,
    failed: null,
  })
  tell(step('PROMOTED', 'watch'))
  expect(story.progress.isWatched).toBe(true)
})

it('says why a loop did not close', () => {
  const { story, tell } = aStory()
  tell(request(KIND), step('TRAINING', 'gate'), step('REJECTED', 'gate', { detail: 'The gate better: no.' }))
  expect(story.progress.failed).toBe('The gate better: no.')
})

it('mentions other kinds that ask, once each, and nothing else of them', () => {
  const { story, tell } = aStory()
  const other = { ...words('snorp').value, kind: 'toxicity' } as Extract<
    Said,
    { topic: 'drift-reports' }
  >['value']
  expect(tell({ topic: 'drift-reports', value: other })).toEqual([])
  expect(tell(request('toxicity'), request('toxicity'))).toHaveLength(1)
  expect(story.progress).toMatchObject({ alarms: 0, requestedAt: null })
})

it('tells what a person moved, and leaves the loop’s own moves to its steps', () => {
  const { tell } = aStory()
  const move = (by: string): Said => ({
    topic: 'model-promotions',
    value: aModelPromotion({ kind: KIND, by }),
  })
  expect(tell(move('retrain'))).toEqual([])
  expect(tell(move('ada'))).toHaveLength(1)
})

it('is not ended by another request of its kind', () => {
  const { story, tell } = aStory()
  tell(request(KIND))
  const other = { ...request(KIND).value, id: 'other' } as Extract<
    Said,
    { topic: 'retrain-requests' }
  >['value']
  expect(tell({ topic: 'retrain-requests', value: other })).toHaveLength(1)
  expect(tell(step('EXPIRED', 'expire', { requestId: 'other' }))).toEqual([])
  expect(story.progress).toMatchObject({ failed: null, step: null })
})
