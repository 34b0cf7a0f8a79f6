import { PARTITIONS_DEFAULT } from '../pipelines/apply.ts'
import { DATA_DIR, type DeployedProcess, deployedProcesses, type Scaling, type Size } from './processes.ts'

const GENERATED = '# Written by `npm run generate` from scripts/processes.ts.\n'
/** Where compose and deploy/kubernetes/base/config.yaml let processes without a server answer. */
const METRICS_PORT = 9464

/** deploy/kubernetes/base/processes.yaml: a Deployment for each process without a server, and a budget for those that scale. */
export function manifestsOfProcesses(): string {
  const parts = deployedProcesses().flatMap(one =>
    one.scaling === null ? [deployment(one)] : [deployment(one), disruptionBudget(one.name)],
  )
  return GENERATED + parts.join('---\n')
}

/** deploy/kubernetes/components/autoscaling/scaled-objects.yaml: for KEDA, whatever reads more than one partition. */
export function scaledObjects(): string {
  const parts = deployedProcesses().flatMap(({ name, scaling }) =>
    scaling === null ? [] : [scaledObject(name, scaling)],
  )
  return GENERATED + parts.join('---\n')
}

function deployment({ name, command, data, size }: DeployedProcess): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels:
    app.kubernetes.io/component: ${name}
spec:
  selector:
    matchLabels:
      app.kubernetes.io/component: ${name}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
  template:
    metadata:
      labels:
        app.kubernetes.io/component: ${name}
        nicr/role: process
    spec:
      serviceAccountName: nicr
      automountServiceAccountToken: false
      terminationGracePeriodSeconds: 45
      securityContext:
        runAsNonRoot: true
        runAsUser: 1000
        runAsGroup: 1000
        fsGroup: 1000
        fsGroupChangePolicy: OnRootMismatch
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: nicr
          image: nicr
          args: [${command.map(word => `"${word}"`).join(', ')}]
          envFrom:
            - configMapRef:
                name: nicr
          ports:
            - name: metrics
              containerPort: ${METRICS_PORT}
${probes}${resources(size)}          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: ["ALL"]
          volumeMounts:
            - name: secrets
              mountPath: /run/secrets/nicr
              readOnly: true
            - name: tmp
              mountPath: /tmp
${data === null ? '' : `            # ${data}\n            - name: data\n              mountPath: ${DATA_DIR}\n`}      volumes:
        - name: secrets
          secret:
            secretName: nicr
            defaultMode: 0440
        - name: tmp
          emptyDir:
            sizeLimit: 256Mi
${data === null ? '' : '        - name: data\n          persistentVolumeClaim:\n            claimName: nicr-data\n'}`
}

/** A batch may hold the event loop for seconds, so that a process counts as hung only after a minute. */
const probes = `          startupProbe:
            httpGet:
              path: /livez
              port: metrics
            periodSeconds: 5
            timeoutSeconds: 5
            failureThreshold: 60
          livenessProbe:
            httpGet:
              path: /livez
              port: metrics
            periodSeconds: 15
            timeoutSeconds: 10
            failureThreshold: 4
          readinessProbe:
            httpGet:
              path: /readyz
              port: metrics
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 3
`

function resources({ memory, cpu }: Size): string {
  return `          resources:
            requests:
              cpu: ${1000 * cpu.request}m
              memory: ${memory.request}Mi
            limits:
              cpu: "${cpu.limit}"
              memory: ${memory.limit}Mi
`
}

function disruptionBudget(name: string): string {
  return `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: ${name}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      app.kubernetes.io/component: ${name}
`
}

/**
 * Never to none: whoever reads nothing keeps its place in the group for a few tens of MB, and a start takes longer than most lags.
 * A replica that comes or goes makes the group share its partitions out anew, so they go one by one.
 */
function scaledObject(name: string, { group, topic, lag }: Scaling): string {
  return `apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: ${name}
spec:
  scaleTargetRef:
    name: ${name}
  pollingInterval: 15
  minReplicaCount: 1
  # As many as there are partitions (NICR_PARTITIONS); further ones would stand by.
  maxReplicaCount: ${PARTITIONS_DEFAULT}
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        scaleUp:
          stabilizationWindowSeconds: 30
          policies:
            - type: Pods
              value: 4
              periodSeconds: 60
        scaleDown:
          stabilizationWindowSeconds: 600
          policies:
            - type: Pods
              value: 1
              periodSeconds: 120
  triggers:
    - type: kafka
      metadata:
        bootstrapServersFromEnv: KAFKA_BROKERS
        consumerGroup: ${group}
${topic === null ? '' : `        topic: ${topic}\n`}        lagThreshold: "${lag}"
        offsetResetPolicy: earliest
        version: 2.8.0
`
}
