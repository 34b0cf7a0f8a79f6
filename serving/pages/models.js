import { byId } from './dom.js'
import { keepDoor, keyProblems } from './door.js'
import { awayWords } from './drift-text.js'
import { showKind } from './models-kind.js'
import { createSay } from './models-say.js'
import { verdictOf } from './models-text.js'
import { createVersions } from './models-versions.js'
import { redraw } from './redraw.js'

/** The page of models: asks for `GET /v1/loop` every few seconds, and draws anew only what changed. */
const REFRESH_MS = 5000
/** What was said to the loop shows once it went through Kafka and ClickHouse. */
const SAID_MS = 1500

keepDoor({ check, enter })

/** Where only ClickHouse is away, the page opens and says so. */
async function check(api) {
  const first = await api.get('/v1/loop')
  return !first.ok && keyProblems.includes(first.body.code) ? { problem: first.body } : { first }
}

function enter(api, { first }) {
  const versions = createVersions(api)
  let drawn = ''
  let promoted = ''
  const look = async () => draw(await api.get('/v1/loop'))
  const say = createSay(api, told => {
    byId('told').textContent = `${told} It shows here in a moment.`
    setTimeout(look, SAID_MS)
  })
  function draw({ ok, body }) {
    byId('problem').textContent = ok ? '' : awayWords(body, drawn !== '')
    if (!ok) return
    byId('checked').textContent =
      `Looked at ${new Date().toLocaleTimeString()}; looks again every ${REFRESH_MS / 1000} seconds.`
    const json = JSON.stringify(body)
    // What did not change is left as it is: nothing flickers, and a reader's place is kept.
    if (json === drawn) return
    drawn = json
    const { kinds, admin } = body
    byId('verdict').textContent = verdictOf(kinds)
    redraw(
      byId('kinds'),
      kinds.map(loop => showKind(loop, admin ? say : null)),
    )
    const now = JSON.stringify(
      kinds.map(({ champion, challenger, ended }) => [champion, challenger, ended[0]?.last]),
    )
    if (now === promoted) return
    promoted = now
    void versions.show(kinds)
  }
  draw(first)
  if (!first.ok) void versions.show([])
  setInterval(() => {
    if (!document.hidden) void look()
  }, REFRESH_MS)
}
