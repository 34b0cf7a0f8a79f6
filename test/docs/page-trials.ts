import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { jsonLines, trainingRows } from '../support/training-rows.ts'

/** How the shell commands of each page are tried: a trial for each block, named by its first line. */
export type Trial = Tried | TriedBy | Untried

/** Run as they stand in a folder like the clone, with `nicr up` running there. */
export interface Tried {
  /** Each must be found in what they print. */
  readonly prints: readonly RegExp[]
  /** Files that the page takes for granted. */
  readonly given?: (folder: string) => void
  /** What they ask for comes a while later: they are run until they print it. */
  readonly waits?: boolean
  /** They are typed into a terminal of their own and go on; what they print is not looked at. */
  readonly aside?: boolean
}

/** Another test runs these commands, on files and a state that they need. */
export interface TriedBy {
  readonly by: string
}

/** No test can: why. */
export interface Untried {
  readonly untried: string
}

const write = (folder: string, name: string, rows: readonly object[]) =>
  writeFileSync(join(folder, name), jsonLines(rows))

const labelledRows = (folder: string) => {
  write(folder, 'rows.jsonl', trainingRows)
  write(folder, 'other-rows.jsonl', trainingRows.slice(0, 100))
}

const numbersOf = (rows: number, from: number) =>
  Array.from({ length: rows }, (_, i) => ({ at: i * 1000, length: from + (i % 7) }))

