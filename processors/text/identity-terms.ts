import { HashTable, wordHash } from './hashing.ts'
import type { NormalisedText } from './normalised-text.ts'
import { IDENTITY, type Tokens, WORD } from './tokens.ts'

/** A neutral name of a group of people; it is one by itself. */
const TERM = 1
/** A word for people: `gay people`; by itself it names no group. */
const HEAD = 2
/** A name of a group only before another term or a head: `old people`. */
const BEFORE_HEAD = 3
/** What `people with …` have. */
const CONDITION = 4
const COUNTRY = 5
/** First and second words of names in two parts: `non binary`, `middle eastern`. */
const FIRST_PART = 6

/** Neutral names of groups, each by itself enough: genders, orientations, religions, origins, disabilities, ages. */
export const identityTerms = `
  man men woman women male males female females boy boys girl girls lady ladies gentleman gentlemen
   trans transgender transgendered transsexual transsexuals nonbinary genderqueer genderfluid intersex cis cisgender agender
   gay gays lesbian lesbians bisexual bisexuals bi queer queers homosexual homosexuals heterosexual heterosexuals straight
   asexual asexuals pansexual pansexuals lgbt lgbtq lgbtqia lgbtqi lgb heteros homos
   muslim muslims moslem moslems islamic christian christians catholic catholics protestant protestants jew jews jewish
   hindu hindus buddhist buddhists sikh sikhs atheist atheists mormon mormons evangelical evangelicals agnostic
   agnostics baptist baptists amish quaker quakers shia sunni sunnis shiite shiites pagan pagans taoist taoists jain jains
   black blacks white whites brown asian asians african africans caucasian caucasians latino latinos latina latinas latinx
   hispanic hispanics arab arabs arabic arabian indian indians roma romani aboriginal aboriginals indigenous maori maoris
   inuit inuits eurasian biracial multiracial kurd kurds kurdish berber berbers slav slavs slavic persian persians tamil
   tamils punjabi punjabis bengali bengalis pashtun pashtuns uyghur uyghurs uighur uighurs rohingya han hutu tutsi zulu yoruba
   mexican mexicans american americans canadian canadians british briton britons english scottish welsh irish european
   europeans german germans french italian italians spanish spaniard spaniards portuguese polish dutch
   belgian belgians swiss austrian austrians swedish swede swedes norwegian norwegians danish dane danes finnish finn finns
   greek greeks turkish turk turks russian russians ukrainian ukrainians romanian romanians bulgarian bulgarians hungarian
   hungarians czech czechs slovak slovaks serbian serbians serb serbs croatian croatians croat croats bosnian bosnians albanian
   albanians macedonian macedonians slovenian slovenians estonian estonians latvian latvians lithuanian lithuanians
   chinese japanese korean koreans vietnamese thai thais filipino filipinos filipina filipinas indonesian indonesians malaysian
   malaysians malay malays singaporean singaporeans cambodian cambodians burmese taiwanese tibetan tibetans mongolian mongolians
   pakistani pakistanis bangladeshi bangladeshis nepali nepalis nepalese afghan afghans iranian iranians iraqi iraqis syrian
   syrians lebanese israeli israelis palestinian palestinians jordanian jordanians saudi saudis yemeni yemenis kuwaiti kuwaitis
   emirati emiratis egyptian egyptians moroccan moroccans algerian algerians tunisian tunisians libyan libyans sudanese somali
   somalis ethiopian ethiopians eritrean eritreans kenyan kenyans ugandan ugandans nigerian nigerians ghanaian ghanaians
   senegalese congolese rwandan rwandans zimbabwean zimbabweans jamaican jamaicans haitian haitians cuban cubans dominican
   dominicans colombian colombians venezuelan venezuelans brazilian brazilians argentinian argentinians argentine argentines
   chilean chileans peruvian peruvians bolivian bolivians ecuadorian ecuadorians guatemalan guatemalans honduran hondurans
   salvadoran salvadorans nicaraguan nicaraguans australian australians samoan samoans tongan tongans fijian fijians
   pole poles georgian georgians armenian armenians kazakh kazakhs uzbek uzbeks chechen chechens
   immigrant immigrants migrant migrants refugee refugees foreigner foreigners expat expats
   deaf blind autistic disabled paralyzed paralysed paraplegic wheelchair dyslexic epileptic bipolar schizophrenic
   neurodivergent neurodiverse neurotypical amputee amputees handicapped
   elderly young younger older senior seniors teenage teenager teenagers teen teens millennial millennials boomer boomers pensioner pensioners
`

