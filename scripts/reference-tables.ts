import type { Setting } from '../pipelines/setting.ts'
/**
 * The parts of the documentation that follow from tables in the code: settings, topics and error codes.
 * `npm run generate` writes them; tests fail while they are out of date.
 */

import { RETRAIN_WRITES } from '../jobs/retrain/loop-writer.ts'
import { SINK_NAME } from '../pipelines/runtime/kafka/sink-runner.ts'
import type { ProcessorDeclaration } from '../pipelines/runtime/processor-declaration.ts'
import { settingTable } from '../pipelines/settings.ts'
import { topology } from '../pipelines/topology.ts'
import { errorActions } from '../schemas/error-actions.ts'
import { type ErrorCode, errorTable } from '../schemas/errors.ts'
import { type Topic, topics } from '../schemas/topics.ts'
import { table } from './tables.ts'

const DAY_MS = 86_400_000

/** The source of `docs/errors.md`. */
export function errorsPage(): string {
  const rows = Object.entries(errorTable).map(([code, { status, meaning }]) => [
    `\`${code}\``,
    String(status),
    meaning,
    errorActions[code as ErrorCode],
  ])
  return `# Error codes

Written by \`npm run generate\` from \`schemas/errors.ts\` and \`schemas/error-actions.ts\`. A code never changes its meaning and is never used again.
Commands print \`nicr: CODE: what happened\` and exit with 1; the server answers \`application/problem+json\` with the status
below and the code in \`code\`; dead letters carry the code in the header \`nicr-code\`.

${table(['Code', 'HTTP', 'Meaning', 'What to do'], rows)}`
}

/** Every setting: name, default and description. */
export function settingsTable(): string {
  const rows = (Object.entries(settingTable) as [string, Setting][]).map(([name, setting]) => [
    `\`${name}\`${setting.secret === true ? ' 🔑' : ''}`,
    setting.default === undefined || setting.default === '' ? '' : `\`${setting.default}\``,
    [setting.description, rangeOf(setting)].filter(text => text !== '').join(' '),
  ])
  return table(['Setting', 'Default', 'What it does'], rows)
}

/** Every topic: partitions, retention, key and record. */
export function topicsTable(): string {
  const rows = (Object.entries(topics) as [string, Topic][]).map(([name, topic]) => [
    `\`nicr.${name}\``,
    topic.key,
    topic.schema === null ? 'as it was' : `[${topic.schema}](schemas/${topic.schema}.avsc)`,
    topic.partitions === 'data' ? '`NICR_PARTITIONS`' : '1',
    retentionOf(topic),
    topic.description,
  ])
  return table(['Topic', 'Key', 'Record', 'Partitions', 'Kept', 'What lies on it'], rows)
}

/** The running stream as a Mermaid flowchart: what each processor reads and writes, and who stands at the ends. */
export function topologyDiagram(): string {
  const processors = topology({
    modelOf: () => {
      throw new Error('a diagram loads no model')
    },
    textLengthMax: 1,
    topicPrefix: 'nicr.',
    now: () => 0,
  })
  const topicNode = (name: string) => `${name}[("nicr.${name}")]`
  // Processors that read and write the same, as the scorers do, are one box: an arrow of each would say nothing more.
  const linksOf = ({ reads, writes }: ProcessorDeclaration) => `${reads.join()} ${writes.join()}`
  const flow = [...new Set(processors.map(linksOf))].flatMap(links => {
    const alike = processors.filter(processor => linksOf(processor) === links)
    const [{ name, reads, writes }] = alike as [ProcessorDeclaration]
    return [
      `${name}["${alike.map(processor => processor.name).join('<br/>')}"]`,
      ...reads.map(topic => `${topicNode(topic)} --> ${name}`),
      ...writes.map(topic => `${name} --> ${topicNode(topic)}`),
    ]
  })
  const lines = [
    `platform(["your platform"]) -- "Avro" --> ${topicNode('content')}`,
    `platform -- "POST /v1/content" --> server`,
    `server["nicr serve"] --> ${topicNode('content')}`,
    ...flow,
    `every["every processor"] -. "what cannot be read" .-> ${topicNode('dead-letters')}`,
    `${topicNode('retrain-requests')} --> retrain`,
    `${topicNode('automation')} --> retrain`,
    ...RETRAIN_WRITES.map(topic => `retrain --> ${topicNode(topic)}`),
    `${topicNode('model-promotions')} -- "every scorer and server swaps" --> swap(["live versions"])`,
    `people(["taggers: labels<br/>readers: votes, reports"]) --> server`,
    `server --> ${['labels', 'votes', 'reports'].map(topicNode).join(' & ')}`,
    `${topicNode('scores')} --> server`,
    `server <-- "websocket: drafts, scores" --> page(["an author’s page"])`,
    `${topicNode('content')} & ${topicNode('scores')} & ${topicNode('dead-letters')} --> ${SINK_NAME}`,
    `${SINK_NAME} -- "every topic" --> clickhouse[("ClickHouse")]`,
    `clickhouse --> analysts(["analysts, Grafana"])`,
  ]
  return codeBlock('mermaid', `flowchart LR\n${lines.map(line => `  ${line}`).join('\n')}`)
}

