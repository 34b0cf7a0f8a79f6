import { Type } from 'typebox'
import { BOX_NAME_LENGTH_MAX, BOXES_MAX, REF_LENGTH_MAX } from '../../pipelines/label-boxes.ts'
import { Id, Int32, Nullable } from './shapes.ts'

/** What the tagging endpoints take and answer. */

/** Labels of one request, and questions of one answer. */
const LABELS_MAX = 100
const QUESTIONS_MAX = 50

const strict = { additionalProperties: false }

export const KindName = Type.String({ minLength: 1, maxLength: 100, description: 'A model kind.' })

export const QuestionsLimit = Type.Optional(
  Type.Integer({ minimum: 1, maximum: QUESTIONS_MAX, description: 'Questions at most; 10 unless given.' }),
)

const Fraction = (description: string) => Type.Number({ minimum: 0, maximum: 1, description })

const LabelBox = Type.Object(
  {
    image: Type.String({ minLength: 1, maxLength: REF_LENGTH_MAX, description: 'The image’s ref.' }),
    x: Fraction('Left edge, in fractions of the image’s width as it is shown.'),
    y: Fraction('Upper edge, in fractions of its height.'),
    width: Fraction('x and width together are at most 1.'),
    height: Fraction('y and height together are at most 1.'),
    name: Type.Optional(
      Nullable(
        Type.String({ maxLength: BOX_NAME_LENGTH_MAX, description: 'What is in it: the logo’s name.' }),
      ),
    ),
  },
  strict,
)

const labelFields = {
  sampleId: Type.Optional(
    Nullable(
      Type.String({ maxLength: 128, description: 'Of the question it answers, as the queue names it.' }),
    ),
  ),
  revision: Type.Optional(Int32),
  value: Type.Optional(
    Type.Number({
      description: 'The answer on the kind’s own scale: niceness 0–10, spam and toxicity 0 or 1.',
    }),
  ),
  label: Type.Optional(
    Type.String({ maxLength: 100, description: 'Instead of a value: spam, ham, toxic, civil, …' }),
  ),
  boxes: Type.Optional(
    Type.Array(LabelBox, {
      maxItems: BOXES_MAX,
      description: 'Rectangles around logos and watermarks; only for kinds that read images.',
    }),
  ),
  seconds: Type.Optional(
    Nullable(Type.Number({ minimum: 0, maximum: 86_400, description: 'From showing to answering.' })),
  ),
  guidelineVersion: Type.Optional(
    Type.String({ maxLength: 100, description: 'Of the guideline the person had before them.' }),
  ),
  modelShown: Type.Optional(
    Type.Boolean({ description: 'Whether the person saw the model’s answer first.' }),
  ),
  origin: Type.Optional(
    Type.Union([Type.Literal('page'), Type.Literal('api'), Type.Literal('adjudication')], {
      description: 'adjudication: a moderator decides; needs the role moderate. api unless given.',
    }),
  ),
}

export const LabelBody = Type.Object({ kind: KindName, contentId: Id, ...labelFields }, strict)

/** One label, or `labels`. */
export const LabelsBody = Type.Object(
  {
    kind: Type.Optional(KindName),
    contentId: Type.Optional(Id),
    ...labelFields,
    labels: Type.Optional(
      Type.Array(LabelBody, {
        minItems: 1,
        maxItems: LABELS_MAX,
        description:
          'Several at once, without the other fields. After a failure some may have been written: send all again.',
      }),
    ),
  },
  strict,
)

const Written = Type.Object({
  id: Type.String({ description: 'The same person’s answer to the same revision and kind has the same id.' }),
  kind: Type.String(),
  contentId: Type.String(),
  value: Type.Number(),
})

export const WrittenLabels = Type.Object({
  labels: Type.Array(Written, { description: 'In the order given.' }),
})

const Read = Type.Object({
  image: Type.String({ description: 'The image’s ref.' }),
  text: Type.String(),
  box: Nullable(
    Type.Object({ x: Type.Number(), y: Type.Number(), width: Type.Number(), height: Type.Number() }),
  ),
})

