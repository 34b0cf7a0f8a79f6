import type { Box } from '../../processors/images/raster.ts'
import { drawsOf } from '../community/community.ts'
import type { Draws } from '../community/draws.ts'
import { type Logo, pickLogo } from './logos.ts'
import { paintPhoto, paintScreenshot, paintSheet, reposted, watermarked } from './paint.ts'
import { betweenOf, drawProduct, drawScene } from './scenes.ts'
import { drawAdvert, drawNotice, lettered, pinned } from './signs.ts'

/** What is done with pictures by spammers and by everybody else. */
const spamForms = ['advert', 'marked', 'copy'] as const
export const innocentForms = ['photo', 'joke', 'pinned', 'screenshot', 'saved screenshot', 'shared'] as const
export type PictureForm = (typeof spamForms)[number] | (typeof innocentForms)[number]

/** A picture that somebody is about to post, and what the simulation knows of it. */
export interface PaintedPicture {
  readonly form: PictureForm
  readonly isSpam: boolean
  readonly file: Buffer
  readonly mimeType: 'image/jpeg' | 'image/png'
  /** Where the shop's mark lies; null where there is none. */
  readonly box: Box | null
}

/** Pictures without end, of each sort. The same seed gives the same pictures, whatever is asked for between. */
export interface Campaign {
  /** The shop's mark. */
  readonly logo: Logo
  /** An offer in words, disguised: on a sheet, on a sheet that is photographed, or over a photo. */
  advert(): Promise<PaintedPicture>
  /** A photo with the shop's mark somewhere on it, and no word. @param isClear large and strong, for people to see */
  marked(isClear?: boolean): Promise<PaintedPicture>
  /** One picture of a product, cut, scaled and saved anew each time; no word and no mark. */
  copy(): Promise<PaintedPicture>
  /** A photo, a joke, a notice: pinned up, or as a screenshot, which some save as JPEG. The sorts in turn. */
  innocent(): Promise<PaintedPicture>
  /** One photo that goes round since people like it, each time saved anew. */
  shared(): Promise<PaintedPicture>
}

const purposes = { logo: 21, advert: 22, marked: 23, copy: 24, innocent: 25, shared: 26 } as const

/** Of the mark's square over the picture's shorter side, and how strong it is. */
const MARK = { least: 0.28, most: 0.55, faintest: 0.35, clear: 0.5 } as const

export function createCampaign(seed: number): Campaign {
  const draws = (purpose: keyof typeof purposes) => drawsOf(seed, purposes[purpose])
  const logo = pickLogo(draws('logo'))
  const [adverts, marks, copies, innocents, shares] = (
    ['advert', 'marked', 'copy', 'innocent', 'shared'] as const
  ).map(draws) as [Draws, Draws, Draws, Draws, Draws]
  const product = once(() => paintPhoto(drawProduct(copies), copies))
  const favourite = once(() => paintPhoto(drawScene(shares), shares))
  let advertised = 0
  let posted = 0
  return {
    logo,
    advert: async () => spam('advert', await paintAdvert(advertised++, adverts)),
    async marked(isClear = false) {
      const between = betweenOf(marks)
      const photo = await paintPhoto(drawScene(marks), marks)
      const blend = {
        share: isClear ? MARK.clear : between(MARK.least, MARK.most),
        x: marks.uniform(),
        y: marks.uniform(),
        opacity: isClear ? 1 : between(MARK.faintest, 1),
        ink: isClear || marks.chance(0.7) ? 'white' : 'black',
      } as const
      const { file, box } = await watermarked(photo, logo, blend, marks)
      return { ...spam('marked', file), box }
    },
    copy: async () => spam('copy', await reposted(await product(), copies)),
    innocent: () => paintInnocent(posted++, innocents),
    shared: async () => innocentPicture('shared', await reposted(await favourite(), shares)),
  }
}

function paintAdvert(number: number, draws: Draws): Promise<Buffer> {
  const advert = drawAdvert(draws)
  const ways = [
    () => paintSheet(advert, draws),
    () => paintPhoto(advert, draws),
    () => paintPhoto(lettered(advert, drawScene(draws)), draws),
  ]
  return ways[number % ways.length]!()
}

async function paintInnocent(number: number, draws: Draws): Promise<PaintedPicture> {
  const scene = drawScene(draws)
  const ways = [
    async () => innocentPicture('photo', await paintPhoto(scene, draws)),
    async () => innocentPicture('joke', await paintPhoto(lettered(drawNotice(draws), scene), draws)),
    async () => innocentPicture('pinned', await paintPhoto(pinned(drawNotice(draws), scene, draws), draws)),
    async () => innocentPicture('screenshot', await paintScreenshot(drawNotice(draws)), 'image/png'),
    async () => innocentPicture('photo', await paintPhoto(scene, draws)),
    async () => innocentPicture('saved screenshot', await paintSheet(drawNotice(draws), draws)),
  ]
  return ways[number % ways.length]!()
}

function spam(form: PictureForm, file: Buffer): PaintedPicture {
  return { form, isSpam: true, file, mimeType: 'image/jpeg', box: null }
}

function innocentPicture(
  form: PictureForm,
  file: Buffer,
  mimeType: PaintedPicture['mimeType'] = 'image/jpeg',
): PaintedPicture {
  return { form, isSpam: false, file, mimeType, box: null }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null
  return () => {
    made ??= make()
    return made
  }
}
