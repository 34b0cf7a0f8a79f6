import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Narrator } from '../narrator.ts'
import { percent } from '../outcome.ts'
import type { Stage, Undo } from '../stage.ts'
import { hirePair, type Pair } from './agree.ts'
import { type BankWatch, watchBank } from './bank-watch.ts'
import { type Campaign, createCampaign, innocentForms, type PaintedPicture } from './campaign.ts'
import { drawContactSheet, type SheetRow } from './contact-sheet.ts'
import {
  countOf,
  innocentOf,
  isCaught,
  isFound,
  isReadOut,
  type PictureOutcome,
  pictureSummary,
  seconds,
} from './figures.ts'
import { createGallery, type Gallery, type PostedPicture } from './gallery.ts'
import { spamTexts } from './offers.ts'

export interface PictureChapterParts {
  readonly seed: number
  readonly dataDir: string
  readonly narrator: Narrator
  readonly signal: AbortSignal
}

/** Posts of each part of the story; as many innocent pictures are posted among them as half of them. */
const counts = { texts: 10, adverts: 18, unmarked: 12, marked: 24, copies: 12, taggedCopies: 16, shared: 8 }
const POST_EVERY_MS = 250
/** Long, for a busy machine: nothing is called let through for want of patience. */
const SCORE_MS_MAX = 120_000
const PICTURE = 'pictures.png'
/** On the contact sheet. */
const SHOWN = 5

/**
 * Spammers whose texts are caught turn to pictures: words drawn, then a mark without a word, then one picture by many. Tells what
 * happens, prints figures and draws a sheet of examples.
 * @returns why it did not come to its end; null: it did
 * @throws as `Gallery.post`, and where labels are not taken
 */
export async function tellPictures(
  stage: Stage,
  parts: PictureChapterParts,
  undo: Undo,
): Promise<string | null> {
  const { nicr, services, publisher, scores } = stage
  const server = { url: nicr.server, key: nicr.key }
  const bank = await watchBank(services)
  undo.push(() => bank.stop())
  const told = new Chapter({
    ...parts,
    campaign: createCampaign(parts.seed),
    bank,
    gallery: createGallery({
      ...{ server, publisher, scores, everyMs: POST_EVERY_MS, scoreMsMax: SCORE_MS_MAX },
    }),
    pair: hirePair({ url: nicr.server, keysFile: services.config.access.keysFile, signal: parts.signal }),
  })
  const outcome = await told.tell()
  if (typeof outcome === 'string') return outcome
  const picture = join(parts.dataDir, PICTURE)
  writeFileSync(picture, await drawContactSheet(sheetRows(outcome)))
  parts.narrator.print(`\n${pictureSummary(outcome)}\n\nExamples of it: ${picture}\n`)
  return null
}

interface ChapterParts extends PictureChapterParts {
  readonly campaign: Campaign
  readonly gallery: Gallery
  readonly bank: BankWatch
  readonly pair: Pair
}

/** Its parts one after the other. */
export class Chapter {
  private readonly parts: ChapterParts

  constructor(parts: ChapterParts) {
    this.parts = parts
  }

  /** @returns what came of it, or why it stopped */
  async tell(): Promise<PictureOutcome | string> {
    const { campaign, gallery, seed, signal } = this.parts
    this.say('PICTURES: spammers write offers, as ever')
    const labels = await gallery.write(spamTexts(seed, counts.texts), signal)
    const textsCaught = labels.filter(label => label === 'spam').length
    this.say(`${textsCaught} of ${labels.length} are caught, so they draw offers as pictures`)
    const drawn = await this.post(campaign.advert, counts.adverts)
    this.say(`${countOf(drawn.own, isCaught)} are caught at once${exampleOf(drawn.own)}`)
    this.say('now they lay a shop’s mark over photographs, without a word')
    const unmarked = await this.post(() => campaign.marked(), counts.unmarked)
    const clear = await this.post(() => campaign.marked(true), 1)
    this.say(`${countOf([...unmarked.own, ...clear.own], isCaught)} are caught`)
    const markKnownMs = await this.mark(clear.own[0]!)
    if (markKnownMs === null) return `the bank does not know the mark “${campaign.logo.name}”`
    const marked = await this.post(() => campaign.marked(), counts.marked)
    this.say(
      `${countOf(marked.own, isCaught)} photos with the mark are caught, at other sizes, places and strengths; a box lies on it in ${countOf(marked.own, isFound)}`,
    )
    this.say('next, many accounts post one picture of a product, cut and saved anew each time')
    const copies = await this.post(campaign.copy, counts.copies)
    this.say(`${countOf(copies.own, isCaught)} are caught${reasonOf(copies.own)}`)
    const copyKnownMs = await this.tag(copies.own[0]!)
    if (copyKnownMs === null) return 'the bank does not know the picture that was tagged'
    const taggedCopies = await this.post(campaign.copy, counts.taggedCopies)
    const shared = await this.post(campaign.shared, counts.shared, false)
    this.say(
      `${countOf(taggedCopies.own, isCaught)} copies are caught; of a photo that people share since they like it, ${countOf(shared.own, isCaught)} are blocked`,
    )
    return {
      ...{ texts: labels.length, textsCaught, adverts: drawn.own },
      ...{ unmarked: [...unmarked.own, ...clear.own], marked: marked.own },
      ...{ copies: copies.own, taggedCopies: taggedCopies.own },
      innocentBefore: [drawn, unmarked, clear].flatMap(one => one.innocent),
      innocentAfter: [marked, copies, taggedCopies].flatMap(one => one.innocent),
      shared: shared.own,
      ...{ markKnownMs, copyKnownMs },
    }
  }

