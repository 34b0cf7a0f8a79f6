import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { readConfig } from '../../pipelines/config.ts'
import { kindNamed, kinds } from '../../pipelines/kinds.ts'
import { languagesOfManifest } from '../../pipelines/model-manifest.ts'
import { parseReference, resolveModel } from '../../pipelines/model-registry.ts'
import { type KindSummary, surveyKinds, type VersionSummary } from '../../pipelines/model-survey.ts'
import type { Promoted } from '../../pipelines/promote.ts'
import { foldAll, liveOf, madeUntil } from '../../pipelines/promotion-history.ts'
import type { PromotionLog } from '../../pipelines/promotion-log.ts'
import type { DefaultVersionOf, PromotedAlias } from '../../processors/fold-promotions.ts'
import { NicrError } from '../../schemas/errors.ts'
import { notRunning } from '../addresses.ts'
import { historyText } from '../history-text.ts'
import {
  endChallenger,
  knownPromotions,
  openModels,
  promoteReference,
  rollBack,
  withAliases,
} from '../models.ts'
import { addAddCommand } from '../models-add.ts'
import { addRecalibrateCommand } from '../recalibrate.ts'

export function addModelsCommand(program: Command): void {
  const models = program
    .command('models')
    .description('the versions of models: what there is, what is live, and since when')
  models
    .command('list')
    .description('kinds with their versions; * is live. Needs no broker for what lies on disk')
    .option('--json', 'one JSON object', false)
    .action(list)
  models
    .command('show')
    .description('a version’s manifest and model card, such as niceness@3 or niceness@champion')
    .argument('<reference>', 'KIND@VERSION')
    .option('--json', 'one JSON object', false)
    .action(show)
  models
    .command('promote')
    .description('make a version live everywhere, without a pause; it is loaded and checked first')
    .argument('<reference>', 'KIND@VERSION, or KIND@challenger')
    .addOption(
      new Option('--alias <alias>', 'what it becomes')
        .choices(['champion', 'challenger'])
        .default('champion'),
    )
    .option('--reason <text>', 'why, for the history', '')
    .action(async (reference: string, { alias, reason }: { alias: string; reason: string }) => {
      const wish = { alias: alias.toUpperCase() as PromotedAlias, reason }
      sayPromoted(await promoteReference(readConfig(process.env), reference, wish))
    })
  models
    .command('rollback')
    .description('go back to the version that was live before the present one; twice leads back again')
    .argument('<kind>')
    .option('--reason <text>', 'why, for the history', '')
    .action(async (kind: string, { reason }: { reason: string }) =>
      sayPromoted(await rollBack(readConfig(process.env), kindNamed(kind).kind, reason)),
    )
  models
    .command('end-challenger')
    .description('let the challenger score along no more')
    .argument('<kind>')
    .option('--reason <text>', 'why, for the history', '')
    .action(async (kind: string, { reason }: { reason: string }) =>
      sayPromoted(await endChallenger(readConfig(process.env), kindNamed(kind).kind, reason)),
    )
  models
    .command('history')
    .description('every promotion, oldest first, also those that were ignored')
    .argument('[kind]')
    .option('--at <time>', 'what was live then (ISO time, such as 2026-11-23T20:00:00Z)', parseTime)
    .option('--json', 'one JSON object', false)
    .action(history)
  addAddCommand(models)
  addRecalibrateCommand(models)
}

async function list({ json }: { json: boolean }): Promise<void> {
  const config = readConfig(process.env)
  const { options, defaultOf } = await openModels(config)
  const { log, unknown } = await promotionsOrWhyNot(() => knownPromotions(config, defaultOf))
  const summaries = await surveyKinds(log?.promotions ?? null, options)
  if (json) return print(JSON.stringify({ liveUnknown: unknown, models: summaries }))
  for (const summary of summaries) print(kindText(summary))
  sayUnknown(unknown)
}

async function show(reference: string, { json }: { json: boolean }): Promise<void> {
  const config = readConfig(process.env)
  const { options, defaultOf } = await openModels(config)
  const { log, unknown } = await promotionsOrWhyNot(() => knownPromotions(config, defaultOf))
  const { version: asked, kind } = parseReference(reference)
  if (log === null && asked === 'challenger')
    throw new NicrError('NICR_MODEL_NOT_FOUND', `${reference}: the challenger is not known: ${unknown}`)
  const known = log === null ? options : withAliases(options, log.promotions, defaultOf)
  const { path, manifest } = await resolveModel(reference, known)
  const card = await readFile(join(path, 'README.md'), 'utf8').catch(() => null)
  const [summary] = await surveyKinds(log?.promotions ?? null, options, [kind])
  const aliases = summary?.versions.find(one => one.version === manifest.version)?.aliases ?? []
  const languages = languagesOfManifest(kindNamed(kind), manifest)
  if (json) return print(JSON.stringify({ path, aliases, languages, liveUnknown: unknown, manifest, card }))
  print(`${manifest.kind}@${manifest.version}${aliases.map(alias => ` (${alias})`).join('')}\n${path}`)
  print(`reads ${languages.join(', ')}\n`)
  print(JSON.stringify(manifest, null, 2))
  print(`\n${card ?? '(no model card)'}`)
  sayUnknown(unknown)
}

