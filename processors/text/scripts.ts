/** Languages that a script other than Latin stands for, told apart further by letters that only some of them have. */
interface Script {
  /** First and last UTF-16 code unit of each of its blocks. */
  readonly blocks: readonly (readonly [number, number])[]
  readonly language: string
  /** If one of these letters occurs, it is this language instead; the first that fits. */
  readonly unless?: readonly (readonly [letters: string, language: string])[]
}

const scripts: readonly Script[] = [
  { blocks: [[0x370, 0x3ff]], language: 'el' },
  {
    blocks: [[0x400, 0x52f]],
    language: 'ru',
    unless: [
      ['їєґ', 'uk'],
      ['ў', 'be'],
      ['ђћџљњј', 'sr'],
      ['қғңұәө', 'kk'],
      ['і', 'uk'],
    ],
  },
  { blocks: [[0x531, 0x58f]], language: 'hy' },
  { blocks: [[0x590, 0x5ff]], language: 'he' },
  {
    blocks: [
      [0x600, 0x6ff],
      [0x750, 0x77f],
    ],
    language: 'ar',
    unless: [
      ['ٹڈڑےں', 'ur'],
      ['پچژگکی', 'fa'],
    ],
  },
  { blocks: [[0x900, 0x97f]], language: 'hi' },
  { blocks: [[0x980, 0x9ff]], language: 'bn' },
  { blocks: [[0xa00, 0xa7f]], language: 'pa' },
  { blocks: [[0xa80, 0xaff]], language: 'gu' },
  { blocks: [[0xb80, 0xbff]], language: 'ta' },
  { blocks: [[0xc00, 0xc7f]], language: 'te' },
  { blocks: [[0xc80, 0xcff]], language: 'kn' },
  { blocks: [[0xd00, 0xd7f]], language: 'ml' },
  { blocks: [[0xd80, 0xdff]], language: 'si' },
  { blocks: [[0xe00, 0xe7f]], language: 'th' },
  { blocks: [[0xe80, 0xeff]], language: 'lo' },
  { blocks: [[0x1000, 0x109f]], language: 'my' },
  { blocks: [[0x10a0, 0x10ff]], language: 'ka' },
  { blocks: [[0x1200, 0x137f]], language: 'am' },
  { blocks: [[0x1780, 0x17ff]], language: 'km' },
  // Chinese and Japanese share ideographs; only Japanese has kana between them.
  { blocks: [[0x3400, 0x9fff]], language: 'zh' },
  { blocks: [[0x3041, 0x30ff]], language: 'ja' },
  {
    blocks: [
      [0x1100, 0x11ff],
      [0x3131, 0x318e],
      [0xac00, 0xd7a3],
    ],
    language: 'ko',
  },
]

/** Telling letters are looked for in this much of a text. */
const SAMPLE_UNITS = 1000

/** Every language that letters other than Latin ones stand for. */
export const writtenInOtherScripts: ReadonlySet<string> = new Set(
  scripts.flatMap(({ language, unless = [] }) => [language, ...unless.map(([, other]) => other)]),
)

const CHINESE = scripts.findIndex(({ language }) => language === 'zh')
const JAPANESE = scripts.findIndex(({ language }) => language === 'ja')

/** Letters of other scripts that stand in for Latin ones in disguised words: of themselves they tell no language. */
const lookAlikes = new Set(
  [...'аеіорсухѕјһԁԛԝАВЕІКМНОРСТУХЅЈѴαινορυΑΒΕΖΗΙΚΜΝΟΡΤΥΧ'].map(letter => letter.charCodeAt(0)),
)

/** Number of the script plus one; 0 for units of no such script. */
const scriptOfUnit = scriptTable()

/** How many letters of each script a text has. */
export type ScriptCounts = Int32Array

export function createScriptCounts(): ScriptCounts {
  return new Int32Array(scripts.length)
}

/** Whether a UTF-16 unit is a letter of a known script other than Latin. */
export function isOfOtherScript(unit: number): boolean {
  return scriptOfUnit[unit] !== 0
}

/** A single letter of another script is mostly part of a face or an ornament. */
const WORD_LETTERS_MIN = 2

/**
 * Counts the word of other scripts at `start` to `end`; returns how many letters were counted: none of a word that may
 * be a Latin one in disguise.
 */
export function countScriptWord(counts: ScriptCounts, text: string, start: number, end: number): number {
  if (end - start < WORD_LETTERS_MIN) return 0
  let isTelling = false
  for (let at = start; at < end && !isTelling; at++) isTelling = !lookAlikes.has(text.charCodeAt(at))
  if (!isTelling) return 0
  for (let at = start; at < end; at++) counts[scriptOfUnit[text.charCodeAt(at)]! - 1]!++
  return end - start
}

/** The language (ISO 639-1) of the script that most of the counted letters are of; null without any. */
export function languageOfScript(counts: ScriptCounts, text: string): string | null {
  let most = 0
  for (let script = 1; script < counts.length; script++) if (counts[script]! > counts[most]!) most = script
  if (counts[most] === 0) return null
  if (most === CHINESE && counts[JAPANESE]! > 0) return 'ja'
  const { language, unless = [] } = scripts[most]!
  const start = text.slice(0, SAMPLE_UNITS).toLowerCase()
  const other = unless.find(([letters]) => [...letters].some(letter => start.includes(letter)))
  return other?.[1] ?? language
}

function scriptTable(): Uint8Array {
  const table = new Uint8Array(0x10000)
  scripts.forEach(({ blocks }, script) => {
    for (const [first, last] of blocks) {
      for (let unit = first; unit <= last; unit++) {
        if (/[\p{L}\p{M}]/u.test(String.fromCharCode(unit))) table[unit] = script + 1
      }
    }
  })
  return table
}
