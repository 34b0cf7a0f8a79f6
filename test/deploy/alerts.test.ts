import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { packagePath } from '../../schemas/package-root.ts'
import { alerts, ruleFiles } from '../support/rule-files.ts'

/**
 * When each alert fires and when not, by promtool: it comes with Debian's package `prometheus`, and NICR_TEST_PROMTOOL may name
 * another. Where there is none these tests are skipped, and counted as such.
 */

/** Series in promtool's words: `0+10x40` is 0, 10, 20, … 400, a value a step. */
interface Case {
  readonly when: string
  readonly series: Readonly<Record<string, string>>
  /** Minutes after the first value. */
  readonly at: number
  readonly fires: boolean
}

/** Values of half an hour, two hours, eight days, at the steps below. */
const [HALF_HOUR, TWO_HOURS, EIGHT_DAYS] = [60, 240, 384]
/** What takes long is evaluated seldom. Each is for cases up to so many minutes. */
const steps = [
  { minutesMax: 250, step: '30s', evaluation: '1m' },
  { minutesMax: 1000, step: '1m', evaluation: '2m' },
  { minutesMax: Number.POSITIVE_INFINITY, step: '30m', evaluation: '30m' },
]
const steady = (value: number, values = HALF_HOUR) => `${value}+0x${values}`
const growing = (by: number, values = HALF_HOUR) => `0+${by}x${values}`
const drafts = (inTime: number, all: number, values: number) => ({
  'nicr_draft_duration_seconds_bucket{le="0.25"}': growing(inTime, values),
  nicr_draft_duration_seconds_count: growing(all, values),
})
const records = (processor: string, outcome: string) =>
  `nicr_processor_records_total{processor="${processor}",outcome="${outcome}"}`
const content = 'nicr_sink_rows_total{table="content_log"}'
const age = (processor: string) =>
  `nicr_processor_unread_age_seconds{processor="${processor}",topic="content",partition="0"}`
const disk = {
  free: 'nicr_clickhouse_disk_free_bytes{disk="d"}',
  total: 'nicr_clickhouse_disk_total_bytes{disk="d"}',
}

function fires(when: string, at: number, series: Case['series']): Case {
  return { when, series, at, fires: true }
}
function silent(when: string, at: number, series: Case['series']): Case {
  return { when, series, at, fires: false }
}

