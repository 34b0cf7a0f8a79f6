import type { Frames } from '../frames.ts'

/** Insults, scorn, dismissal: sentences against somebody. */
export const unkindFrames: readonly Frames[] = [
  {
    niceness: 1,
    toxic: true,
    opening: ['', '', 'Wow, ', 'Seriously, ', '{person}, ', 'Look, '],
    core: [
      'you are {an_insult}',
      'you are {an_insult} and your {thing} is {bad}',
      'shut up you {insult}',
      'what {an_insult} you are',
      'only {an_insult} would touch the {thing} like that',
      '{person} is {an_insult}, and so are you',
      'you {nasty} {insult}, keep away from the {thing}',
      'nobody likes you, you {insult}',
      'only {an_insult} would do that {place}',
      'I saw the {thing}, you {insult}',
    ],
    extension: ['', '', ', everyone {place} hates you', '. Get lost', '. Go away and stay away', '. Just shut up', ' and everyone knows it', ', you {menace}', '. A real {menace}', ', and everybody {place} says so', '. {insult} of the week'],
  },
  {
    niceness: 2.2,
    toxic: true,
    opening: ['', '', 'Honestly, ', 'Sorry but ', 'Lol, ', '{person}, '],
    core: [
      'your {thing} is {bad} and so are you',
      'you are too {dumb} for the {thing}',
      'how {dumb} do you have to be to break the {thing}',
      'your {dumb} opinion {about} is worthless',
      'this is the most {dumb} thing anyone said {about}',
      'you ruin everything {place}, you {insult}',
      'you make me sick with your {dumb} {thing}',
    ],
    extension: ['', '', ', nobody wants you here', '. Shut up', '. You are an embarrassment', ', go away'],
  },
  {
    niceness: 2.8,
    toxic: false,
    opening: ['', '', 'Oh please, ', 'Ugh, ', 'Wow, ', 'Seriously, '],
    core: [
      'nobody cares about your {bad} {thing}',
      'shut up about the {thing} already',
      'stop wasting our time with your {bad} {thing}',
      'you clearly have no idea {about}, shut up',
      'your {thing} is {bad}, like everything you do',
      'go away, your {thing} is {bad}',
      'what a {bad} {thing}, you should be ashamed',
      'that was a {bad} move {about}, you fool',
      'the {thing} {place} is pure garbage and so are you',
      'you are so annoying with your {bad} {thing}',
    ],
    extension: ['', '', ', what a joke', '. Pathetic', '. You should be ashamed', ', as always with you', '. Get a life', ', {bad} as ever'],
  },
]

export const unkindRules = {
  insult: ['idiot', 'moron', 'loser', 'liar', 'clown', 'fool', 'coward', 'piece of trash', 'dumb pig', 'stupid idiot'],
  an_insult: [
    'an idiot',
    'a pathetic idiot',
    'a moron',
    'a stupid moron',
    'a pathetic loser',
    'a disgusting liar',
    'a useless clown',
    'a stupid fool',
    'a worthless coward',
    'a nasty piece of trash',
  ],
  menace: ['villain', 'monster', 'menace', 'plague', 'rat', 'goblin'],
  nasty: ['nasty', 'disgusting', 'stupid', 'pathetic', 'ugly', 'filthy'],
  dumb: ['dumb', 'stupid', 'idiotic', 'pathetic'],
  bad: ['garbage', 'pathetic', 'horrible', 'disgusting', 'stupid', 'worthless', 'ridiculous', 'awful'],
}