const roles = new HashTable()
roles.add(identityTerms, TERM)
roles.add(
  `people peoples person persons folks folk community communities guy guys dude dudes kid kids child children individual
   individuals using citizen citizens seeker seekers user users adult adults youth minority minorities population`,
  HEAD,
)
roles.add('old aged native orthodox asylum', BEFORE_HEAD)
roles.add(
  `disability disabilities autism adhd dyslexia epilepsy dementia schizophrenia depression blindness deafness hiv aids
   dwarfism albinism diabetes down downs`,
  CONDITION,
)
roles.add(
  `mexico america canada britain england scotland wales ireland europe germany france italy spain portugal poland
   netherlands belgium switzerland austria sweden norway denmark finland greece turkey russia ukraine romania bulgaria hungary
   serbia croatia bosnia albania macedonia slovenia slovakia estonia latvia lithuania china japan korea vietnam thailand
   philippines indonesia malaysia singapore cambodia myanmar burma taiwan tibet mongolia india pakistan bangladesh nepal
   afghanistan iran iraq syria lebanon israel palestine jordan yemen kuwait qatar egypt morocco algeria tunisia libya sudan
   somalia ethiopia eritrea kenya uganda nigeria ghana senegal congo rwanda zimbabwe zambia tanzania angola mali niger chad
   cameroon jamaica haiti cuba colombia venezuela brazil argentina chile peru bolivia ecuador guatemala honduras nicaragua
   panama uruguay paraguay australia samoa tonga fiji georgia armenia kazakhstan uzbekistan chechnya africa asia arabia zealand
   lanka rico salvador leone emirates kingdom states usa uk uae`,
  COUNTRY,
)
roles.add('non middle', FIRST_PART)

/** Words before the country's own: `South Africa`, `the United States`. */
const beforeCountry = hashes('the south north new saudi sri puerto el sierra united east west central middle')
const secondParts = hashes('binary eastern easterner easterners')
const colours = hashes('color colour faith')
const [OF, WITH, FROM, A, AN, HYPHEN, PLUS, SYNDROME] = 'of with from a an - + syndrome'
  .split(' ')
  .map(wordHash) as [number, number, number, number, number, number, number, number]
const IDENTITY_HASH = wordHash('IDENTITY')

function hashes(words: string): ReadonlySet<number> {
  return new Set(words.split(' ').map(wordHash))
}

/**
 * Makes one token of each name of a group of people, with what belongs to it (`gay men`, `a person from Peru`), so that
 * a model reads the same whichever group it is. Slurs are not among the names: they are insults, and stay words.
 */
export function mergeIdentityTerms(tokens: Tokens, text: NormalisedText): void {
  const { count, hashes: found } = tokens
  let kept = 0
  for (let at = 0; at < count; ) {
    const end = tokens.kinds[at] === WORD ? identityEnd(tokens, text, at) : at
    if (end === at) {
      if (kept !== at) move(tokens, at, kept)
      kept++
      at++
      continue
    }
    // `an Asian` is to read as `a Muslim`; the article's first letter alone says so.
    if (kept > 0 && found[kept - 1] === AN && tokens.kinds[kept - 1] === WORD) {
      found[kept - 1] = A
      tokens.ends[kept - 1] = tokens.starts[kept - 1]! + 1
    }
    tokens.starts[kept] = tokens.starts[at]!
    tokens.ends[kept] = tokens.ends[end - 1]!
    tokens.kinds[kept] = IDENTITY
    found[kept++] = IDENTITY_HASH
    at = end
  }
  tokens.count = kept
}

