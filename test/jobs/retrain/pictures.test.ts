import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openImageLooks } from '../../../cli/image-looks.ts'
import { createRetraining } from '../../../cli/retraining.ts'
import { followChampions, startProcessing } from '../../../cli/services.ts'
import type { Label, RetrainRequest, Score } from '../../../schemas/records.ts'
import { isFull } from '../../support/full.ts'
import { committedVersion } from '../../support/model-versions.ts'
import { type OwnNicr, startOwnNicr } from '../../support/own-nicr.ts'
import { openOwnServices } from '../../support/own-services.ts'
import { aContent, aLabel } from '../../support/records.ts'
import { runNicr } from '../../support/run-nicr.ts'
import { createShopPictures, type DrawnPicture } from '../../support/shop-pictures.ts'
import { stackMissing } from '../../support/stack.ts'
import { until } from '../../support/until.ts'

/** A shop's pictures, of which the champion misses most: sixty of them and others are tagged, one mark is drawn, and the loop goes round. */

const KIND = 'image-spam'
const TAGGED = 60
const BEFORE = 60
const FRESH = 40
const PEOPLE = ['tina', 'omar', 'ivo']
/** Fewer than make a burst of near-copies. */
const AUTHORS = 4
const FED_AT_ONCE = 10
/** One in so many of what is posted is the shop's. */
const ORDINARILY = 5
const STEP_MS = 240_000
/** Two minutes on two free cores. */
const canRun = isFull && stackMissing() === null

interface Posted extends DrawnPicture {
  readonly id: string
  readonly ref: string
}

