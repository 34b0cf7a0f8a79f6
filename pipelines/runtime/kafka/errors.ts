import { kafkajsInternal } from './kafkajs-patches.ts'

/** An error that kafkajs's retries, and with them the consumer, take for passing. */
export function retriable(message: string): Error {
  const { KafkaJSError } = kafkajsInternal<{ KafkaJSError: new (message: string) => Error }>('errors')
  return new KafkaJSError(message)
}

/** The error that kafkajs makes of an error code in a broker's answer; it knows which may pass. */
export function protocolError(code: number): Error {
  const { createErrorFromCode } = kafkajsInternal<{ createErrorFromCode: (code: number) => Error }>(
    'protocol/error',
  )
  return createErrorFromCode(code)
}

/** True for the errors of kafkajs: the network, the brokers and the group protocol. Anything else is ours. */
export function isKafkaError(error: unknown): boolean {
  return error instanceof Error && error.name.startsWith('KafkaJS')
}

/** The protocol error's name, looking through kafkajs's wrappers, e.g. `MESSAGE_TOO_LARGE`; null for other errors. */
export function protocolErrorType(error: unknown): string | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { type } = at as { type?: unknown }
    if (typeof type === 'string') return type
  }
  return null
}
