import type { Label } from '../../schemas/records.ts'
import type { RetrainState } from './state.ts'

/**
 * Labels in log order → how many are new to the champion. Ids are remembered, as hashes, so that one that comes again
 * counts once and one that is withdrawn counts no more; and only as many as the policies ask for at most, so memory is
 * bounded. Beyond that the count is a lower bound: a withdrawal then takes away a label that a later one makes up for.
 * @param at the label’s event time, ms since the epoch, bounded by the append time
 * @param shortId a hash of its id
 */
export function countLabel(
  state: RetrainState,
  labelsMax: number,
  { withdrawn }: Pick<Label, 'withdrawn'>,
  at: number,
  shortId: string,
): RetrainState {
  const { labels, model } = state
  if (withdrawn) {
    const left = labels.filter(one => one !== shortId)
    return left.length === labels.length ? state : { ...state, labels: left }
  }
  const isNew = model.labelsSince === null || at >= model.labelsSince
  if (!isNew || labels.length >= labelsMax || labels.includes(shortId)) return state
  return { ...state, labels: [...labels, shortId] }
}