  /** Posts `count` of a sort, and after each second one an innocent picture. */
  private async post(
    paint: () => Promise<PaintedPicture>,
    count: number,
    isMixed = true,
  ): Promise<{ readonly own: readonly PostedPicture[]; readonly innocent: readonly PostedPicture[] }> {
    const { campaign, gallery, narrator, signal } = this.parts
    const paints = Array.from({ length: count }, (_, i) =>
      isMixed && i % 2 === 1 ? [paint, campaign.innocent] : [paint],
    ).flat()
    let begun = 0
    const counted = paints.map(one => () => {
      narrator.show(`${++begun} of ${paints.length} pictures posted`)
      return one()
    })
    const posted = await gallery.post(counted, signal)
    const isOwn = (_: PostedPicture, i: number) => paints[i] === paint
    return { own: posted.filter(isOwn), innocent: posted.filter((one, i) => !isOwn(one, i)) }
  }

  private async mark(picture: PostedPicture): Promise<number | null> {
    const { pair, bank, campaign, signal } = this.parts
    const { name } = campaign.logo
    this.say(
      `two people look at one of them: one draws a box around the mark, “${name}”, and both call it spam`,
    )
    await pair.callSpam(picture, { name, box: picture.box! })
    const knownMs = await bank.until(entry => entry.name === name && entry.weight === 1, signal)
    if (knownMs !== null)
      this.say(`${seconds(knownMs)} later the mark lies in the bank, and every scorer knows it`)
    return knownMs
  }

  private async tag(picture: PostedPicture): Promise<number | null> {
    const { pair, bank, signal } = this.parts
    await pair.callSpam(picture, null)
    const knownMs = await bank.until(
      ({ type, image, weight }) => type === 'PICTURE' && image === picture.ref && weight === 1,
      signal,
    )
    if (knownMs !== null)
      this.say(`two people tag one of them; it lies in the bank ${seconds(knownMs)} later`)
    return knownMs
  }

  private say(line: string): void {
    this.parts.narrator.say(line)
  }
}

/** The advert whose words speak most. */
function exampleOf(adverts: readonly PostedPicture[]): string {
  const [heaviest] = adverts
    .filter(one => isCaught(one) && isReadOut(one))
    .flatMap(({ score }) => score!.reasons.filter(({ text, box }) => text && box))
    .sort((one, other) => other.weight - one.weight)
  if (heaviest === undefined) return ''
  return `: in one of them “${heaviest.text}” was read, which moves it by ${percent(heaviest.weight)}`
}

/** What the reasons of copies that nobody tagged say: posts are scored beside each other, so no place in their order is told. */
function reasonOf(copies: readonly PostedPicture[]): string {
  const named = copies
    .filter(isCaught)
    .flatMap(({ score }) => score!.reasons.filter(({ text, box }) => text && box == null))
  return named[0] === undefined ? '' : `, since it was “${named[0].text}”`
}

function sheetRows(outcome: PictureOutcome): readonly SheetRow[] {
  const { adverts, unmarked, marked, copies, taggedCopies } = outcome
  const innocent = innocentOf(outcome)
  const some = (pictures: readonly PostedPicture[], count = SHOWN) => pictures.slice(0, count)
  return [
    { name: 'Offers drawn as pictures: what is read is scored as text', pictures: some(adverts) },
    { name: 'A shop’s mark over photos, before people marked it …', pictures: some(unmarked) },
    { name: '… and after', pictures: some(marked) },
    {
      name: 'One picture by many authors: the first three posts, and two after it was tagged',
      pictures: [...some(copies, 3), ...some(taggedCopies, 2)],
    },
    {
      name: 'Innocent pictures, one of each sort: a blocked one where there is one',
      // One of each sort; what is blocked is shown before what is not.
      pictures: innocentForms.flatMap(form =>
        some(
          innocent
            .filter(one => one.form === form)
            .toSorted((a, b) => Number(isCaught(b)) - Number(isCaught(a))),
          1,
        ),
      ),
    },
  ]
}
