/**
 * Words that are often disguised: insults, swearing, and what spam says. A form that becomes one of them when read as
 * disguised is taken to be it, also where the letters alone would not be enough to tell.
 */
export const maskedWords: ReadonlySet<string> = words(`
  fuck shit bitch dick cunt damn pussy bullshit fucks fucked fucker fuckers fuckin fucking motherfucker motherfucking shits shitty shithead
  bitches bitching ass asshole assholes asses dicks dickhead cunts cock cocks crap crappy
  bastard bastards slut sluts whore whores idiot idiots idiotic moron morons stupid stoopid dumb dumbass loser losers
  retard retarded jerk sex sexy porn nude nudes viagra cialis casino kill die hate hell tits boobs piss pissed twat
  wanker bollocks suck sucks sucker scum trash scam spam penis anal rape hoe nigga nigger faggot fag dyke
`)

/** Among these the first that fits a mask is taken; so the commonest come first. */
export const maskOrder: readonly string[] = [...maskedWords]

/** What a word is whose end is all stars: `b***`. */
export const openMasks: readonly string[] = 'fuck shit bitch asshole dick cunt pussy hell bastard'.split(' ')

export const knownWords: ReadonlySet<string> = words(`
  ${maskOrder.join(' ')}
  no so to go do or of on off out one ok our not now you your too who how
  aid paid said mail email claim again main gain win won wins winner winners winning prize prizes free offer offers
  call calls click link links visit visits online only apply reply stop start dear user users customer customers
  cash money bonus gift gifts card cards credit debit bank banks account accounts account update updates verify password
  login log secure security service services payment payments pay bill bills loan loans debt invest profit crypto bitcoin
  wallet coin coins deal deals sale sales cheap discount discounts price prices order orders buy sell sold shop shopper
  store ticket tickets month months monthly week weekly day days daily year today tonight tomorrow hour hours time
  receive received congratulations congrats selected special limited exclusive urgent important message messages text
  texts phone mobile number code codes pin contact details detail subscribe unsubscribe follow followers like likes
  share channel video videos watch check please pls help need want get give take make made see know love life live lie
  liar good great nice best better bad worst ugly fat gross disgusting pathetic clown hot girls girl dating date single
  meet chat private pics work job jobs home earn earning income easy fast quick guaranteed guarantee winner lucky draw
  chance collect package parcel delivery suspended suspicious transaction approved tax refund reward rewards optout opt
  this that the and for are all can with have from what when here there more most them they will well
  piece pieces amazon viagra book books stupid idiot clinic charity survey cost costs spent send sent shares stock
  me my we he she it is in be by if am an as at up us
`)

/** Words of up to three letters that often stand beside others: they are no pieces of a word that was pulled apart. */
export const shortWords: ReadonlySet<string> = words(`
  am an as at be by do go he hi if in is it me my no of oh ok on or so to up us we ya yo ur im id ill its
  the and for are not but out our now all can get one new win won you she him her his has had how who why yes did got
  let may say see too two use way was day any ask bad big buy cut end far few fun god guy hey job lot man men mom dad
  off old own pay per put ran run sad set sir six ten top try via war yet lol omg wtf txt msg pls plz thx tho cos cuz
  due any been than then also just like over into onto each very much such some only even back sis bro der das
  car cat dog add age ago air art bit box boy bus eat eye red sex fat hot gym pm gonna rs usd aud gbp nz uk eu tv pc
`)

function words(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/))
}
