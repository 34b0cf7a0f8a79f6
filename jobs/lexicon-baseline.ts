import type { KindDeclaration } from '../pipelines/kind-declaration.ts'

/**
 * A baseline that counts words of a short list: what anyone could have without learning. The lists were written for the
 * purpose; they are no part of any model.
 */

const kindWords = words(`
  thank thanks grateful appreciate appreciated love loved loving lovely wonderful great awesome amazing beautiful
  brilliant excellent fantastic perfect nice kind kindly sweet helpful help glad happy welcome congrats
  congratulations proud hug hugs bless best good cheers enjoy enjoyed delightful superb gem please respect
`)

const unkindWords = words(`
  idiot idiots idiotic stupid moron morons moronic dumb pathetic loser losers worthless useless disgusting hate
  hated trash garbage scum clown ugly fool foolish jerk liar liars coward cowards creep creepy shut stfu gross
  ridiculous terrible awful horrible worst sucks damn hell crap fuck fucking fucked fucker shit shitty bullshit
  bitch bitches ass asshole assholes bastard cunt dick prick whore slut twat wanker imbecile dimwit vermin
  filthy nasty rotten disgrace shame die kill
`)

const spamWords = words(`
  free win winner won prize cash claim urgent offer offers cheap discount deal buy order click link subscribe
  subscribed channel www http https com txt text call mobile ringtone voucher bonus guaranteed reward credit loan
  casino bet earn income profit investment crypto bitcoin giveaway gift promo sale limited visit check website
  follow followers dm whatsapp telegram viagra pills
`)

/** One word moves niceness by this much. */
const WORD_NICENESS = 2
/** Each word leaves this share of the doubt: of toxic words one is enough to pass the half, of spam words it takes two. */
const DOUBT_AFTER_TOXIC_WORD = 0.4
const DOUBT_AFTER_SPAM_WORD = 0.7

type Baseline = (text: string) => number

const baselines: Readonly<Record<string, Baseline>> = {
  niceness: text => {
    const value = 5 + WORD_NICENESS * (count(text, kindWords) - count(text, unkindWords))
    return Math.min(10, Math.max(0, value))
  },
  'text-spam': text => 1 - DOUBT_AFTER_SPAM_WORD ** count(text, spamWords),
  toxicity: text => 1 - DOUBT_AFTER_TOXIC_WORD ** count(text, unkindWords),
}

/** The baseline of a kind: a text's value on the kind's scale. Null for kinds no list was written for. */
export function lexiconBaseline({ kind }: KindDeclaration): Baseline | null {
  return Object.hasOwn(baselines, kind) ? baselines[kind]! : null
}

function count(text: string, list: ReadonlySet<string>): number {
  let found = 0
  for (const [word] of text.toLowerCase().matchAll(/\p{L}+/gu)) if (list.has(word)) found++
  return found
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/))
}
