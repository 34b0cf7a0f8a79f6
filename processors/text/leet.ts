import { knownWords, maskedWords, maskOrder, openMasks, shortWords } from './known-words.ts'

/** Words longer than this are no disguise that we undo. */
export const LEET_UNITS_MAX = 32

/** The letter a digit or sign stands for; `1`, `!` and `|` stand for i or l. */
const letters: Readonly<Record<string, string>> = {
  0: 'o',
  3: 'e',
  4: 'a',
  5: 's',
  7: 't',
  '@': 'a',
  $: 's',
  '€': 'e',
}
const EITHER = '1!|'

/** Codes that stand before or after a dollar sign and are no words. */
const moneyWords = new Set('us au ca nz hk sg usd aud cad nzd hkd sgd a c r btc eth'.split(' '))

/** Whether a unit can be part of a disguised word, besides letters and digits. */
export function isLeetSign(code: number): boolean {
  return code === 0x40 || code === 0x24 || code === 0x21 || code === 0x7c || code === 0x2a || code === 0x20ac
}

/**
 * The plain form of a run of letters, digits and the signs of `isLeetSign`, where it is surely a disguise; undefined
 * where it may be what it says (`gr8`, `mp3`, `50p`, `user123`, `$5`). Lower case is expected.
 */
export function plainForm(run: string): string | undefined {
  // Signs at the end belong to the sentence, unless they complete a word that is known.
  const ending = /[!|*]+$/.exec(run)?.[0] ?? ''
  const body = run.slice(0, run.length - ending.length)
  const plain = ending === '' ? undefined : (unmasked(run) ?? knownForm(run, true))
  if (plain !== undefined) return plain
  const form = /[a-z]/.test(body) && /[^a-z]/.test(body) ? formOfBody(body) : undefined
  return form === undefined ? undefined : form + ending
}

function formOfBody(body: string): string | undefined {
  const asMask = unmasked(body)
  if (asMask !== undefined) return asMask
  if (body.includes('*')) return undefined
  const known = knownForm(body, !/^[1-9]|[1-9]$/.test(body) || /^[a-z].+3$/.test(body))
  if (known !== undefined) return known
  return innerForm(body) ?? edgeForm(body)
}

/** `f**k`, `s***`, `b!tch`, `f@ck`: the first known word of which the signs hide letters. */
function unmasked(run: string): string | undefined {
  if (!/^[a-z]/.test(run) || !/[*@$!]/.test(run)) return undefined
  const isOpen = /\*{3}$/.test(run)
  return (isOpen ? openMasks : maskOrder).find(word => {
    if (isOpen ? word.length < run.length : word.length !== run.length) return false
    if (word.length < 3) return false
    for (let i = 0; i < run.length; i++) {
      const one = run[i]!
      if (one !== word[i] && !(isHiding(one, word[i]!) && i > 0)) return false
    }
    return true
  })
}

function isHiding(sign: string, letter: string): boolean {
  return (
    sign === '*' ||
    (sign === '@' && 'aeiou'.includes(letter)) ||
    (sign === '!' && 'il'.includes(letter)) ||
    (sign === '$' && letter === 's')
  )
}

/** The form that is a known word. With digits at its edges only a masked one counts: `4s` and `5th` are what they say. */
function knownForm(run: string, isAnyKnown: boolean): string | undefined {
  if (run.length < 2 || !/[a-z]/.test(run)) return undefined
  const list = isAnyKnown ? knownWords : maskedWords
  for (const either of ['i', 'l']) {
    const form = mapped(run, either)
    if (form !== undefined && list.has(form)) return form
  }
  return undefined
}

/** Letters for all digits and signs; undefined if one of them stands for none. */
function mapped(run: string, either: string): string | undefined {
  let form = ''
  for (const one of run) {
    const letter = one >= 'a' && one <= 'z' ? one : EITHER.includes(one) ? either : letters[one]
    if (letter === undefined) return undefined
    form += letter
  }
  return form
}

