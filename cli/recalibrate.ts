import { type Command, InvalidArgumentError, Option } from 'commander'
import {
  type PlannedVersion,
  planRecalibration,
  recalibrationTo,
  thresholdRuleOf,
  writeRecalibrated,
} from '../jobs/recalibrate.ts'
import { createClickHouse } from '../pipelines/clickhouse.ts'
import { type Config, readConfig } from '../pipelines/config.ts'
import type { KindDeclaration } from '../pipelines/kind-declaration.ts'
import { kindNamed } from '../pipelines/kinds.ts'
import type { ModelFolder, Recalibration } from '../pipelines/model-manifest.ts'
import { loadModelFolder, modelsDirsOf, resolveModel } from '../pipelines/model-registry.ts'
import { type ShareReport, shareReportOf } from '../pipelines/share-reports.ts'
import { SHARE_MIN } from '../processors/drift/class-share.ts'
import { findAddresses } from './addresses.ts'
import { promotionsOf, registryFor } from './models.ts'

interface RecalibrateOptions {
  readonly report?: string
  readonly share?: number
  readonly dryRun: boolean
  readonly json: boolean
}

export function addRecalibrateCommand(models: Command): void {
  models
    .command('recalibrate')
    .description('make a version that is calibrated to another share of its class, for you to promote')
    .argument('<kind>')
    .option('--report <id>', 'drift report CLASS_SHARE to follow; the latest about the champion unless given')
    .addOption(
      new Option('--share <share>', 'the share to calibrate the champion to, such as 0.3')
        .argParser(parseShare)
        .conflicts('report'),
    )
    .option('--dry-run', 'say what would be made, and make nothing', false)
    .option('--json', 'one JSON object', false)
    .action(recalibrate)
}

async function recalibrate(name: string, options: RecalibrateOptions): Promise<void> {
  const config = readConfig(process.env)
  const kind = kindNamed(name)
  thresholdRuleOf(kind)
  const { parent, recalibration } = await orderOf(kind, options, config)
  const modelsDirs = modelsDirsOf(config.dataDir)
  const promotions = await promotionsOf(config)
  const planned = await planRecalibration({ kind, parent, recalibration, modelsDirs, promotions })
  if (!options.dryRun && !planned.exists) {
    await writeRecalibrated(kind, planned)
    // What cannot be loaded is of no use to anybody.
    await (await loadModelFolder(planned)).close()
  }
  process.stdout.write(options.json ? jsonOf(planned, options.dryRun) : textOf(planned, options.dryRun))
}

async function orderOf(
  kind: KindDeclaration,
  { report: id, share }: RecalibrateOptions,
  config: Config,
): Promise<{ parent: ModelFolder; recalibration: Recalibration }> {
  const champion = `${kind.kind}@champion`
  if (share !== undefined) {
    const parent = await resolveModel(champion, await registryFor(config, champion))
    return { parent, recalibration: await recalibrationTo(share, parent) }
  }
  const clickhouse = createClickHouse(findAddresses(config).clickhouse)
  try {
    const live = await resolveModel(champion, await registryFor(config, champion))
    const { version: modelVersion } = live.manifest
    const report = await shareReportOf(clickhouse, { kind: kind.kind, modelVersion, id })
    const reference = `${kind.kind}@${report.modelVersion}`
    const parent =
      report.modelVersion === modelVersion
        ? live
        : await resolveModel(reference, await registryFor(config, reference))
    return { parent, recalibration: recalibrationBy(report) }
  } finally {
    await clickhouse.close()
  }
}

function recalibrationBy({
  id,
  threshold,
  statistic,
  effect,
}: ShareReport & { readonly effect: number }): Recalibration {
  return { fromShare: threshold, toShare: statistic, shift: effect, report: id }
}

function parseShare(value: string): number {
  const share = value.trim() === '' ? Number.NaN : Number(value)
  if (share >= SHARE_MIN && share <= 1 - SHARE_MIN) return share
  throw new InvalidArgumentError(`a share lies between ${SHARE_MIN} and ${1 - SHARE_MIN}.`)
}

function jsonOf({ path, manifest, exists }: PlannedVersion, dryRun: boolean): string {
  const { kind, version, parent, digest, settings, recalibration } = manifest
  return `${JSON.stringify({ kind, version, parent, folder: path, digest, settings, ...recalibration, exists, dryRun })}\n`
}

function textOf({ path, manifest, exists }: PlannedVersion, dryRun: boolean): string {
  const { kind, version, parent, settings, recalibration } = manifest
  const { fromShare, toShare, shift } = recalibration!
  const what = `${kind}@${version} is ${kind}@${parent} for a share of ${toShare.toFixed(4)} instead of ${fromShare.toFixed(4)}`
  const figures = `log-odds move by ${shift.toFixed(4)}${settings['threshold'] === undefined ? '' : `, threshold ${settings['threshold'].toFixed(4)}`}`
  if (dryRun && !exists) return `${what}: ${figures}. Nothing was written.\n`
  const where = exists ? `It is there already: ${path}` : path
  return `${what}: ${figures}\n${where}\nMake it live with \`nicr models promote ${kind}@${version}\`.\n`
}