/** The first hour: each step needs those before it, and all of them take minutes. */
export const tourTrials: Readonly<Record<string, Trial>> = {
  'npm ci && npm start': { by: 'test/cli/up.test.ts' },
  'export NICR_API_KEY=$(cat .nicr/dev-key)': { prints: [/niceness@2/] },
  'curl -X POST http://127.0.0.1:8080/v1/content -H "Authorization: Bearer $NICR_API_KEY" -H \'Content-Type: application/json\' \\':
    { prints: [/"id":"first"/] },
  'curl http://127.0.0.1:8080/v1/scores/first -H "Authorization: Bearer $NICR_API_KEY"': {
    prints: [/"niceness":[789]/],
    waits: true,
  },
  'npm run community -- .nicr/community': { prints: [/published 2600 rows/] },
  'npx nicr publish .nicr/community/after.jsonl --rate 25': { prints: [], aside: true },
  'curl http://127.0.0.1:8123 --data-binary "SELECT at, kind, feature, method, arrayMap(one -> one.name, contributors) AS words':
    { prints: [/niceness/, /word-bayes-factor/], waits: true },
  'curl http://127.0.0.1:8123 --data-binary "SELECT kind, policy, reason FROM nicr.retrain_requests FORMAT Vertical"':
    { prints: [/kind: +niceness/, /Words are new or more frequent/], waits: true },
  'npx nicr labels import .nicr/community/answers.jsonl --kind niceness --labeller team': {
    prints: [/imported 400 labels/],
    waits: true,
  },
  'curl http://127.0.0.1:8123 --data-binary "SELECT min(at) AS since, step, task, argMax(detail, at) AS said':
    {
      prints: [
        /canary/,
        /PROMOTED/,
        /niceness challenger {2}3: share 0 → 0\.2/,
        /champion {2}\(default\) → 3/,
      ],
      waits: true,
    },
  'npx nicr models rollback niceness': { prints: [/is now niceness@2/, /niceness@2 is live/] },
  "PICTURE=$(node -e \"console.log(require('crypto').createHash('sha256').update(require('fs').readFileSync('examples/images/spam-noise.png')).digest('hex'))\")":
    { prints: [/"id":"early"/] },
  'npx nicr dlq list': { prints: [/NICR_IMAGE_NOT_FOUND {2}score-image-spam/, /key early/], waits: true },
  'curl -X POST http://127.0.0.1:8080/v1/images -H "Authorization: Bearer $NICR_API_KEY" -H \'Content-Type: image/png\' --data-binary @examples/images/spam-noise.png':
    { prints: [/1 letter of 1 would be replayed/, /1 letter of 1 replayed/] },
  'curl http://127.0.0.1:8080/v1/scores/early -H "Authorization: Bearer $NICR_API_KEY"': {
    prints: [/"image-spam":\{"status":"SCORED"/, /"decidedBy":"image-spam"/],
    waits: true,
  },
  'curl http://127.0.0.1:8080/metrics': { prints: [/nicr_http_request_duration_seconds/] },
  'curl http://127.0.0.1:8123 --data-binary "SELECT model, count() AS contents, round(avg(value), 2) AS niceness':
    { prints: [/│ 3/], waits: true },
}

export const pageTrials: Readonly<Record<string, Readonly<Record<string, Trial>>>> = {
  'README.md': {
    'npm ci && npm start': { by: 'test/cli/up.test.ts' },
    'npx nicr publish examples/posts.jsonl': { prints: [/published \d+ rows/, /niceness/] },
    'mvn -q -f examples/pom.xml dependency:copy-dependencies -DoutputDirectory="$PWD/.nicr/jars/examples"': {
      by: 'test/docs/example-programs.test.ts',
    },
    'NICR_API_KEY=$(cat .nicr/dev-key)': { prints: [/"id":"comment-3"/] },
    'curl http://127.0.0.1:8080/v1/scores/comment-3 -H "Authorization: Bearer $NICR_API_KEY"': {
      prints: [/"niceness":\d/, /text-spam/],
      waits: true,
    },
    'REF=$(curl -s -X POST http://127.0.0.1:8080/v1/images -H "Authorization: Bearer $NICR_API_KEY" \\': {
      prints: [/"image-spam"/],
    },
    'curl -X POST http://127.0.0.1:8080/sentiment-analysis -H "Authorization: Bearer $NICR_API_KEY" \\': {
      prints: [/"niceness":[89]/],
    },
    'npx nicr train --kind niceness --data rows.jsonl --out .nicr/models/niceness/900': {
      given: labelledRows,
      prints: [/macroF1/, /fern-001/],
    },
  },
  'CONTRIBUTING.md': {
    'npm ci && npm test                              # builds, lints, checks types, then all tests on real Kafka, registry and ClickHouse':
      { untried: 'it is what CI runs' },
  },
  'docs/benchmarks.md': {
    'python3 -m venv /tmp/peers/vs && /tmp/peers/vs/bin/pip install quixstreams==3.28.1 fastavro==1.13.1 confluent-kafka==2.12.2':
      {
        untried:
          'it needs the peers’ programs, which are not ours, and minutes; test/bench has the parts of it',
      },
  },
  'docs/dead-letters.md': {
    'npx nicr dlq list                       # how many, by code, processor and topic, from when to when': {
      by: 'test/cli/dlq.test.ts',
    },
    'npx nicr dlq replay --where "processor=score-niceness and code=NICR_TEXT_TOO_LONG" --dry-run': {
      by: 'test/cli/dlq.test.ts',
    },
    'npx nicr backfill --kind niceness --model niceness@3 --from 2026-11-20T00:00:00Z': {
      by: 'test/cli/backfill.test.ts',
    },
  },
  'docs/demo.md': {
    'npm run demo': { by: 'test/demo/whole-loop.test.ts' },
  },
  'docs/drift.md': {
    'npx nicr models recalibrate text-spam            # by the latest report about the champion; --report ID for another, --share 0.3 for your own':
      { by: 'test/cli/models-recalibrate.test.ts' },
    'npx nicr drift --input today.jsonl --reference last-month.jsonl --json': {
      given: folder => {
        write(folder, 'last-month.jsonl', numbersOf(4000, 1))
        write(folder, 'today.jsonl', numbersOf(2000, 9))
      },
      prints: [/"feature":"length"/],
    },
  },
  'docs/erasure.md': {
    'npx nicr erase --author ID --dry-run    # what there is': { by: 'test/cli/erase.test.ts' },
  },
  'docs/faults.md': {
    'npm run test:full                                                  # everything': {
      untried: 'it takes half an hour; each run of it is one',
    },
    'npm run soak                    # two hours; --minutes N, --seed N': { untried: 'it takes two hours' },
  },
  'docs/guide/encoders.md': {
    'python3 -m venv venv && venv/bin/pip install -r scripts/requirements.txt': {
      untried: 'it fetches torch, a gigabyte; test/scripts/fine-tune.test.ts runs what it makes',
    },
    "npx nicr models add toxicity out/ --labels 'toxic=1,neutral=0' --data rows.jsonl": {
      by: 'test/cli/models-add.test.ts',
    },
    'npx nicr models add niceness out/ --data rows.jsonl': { by: 'test/cli/models-add.test.ts' },
    'npx nicr models add niceness out/ --data rows.jsonl --train-ngrams': {
      by: 'test/cli/models-add.test.ts',
    },
    'npx nicr models add toxicity hf:OWNER/NAME --data rows.jsonl --languages en,de': {
      by: 'test/cli/models-add.test.ts',
    },
    'npx nicr evaluate --kind niceness --data held-out.jsonl                # the champion': {
      by: 'test/cli/models-add.test.ts',
    },
  },
  'docs/guide/tour.md': tourTrials,
  'docs/guide/train.md': {
    'npx nicr train --kind niceness --data rows.jsonl --out .nicr/models/niceness/900': {
      by: 'test/cli/train.test.ts',
    },
  },
  'docs/http.md': {
    'curl -X POST http://127.0.0.1:8080/v1/score -H "Authorization: Bearer $NICR_API_KEY" \\': {
      prints: [/"image-spam"|NICR_/],
    },
  },
  'docs/images-recognition.md': {
    '# -Z: an empty value as none at all': { untried: 'kcat is no part of ours' },
  },
  'docs/images.md': {
    'curl -H "Authorization: Bearer $KEY" -H \'Content-Type: image/png\' --data-binary @picture.png localhost:8080/v1/images':
      { by: 'test/serving/images.test.ts' },
  },
  'docs/labelling.md': {
    'npx nicr labels import labels.jsonl --kind niceness --labeller old-team': {
      by: 'test/cli/labels.test.ts',
    },
  },
  'docs/migrate-from-perspective.md': {
    'curl --silent --fail-with-body https://nicr.example/v1alpha1/comments:analyze \\': {
      by: 'test/docs/migrate-from-perspective.test.ts',
    },
    "sed -i 's#https://commentanalyzer.googleapis.com#https://nicr.example#' node_modules/perspective-api-client/index.js":
      { untried: 'the client is looked after by nobody, and brings an old axios' },
    'npx nicr evaluate --kind toxicity --data decided.jsonl                # how well it tells them apart (auc), and at its own threshold':
      {
        given: folder =>
          write(folder, 'decided.jsonl', [
            { id: 'd1', text: 'You are a pathetic idiot and everybody hates you.', label: 1 },
            { id: 'd2', text: 'The meeting starts at nine in the large room.', label: 0 },
          ]),
        prints: [/auc/, /"id":"d1"/],
      },
  },
  'docs/operations/alerts.md': {
    '# nicr up': { prints: [/score-niceness/, /"ready":true/, /version\(\)/] },
    '# docker compose': {
      untried: 'it needs a Docker engine; test/deploy/rules.test.ts looks up what it names',
    },
    '# Kubernetes': {
      untried: 'it needs a cluster; test/deploy/rules.test.ts looks up what it names',
    },
  },
  'docs/operations/deploy.md': {
    'cp .env.example .env                             # and change every value': {
      untried: 'it needs a Docker engine; test/docs/compose.test.ts reads what compose would',
    },
    'docker build --tag registry.example.org/nicr:0.1.0 . && docker push registry.example.org/nicr:0.1.0': {
      untried:
        'it needs an engine and a cluster; test/deploy/kubernetes.test.ts renders and checks what kubectl would apply',
    },
  },
  'docs/perspective.md': {
    'curl "http://127.0.0.1:8080/v1alpha1/comments:analyze?key=$NICR_API_KEY" -H \'Content-Type: application/json\' \\':
      { prints: [/attributeScores/] },
  },
  'docs/security.md': {
    'npx nicr keys create --role publish --name forum-backend   # prints the key, this once': {
      prints: [/nicr_/, /forum-backend/],
    },
  },
  'docs/views.md': {
    "curl --fail-with-body 'http://127.0.0.1:8123/?query=SELECT+count()+FROM+nicr.scores'": {
      prints: [/^\d+$/m, /READONLY/],
    },
  },
}