async function history(
  name: string | undefined,
  { at, json }: { at?: number; json: boolean },
): Promise<void> {
  const config = readConfig(process.env)
  const wanted = name === undefined ? null : kindNamed(name).kind
  const { defaultOf } = await openModels(config)
  const log = await knownPromotions(config, defaultOf)
  if (log === null)
    throw notRunning(
      'the history is on Kafka',
      config.dataDir,
      'KAFKA_BROKERS, SCHEMA_REGISTRY_URL and CLICKHOUSE_URL',
    )
  if (at !== undefined) return sayLiveAt(log, { at, wanted, json, defaultOf })
  const entries = log.entries.filter(({ value }) => wanted === null || value.kind === wanted)
  if (json) {
    const rows = entries.map(({ value, ignored, offset }) => ({ ...value, ignored, offset }))
    return print(JSON.stringify({ promotions: rows }))
  }
  for (const entry of entries) print(historyText(entry, log.entries))
  if (entries.length === 0)
    process.stderr.write('nothing was promoted yet: the highest committed versions are live\n')
}

function sayLiveAt(
  { entries }: PromotionLog,
  wish: { at: number; wanted: string | null; json: boolean; defaultOf: DefaultVersionOf },
): void {
  const { promotions } = foldAll(madeUntil(entries, wish.at), wish.defaultOf)
  const names = wish.wanted === null ? Object.keys(kinds) : [wish.wanted]
  const live = names.map(kind => liveOf(promotions, kind, wish.defaultOf))
  if (wish.json) {
    print(JSON.stringify({ at: wish.at, models: live }))
    return
  }
  for (const { kind, version, challenger, since } of live) {
    const when = since === null ? 'not promoted: the highest committed version' : `since ${isoTime(since)}`
    const shadow = challenger === null ? '' : `, challenger ${kind}@${challenger}`
    print(`${kind.padEnd(12)} ${version === null ? 'none' : `${kind}@${version}`} (${when})${shadow}`)
  }
}

/** What is on disk can be listed without the promotions; then it is said that, and why, the live version is not known. */
async function promotionsOrWhyNot(
  read: () => Promise<PromotionLog | null>,
): Promise<{ log: PromotionLog | null; unknown: string | null }> {
  try {
    const log = await read()
    return { log, unknown: log === null ? 'no `nicr up` runs on this data directory' : null }
  } catch (error) {
    if (!(error instanceof NicrError)) throw error
    return { log: null, unknown: `${error.code}: ${error.message}` }
  }
}

function sayUnknown(unknown: string | null): void {
  if (unknown !== null) process.stderr.write(`the live versions are not known: ${unknown}\n`)
}

function sayPromoted({ from, promotion: { kind, version, alias } }: Promoted): void {
  const was = from === null ? 'none' : `${kind}@${from}`
  print(
    `${alias.toLowerCase()} of ${kind}: was ${was}, is now ${version === '' ? 'none' : `${kind}@${version}`}`,
  )
}

function kindText({ kind, live, since, previous, versions, passedOver }: KindSummary): string {
  const when = since === null ? '' : `, since ${isoTime(since)}, before it ${previous ?? 'none'}`
  return [
    `${kind}: ${live === null ? 'live version not known' : `${kind}@${live} is live${when}`}`,
    ...versions.map(versionText),
    ...passedOver.map(path => `  passed over: ${path} has the number of a committed version; rename it`),
  ].join('\n')
}

function versionText(one: VersionSummary): string {
  const { version, aliases, origin, path, digest, languages, metrics, problem } = one
  const mark = aliases.includes('champion') ? '*' : ' '
  const headline = HEADLINE.filter(name => metrics[name] !== undefined).map(
    name => `${name} ${metrics[name]}`,
  )
  const facts =
    problem === null
      ? [digest?.slice(0, DIGEST_SHOWN), languagesText(languages), ...headline]
      : [`cannot be used: ${problem}`]
  return `${mark} ${version.padStart(4)} ${aliases.join(', ').padEnd(10)} ${origin.padEnd(9)} ${facts.join('  ')}\n       ${path}`
}

/** A list of all that an encoder reads would fill the line. */
function languagesText(languages: readonly string[]): string {
  const more = languages.length - LANGUAGES_SHOWN
  return languages.slice(0, LANGUAGES_SHOWN).join(',') + (more > 0 ? ` and ${more} more` : '')
}

const LANGUAGES_SHOWN = 6
const DIGEST_SHOWN = 12
/** Of the metrics of any kind, those that say most. */
const HEADLINE = ['n', 'accuracy', 'macroF1', 'auc', 'mae', 'spamCaught', 'hamBlocked']

function isoTime(at: number): string {
  return new Date(at).toISOString()
}

function parseTime(value: string): number {
  const at = Date.parse(value)
  if (Number.isNaN(at)) throw new InvalidArgumentError('a time is written as 2026-11-23T20:00:00Z.')
  return at
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