const cases: Readonly<Record<string, readonly Case[]>> = {
  NicrTargetDown: [
    fires('for five minutes', 5, { 'up{job="nicr",instance="a"}': steady(0) }),
    silent('for a scrape', 5, { 'up{job="nicr",instance="a"}': '1x4 0 1x20' }),
  ],
  NicrServerGone: [
    fires('no replica is found', 5, { 'up{job="nicr"}': steady(1) }),
    silent('one of two is down', 5, {
      'up{job="nicr-serve",instance="a"}': steady(1),
      'up{job="nicr-serve",instance="b"}': steady(0),
    }),
  ],
  NicrNotReady: [
    fires('a needed part', 6, { 'nicr_part_ready{part="kafka",needed="true",instance="a"}': steady(0) }),
    silent('a part that is not needed', 6, {
      'nicr_part_ready{part="clickhouse",needed="false",instance="a"}': steady(0),
    }),
  ],
  NicrPartAway: [
    fires('ClickHouse', 12, { 'nicr_part_ready{part="clickhouse",needed="false"}': steady(0) }),
    silent('a model’s version', 12, { 'nicr_part_ready{part="model niceness",needed="false"}': steady(0) }),
  ],
  NicrEventLoopBlocked: [
    fires('two seconds', 12, {
      'nodejs_eventloop_lag_p99_seconds{job="nicr-serve",instance="a"}': steady(2),
    }),
    silent('a hundredth', 12, {
      'nodejs_eventloop_lag_p99_seconds{job="nicr-serve",instance="a"}': steady(0.01),
    }),
  ],
  NicrProcessorStopped: [
    fires('one stopped', 3, { 'nicr_processor_failed{processor="p"}': steady(1) }),
    silent('all run', 3, { 'nicr_processor_partitions{processor="p"}': steady(4) }),
  ],
  NicrProcessorGone: [
    fires('nobody runs it any more', 70, { 'nicr_processor_partitions{processor="p"}': '4x100 _x140' }),
    silent('another process runs it', 70, {
      'nicr_processor_partitions{processor="p",instance="a"}': '4x100 _x140',
      'nicr_processor_partitions{processor="p",instance="b"}': `_x100 4x${TWO_HOURS}`,
    }),
  ],
  NicrProcessorUnassigned: [
    fires('no member has a partition', 7, { 'nicr_processor_partitions{processor="p"}': steady(0) }),
    silent('one stands by', 7, {
      'nicr_processor_partitions{processor="p",instance="a"}': steady(4),
      'nicr_processor_partitions{processor="p",instance="b"}': steady(0),
    }),
  ],
  NicrBehind: [
    fires('the oldest record waits', 12, { [age('score-niceness')]: growing(30) }),
    silent('the sink has a rule of its own', 12, { [age('clickhouse-sink')]: growing(30) }),
    silent('it keeps up', 12, { [age('score-niceness')]: steady(3) }),
  ],
  NicrFarBehind: [
    fires('a scorer by twenty minutes', 25, { [age('score-niceness')]: growing(30) }),
    silent('what is no scorer', 25, { [age('detect-drift')]: growing(30) }),
  ],
  NicrSinkBehind: [
    fires('by ten minutes', 25, { [age('clickhouse-sink')]: growing(30) }),
    silent('by a minute', 25, { [age('clickhouse-sink')]: steady(60) }),
  ],
  NicrWaiting: [
    fires('for ClickHouse', 7, {
      'nicr_processor_waiting{processor="clickhouse-sink",part="clickhouse"}': steady(2),
    }),
    silent('it was a moment', 7, { 'nicr_processor_waiting{processor="p",part="clickhouse"}': '0x2 1 0x30' }),
  ],
  NicrNothingScored: [
    fires('contents arrive', 22, { [records('score-niceness', 'read')]: steady(5), [content]: growing(10) }),
    silent('nothing arrives', 22, { [records('score-niceness', 'read')]: steady(5), [content]: steady(7) }),
    silent('they are read', 22, { [records('score-niceness', 'read')]: growing(9), [content]: growing(10) }),
  ],
  NicrDeadLetters: [
    fires('two a minute', 15, { [records('p', 'rejected')]: growing(1) }),
    silent('a few', 15, { [records('p', 'rejected')]: '0x20 7x40' }),
  ],
  NicrDeadLettersMany: [
    fires('one in ten', 18, {
      [records('p', 'rejected')]: growing(10),
      [records('p', 'read')]: growing(100),
    }),
    silent('one in a hundred', 18, {
      [records('p', 'rejected')]: growing(1),
      [records('p', 'read')]: growing(100),
    }),
  ],
  NicrConsumerSilent: [
    fires('for ten minutes', 18, { 'nicr_processor_fetch_age_seconds{processor="p"}': growing(30) }),
    silent('for a second', 18, { 'nicr_processor_fetch_age_seconds{processor="p"}': steady(1) }),
  ],
  NicrConsumerRestarts: [
    fires('again and again', 10, { 'nicr_processor_restarts_total{processor="p"}': growing(1) }),
    silent('once', 10, { 'nicr_processor_restarts_total{processor="p"}': '0x5 1x30' }),
  ],
  NicrTransactionsAborted: [
    fires('three a minute', 15, {
      'nicr_processor_given_up_total{processor="p",code="KAFKA"}': growing(1.5),
    }),
    silent('a rebalance', 15, { 'nicr_processor_given_up_total{processor="p",code="KAFKA"}': '0x5 8x40' }),
  ],
  NicrDraftsLateFast: [
    fires('a fifth for an hour', 70, drafts(80, 100, TWO_HOURS)),
    silent('a twentieth', 70, drafts(95, 100, TWO_HOURS)),
    silent('a bad minute', 70, {
      ...drafts(100, 100, TWO_HOURS),
      'nicr_draft_duration_seconds_bucket{le="0.25"}': '0+100x130 13000x4 13500+100x100',
    }),
  ],
  NicrDraftsLateSlow: [
    fires('a tenth for hours', 400, drafts(90, 100, 500)),
    silent('a hundredth', 400, drafts(99, 100, 500)),
  ],
  NicrServerErrors: [
    fires('a tenth', 12, {
      'nicr_http_request_duration_seconds_count{status="503",route="/v1/content"}': growing(10),
      'nicr_http_request_duration_seconds_count{status="202",route="/v1/content"}': growing(90),
    }),
    silent('probes alone', 12, {
      'nicr_http_request_duration_seconds_count{status="503",route="/readyz"}': growing(10),
      'nicr_http_request_duration_seconds_count{status="202",route="/v1/content"}': growing(90),
    }),
  ],
  NicrPushesLate: [
    fires('by half a minute', 18, {
      'nicr_score_push_delay_seconds_bucket{le="10"}': growing(0),
      'nicr_score_push_delay_seconds_bucket{le="30"}': growing(5),
      'nicr_score_push_delay_seconds_bucket{le="+Inf"}': growing(5),
    }),
    silent('by a second', 18, {
      'nicr_score_push_delay_seconds_bucket{le="1"}': growing(5),
      'nicr_score_push_delay_seconds_bucket{le="+Inf"}': growing(5),
    }),
  ],
  NicrDraftScoresDegraded: [
    fires('one in three seconds', 22, {
      'nicr_scores_degraded_total{kind="niceness",code="NICR_MODEL_NOT_FOUND"}': growing(10),
    }),
    silent('one', 22, {
      'nicr_scores_degraded_total{kind="niceness",code="NICR_MODEL_NOT_FOUND"}': '0x9 1x60',
    }),
  ],
  NicrScoresDegraded: [
    fires('a tenth', 25, {
      'nicr_scores_total{kind="image-spam",status="DEGRADED",alias="CHAMPION"}': growing(10),
      'nicr_scores_total{kind="image-spam",status="SCORED",alias="CHAMPION"}': growing(90),
    }),
    silent('a hundredth', 25, {
      'nicr_scores_total{kind="image-spam",status="DEGRADED",alias="CHAMPION"}': growing(1),
      'nicr_scores_total{kind="image-spam",status="SCORED",alias="CHAMPION"}': growing(99),
    }),
  ],
  NicrModelUnusable: [
    fires('a version that was promoted', 7, {
      'nicr_part_ready{part="model niceness",needed="false",instance="a"}': steady(0),
    }),
    silent('another part', 7, { 'nicr_part_ready{part="registry",needed="false",instance="a"}': steady(0) }),
  ],
  NicrModelVersionsDiffer: [
    fires('two champions', 12, {
      'nicr_model_info{kind="niceness",version="1",alias="champion",instance="a"}': steady(1),
      'nicr_model_info{kind="niceness",version="2",alias="champion",instance="b"}': steady(1),
    }),
    silent('a challenger', 12, {
      'nicr_model_info{kind="niceness",version="1",alias="champion",instance="a"}': steady(1),
      'nicr_model_info{kind="niceness",version="2",alias="challenger",instance="a"}': steady(1),
    }),
  ],
  NicrChallengerFailing: [
    fires('on a batch', 5, { 'nicr_challenger_failures_total{kind="niceness"}': '0x4 1x40' }),
    silent('never', 5, { 'nicr_challenger_failures_total{kind="niceness"}': steady(0) }),
  ],
  NicrEncoderDegraded: [
    fires('a tenth', 28, {
      'nicr_encoder_degraded_total{kind="toxicity",version="9",reason="late"}': growing(10),
      'nicr_encoder_texts_total{kind="toxicity",version="9"}': growing(100),
    }),
    silent('a hundredth', 28, {
      'nicr_encoder_degraded_total{kind="toxicity",version="9",reason="late"}': growing(1),
      'nicr_encoder_texts_total{kind="toxicity",version="9"}': growing(100),
    }),
  ],
  NicrEncoderRestarts: [
    fires('again and again', 10, {
      'nicr_encoder_process_restarts_total{kind="toxicity",version="9"}': growing(1),
    }),
    silent('once', 10, { 'nicr_encoder_process_restarts_total{kind="toxicity",version="9"}': '0x5 1x40' }),
  ],
  NicrDriftOpen: [
    fires('for three days', 3 * 1440, {
      'nicr_drift_open{kind="niceness",source="content"}': steady(2, EIGHT_DAYS),
    }),
    silent('for a day', 1440, { 'nicr_drift_open{kind="niceness",source="content"}': steady(2, EIGHT_DAYS) }),
  ],
  NicrRetrainNobody: [
    fires('no instance', 12, { 'up{job="nicr"}': steady(1) }),
    fires('they stand by', 12, { nicr_retrain_lease: steady(0) }),
    silent('one works, one stands by', 12, {
      'nicr_retrain_lease{instance="a"}': steady(1),
      'nicr_retrain_lease{instance="b"}': steady(0),
    }),
  ],
  NicrRetrainStuck: [
    fires('for three hours', 180, { 'nicr_retrain_state{kind="niceness",state="training"}': steady(1, 480) }),
    silent('for an hour', 60, { 'nicr_retrain_state{kind="niceness",state="training"}': steady(1, 480) }),
  ],
  NicrRolloutStuck: [
    fires('for three days', 3 * 1440, {
      'nicr_retrain_state{kind="niceness",state="shadow"}': steady(1, EIGHT_DAYS),
    }),
    silent('it is watched', 3 * 1440, {
      'nicr_retrain_state{kind="niceness",state="watch"}': steady(1, EIGHT_DAYS),
    }),
  ],
  NicrLabelsMissing: [
    fires('for over a week', 7 * 1440 + 60, {
      'nicr_retrain_state{kind="niceness",state="tagging"}': steady(1, EIGHT_DAYS),
    }),
    silent('for a day', 1440, {
      'nicr_retrain_state{kind="niceness",state="tagging"}': steady(1, EIGHT_DAYS),
    }),
  ],
  NicrRolledBack: [
    fires('once', 10, { 'nicr_retrain_rollbacks_total{kind="niceness"}': '0x4 1x40' }),
    silent('never', 10, { 'nicr_retrain_rollbacks_total{kind="niceness"}': steady(0) }),
  ],
  NicrDiskFilling: [
    fires('with a day left', 420, { [disk.free]: '100-0.08x500', [disk.total]: steady(1000, 500) }),
    silent('half empty', 420, { [disk.free]: '500-0.4x500', [disk.total]: steady(1000, 500) }),
    silent('full and still', 420, { [disk.free]: steady(100, 500), [disk.total]: steady(1000, 500) }),
  ],
  NicrDiskFull: [
    fires('with 2 % left', 7, { [disk.free]: steady(20), [disk.total]: steady(1000) }),
    silent('with 10 % left', 7, { [disk.free]: steady(100), [disk.total]: steady(1000) }),
  ],
}

