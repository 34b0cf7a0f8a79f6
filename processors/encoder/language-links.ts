/** How the margin of texts in one language is read before the link that all share. */
export interface LanguageLink {
  /** Above 0, so that it turns no order round. */
  readonly slope: number
  readonly offset: number
}

/** What an encoder that reads several languages knows of them, by primary subtag. */
export interface HeadLanguages {
  /** Those of the n-grams beside it: of a text in another one they say nothing. */
  readonly ngrams: readonly string[]
  /** Of those that had enough rows; all others are read as the common link has it. */
  readonly links: Readonly<Record<string, LanguageLink>>
}

/** @param language of the text; null where neither stated nor told */
export function marginInLanguage(
  languages: HeadLanguages | undefined,
  language: string | null,
  margin: number,
): number {
  const links = languages?.links
  if (language === null || links === undefined || !Object.hasOwn(links, language)) return margin
  const { slope, offset } = links[language]!
  return slope * margin + offset
}

/** Whether the n-grams beside an encoder know the language of a text; they are believed where nobody knows it. */
export function ngramsRead(languages: HeadLanguages | undefined, language: string | null): boolean {
  return languages === undefined || language === null || languages.ngrams.includes(language)
}

/** What is wrong with them as they are read from a file, in words; null if nothing is. */
export function headLanguagesProblem(value: unknown): string | null {
  if (value === undefined) return null
  const { ngrams, links } = Object(value) as Partial<HeadLanguages>
  if (!Array.isArray(ngrams) || typeof links !== 'object' || links === null) return 'languages holds no ngrams and links'
  const isLink = ({ slope, offset }: Partial<LanguageLink>) => slope! > 0 && Number.isFinite(slope! + offset!)
  const wrong = Object.entries(links).find(([, link]) => !isLink(Object(link) as Partial<LanguageLink>))
  return wrong === undefined ? null : `the link of ${wrong[0]} is none`
}
