import { describe, expect, it } from 'vitest'
import { createFeatureReader, featureSettings } from '../../../processors/text/features.ts'

const read = createFeatureReader()
const disguiseSignal = featureSettings.dense.indexOf('disguises')

/** Share of the features of either text that both have (Jaccard). */
function overlapOf(one: string, other: string): number {
  const [some, others] = [new Set(read(one).buckets), new Set(read(other).buckets)]
  const both = [...some].filter(bucket => others.has(bucket)).length
  return both / (some.size + others.size - both)
}

/** Our own sentences, plain and disguised, by tactic. */
const tactics: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'letters of other alphabets': [
    ['Your parcel waits, confirm the address', 'Yоur раrсеl wаits, соnfirm thе аddrеss'],
    ['Claim the voucher before midnight', 'Ϲlаіm thе vоuсhеr bеfоrе mіdnіght'],
    ['You are a complete fool', 'Yοu аrе а соmplеte fοοl'],
    ['Text STOP to leave', 'Text ЅТОР to leave'],
    ['Win a holiday for two', 'Ԝіn а hоlіdаy fоr twо'],
    ['Nobody likes that clown', 'Νоbоdу lіkеѕ thаt сlоwn'],
    ['Open your account today', 'Ⲟpеn уоur aссоunt tоdаy'],
  ],
  'letters in other forms': [
    ['Free ringtones for you', 'Ｆｒｅｅ ｒｉｎｇｔｏｎｅｓ ｆｏｒ ｙｏｕ'],
    ['Hot singles near you', '𝐇𝐨𝐭 𝓼𝓲𝓷𝓰𝓵𝓮𝓼 𝕟𝕖𝕒𝕣 𝘺𝘰𝘶'],
    ['Earn cash at home', 'Ⓔⓐⓡⓝ ⓒⓐⓢⓗ at ʜᴏᴍᴇ'],
    ['Shut up loser', '🅢🅗🅤🅣 🆄🅿 ʟᴏꜱᴇʀ'],
    ['Limited offer inside', 'Ｌｉｍｉｔｅｄ ɵffer inside'],
    ['Winner of the week', 'Wıɴɴᴇʀ of the ᴡᴇᴇᴋ'],
  ],
  'hidden characters': [
    ['You pathetic liar', 'You pa\u200bthe\u200dtic li\u00adar'],
    ['Free entry tonight', 'F\u200br\u200be\u200be en\u2060try to\ufeffnight'],
    ['Call this number', 'C\u0336a\u0336l\u0336l\u0336 this n\u0301u\u0301mber'],
    ['Dear customer hello', 'Dearㅤcustomer\u2800hello'],
  ],
  'digits and signs': [
    ['Congratulations lucky winner', 'C0ngr@tul@tions lucky w1nner'],
    ['Click for a free prize', 'Cl1ck for a fr33 pr1ze'],
    ['Buy cheap viagra online', 'Buy ch3ap v1agra 0nline'],
    ['You stupid idiot', 'You $tup1d 1diot'],
    ['What a piece of shit', 'What a p1ece of sh1t'],
    ['Verify your bank account', 'V3rify your b@nk acc0unt'],
    ['Earn money and cash', 'E@rn m0ney and ca$h'],
    ['Subscribe to the channel', 'Sub$cr1be to the ch@nnel'],
    ['Get your bonus offer', 'Get your b0nus 0ffer'],
    ['Nobody asked you bitch', 'Nobody asked you b!tch'],
    ['Kiss my ass', 'Kiss my a$$'],
    ['Sex pics for you', '$ex p1cs for you'],
    ['Approved loan waiting', 'Appr0v3d l0an waiting'],
    ['Exclusive discount code', 'Exc1usive d1sc0unt c0de'],
  ],
  'masked letters': [
    ['What the fuck is this', 'What the f**k is this'],
    ['Fuck you all', 'F*ck you all'],
    ['You are full of shit', 'You are full of s***'],
    ['Shut up bitch', 'Shut up b*tch'],
    ['Such a dick move', 'Such a d*ck move'],
    ['Stop fucking lying', 'Stop f***ing lying'],
    ['Total asshole today', 'Total a**hole today'],
    ['My neighbour is a cunt', 'My neighbour is a c*nt'],
  ],
  'words pulled apart': [
    ['Get it free now', 'Get it f r e e now'],
    ['Claim your prize, hurry', 'C l a i m your p r i z e, hurry'],
    ['You idiot go away', 'You i d i o t go away'],
    ['Dear member please stop', 'D e ar member please st o p'],
    ['Free money waiting', 'F.R.E.E m-o-n-e-y waiting'],
    ['Win cash', 'W_i_n c*a*s*h'],
    ['Stop now', 'S t o p  n o w'],
    ['The details of the parcel', 'The d e t a i ls of the p a r c e l'],
    ['Every month only ten', 'Every m 0 n t h o n l y ten'],
    ['I hate this place', 'I h a t e this place'],
    ['Fuck off please', 'F u c k off please'],
    ['Congratulations to you', 'C o n g r a t u l a t i o n s to you'],
  ],
  'stretched words and signs': [
    ['This is soo good!!!', 'This is sooooooo good!!!!!!!!'],
    ['You looser', 'YOU LOOOOOOSER'],
    ['Whyy me??', 'Whyyyyyy me??'],
  ],
  markup: [
    ['Watch this video now', 'Watch <b>this</b> video<br />now'],
    ['Rock & roll, "they" said', 'Rock &amp; roll, &quot;they&quot; said'],
    ["It's my channel", 'It&#39;s my <a href="http://x.example/abc">channel</a>'],
  ],
  'several at once': [
    ['Dear user your debit card is blocked', 'D e a r user your deb1t c@rd is blосked'],
    ['Click here to claim the offer', 'с1ick h e r e to сl@im the 0ff3r'],
    ['Free casino bonus', 'Ｆ r е e cas1no b0nus'],
  ],
}

describe('a word in disguise', () => {
  it.each(Object.entries(tactics))('reads as what it is: %s', (_tactic, pairs) => {
    const wrong = pairs
      .map(([plain, disguised]) => ({ plain, disguised, overlap: overlapOf(plain, disguised) }))
      .filter(({ overlap }) => overlap < 0.85)
    expect(wrong).toEqual([])
  })

  it('is counted, and plain text has none', () => {
    const plain = Object.values(tactics).flatMap(pairs => pairs.map(([one]) => one))
    expect(plain.filter(text => read(text).dense[disguiseSignal] !== 0)).toEqual([])
    expect(read('Fr33 m0ney').dense[disguiseSignal]).toBeGreaterThan(0.4)
  })
})

describe('what only looks like a disguise', () => {
  it.each([
    'gr8 2nite b4 4u m8 l8r',
    'mp3 mp4s covid19 iphone12 user123 ps5s h1n1 b2b',
    'on the 3rd at 5pm for 50p, £100, $5, US$20 or 100% of 300-500',
    'job!thanks wow!great money$$$ thanks@user',
    'e.g. i.e. p.s. 2 a.m. r u ok u r so late',
    "i'm 5 ft 3, it's 2 x 4 *very* nice",
    '$usd $tsla and $btc',
    'мы говорим по-русски, а ты нет',
    'καλημερα σας και ευχαριστω',
    'write to bob_1@mail.example.com or http://b1t.ly/fr33',
    '@j0hn_d0e and @j0hn1 were here',
  ])('stays: %s', text => {
    expect(read(text).dense[disguiseSignal]).toBe(0)
  })
})
