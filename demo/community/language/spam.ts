import type { Frames } from '../frames.ts'

/** Advertising nobody asked for. Its addresses are reserved ones (RFC 2606) that lead nowhere. */
export const spamFrames: readonly Frames[] = [
  {
    niceness: 5,
    spam: true,
    opening: ['', 'URGENT: ', 'Hello dear, ', 'LAST CHANCE! ', 'Attention: '],
    core: [
      'earn {money} a day from home, click {link}',
      'double your bitcoin in {number} hours, send coins via {link}',
      'you have been selected for a free gift card, claim it now at {link}',
      'cheap watches and bags 90% off, order now {link}',
      'buy {number} thousand followers today, instant delivery {link}',
      'your account will be suspended, verify your password at {link}',
      'get a loan of {money} without any check, apply now {link}',
      'win cash prizes every hour at our casino, free bonus {link}',
    ],
    extension: [
      '',
      ' Limited offer!',
      ' Only today!',
      ' 100% guaranteed',
      ' Message me on WhatsApp',
      ' Act now, few places left',
    ],
  },
]

export const spamRules = {
  money: ['$500', '$900', '$2000', '£750', '$5,000', '€1200'],
  link: [
    'www.fast-cash.example',
    'http://gold-deal.example/win',
    'www.lucky-prize.example',
    'http://cheap-bags.example',
    'bonus-now.example/claim',
    'www.crypto-double.example',
  ],
}
