import type { Brush } from './brush.ts'

/** What a drawn picture says: the same layouts hold harmless words and offers, so that the layout gives nothing away. */
export interface Sayings {
  title(): string
  line(): string
  /** Of a row of a list: what, and how much. */
  item(): readonly [string, string]
  /** Whom to turn to. */
  contact(): string
  button(): string
}

const who = [
  'my sister',
  'the neighbour',
  'our team',
  'the new teacher',
  'grandpa',
  'the baker',
  'Lena',
  'Marek',
  'the plumber',
  'your cousin',
  'the class',
  'Amira',
]
const does = [
  'is bringing',
  'forgot',
  'found',
  'was asking about',
  'finished',
  'moved',
  'will need',
  'left',
  'is painting',
  'repaired',
  'wants to see',
  'can lend us',
]
const what = [
  'the ladder',
  'two chairs',
  'the minutes',
  'a cake',
  'the blue folder',
  'the spare key',
  'some photos',
  'the bicycle',
  'chapter nine',
  'the projector',
  'her homework',
  'the tent',
]
const when = [
  'on Tuesday',
  'after work',
  'this evening',
  'before lunch',
  'next week',
  'at half past six',
  'tomorrow',
  'in the hall',
  'at the station',
  'by the lake',
  '',
  '',
]
const titles = [
  'Swimming lessons',
  'Room 204',
  'Library hours',
  'Rainfall by quarter',
  'Summer timetable',
  'Notes of the meeting',
  'Soup of the day',
  'Lost and found',
  'Field trip',
  'Bus line 14',
  'Homework for Friday',
  'Garden club',
  'Please close the door',
  'Staff rota',
  'Reading list',
  'Results of round two',
  'Settings',
  'My account',
  'Weather',
  'Second floor',
]
const goods = [
  'carrots',
  'ticket, adult',
  'notebook',
  'coffee',
  'postage',
  'lamp oil',
  'tiles',
  'hours worked',
  'Berlin',
  'Group B',
  'Norwood',
  'March',
  'towels',
  'paint 2 l',
  'sandwich',
  'Kim',
  'Ivanov',
  'battery',
]
const answers = ['Save', 'Cancel', 'Next', 'Send', 'Open', 'Done', 'Edit', 'Share']

export function harmless({ one, between, whole }: Brush): Sayings {
  return {
    title: () => one(titles),
    line: () => `${one(who)} ${one(does)} ${one(what)} ${one(when)}`.trim(),
    item: () => [
      one(goods),
      one([
        between(0.5, 90).toFixed(2),
        String(whole(1, 400)),
        `${whole(6, 21)}:${one(['00', '15', '30', '45'])}`,
      ]),
    ],
    contact: () =>
      one([
        `page ${whole(1, 40)}`,
        `${whole(1, 28)} ${one(['May', 'June', 'October'])}`,
        `room ${whole(100, 399)}`,
        'see you there',
      ]),
    button: () => one(answers),
  }
}

const urges = [
  'Buy',
  'Get',
  'Order',
  'Claim',
  'Grab',
  'Start earning with',
  'Try',
  'Win',
  'Unlock',
  'Invest in',
]
const wares = [
  'generic tablets',
  'luxury handbags',
  'crypto signals',
  'slimming drops',
  'casino chips',
  'exam answers',
  'forex robots',
  'cheap software',
  'payday loans',
  'gold coins',
  'fake diplomas',
  'likes and views',
  'prize vouchers',
  'penny stocks',
]
const lures = [
  'at 90% off',
  'risk free',
  'with no questions asked',
  'and triple your money',
  'today only',
  'in 5 minutes',
  'with free delivery',
  'guaranteed',
  'without a bank check',
  'before it is gone',
]
const cries = [
  'MEGA SALE',
  'YOU WON',
  'LAST CHANCE',
  'EASY MONEY',
  'TOP PILLS',
  'HUGE JACKPOT',
  '100% PROFIT',
  'LIMITED OFFER',
  'BAD CREDIT? NO PROBLEM',
  'FREE SPINS',
  'STOCK TIP OF THE WEEK',
  'MIRACLE CURE',
  'WORK FROM YOUR SOFA',
  'DESIGNER COPIES',
]
const calls = ['BUY NOW', 'CLAIM PRIZE', 'JOIN TODAY', 'CLICK HERE', 'GET CASH', 'ORDER HERE']

export function offering({ one, whole }: Brush): Sayings {
  return {
    title: () => one(cries),
    line: () => `${one(urges)} ${one(wares)} ${one(lures)}`,
    item: () => [one(wares), one([`$${whole(5, 99)}.99`, `-${whole(4, 9)}0%`, `$${whole(2, 60)}`])],
    contact: () =>
      one([
        `call 0${whole(700, 999)} ${whole(100, 999)} ${whole(100, 999)}`,
        `www.${one(['best', 'top', 'easy', 'vip'])}-${one(['deal', 'cash', 'meds', 'win'])}${whole(1, 99)}.example`,
        `message +${whole(30, 99)} ${whole(1000000, 9999999)}`,
      ]),
    button: () => one(calls),
  }
}
