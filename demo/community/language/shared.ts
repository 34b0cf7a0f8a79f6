import type { Grammar } from '../grammar.ts'

/** Rules that sentences of every tone use. */
export const sharedRules: Grammar = {
  when: [
    'yesterday',
    'last night',
    'on Monday',
    'this morning',
    'on Saturday',
    'last week',
    'on Thursday',
    'today',
    'in spring',
    'two days ago',
  ],
  soon: [
    'tomorrow',
    'on Friday',
    'next week',
    'on Sunday',
    'at noon',
    'after work',
    'in the evening',
    'at half past six',
  ],
  number: ['two', 'three', 'four', 'five', 'six', 'eight', 'nine', 'twelve'],
  about: ['about the {thing}', 'with the {thing}', 'on the {thing}', 'for the {thing}'],
  person: [
    'Marit',
    'Joris',
    'Tamsin',
    'Oleg',
    'Pia',
    'Ravi',
    'Henrik',
    'Noor',
    'Colm',
    'Yuki',
    'Ada',
    'Benno',
  ],
}
