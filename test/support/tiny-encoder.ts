import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  INT64,
  onnxFloats,
  onnxModel,
  onnxNode,
  onnxValue,
} from '../../pipelines/runtime/inference/onnx-tensors.ts'
import { encodeMessage, type Field } from '../../pipelines/runtime/inference/protobuf.ts'

/** What a word adds to each number of the output. */
export type WordTable = Readonly<Record<string, readonly number[]>>

export interface TinyEncoder {
  readonly words: WordTable
  /** Given: it classifies, and its logits are the sums of its words’ numbers. Without: it gives the words’ numbers as states of tokens. */
  readonly labels?: readonly string[]
  readonly opset?: number
  /** Added to or put in place of what `config.json` says. */
  readonly config?: Readonly<Record<string, unknown>>
}

const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]']
const STRING_ATTRIBUTE = 3

/** Writes a Hugging Face folder with an encoder that looks words up: small, and known in every number. */
export function writeTinyEncoder(folder: string, tiny: TinyEncoder): string {
  const vocabulary = [...SPECIAL, ...Object.keys(tiny.words)]
  mkdirSync(join(folder, 'onnx'), { recursive: true })
  const write = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value))
  write('config.json', {
    model_type: 'bert',
    max_position_embeddings: 64,
    architectures: [tiny.labels === undefined ? 'BertModel' : 'BertForSequenceClassification'],
    ...(tiny.labels && { id2label: Object.fromEntries(tiny.labels.map((label, id) => [id, label])) }),
    ...tiny.config,
  })
  write('tokenizer.json', tokenizerOf(vocabulary))
  write('tokenizer_config.json', {
    tokenizer_class: 'BertTokenizer',
    pad_token: '[PAD]',
    model_max_length: 64,
  })
  writeFileSync(join(folder, 'onnx', 'model.onnx'), networkOf(vocabulary, tiny))
  return folder
}

function tokenizerOf(vocabulary: readonly string[]) {
  const special = SPECIAL.map((content, id) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }))
  const around = (id: string) => ({ id, ids: [SPECIAL.indexOf(id)], tokens: [id] })
  return {
    version: '1.0',
    added_tokens: special,
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [
        { SpecialToken: { id: '[CLS]', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '[SEP]', type_id: 0 } },
      ],
      pair: [],
      special_tokens: { '[CLS]': around('[CLS]'), '[SEP]': around('[SEP]') },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary.map((word, id) => [word, id])),
    },
  }
}

function networkOf(vocabulary: readonly string[], { words, labels, opset = 13 }: TinyEncoder): Uint8Array {
  const width = Object.values(words)[0]!.length
  const table = vocabulary.flatMap(word => words[word] ?? new Array<number>(width).fill(0))
  const output = labels === undefined ? 'last_hidden_state' : 'logits'
  const equation = encodeMessage([
    [1, 'equation'],
    [4, 'btn->bn'],
    [20, STRING_ATTRIBUTE],
  ])
  const sum = encodeMessage([
    [1, 'states'],
    [2, output],
    [3, 'sum'],
    [4, 'Einsum'],
    [5, equation],
  ])
  const graph: Field[] = [
    [1, onnxNode('Gather', ['table', 'input_ids'], labels === undefined ? output : 'states')],
    ...(labels === undefined ? [] : [[1, sum] as Field]),
    [2, 'tiny'],
    [5, onnxFloats('table', [vocabulary.length, width], table)],
    [11, onnxValue('input_ids', ['b', 't'], INT64)],
    [11, onnxValue('attention_mask', ['b', 't'], INT64)],
    [12, onnxValue(output, labels === undefined ? ['b', 't', width] : ['b', width])],
  ]
  return onnxModel(graph, opset)
}
