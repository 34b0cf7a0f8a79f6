/**
 * What KEDA 2.22 takes of the resources that deploy/kubernetes writes, as its reference describes them
 * (https://keda.sh/docs/2.22/reference/scaledobject-spec/, …/scalers/apache-kafka/). Written by hand, and narrower than its CRDs: a field that
 * is not used here is not known.
 */
const name = { type: 'string', pattern: '^[a-z0-9.-]+$' }
const whole = { type: 'integer', minimum: 0 }

const rules = object({
  stabilizationWindowSeconds: { ...whole, maximum: 3600 },
  policies: {
    type: 'array',
    items: object({
      type: { enum: ['Pods', 'Percent'] },
      value: whole,
      periodSeconds: { ...whole, maximum: 1800 },
    }),
  },
})

const kafkaMetadata = object(
  {
    bootstrapServersFromEnv: { type: 'string' },
    consumerGroup: { type: 'string' },
    topic: { type: 'string' },
    // Numbers of a trigger are text.
    lagThreshold: { type: 'string', pattern: '^[1-9]\\d*$' },
    offsetResetPolicy: { enum: ['earliest', 'latest'] },
    version: { type: 'string', pattern: '^\\d+\\.\\d+\\.\\d+$' },
    tls: { enum: ['enable', 'disable'] },
    sasl: { enum: ['plaintext', 'scram_sha256', 'scram_sha512', 'oauthbearer', 'gssapi', 'none'] },
  },
  ['bootstrapServersFromEnv', 'consumerGroup', 'lagThreshold'],
)

export const scaledObjectSchema = resource(
  'ScaledObject',
  object({
    scaleTargetRef: object({ name }),
    pollingInterval: whole,
    minReplicaCount: { ...whole, minimum: 1 },
    maxReplicaCount: whole,
    advanced: object({
      horizontalPodAutoscalerConfig: object({ behavior: object({ scaleUp: rules, scaleDown: rules }) }),
    }),
    triggers: {
      type: 'array',
      minItems: 1,
      items: object(
        { type: { const: 'kafka' }, metadata: kafkaMetadata, authenticationRef: object({ name }) },
        ['type', 'metadata'],
      ),
    },
  }),
)

const target = object({ parameter: { enum: ['username', 'password', 'ca'] }, name, key: { type: 'string' } })

export const triggerAuthenticationSchema = resource(
  'TriggerAuthentication',
  object({
    secretTargetRef: { type: 'array', items: target },
    configMapTargetRef: { type: 'array', items: target },
  }),
)

function resource(kind: string, spec: object): object {
  return object({
    apiVersion: { const: 'keda.sh/v1alpha1' },
    kind: { const: kind },
    metadata: { type: 'object' },
    spec,
  })
}

/** An object of these properties and no others, all of them wanted unless said otherwise. */
function object(properties: Readonly<Record<string, object>>, required = Object.keys(properties)): object {
  return { type: 'object', properties, required, additionalProperties: false }
}