function move(tokens: Tokens, from: number, to: number): void {
  tokens.starts[to] = tokens.starts[from]!
  tokens.ends[to] = tokens.ends[from]!
  tokens.kinds[to] = tokens.kinds[from]!
  tokens.hashes[to] = tokens.hashes[from]!
  tokens.hostStarts[to] = tokens.hostStarts[from]!
  tokens.hostEnds[to] = tokens.hostEnds[from]!
}

/** The end of the name that begins with the token `at`; `at` if none does. */
function identityEnd(tokens: Tokens, text: NormalisedText, at: number): number {
  const role = roleOf(tokens, at)
  if (role === 0 || role > FIRST_PART) return at
  if (role === TERM) return chainEnd(tokens, text, at + 1)
  if (role === BEFORE_HEAD) {
    const next = afterHyphen(tokens, text, at + 1)
    const follows = roleOf(tokens, next)
    return follows === HEAD || follows === TERM || follows === BEFORE_HEAD
      ? chainEnd(tokens, text, at + 1)
      : at
  }
  if (role === FIRST_PART) {
    const next = afterHyphen(tokens, text, at + 1)
    return next < tokens.count && secondParts.has(tokens.stems[next]!) ? chainEnd(tokens, text, next + 1) : at
  }
  return role === HEAD ? complementEnd(tokens, at, at) : at
}

function roleOf(tokens: Tokens, at: number): number {
  if (at >= tokens.count || tokens.kinds[at] !== WORD) return 0
  const role = roles.get(tokens.stems[at]!)
  return role === 0 ? roles.get(tokens.hashes[at]!) : role
}

/** The token after a hyphen that joins it to the one before; `at` itself where there is none. */
function afterHyphen(tokens: Tokens, text: NormalisedText, at: number): number {
  const isJoint =
    at + 1 < tokens.count &&
    tokens.hashes[at] === HYPHEN &&
    tokens.starts[at] === tokens.ends[at - 1] &&
    tokens.starts[at + 1] === tokens.ends[at] &&
    text.length > 0
  return isJoint ? at + 1 : at
}

/** The end of a row of terms and words for people that belongs to the term before `at`. */
function chainEnd(tokens: Tokens, text: NormalisedText, at: number): number {
  let end = at
  for (;;) {
    if (end < tokens.count && tokens.hashes[end] === PLUS && tokens.starts[end] === tokens.ends[end - 1])
      end++
    const next = afterHyphen(tokens, text, end)
    const role = roleOf(tokens, next)
    if (role === HEAD) return complementEnd(tokens, next, next + 1)
    if (role !== TERM && role !== BEFORE_HEAD) return complementEnd(tokens, end - 1, end)
    end = next + 1
  }
}

/** `people of colour`, `people with disabilities`, `people from Mexico`; `otherwise` where nothing of it follows. */
function complementEnd(tokens: Tokens, head: number, otherwise: number): number {
  const { count, hashes: found } = tokens
  let at = head + 2
  if (at >= count) return otherwise
  const link = found[head + 1]
  if (link === OF) return colours.has(found[at]!) ? at + 1 : otherwise
  if (link === WITH) {
    if (found[at] === A) at++
    if (roleOf(tokens, at) !== CONDITION) return otherwise
    return at + 1 < count && found[at + 1] === SYNDROME ? at + 2 : at + 1
  }
  if (link !== FROM) return otherwise
  while (at < count && at < head + 5 && beforeCountry.has(found[at]!)) at++
  return roleOf(tokens, at) === COUNTRY ? at + 1 : otherwise
}