/** A link to each page of decisions, by its heading. @param pages file names and their text */
export function decisionsList(pages: Readonly<Record<string, string>>): string {
  return Object.entries(pages)
    .map(([name, text]) => {
      const [, number, title] = /^# (\d{4}) (.+)\n/.exec(text) ?? []
      if (title === undefined) throw new Error(`docs/decisions/${name} does not begin with “# 0000 Title”`)
      return `- [${number}](decisions/${name}) ${title}`
    })
    .join('\n')
}

/** How a section's marker is written in a file. */
export type Marker = (text: string) => string

const inMarkdown: Marker = text => `<!-- ${text} -->`
export const inYaml: Marker = text => `  # ${text}`

/**
 * The text with what lies between `<!-- name:begin -->` and `<!-- name:end -->` replaced, for each name.
 * @param marker how else `name:begin` and `name:end` are written
 * @throws Error if the text lacks the markers of a section
 */
export function withSections(
  text: string,
  sections: Readonly<Record<string, string>>,
  marker: Marker = inMarkdown,
): string {
  let result = text
  for (const [name, content] of Object.entries(sections)) {
    const begin = marker(`${name}:begin`)
    const end = marker(`${name}:end`)
    const from = result.indexOf(begin)
    const to = result.indexOf(end)
    if (from === -1 || to < from) throw new Error(`the text lacks ${begin} … ${end}`)
    result = `${result.slice(0, from + begin.length)}\n${content.trimEnd()}\n${result.slice(to)}`
  }
  return result
}

/**
 * The steps of an executable guide as code blocks, by name: what lies between `// step NAME` and `// step end`, moved to
 * the margin. @throws Error where a step does not end
 */
export function guideSteps(source: string): Record<string, string> {
  const steps: Record<string, string> = {}
  const lines = source.split('\n')
  for (const [at, line] of lines.entries()) {
    const [, indent, name] = /^( *)\/\/ step (\w+)$/.exec(line) ?? []
    if (indent === undefined || name === undefined || name === 'end') continue
    const length = lines.slice(at).indexOf(`${indent}// step end`)
    if (length === -1) throw new Error(`the step ${name} does not end`)
    const code = lines.slice(at + 1, at + length).map(one => one.slice(indent.length))
    steps[name] = codeBlock('ts', code.join('\n'))
  }
  return steps
}

/** A kind's file of the guide, whose imports take a line each, as it would stand in `pipelines/`. */
export function asPipelineFile(source: string): string {
  const moved = source
    .replaceAll("'../../pipelines/", "'./")
    .replaceAll("'../../processors/", "'../processors/")
    .split('\n')
  const isFar = (line: string) => line.startsWith('import ') && line.includes("'../")
  return [...moved.filter(isFar), ...moved.filter(line => !isFar(line))].join('\n')
}

/** A file as a Markdown code block. */
export function codeBlock(language: string, source: string): string {
  return `\`\`\`${language}\n${source.trimEnd()}\n\`\`\``
}

function rangeOf({ min, max, choices, secret }: Setting): string {
  const parts = []
  if (choices !== undefined) parts.push(`One of ${choices.map(choice => `\`${choice}\``).join(', ')}.`)
  if (min !== undefined && max !== undefined) parts.push(`${min} to ${max}.`)
  if (secret === true) parts.push('Or the value’s file, by `…_FILE`.')
  return parts.join(' ')
}

function retentionOf({ retention, cleanup }: Topic): string {
  if (cleanup === 'compact') return 'last of each key'
  if (retention === 'configured') return '`NICR_RETENTION`'
  if (retention === 'forever') return 'for ever'
  return `${retention / DAY_MS} days`
}
