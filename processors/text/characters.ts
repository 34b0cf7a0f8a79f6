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
  '∶': ':',
  '♥': '❤',
}

/** Latin letters that Unicode does not decompose: strokes, ligatures, dotless, phonetic and small capital letters. */
const plainLetters: Readonly<Record<string, string>> = pairs(`
  øo łl đd ðd ħh ıi ȷj ŧt ƒf ɑa ɐa ɒa ɓb ƈc ɕc ɖd ɗd ɘe əe ɛe ɜe ɡg ɠg ɢg ɥh ɦh ɧh ɨi ɩi ɪi ʝj ɟj ƙk ɭl ɫl ɬl ʟl ɯm ɰm ɱm
  ɲn ɳn ɴn ŋn ɵo ɔo ɸp ƥp ʠq ɹr ɺr ɻr ɼr ɽr ɾr ʀr ʁr ʂs ʃs ƽs ʇt ʈt ƭt ʉu ʊu ʋv ʌv ʍw ɣy ʎy ʏy ƴy ʐz ʑz ʒz ƶz ʙb ʜh
  ᴀa ʙb ᴄc ᴅd ᴇe ꜰf ᴊj ᴋk ᴍm ᴏo ᴘp ꞯq ꜱs ᴛt ᴜu ᴠv ᴡw ᴢz ᴐo ᴙr ᴚr ƀb ꬲe ꬶg ɇe ȼc ⱥa ⱦt ɍr ɏy ɉj ꞓc ꝁk ꝑp ꝓp
`)

/** Skin tones, and the signs for man and woman that follow some emoji: the emoji is the same without them. */
const EMOJI_VARIANT = /[\u{1f3fb}-\u{1f3ff}\u2640\u2642]/gu
/** Letters of Hangul that are blank and count as letters. */
const BLANK_LETTER = /[\u3164\u115f\u1160\uffa0]/gu
/** Letters in filled circles and squares, which Unicode does not decompose either. */
const filledLetters = [0x1f150, 0x1f170]

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
  const point = character.codePointAt(0)!
  const filled = filledLetters.find(first => point >= first && point < first + 26)
  let form = filled === undefined ? character : String.fromCharCode(0x61 + point - filled)
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const next = [...form.replace(BLANK_LETTER, ' ').normalize('NFKD').toLowerCase().normalize('NFKD')]
      .map(one => plainSigns[one] ?? plainLetters[one] ?? one)
      .join('')
      .replace('æ', 'ae')
      .replace('œ', 'oe')
      .replace('ß', 'ss')
      .replace('þ', 'th')
      .replace(EMOJI_VARIANT, '')
      .replace(INVISIBLE, '')
      .replace(BLANK, ' ')
    if (next === form) break
    form = next
  }
  return form
}

/**
 * Whether a code point is a letter or digit in a form that only serves to look different: full width, mathematical,
 * in circles or squares, small capitals and other phonetic letters.
 */
export function isFancy(point: number): boolean {
  if (point < 0x250) return false
  return (
    (point >= 0xff10 && point <= 0xff5a) ||
    (point >= 0x1d400 && point <= 0x1d7ff) ||
    (point >= 0x2460 && point <= 0x24ff) ||
    (point >= 0x1f110 && point <= 0x1f189) ||
    point <= 0x2af ||
    (point >= 0x1d00 && point <= 0x1d7f)
  )
}

/** Whether a unit, or the pair that it begins with `next`, is a pictograph. */
export function isPictograph(code: number, next: number): boolean {
  if (code < 0x2600) return false
  if (code >= 0xd83c && code <= 0xd83e) return next >= 0xdc00 && next <= 0xdfff
  return code <= 0x27bf || (code >= 0x2b1b && code <= 0x2b55)
}

function pairs(list: string): Record<string, string> {
  return Object.fromEntries(
    list
      .trim()
      .split(/\s+/)
      .map(pair => [pair.slice(0, -1), pair.slice(-1)]),
  )
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