const ModelAnswer = Nullable(
  Type.Object(
    {
      value: Type.Number(),
      label: Nullable(Type.String()),
      model: Type.String(),
      read: Type.Optional(Type.Array(Read, { description: 'In images; only of kinds that read them.' })),
    },
    { description: 'What the live model says; null where it said nothing.' },
  ),
)

const Images = Type.Optional(
  Type.Array(Type.String(), { description: 'Refs, in order; only of kinds that read images.' }),
)

export const BoxNames = Type.Object({
  kind: Type.String(),
  names: Type.Array(Type.String(), { description: 'The most frequent first.' }),
})

export const ReadInImages = Type.Object({
  kind: Type.String(),
  contentId: Type.String(),
  read: Type.Array(Read, { description: 'What moved the live model’s score, heaviest first.' }),
})

export const Queue = Type.Object({
  kind: Type.String(),
  guidelineVersion: Nullable(Type.String()),
  left: Type.Integer({ description: 'Questions that are this person’s now.' }),
  items: Type.Array(
    Type.Object({
      sampleId: Type.String(),
      contentId: Type.String(),
      revision: Type.Integer(),
      text: Type.String(),
      language: Nullable(Type.String()),
      images: Images,
      model: Type.Optional(ModelAnswer),
    }),
    { description: 'In the order to ask. Some are hidden checks.' },
  ),
})

export const Progress = Type.Object({
  name: Type.String({ description: 'Who asks, as labels name them.' }),
  tags: Type.Boolean({ description: 'Whether they may answer.' }),
  moderates: Type.Boolean({ description: 'Whether they may decide disagreements.' }),
  kinds: Type.Array(
    Type.Object({
      kind: Type.String(),
      input: Type.Union([Type.Literal('TEXT'), Type.Literal('IMAGE')]),
      description: Type.String(),
      objective: Type.Union([Type.Literal('GRADED'), Type.Literal('BINARY')]),
      min: Type.Number(),
      max: Type.Number(),
      labels: Type.Array(Type.String(), { description: 'Of BINARY: what 0 and 1 mean.' }),
      guidelineVersion: Nullable(Type.String()),
      done: Type.Integer({ description: 'Answers the person gave.' }),
      left: Type.Integer({ description: 'Questions that are this person’s now.' }),
      open: Type.Integer({ description: 'Questions that lack answers, whoever’s they are.' }),
      people: Type.Integer({ description: 'Who tags it now, the person among them.' }),
    }),
  ),
})

const Figure = (description: string) => Nullable(Type.Number({ description }))

export const Agreement = Type.Object({
  kind: Type.String(),
  alpha: Figure('Krippendorff’s α: interval for a scale, nominal for two classes. Null: nothing to compare.'),
  compared: Type.Integer({ description: 'Contents that two people or more answered.' }),
  pairs: Type.Array(
    Type.Object({
      one: Type.String(),
      other: Type.String(),
      compared: Type.Integer(),
      kappa: Figure('Cohen’s κ; of a scale weighted by the square of the difference.'),
    }),
    { description: 'Empty without the role moderate.' },
  ),
  people: Type.Array(
    Type.Object({
      labeller: Type.String(),
      answers: Type.Integer(),
      seconds: Figure('Median of showing to answering.'),
      checks: Type.Integer({ description: 'Hidden checks answered.' }),
      checksRight: Type.Integer(),
      accuracy: Figure('Share of them answered right.'),
      alpha: Figure('α over the contents this person answered too.'),
      reliability: Type.Number({ description: 'How far the answers are believed, 0–1.' }),
      lastAt: Type.Integer({ description: 'Ms since the epoch.' }),
    }),
    { description: 'Only the one who asks without the role moderate.' },
  ),
})

export const Disagreements = Type.Object({
  kind: Type.String(),
  items: Type.Array(
    Type.Object({
      contentId: Type.String(),
      revision: Type.Integer(),
      text: Type.String(),
      language: Nullable(Type.String()),
      images: Images,
      answers: Type.Array(Type.Object({ labeller: Type.String(), value: Type.Number() })),
    }),
    { description: 'The furthest apart first.' },
  ),
})

export const GuidelineBody = Type.Object({
  kind: Type.String(),
  version: Type.String({ description: 'The first 12 hex digits of the text’s sha256.' }),
  text: Type.String({ description: 'Markdown.' }),
})