/** Digits and signs with letters on both sides: `v1agra`, `cl@im`, `0n1in3`. */
function innerForm(body: string): string | undefined {
  const parts = /^([^a-z]?)([a-z].*[a-z])([^a-z]*)$/.exec(body)
  if (parts === null) return undefined
  const [, before, core, after] = parts as unknown as [string, string, string, string]
  const hidden = core.match(/[^a-z]+/g)
  if (hidden === null || !hidden.every(run => /^([0134571@$€!|]{1,2})$/.test(run))) return undefined
  const letterCount = core.replace(/[^a-z]/g, '').length
  if (core.length - letterCount > letterCount || (letterCount < 3 && !isShortDisguise(core, after)))
    return undefined
  if (/^[a-z]{1,2}[0-9]s$|^mp[34]|^ps[345]/.test(core) || !areSignsInside(core)) return undefined
  const start = before === '' ? '' : (mapped(before, 'i') ?? before)
  const end = /^(?:[0$]|33?)$/.test(after) ? mapped(after, 'i')! : after
  return start + resolved(core) + end
}

/** `w1n`, `s3x`: two consonants around what must be their vowel. */
function isShortDisguise(core: string, after: string): boolean {
  return after === '' && /^[^aeiou0-9]([0134@!]|00|33)[^aeiou0-9]$/.test(core)
}

/** Shorter words begin other words too often: `we@lth`. */
const WORD_BEFORE_MENTION_UNITS_MIN = 3

/** Signs between words that lack a space are none inside a word: `job!thanks`, `thanks@user`. */
function areSignsInside(core: string): boolean {
  const mention = core.indexOf('@')
  if (mention >= WORD_BEFORE_MENTION_UNITS_MIN) {
    const before = core.slice(0, mention)
    if (knownWords.has(before) || shortWords.has(before) || core.startsWith('user', mention + 1)) return false
  }
  const at = core.search(/[!|]/)
  // Before a real `!` inside a word stands no vowel yet.
  return at < 0 || (at <= 3 && !/[aeiou]/.test(core.slice(0, at)))
}

/** `0ffer`, `$ave`, `a$$`, `girl$`: only zeros and dollar signs, which do not begin or end words otherwise. */
function edgeForm(body: string): string | undefined {
  if (/^0[a-z]{3,}$/.test(body)) return `o${body.slice(1)}`
  const dollar = /^\$([a-z]{2,})$/.exec(body)?.[1]
  if (dollar !== undefined) {
    return !moneyWords.has(dollar) && /^[hltcpmnukwaeio]?[aeiou]/.test(dollar) ? `s${dollar}` : undefined
  }
  const before = /^([a-z]+)(\${1,2})$/.exec(body)
  if (before === null || moneyWords.has(before[1]!)) return undefined
  if (before[2] === '$') return before[1]!.length >= 3 ? `${before[1]}s` : undefined
  return before[1]!.length <= 3 ? `${before[1]}ss` : undefined
}

/** All digits and signs as letters; for `1`, `!` and `|` the likelier of i and l by the letters around. */
function resolved(core: string): string {
  let form = ''
  for (let i = 0; i < core.length; i++) {
    const one = core[i]!
    form += EITHER.includes(one)
      ? iOrL(form.at(-1) ?? '', letters[core[i + 1]!] ?? core[i + 1] ?? '')
      : (letters[one] ?? one)
  }
  return form
}

function iOrL(before: string, after: string): string {
  if (EITHER.includes(after) && after !== '') return 'l'
  if (before === 'i' || before === 'l' || after === 'i' || after === 'y') return 'l'
  const isBeforeVowel = 'aeou'.includes(after)
  if (isBeforeVowel) return 'aeoucbfgps'.includes(before) ? 'l' : 'i'
  return before === 'e' && !'vrnzt'.includes(after) ? 'l' : 'i'
}
