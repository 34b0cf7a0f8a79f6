import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { packagePath } from '../../schemas/package-root.ts'
import {
  changelogConfig,
  changelogTopicName,
  fullTopicName,
  schemaOf,
  shortTopicName,
  subjectOf,
  tableOf,
  topicConfig,
  topicNames,
  topics,
} from '../../schemas/topics.ts'

const dayMs = 86_400_000

describe('names', () => {
  it('builds topic, subject, changelog and table names from the short name', () => {
    expect(fullTopicName('nicr.', 'drift-reports')).toBe('nicr.drift-reports')
    expect(subjectOf('nicr.content')).toBe('nicr.content-value')
    expect(changelogTopicName('nicr.', 'detect-drift')).toBe('nicr.detect-drift-changelog')
    expect(tableOf('drift-reports')).toBe('drift_reports')
  })

  it('finds the short name of a full one, and only of our topics', () => {
    expect(shortTopicName('nicr.', 'nicr.dead-letters')).toBe('dead-letters')
    expect(shortTopicName('nicr.', 'nicr.toString')).toBeNull()
    expect(shortTopicName('nicr.', 'other.content')).toBeNull()
  })
})

describe('settings', () => {
  it('keeps content as long as configured, by append time', () => {
    expect(topicConfig(topics.content, 30 * dayMs)).toEqual({
      'cleanup.policy': 'delete',
      'retention.ms': '2592000000',
      'max.message.bytes': '1048576',
      'message.timestamp.type': 'LogAppendTime',
    })
  })

  it('never deletes promotions, which are the history', () => {
    expect(topicConfig(topics['model-promotions'], dayMs)).toMatchObject({
      'cleanup.policy': 'delete',
      'retention.ms': '-1',
    })
  })

  it('lets a dead letter hold the largest content and its headers', () => {
    const roomBytes = topics['dead-letters'].messageBytesMax - topics.content.messageBytesMax
    expect(roomBytes).toBe(64 * 1024)
  })

  it('takes the append time of changelogs too', () => {
    expect(changelogConfig()).toMatchObject({
      'cleanup.policy': 'compact',
      'message.timestamp.type': 'LogAppendTime',
    })
  })
})

describe('schemas', () => {
  it('has a topic for every schema file and the other way round', () => {
    const files = readdirSync(packagePath('schemas')).filter(file => file.endsWith('.avsc'))
    const named = topicNames.flatMap(name => (schemaOf(name) === null ? [] : [`${topics[name].schema}.avsc`]))
    expect(named.sort()).toEqual(files.sort())
  })

  it.each(topicNames.filter(name => schemaOf(name) !== null))('documents every part of %s', name => {
    expect(undocumented(schemaOf(name), name)).toEqual([])
  })

  it.each(topicNames.filter(name => schemaOf(name) !== null))(
    'defaults optional fields and enums of %s',
    name => {
      expect(withoutDefault(schemaOf(name), name)).toEqual([])
    },
  )
})

interface Part {
  readonly type?: unknown
  readonly name?: string
  readonly doc?: string
  readonly default?: unknown
  readonly symbols?: readonly string[]
  readonly fields?: readonly Part[]
  readonly items?: unknown
}

/** Named types and fields without a sentence about them. */
function undocumented(type: unknown, path: string): string[] {
  return partsOf(type, path)
    .filter(({ part }) => part.name !== undefined && !/.{8}\.$/.test(part.doc ?? ''))
    .map(found => found.path)
}

/** Nullable and repeated fields without a default, and enums without a default symbol. */
function withoutDefault(type: unknown, path: string): string[] {
  const bare = partsOf(type, path).filter(({ part }) => {
    if (part.symbols !== undefined) return !part.symbols.includes(part.default as string)
    const kind = (part.type as Part | undefined)?.type
    const optional = Array.isArray(part.type) || kind === 'array' || kind === 'map'
    return part.name !== undefined && part.fields === undefined && optional && part.default === undefined
  })
  return bare.map(found => found.path)
}

function partsOf(type: unknown, path: string): { part: Part; path: string }[] {
  if (Array.isArray(type)) return type.flatMap(branch => partsOf(branch, path))
  if (typeof type !== 'object' || type === null) return []
  const part = type as Part
  const below = [
    ...(part.fields ?? []).flatMap(field => partsOf(field, `${path}.${field.name}`)),
    ...(part.symbols === undefined ? partsOf(part.type, path) : []),
    ...partsOf(part.items, `${path}[]`),
  ]
  return [{ part, path }, ...below]
}