describe.skipIf(!canRun)('the loop of pictures', () => {
  let nicr: OwnNicr
  let dataDir: string
  let champion: string
  const draw = createShopPictures(8)
  const undo: (() => Promise<unknown>)[] = []
  let count = 0

  beforeAll(async () => {
    nicr = await startOwnNicr()
    champion = await committedVersion(KIND)
    dataDir = await mkdtemp(join(tmpdir(), 'nicr-loop-pictures-'))
    const onFailed = (name: string, error: unknown) => console.error(name, error)
    const services = openOwnServices(nicr, { ...nicr.config, dataDir })
    undo.push(() => services.close())
    const champions = await followChampions(services, { challengers: true })
    undo.push(() => champions.close())
    const looks = await openImageLooks(services, champions)
    undo.push(() => looks.close())
    const { look } = looks
    const names = ['score-image-spam', 'bank-images', 'clickhouse-sink']
    const processing = await startProcessing(services, champions, { names, look, onFailed })
    undo.push(() => processing.stop())
    const retraining = await createRetraining(services, {
      kinds: [KIND],
      look,
      onFailed: error => onFailed('retrain', error),
    })
    undo.push(() => retraining.stop())
    await retraining.start()
  }, 90_000)

  afterAll(async () => {
    for (const step of undo.reverse()) await step()
    await nicr?.close()
    if (dataDir) await rm(dataDir, { recursive: true, force: true })
  })

  it(
    'goes from sixty tags and one marked logo to a version that catches more and blocks no more, and back by hand',
    async () => {
      const tagged = await post(TAGGED)
      const others = await post(BEFORE, ORDINARILY)
      await until(
        'all are stored with their scores',
        async () => (await storedScores()) === TAGGED + BEFORE,
        STEP_MS,
      )
      const before = await figuresOf([...tagged, ...others])
      expect(before.caught).toBeLessThan(0.3)
      await tag(tagged)
      await until('the bank holds what was tagged', async () => {
        const entries = (await nicr.read('image-banks')).filter(({ active }) => active)
        const pictures = new Set(entries.filter(({ type }) => type === 'PICTURE').map(({ id }) => id))
        return pictures.size === TAGGED / 2 && entries.some(({ type }) => type === 'LOGO')
      })
      await ask()
      const end = await feedUntilOver()
      expect(end?.detail).toMatch(/is live/)
      expect(end).toMatchObject({ step: 'PROMOTED', modelVersion: '2' })
      const promoted = (await nicr.read('model-promotions')).filter(({ alias }) => alias === 'CHAMPION')
      expect(promoted.map(({ version, previous }) => [version, previous])).toEqual([['2', null]])

      const fresh = await post(FRESH)
      const scores = await answersTo(fresh, '2')
      const after = await figuresOf(fresh)
      expect(after.caught).toBeGreaterThan(before.caught + 0.4)
      expect(after.blocked).toBeLessThanOrEqual(before.blocked + 0.05)
      const found = fresh.filter(({ id, mark }) =>
        scores
          .get(id)!
          .reasons.some(({ text, box }) => text === 'Drop shop' && box !== null && isOn(box, mark)),
      )
      expect(found.length).toBeGreaterThan(0)

      const back = await runNicr(['models', 'rollback', KIND], { ...nicr.env, NICR_DATA_DIR: dataDir })
      expect(back).toMatchObject({ code: 0 })
      expect(back.stdout).toContain(`is now ${KIND}@${champion}`)
      await answersTo(await post(4), champion)
    },
    4 * STEP_MS,
  )

  /** @param every so many one is the shop's */
  async function post(many: number, every = 2): Promise<Posted[]> {
    const posted: Posted[] = []
    for (let i = 0; i < many; i++) {
      const drawn = await draw(i % every === 0)
      const ref = `data:image/jpeg;base64,${drawn.file.toString('base64')}`
      posted.push({ ...drawn, id: `picture-${count++}`, ref })
    }
    await nicr.publisher.publish(
      'content',
      posted.map(({ id, ref }, i) => ({
        key: id,
        value: aContent({
          id,
          author: `author-${i % AUTHORS}`,
          text: '',
          images: [{ ref, sha256: null, mimeType: null }],
          at: Date.now(),
        }),
      })),
    )
    return posted
  }

  /** Two people each, who agree; one of them marks one logo. */
  async function tag(pictures: readonly Posted[]): Promise<void> {
    const labels = pictures.flatMap(({ id, ref, isSpam, mark }, i) =>
      [0, 1].map((turn): Label => {
        const labeller = PEOPLE[(i + turn) % PEOPLE.length]!
        const boxes = i === 0 && turn === 0 ? [{ image: ref, ...mark!, name: 'Drop shop' }] : []
        const value = Number(isSpam)
        return aLabel({
          id: `${id} ${labeller}`,
          sampleId: null,
          contentId: id,
          revision: 0,
          kind: KIND,
          value,
          boxes,
          labeller,
          at: Date.now(),
        })
      }),
    )
    await nicr.publisher.publish(
      'labels',
      labels.map(value => ({ key: value.contentId, value })),
    )
  }

  async function ask(): Promise<void> {
    const request: RetrainRequest = {
      id: 'asked',
      kind: KIND,
      policy: 'manual',
      reason: 'The test asks.',
      evidence: [],
      modelVersion: champion,
      by: 'test',
      requestedAt: Date.now(),
      expiresAt: null,
    }
    await nicr.publisher.publish('retrain-requests', [{ key: KIND, value: request }])
  }

  async function feedUntilOver() {
    const ended = async () =>
      (await nicr.read('retrain-steps')).find(({ step }) => step === 'PROMOTED' || step === 'REJECTED')
    await until(
      'it is over',
      async () => {
        if ((await ended()) !== undefined) return true
        const fed = await post(FED_AT_ONCE, ORDINARILY)
        await until('what was fed is scored', async () => (await scoresOf(fed)).size === fed.length, STEP_MS)
        return false
      },
      STEP_MS,
    )
    return ended()
  }

  async function storedScores(): Promise<number> {
    const [row] = await nicr.clickhouse.query<{ n: number }>(
      'SELECT toUInt32(count()) AS n FROM scores WHERE kind = {kind:String}',
      { kind: KIND },
    )
    return row?.n ?? 0
  }

  /** The answers, by content. */
  async function scoresOf(pictures: readonly Posted[]): Promise<Map<string, Score>> {
    const ids = new Set(pictures.map(({ id }) => id))
    const scores = (await nicr.read('scores')).filter(
      ({ alias, contentId }) => alias === 'CHAMPION' && ids.has(contentId),
    )
    return new Map(scores.map(score => [score.contentId, score]))
  }

  async function answersTo(pictures: readonly Posted[], version: string): Promise<Map<string, Score>> {
    let scores = new Map<string, Score>()
    await until(
      'all are scored',
      async () => {
        scores = await scoresOf(pictures)
        return scores.size === pictures.length
      },
      STEP_MS,
    )
    expect(new Set([...scores.values()].map(({ modelVersion }) => modelVersion))).toEqual(new Set([version]))
    return scores
  }

  /** Shares of the shop's pictures, and of the others, that are called spam. */
  async function figuresOf(pictures: readonly Posted[]) {
    const scores = await scoresOf(pictures)
    const share = (of: readonly Posted[]) =>
      of.filter(({ id }) => scores.get(id)?.label === 'spam').length / of.length
    return {
      caught: share(pictures.filter(({ isSpam }) => isSpam)),
      blocked: share(pictures.filter(({ isSpam }) => !isSpam)),
    }
  }
})

/** Whether the middle of a box lies in another. */
function isOn(box: NonNullable<DrawnPicture['mark']>, mark: DrawnPicture['mark']): boolean {
  if (mark === null) return false
  const [x, y] = [box.x + box.width / 2 - mark.x, box.y + box.height / 2 - mark.y]
  return x > 0 && y > 0 && x < mark.width && y < mark.height
}
