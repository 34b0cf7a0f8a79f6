/** What a UTF-16 code unit of a normalised text is to a reader of words. */
export const SPACE = 0
/** Punctuation, signs, and either half of a surrogate pair: most of those are emoji. */
export const SYMBOL = 1
/** A Latin letter or a digit of any script: what the models' words are made of. */
export const LATIN = 2
/** A letter of another script. */
export const FOREIGN = 3

const classes = classTable()

export function unitClass(code: number): number {
  return classes[code]!
}

/** Typographic signs that stand for plain ones and that Unicode does not decompose. */
const plainSigns: Readonly<Record<string, string>> = {
  '‘': "'",
  '’': "'",
  '‛': "'",
  ʼ: "'",
  '“': '"',
  '”': '"',
  '„': '"',
  '–': '-',
  '—': '-',
  '‐': '-',
  '−': '-',
}

const INVISIBLE = /[\p{Cf}\p{Mn}\p{Me}\p{Default_Ignorable_Code_Point}]/gu
const BLANK = /[\p{Z}\p{Cc}\u2800]/gu

/** Code points remembered, so that a text of all Unicode does not fill the memory. */
const FORMS_MAX = 65_536
const forms = new Map<number, string>()

/**
 * What a code point outside ASCII becomes: lower case, compatibility forms dissolved, without marks. Empty for what a
 * reader does not see. The form of each character of a form is that character, so normalising twice changes nothing.
 */
export function decomposedForm(point: number): string {
  const known = forms.get(point)
  if (known !== undefined) return known
  const form = computeForm(String.fromCodePoint(point))
  if (forms.size < FORMS_MAX) forms.set(point, form)
  return form
}

/** Lower case and decomposition can each enable the other; no character of Unicode needs more rounds than this. */
const ROUNDS_MAX = 4

function computeForm(character: string): string {
  let form = character
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const next = [...form.normalize('NFKD').toLowerCase().normalize('NFKD')]
      .map(one => plainSigns[one] ?? one)
      .join('')
      .replace(INVISIBLE, '')
      .replace(BLANK, ' ')
    if (next === form) break
    form = next
  }
  return form
}

function classTable(): Uint8Array {
  const table = new Uint8Array(0x10000).fill(SYMBOL)
  for (let code = 0; code < table.length; code++) {
    const isSurrogate = code >= 0xd800 && code <= 0xdfff
    if (!isSurrogate) table[code] = classOf(String.fromCharCode(code))
  }
  return table
}

function classOf(character: string): number {
  if (/[\p{Z}\p{Cc}]/u.test(character)) return SPACE
  if (/[\p{Script=Latin}\p{N}]/u.test(character)) return LATIN
  return /\p{L}/u.test(character) ? FOREIGN : SYMBOL
}
