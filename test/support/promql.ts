import { parser } from '@prometheus-io/lezer-promql'

/** What an expression asks for. */
export interface Expression {
  readonly selectors: readonly Selector[]
  /** Labels of `by`, `on` and the like, anywhere in it. */
  readonly grouping: readonly string[]
  /** Labels of its outermost `by`; null where it has none. */
  readonly by: readonly string[] | null
}

export interface Selector {
  readonly metric: string
  readonly matchers: readonly { readonly label: string; readonly op: string; readonly value: string }[]
}

/** Reads PromQL by Prometheus' own grammar. @throws Error with the place that is not PromQL */
export function readExpression(text: string): Expression {
  const tree = parser.parse(text)
  const selectors: Selector[] = []
  const grouping: string[] = []
  let by: string[] | null = null
  tree.iterate({
    enter: ({ type, from, to, node }) => {
      if (type.isError) throw new Error(`not PromQL at ${from}: ${text}`)
      const labelsOf = () =>
        node.getChildren('LabelName').map(({ from: start, to: end }) => text.slice(start, end))
      if (type.name === 'GroupingLabels') {
        grouping.push(...labelsOf())
        if (node.parent?.getChild('By') != null) by ??= labelsOf()
      }
      if (type.name !== 'VectorSelector') return
      const name = node.getChild('Identifier')
      const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []
      selectors.push({
        metric: name === null ? '' : text.slice(name.from, name.to),
        matchers: matchers.map(matcher => {
          const [, label, op, value] =
            /^(\w+)\s*(=~|!~|!=|=)\s*"(.*)"$/.exec(text.slice(matcher.from, matcher.to)) ?? []
          if (value === undefined) throw new Error(`a matcher of ${text.slice(from, to)} cannot be read`)
          return { label: label!, op: op!, value: JSON.parse(`"${value}"`) as string }
        }),
      })
    },
  })
  return { selectors, grouping, by }
}
