import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { createLogoBank } from '../../processors/images/logo-bank.ts'
import { NicrError } from '../../schemas/errors.ts'
import { type OpenedImage, openImageSight } from './see-image.ts'
import type { FromSight, SightThreadData, ToSight } from './sight-messages.ts'

/**
 * The thread that sees pictures (started by `SightThread`), one at a time. An expected failure is told with its code; anything
 * else is a bug and ends the thread.
 */
const { limits } = workerData as SightThreadData
/** Behind the threads that score text, where the system can tell threads apart. */
const NICENESS = 10

lowerPriority()
const sight = await openImageSight(limits)
let picture: OpenedImage | null = null

/** One after the other, whatever is told meanwhile. */
let turn: Promise<unknown> = Promise.resolve()
parentPort?.on('message', (message: ToSight) => {
  turn = turn.then(() => obey(message))
})

async function obey(message: ToSight): Promise<void> {
  if (message.type === 'DROP') picture = null
  else if (message.type === 'LOGOS')
    sight.setLogos(message.logos.length === 0 ? null : createLogoBank(message.logos))
  else {
    try {
      tell(await answerTo(message))
    } catch (error) {
      if (!(error instanceof NicrError)) throw error
      tell({ type: 'FAILED', code: error.code, detail: error.message })
    }
  }
}

type Question = Exclude<ToSight, { readonly type: 'DROP' | 'LOGOS' }>

async function answerTo(message: Question): Promise<FromSight> {
  if (message.type === 'OPEN') {
    picture = null
    picture = await sight.open(message.bytes, message.sha256)
    return { type: 'OPENED', signature: picture.signature }
  }
  if (picture === null) throw new Error(`${message.type} without a picture`)
  if (message.type === 'SEARCH') return { type: 'SEARCHED', logos: picture.search() }
  if (message.type === 'COMPARE') return { type: 'COMPARED', isSame: picture.showsLines(message.marks) }
  return { type: 'SEEN', ...(await picture.see({ timeoutMs: message.timeoutMs })) }
}

function tell(message: FromSight): void {
  parentPort?.postMessage(message)
}

/** Linux knows a thread by a number of its own; elsewhere it keeps the priority of the process. */
function lowerPriority(): void {
  try {
    setPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)), NICENESS)
  } catch {
    return
  }
}
