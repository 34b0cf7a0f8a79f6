import type { Challenger, ChallengerOptions, ChallengerOrder } from './challenger.ts'

/**
 * Learns a challenger from a data set, writes its folder, compares it with its parent on rows it had not seen and judges
 * it, in a thread of its own. A gate that fails throws nothing: `passed` tells.
 * @throws NicrError NICR_INPUT_INVALID (too few labels, labels of one class only, a folder that is taken), NICR_MODEL_INVALID
 */
export async function makeChallenger(
  _order: ChallengerOrder,
  _options: ChallengerOptions = {},
): Promise<Challenger> {
  throw new Error('not written yet')
}
