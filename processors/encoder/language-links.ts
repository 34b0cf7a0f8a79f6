/** How the margin of texts in one language is read before the link that all share. */
export interface LanguageLink {
  /** Above 0, so that it turns no order round. */
  readonly slope: number
  readonly offset: number
}

/** What an encoder that reads several languages knows of them, by primary subtag. */
export interface HeadLanguages {
  /** Those of its kind: the n-grams beside it say nothing of a text in another one, and no disguise is undone in it. */
  readonly ofKind: readonly string[]
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

/** Whether a text is read as those of the kind are: in one of its languages, or where nobody knows in which. */
export function isOfKind(languages: HeadLanguages | undefined, language: string | null): boolean {
  return languages === undefined || language === null || languages.ofKind.includes(language)
}

/** What is wrong with them as they are read from a file, in words; null if nothing is. */
export function headLanguagesProblem(value: unknown): string | null {
  if (value === undefined) return null
  const { ofKind, links } = Object(value) as Partial<HeadLanguages>
  if (!Array.isArray(ofKind) || typeof links !== 'object' || links === null)
    return 'languages holds no ofKind and links'
  const isLink = ({ slope, offset }: Partial<LanguageLink>) => slope! > 0 && Number.isFinite(slope! + offset!)
  const wrong = Object.entries(links).find(([, link]) => !isLink(Object(link) as Partial<LanguageLink>))
  return wrong === undefined ? null : `the link of ${wrong[0]} is none`
}
