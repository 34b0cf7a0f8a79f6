import { hashId, retrainRequestId } from '../../schemas/ids.ts'
import type { RetrainRequest } from '../../schemas/records.ts'
import type { Incoming, Processor } from '../processor.ts'
import { eventTimeOf } from '../score-content.ts'
import { countLabel } from './count-labels.ts'
import { isOfErrors, type PoliciesOfKinds, type RetrainPolicy, type Rules, rulesOf } from './policy.ts'
import {
  advance,
  emptyState,
  inMode,
  type OpenRequest,
  type RetrainState,
  seePromotion,
  seeReportedModel,
} from './state.ts'
import { endOverdue, trackReport } from './track-reports.ts'
import { driftTimesOf, dueTimesOf, type Ground, groundsOf, isOngoing } from './weigh-policy.ts'

/**
 * drift-reports, labels and model-promotions → retrain-requests, by the declared policies of each kind.
 *
 * It is keyed by kind and knows stream time only, so the same input in the same order gives the same requests. Something
 * that asked is asked for once: until it ended, the model changed or the request lapsed. Records of kinds without
 * policies are passed over.
 */

export const REQUEST_RETRAIN = 'request-retrain'

type In = 'drift-reports' | 'labels' | 'model-promotions'

/** Of an id that only has to be known again. */
const SHORT_ID_DIGITS = 12
const REASON_SENTENCES_MAX = 3

export interface RequestRetrainParts {
  readonly policies: PoliciesOfKinds
  /** Whether requests are only said: those of the other mode are then forgotten. */
  readonly dryRun?: boolean
}

export function requestRetrain({
  policies,
  dryRun = false,
}: RequestRetrainParts): Processor<In, 'retrain-requests', RetrainState> {
  const rules = new Map(Object.entries(policies).map(([kind, own]) => [kind, rulesOf(own)]))
  const arrive = (state: RetrainState, own: Rules, at: number) =>
    endOverdue(advance(inMode(state, dryRun), at), own)
  const decide = (state: RetrainState, kind: string, own: Rules) => {
    const { state: next, requests } = ask(state, kind, own)
    const dueAt = nextDue(next, own)
    return {
      state: next,
      emit: requests.map(value => ({ topic: 'retrain-requests' as const, key: kind, value })),
      ...(dueAt === null ? {} : { punctuateAt: dueAt }),
    }
  }
  return {
    name: REQUEST_RETRAIN,
    reads: ['drift-reports', 'labels', 'model-promotions'],
    writes: ['retrain-requests'],
    keyOf: ({ value }) => value.kind,
    init: () => emptyState,
    process(state, record) {
      const { kind } = record.value
      const own = rules.get(kind)
      if (own === undefined) return { state: undefined, emit: [] }
      const at = eventTimeOf(record.value.at, record.appendedAt)
      return decide(take(arrive(state, own, at), own, record, at), kind, own)
    },
    punctuate(state, kind, streamTime) {
      const own = rules.get(kind)
      if (own === undefined) return { state: undefined, emit: [] }
      return decide(arrive(state, own, streamTime), kind, own)
    },
  }
}

function take(state: RetrainState, rules: Rules, record: Incoming<In>, at: number): RetrainState {
  const shortId = hashId([record.value.id]).slice(0, SHORT_ID_DIGITS)
  switch (record.topic) {
    case 'labels':
      return countLabel(state, rules.labelsMax, recordValue<'labels'>(record), at, shortId)
    case 'model-promotions':
      return seePromotion(state, recordValue<'model-promotions'>(record), at)
    case 'drift-reports': {
      const report = recordValue<'drift-reports'>(record)
      const seen = seeReportedModel(state, report.modelVersion, at, isOfErrors(report.feature))
      return seen === null ? state : trackReport(seen, rules, report, at, shortId)
    }
  }
}

/** The topic says which record it is, which the type cannot. */
function recordValue<Topic extends In>(record: Incoming<In>): Incoming<Topic>['value'] {
  return record.value as Incoming<Topic>['value']
}

/** Lets every policy ask, in the order they are declared; what one has asked for the next need not. */
function ask(before: RetrainState, kind: string, rules: Rules) {
  const now = before.now ?? 0
  const lasting = before.open.filter(({ lapsesAt }) => now < lapsesAt)
  let state: RetrainState = { ...before, open: joined({ ...before, open: lasting }, rules, now) }
  const requests: RetrainRequest[] = []
  for (const policy of rules.policies) {
    const askedAt = state.askedAt[policy.name]
    if (askedAt !== undefined && now < askedAt + policy.coolDownMs) continue
    const grounds = groundsOf(policy, rules, state)
    if (grounds === null || isCovered(grounds, state.open)) continue
    requests.push(requestOf(policy, kind, state.model.version, grounds, now))
    const causes = grounds.map(({ cause }) => cause)
    state = {
      ...state,
      open: [...state.open, { policy: policy.name, at: now, lapsesAt: now + policy.lapsesMs, causes }],
      askedAt: { ...state.askedAt, [policy.name]: now },
    }
  }
  return { state, requests }
}

/** Whether all that goes on was asked for; where nothing goes on, labels and age count. */
function isCovered(grounds: readonly Ground[], open: readonly OpenRequest[]): boolean {
  const ongoing = grounds.filter(isOngoing)
  const counted = ongoing.length > 0 ? ongoing : grounds
  return counted.every(({ cause }) => open.some(({ causes }) => causes.includes(cause)))
}

/**
 * One change moves several features, and not all in the same minute: what begins within the cool-down of a request whose
 * own drift goes on belongs to it. Only a policy's own conditions join, so an error is never hidden by a drift.
 */
function joined(state: RetrainState, rules: Rules, now: number): OpenRequest[] {
  return state.open.map(request => {
    const policy = rules.policies.find(({ name }) => name === request.policy)
    if (policy === undefined || now >= request.at + policy.coolDownMs) return request
    const begun = [...rules.reportConditions]
      .filter(([, name]) => name.startsWith(`${policy.name}/`))
      .flatMap(([, name]) => Object.keys(state.drifts[name] ?? {}))
    const isOver = !request.causes.some(cause => begun.includes(cause))
    return isOver ? request : { ...request, causes: [...new Set([...request.causes, ...begun])] }
  })
}

function requestOf(
  policy: RetrainPolicy,
  kind: string,
  modelVersion: string,
  grounds: readonly Ground[],
  now: number,
): RetrainRequest {
  const evidence = grounds.map(ground => ground.evidence)
  const request = { kind, policy: policy.name, modelVersion, evidence }
  const said = grounds.slice(0, REASON_SENTENCES_MAX).map(({ plain }) => plain)
  const more = grounds.length - said.length
  return {
    id: retrainRequestId(request),
    ...request,
    reason: `${said.join(' ')}${more > 0 ? ` And ${more} more.` : ''}`,
    by: REQUEST_RETRAIN,
    requestedAt: now,
    expiresAt: now + policy.lapsesMs,
  }
}

/** When it must be looked at again although no record of the kind came; null for never. */
function nextDue(state: RetrainState, rules: Rules): number | null {
  const now = state.now ?? 0
  const times = [
    ...dueTimesOf(rules, state),
    ...driftTimesOf(rules, state),
    ...state.open.map(({ lapsesAt }) => lapsesAt),
  ].filter(time => time > now)
  return times.length === 0 ? null : Math.min(...times)
}