const promtool = process.env['NICR_TEST_PROMTOOL'] ?? 'promtool'

function isMissing(): boolean {
  try {
    execFileSync(promtool, ['--version'], { stdio: 'ignore' })
    return false
  } catch {
    return true
  }
}

it('every alert has a case in which it fires and one in which it does not', () => {
  expect(Object.keys(cases).toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted())
  for (const [alert, ofAlert] of Object.entries(cases))
    expect(new Set(ofAlert.map(one => one.fires)).size, alert).toBe(2)
})

describe.skipIf(isMissing())('by promtool', () => {
  const run = promisify(execFile)

  it('the rules are valid', async () => {
    const files = Object.values(ruleFiles).map(path => packagePath(path))
    await expect(run(promtool, ['check', 'rules', ...files])).resolves.toBeDefined()
  })

  it.each(Object.entries(cases))('%s fires when it should, and only then', async (alert, ofAlert) => {
    const folder = mkdtempSync(join(tmpdir(), 'nicr-rules-'))
    try {
      const file = join(folder, 'test.yml')
      // JSON is YAML too.
      writeFileSync(file, JSON.stringify(testOf(alert, ofAlert)))
      const { stdout } = await run(promtool, ['test', 'rules', file]).catch(
        (error: { stdout?: string; stderr?: string }) => {
          throw new Error(`${error.stdout}${error.stderr}`)
        },
      )
      expect(stdout).toContain('SUCCESS')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

function testOf(alert: string, ofAlert: readonly Case[]): object {
  const longest = Math.max(...ofAlert.map(({ at }) => at))
  const { step, evaluation } = steps.find(({ minutesMax }) => longest <= minutesMax)!
  return {
    rule_files: Object.values(ruleFiles).map(path => packagePath(path)),
    evaluation_interval: evaluation,
    tests: ofAlert.map(({ when, series, at, fires: isFiring }) => ({
      name: `${alert}: ${when}`,
      interval: step,
      input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
      promql_expr_test: [
        {
          expr: `count(ALERTS{alertname="${alert}",alertstate="firing"})`,
          eval_time: `${at}m`,
          exp_samples: isFiring ? [{ value: 1, labels: '{}' }] : [],
        },
      ],
    })),
  }
}
