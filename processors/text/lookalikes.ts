import { decomposedForm } from './characters.ts'

/** Letters that look like an ASCII letter, after the idea of Unicode's UTS #39 (confusables); the table is our own. */
export interface Lookalike {
  /** Code of the ASCII letter. */
  readonly code: number
  /** Whether a reader takes it for that letter even where no Latin letter stands beside it. */
  readonly isStrong: boolean
}

/** Pairs: a letter, and the one it is taken for. */
const STRONG = `
  аa еe оo рp сc уy хx іi јj ѕs ԁd һh ԛq ԝw ӏl ԍg ѵv ҽe ᴦr
  АA ВB ЕE ЗE КK МM НH ОO РP СC ТT УY ХX ІI ЈJ ЅS ԌG ԚQ ԜW ҮY
  αa οo ρp υu νv ιi κk χx γy ϲc ϳj
  ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX ϹC
  օo սu հh ցg ոn յj ՕO ՍU ՏS ԼL ՀH զq
  ᎪA ᏴB ᏟC ᎠD ᎬE ᏀG ᎻH ᎥI ᎫJ ᏦK ᏞL ᎷM ᏢP ᏒR ᏚS ᎢT ᏙV ᎳW ᎩY ᏃZ ᏔW ᎡR ᏎS ᎾO
  ⲟo ⲣp ⲥc ⲭx ⲁa ⲓi ⲕk
`
const WEAK = `
  вb нh кk мm тt пn гr иu зe ьb ѡw ԏt
  ηn τt σo ςs ωw βb εe μu δd θo λl πn ϵe
  ըn քp եt ժd տs
  ዐo ០o оo
`

const lookalikes = table()

/** What a letter outside ASCII may be taken for; undefined for all others. */
export function lookalikeOf(code: number): Lookalike | undefined {
  return lookalikes.get(code)
}

function table(): Map<number, Lookalike> {
  const found = new Map<number, Lookalike>()
  const add = (list: string, isStrong: boolean) => {
    for (const pair of list.trim().split(/\s+/)) {
      const [from, to] = [pair.charCodeAt(0), pair.charCodeAt(1) | 0x20]
      if (!found.has(from)) found.set(from, { code: to, isStrong })
    }
  }
  add(STRONG, true)
  add(WEAK, false)
  // The text is in lower case when it is normalised again, so what lower case is taken for, upper case must be too, and
  // the other way round for the Cherokee letters, whose lower case nobody types.
  for (const [from, lookalike] of [...found]) {
    const lower = decomposedForm(from)
    const known = found.get(lower.charCodeAt(0))
    if (lower.length === 1 && known === undefined) {
      found.set(lower.charCodeAt(0), { code: lookalike.code, isStrong: isCherokee(from) })
    }
  }
  for (const [lower, lookalike] of [...found]) {
    const upper = String.fromCharCode(lower).toUpperCase()
    const known = found.get(upper.charCodeAt(0))
    if (upper.length === 1 && (known === undefined || (lookalike.isStrong && !known.isStrong))) {
      found.set(upper.charCodeAt(0), { code: known?.code ?? lookalike.code, isStrong: lookalike.isStrong })
    }
  }
  return found
}

function isCherokee(code: number): boolean {
  return code >= 0x13a0 && code <= 0x13ff
}

/** The script of a foreign letter, as coarse as its block: enough to see that a word mixes several. */
export function scriptBlock(code: number): number {
  if (code >= 0x0370 && code <= 0x03ff) return 1
  if (code >= 0x0400 && code <= 0x052f) return 2
  if (code >= 0x0530 && code <= 0x058f) return 3
  if ((code >= 0x13a0 && code <= 0x13ff) || (code >= 0xab70 && code <= 0xabbf)) return 4
  return 5
}
