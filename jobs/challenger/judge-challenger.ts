import type { GateResult } from './challenger.ts'
import type { ChallengerFamily, Judged, Taught } from './family.ts'
import { artefactGate, betterGate, calibrationGate, labelsGate, sizeGate, slicesGate } from './gates.ts'
import { labelNoise } from './label-noise.ts'

/**
 * Everything a challenger must show, each gate with what was found: what all must, then what its family must.
 * @param artefactProblem see `artefactGate`
 */
export async function judgeChallenger<Rows extends Taught, Learned>(
  family: Pick<ChallengerFamily<Rows, Learned>, 'gates'>,
  judged: Judged<Rows, Learned>,
  artefactProblem: string | null,
): Promise<GateResult[]> {
  const { kind, rules, settings, onnx, unseen, comparison } = judged
  return [
    artefactGate(artefactProblem),
    labelsGate(rules, labelNoise(kind, settings, unseen.rows)),
    betterGate(rules, comparison),
    slicesGate(rules, comparison),
    calibrationGate(rules, comparison),
    sizeGate(rules, onnx.length),
    ...(await family.gates(judged)),
  ]
}
