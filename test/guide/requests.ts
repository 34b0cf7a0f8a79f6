import { createRandom } from '../../jobs/random.ts'

/** Requests of a made-up community: half of them polite, about the same things. */

export interface Request {
  readonly text: string
  readonly label: 'polite' | 'impolite'
}

// step rows
const frames = {
  polite: [
    'Could you please {task}? Thank you!',
    'Would you be so kind as to {task}?',
    'When you have a moment, could you {task}?',
    'Sorry to bother you, but may I ask you to {task}?',
    'I would be grateful if you could {task}.',
    'Hi, would it be possible to {task}? Thanks in advance.',
    'Please {task} when it suits you.',
    'If it is no trouble, would you {task}?',
  ],
  impolite: [
    'You {task}. Now.',
    'Why did you still not {task}?',
    'You have to {task}, so hurry up.',
    'I want you to {task} at once.',
    'Just {task} already.',
    'How often must I tell you to {task}?',
    'Do your job for once and {task}.',
    'Stop wasting my time and {task}.',
  ],
}
// step end

// step coined
const coined = { polite: ['mellifrop', 'zwindely'], impolite: ['snorvig', 'grabbulo'] }
const newFrames = ['{word}, {task}.', '{task}, {word}!', '{word}, you {task}.']
// step end

/** Words of the community's new language. */
export const coinedWords: readonly string[] = Object.values(coined).flat()

const verbs = 'send me,look at,move,repair,check,read,bring back,count,sort,print'.split(',')
const adjectives = 'old,blue,last,other,long,small,new,second,spare,green'.split(',')
const things =
  'invoice,bicycle,lamp,report,box,printer,letter,radio,list,tent,map,kettle,photo,book,camera,plan,key,chair'
const places =
  'in the kitchen,by the door,from Monday,on the table,in the cellar,for the school,at the office,from May'

export interface Community {
  /** In words that everybody knows. */
  usual(): Request
  /** Polite or not by a coined word alone. */
  inNewWords(): Request
  /** One in five in new words. */
  changing(): Request
}

/** The same seed gives the same requests. */
export function createCommunity(seed: number): Community {
  const random = createRandom(seed)
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)]!
  const task = () =>
    `${pick(verbs)} the ${pick(adjectives)} ${pick(things.split(','))} ${pick(places.split(','))}`
  const requestOf = (frameOf: (label: Request['label']) => string): Request => {
    const label = pick(['polite', 'impolite'] as const)
    return { text: frameOf(label).replace('{task}', task()), label }
  }
  const usual = () => requestOf(label => pick(frames[label]))
  const inNewWords = () => requestOf(label => pick(newFrames).replace('{word}', pick(coined[label])))
  return { usual, inNewWords, changing: () => (random() < 0.2 ? inNewWords() : usual()) }
}
