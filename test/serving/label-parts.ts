import { heldImage } from '../../pipelines/kind-input.ts'
import type { LabelStore } from '../../pipelines/label-store.ts'
import type { OpenTask } from '../../processors/tagging/divide-work.ts'
import type { HiddenCheck } from '../../processors/tagging/hidden-checks.ts'
import type { Annotator, Label } from '../../schemas/records.ts'
import type { KeyStore, Principal, Role } from '../../serving/keys.ts'
import type { Publish } from '../../serving/ports.ts'

/** People with keys `<name>-key`. */
export function peopleKeys(people: Readonly<Record<string, readonly Role[]>>): KeyStore {
  const principals = Object.entries(people).map(([name, roles]): Principal => {
    return { id: `id-${name}`, name, roles, author: null }
  })
  return {
    find: key => principals.find(({ name }) => `${name}-key` === key),
    holds: () => true,
    namesOf: role => principals.filter(({ roles }) => roles.includes(role)).map(({ name }) => name),
    refresh: async () => [],
  }
}

export function aTask(i: number, over: Partial<OpenTask> = {}): OpenTask {
  return {
    sampleId: i.toString(16).padStart(32, '0'),
    contentId: `content-${i}`,
    revision: 0,
    source: 'random',
    share: 1,
    overlap: 2,
    labellers: [],
    waitsSince: Date.now(),
    ...over,
  }
}

export function aCheck(i: number, over: Partial<HiddenCheck> = {}): HiddenCheck {
  return {
    sampleId: i.toString(16).padStart(32, 'f'),
    contentId: `sure-${i}`,
    revision: 0,
    gold: 9,
    labellers: [],
    ...over,
  }
}

/** A store of what a test gives it, which hears of labels only when the test says so, as ClickHouse does. */
export function fakeLabels(
  given: {
    tasks?: readonly OpenTask[]
    checks?: readonly HiddenCheck[]
    texts?: Readonly<Record<string, string | null>>
    /** Refs by content. */
    images?: Readonly<Record<string, readonly string[]>>
    /** The kind that the tasks and checks are of; niceness unless given. */
    kind?: string
    over?: Partial<LabelStore>
  } = {},
) {
  const asked = given.kind ?? 'niceness'
  const stored: Label[] = []
  const published: Label[] = []
  const present: Annotator[] = []
  const lastWords = () => {
    const byId = new Map(stored.map(label => [label.id, label]))
    return [...byId.values()].filter(({ withdrawn }) => !withdrawn)
  }
  const said = (contentId: string) =>
    lastWords()
      .filter(label => label.contentId === contentId)
      .map(({ labeller }) => labeller)
  const withSaid = <Asked extends { contentId: string; labellers: readonly string[] }>(
    asked: Asked,
  ): Asked => ({
    ...asked,
    labellers: [...new Set([...asked.labellers, ...said(asked.contentId)])],
  })
  const store: LabelStore = {
    openTasks: async (kind, limit) =>
      kind === asked
        ? (given.tasks ?? [])
            .map(withSaid)
            .filter(({ labellers, overlap }) => labellers.length < overlap)
            .slice(0, limit)
        : [],
    checks: async kind => (kind === asked ? (given.checks ?? []).map(withSaid) : []),
    contentsOf: async ({ input }, wanted) =>
      wanted.flatMap(one => {
        const text = given.texts?.[one.contentId]
        return text === null
          ? []
          : [
              {
                contentId: one.contentId,
                revision: one.revision,
                text: text ?? `text of ${one.contentId}`,
                language: null,
                images:
                  input === 'IMAGE'
                    ? (given.images?.[one.contentId] ?? []).map(ref => heldImage({ ref }))
                    : [],
              },
            ]
      }),
    modelAnswers: async (kind, ids) =>
      new Map(
        ids.map(contentId => [contentId, { contentId, kind, modelVersion: '7', value: 4.5, label: 'plain' }]),
      ),
    boxNames: async kind => [
      ...new Set(
        lastWords().flatMap(one => (one.kind === kind ? one.boxes.flatMap(({ name }) => name ?? []) : [])),
      ),
    ],
    readIn: async () => new Map(),
    answersOf: async (kind, labeller, besides) =>
      lastWords().filter(one => one.kind === kind && one.labeller === labeller && !besides.includes(one.id))
        .length,
    present: async () =>
      present.map(({ annotator, queues, seenAt }) => ({ annotator, queues, seenAt: seenAt ?? 0 })),
    answersOfContents: async () => [],
    people: async () => [],
    disagreements: async () => [],
    labelOf: async id => lastWords().find(label => label.id === id) ?? null,
    ...given.over,
  }
  const publish: Publish = async (topic, _key, record) => {
    if (topic === 'labels') published.push(record as Label)
    if (topic === 'annotators') present.push(record as Annotator)
    return { partition: 0, offset: published.length + present.length }
  }
  return {
    store,
    publish,
    published,
    present,
    /** What was published reaches the store. */
    sink: () => void stored.push(...published.slice(stored.length)),
  }
}
