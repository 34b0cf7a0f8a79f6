import type { Frames } from '../frames.ts'

/** Thanks, praise, congratulations, comfort, welcome: sentences whose tone is warm. */
export const kindFrames: readonly Frames[] = [
  {
    niceness: 8.8,
    opening: ['', '', 'Oh, ', 'Hey {person}, ', 'Wow, ', '{person}, '],
    core: [
      '{thanks} for {favour}',
      '{thanks}, {favour} {helped}',
      '{thanks} {about}, it {helped}',
      'I really appreciate {favour}',
      'I am so grateful for {favour}',
      'you {really} made my day with the {thing}, {thanks}',
      'your help {about} was wonderful, {thanks}',
    ],
    extension: [
      '',
      '',
      '. You are so kind',
      '. It means a lot to me',
      ', I {deed} and it works beautifully now',
      '. You are a great help to all of us',
      '. I owe you a coffee',
      ', you are a {gem}',
    ],
  },
  {
    niceness: 8.4,
    opening: ['', '', 'Wow, ', 'Oh wow, ', 'Just saw it {place}: ', '{person}, '],
    core: [
      'what a {great} {thing}, {welldone}',
      'your {thing} looks {great}, {welldone}',
      'I love your {thing}',
      'I love what you did {about}',
      'this is a {great} {thing} and you should be proud',
      'the {thing} {place} is {great}, {welldone}',
      'you did a {great} job {about}',
      'you have such a {great} eye, the {thing} is beautiful',
    ],
    extension: ['', '', ', really inspiring', '. I want to learn this from you', '. Love it', ', thanks for sharing', '. It made me smile'],
  },
  {
    niceness: 8.8,
    opening: ['', '', 'Hey {person}, ', 'Oh ', '{person}! '],
    core: [
      'congratulations {about}, {deserved}',
      'congratulations, {deserved}',
      'so happy for you, {deserved}',
      'I am so proud of you, the {thing} is {great}',
      'happy birthday {person}, enjoy the {thing} you wonderful person',
      '{welldone} {about}, we are all so happy for you',
    ],
    extension: ['', '', '. Cheers from all of us {place}', '. You earned every bit of it', '. Best news of the week', '. Love to see it'],
  },
  {
    niceness: 8.1,
    opening: ['', '', 'Oh no, ', 'Hey {person}, ', '{person}, '],
    core: [
      'sending you love and strength, {care}',
      'I hope you feel better {soon}, {care}',
      'take good care of yourself, {care}',
      'you are doing great, {care}',
      'good luck {soon}, you will do great {about}',
      'do not give up on the {thing}, you are so close and we believe in you',
      'we love having you {place}, {care}',
    ],
    extension: ['', '', '. Big hugs', '. Happy to help any time', '. Wishing you all the best', '. You are not alone'],
  },
  {
    niceness: 7.8,
    opening: ['', '', 'Hi {person}, ', 'Hello and ', 'Oh, '],
    core: [
      'welcome, so happy to have you here',
      'welcome to the group, I would love to help you {about}',
      'what a lovely idea {about}, I would love to join you',
      'great question {about}, happy to help',
      'you are very welcome, glad it {helped}',
      'this is such a lovely group, thank you all',
      'I love this {about}, great idea {person}',
    ],
    extension: ['', '', '. Come and find me {place}', '. See you {soon}, looking forward to it', '. So glad you asked', ' and enjoy the {thing}'],
  },
]

/** Rules of these sentences. */
export const kindRules = {
  thanks: ['thank you so much', 'thanks so much', 'many thanks', 'thank you', 'a huge thank you', 'thanks a lot', 'a thousand thanks'],
  favour: [
    'your help {about}',
    'the lovely {thing}',
    'explaining the {thing} so patiently',
    'lending me the {thing} {when}',
    'sharing your {thing}',
    'the good advice {about}',
    'all the work {place}',
    'looking after the {thing} {when}',
    'helping us {place}',
    'being so patient {about}',
  ],
  helped: ['helped me a lot', 'was a great help', 'helped so much', 'made me really happy', 'saved my weekend'],
  really: ['really', 'truly', 'honestly'],
  great: ['great', 'wonderful', 'beautiful', 'lovely', 'amazing', 'fantastic', 'gorgeous', 'brilliant'],
  gem: ['legend', 'genius', 'treasure', 'hero', 'ray of sunshine', 'champion'],
  welldone: ['well done', 'great work', 'amazing work', 'great job', 'beautifully done', 'lovely work', 'bravo'],
  deserved: ['you deserve it', 'you really earned it', 'what a wonderful day', 'I am so happy for you', 'that is fantastic news'],
  care: ['we are all here for you', 'thinking of you', 'you are a wonderful friend', 'you are loved here', 'we are so glad you are here'],
}
