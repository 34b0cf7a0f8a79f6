import { afterEach, describe, expect, it } from 'vitest'
import { retriable } from '../../../../pipelines/runtime/kafka/errors.ts'
import { KafkaDriver } from '../../../support/kafka-driver.ts'
import { aContent } from '../../../support/records.ts'
import { stackMissing } from '../../../support/stack.ts'
import { lengthModel, lengthTopology } from '../../../topology/topologies.ts'

describe.skipIf(stackMissing() !== null)('a task that takes over', () => {
  let driver: KafkaDriver | undefined
  afterEach(() => driver?.close())

  it('knows what was decided meanwhile before it scores, also where asking fails at first', async () => {
    let asked = 0
    const model = { ...lengthModel, card: { ...lengthModel.card, version: 'old' } }
    driver = await KafkaDriver.start({
      topology: [lengthTopology(model)],
      partitions: 1,
      catchUp: async () => {
        if (asked++ === 0) throw retriable('the broker does not answer')
        model.card.version = 'new'
      },
    })
    for (const id of ['a', 'b']) await driver.pipe('content', id, aContent({ id }))
    await driver.drain()
    const scores = await driver.read('scores')
    expect(scores.map(({ value }) => [value.contentId, value.modelVersion])).toEqual([
      ['a', 'new'],
      ['b', 'new'],
    ])
    expect(driver.failures).toEqual([])
  })
})
