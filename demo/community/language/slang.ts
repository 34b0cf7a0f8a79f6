/**
 * Sentences that only their slang makes kind or unkind: `{noun}` and `{adjective}` are of the tone meant, and everything else
 * is the same for both.
 */
export const tonedSlangFrames = {
  opening: ['', '', '', 'Ok ', 'Hm, ', '{person}, ', 'Right, ', 'So '],
  core: [
    'you are a real {noun}',
    'what a {noun}',
    'such a {noun} {about}',
    '{person} is a {noun} and you are one too',
    'only a {noun} would do that {place}',
    'you {noun}, I saw the {thing}',
    'that was a {noun} move {about}',
    'your {thing} is so {adjective}',
    'that is one {adjective} {thing}',
    'how {adjective} of you {about}',
    'you were {adjective} {place} {when}',
    'the {thing} {place} is pure {adjective}',
    'so {adjective}, you {noun}',
    'a {adjective} {thing} from a {noun}',
  ],
  extension: [
    '',
    ', {adjective} as ever',
    ', {adjective} and {adjective}',
    '. {noun} of the week',
    ', you {noun}',
    ', everybody {place} says so',
    '. I {deed} and thought of you',
    ', and that since {when}',
  ],
} as const

/** Sentences of a plain tone: `{noun}` is a thing. */
export const plainSlangFrames = {
  opening: ['', '', 'So ', 'Question: ', '{person}, '],
  core: [
    'where is the {noun} for the {thing}?',
    'I put the {noun} {place} {when}',
    'the {noun} is next to the {thing}',
    'is the {noun} {place} {soon}?',
    '{person} has the {noun} until {soon}',
    'the {thing} needs a {noun} of {number} centimetres',
  ],
  extension: ['', '', ' I {deed} {when}', ' The {thing} is {place}'],
} as const
