/** Colours, for the meter and for the marks in the textarea. Text keeps 4.5 : 1 on white and on near black. */
export const colours = `
:host {
  --meter-raises: var(--nicr-kind, light-dark(#0b6b4f, #4fd1a0));
  --meter-middle: var(--nicr-plain, light-dark(#7a5c07, #e0b84d));
  --meter-lowers: var(--nicr-unkind, light-dark(#a8322a, #f2857a));
  --meter-soft: var(--nicr-soft, light-dark(#56605d, #a5b1ac));
  --meter-line: var(--nicr-line, light-dark(#d6dad5, #37413e));
  --meter-raises-wash: color-mix(in srgb, var(--meter-raises) 18%, transparent);
  --meter-lowers-wash: color-mix(in srgb, var(--meter-lowers) 18%, transparent);
}
`

export const layout = `
:host { display: block; font-size: 0.9375rem; line-height: 1.45; text-align: start }
:host([hidden]), [hidden] { display: none !important }
p { margin: 0 }
.head { display: flex; align-items: baseline; gap: 10px }
.name { font-weight: 600; font-size: 0.875rem }
.value { margin-inline-start: auto; font-size: 1.375rem; font-weight: 700; line-height: 1; font-variant-numeric: tabular-nums; color: var(--meter-tone, var(--meter-soft)) }
.of { font-size: 0.75rem; font-weight: 400; color: var(--meter-soft) }
::slotted([role="meter"]) {
  display: block; block-size: 10px; margin-block: 8px 6px; border-radius: 5px; background-color: var(--meter-line);
  background-image: linear-gradient(var(--meter-tone, transparent) 0 0); background-repeat: no-repeat; background-size: var(--meter-fill, 0%) 100%;
}
.scale { display: grid; grid-template-columns: 4fr 2fr 4fr; text-align: center; font-size: 0.75rem; color: var(--meter-soft) }
.verdict { margin-block-start: 6px; min-block-size: 1.45em }
.words { display: flex; flex-wrap: wrap; gap: 6px; margin: 8px 0 0; padding: 0; list-style: none }
.words li { max-inline-size: 100% }
button { font: inherit; color: inherit; cursor: pointer; border: 1px solid transparent; background: none; border-radius: 8px }
button:focus-visible, input:focus-visible { outline: 2px solid currentColor; outline-offset: 2px }
button:disabled { opacity: 0.55; cursor: default }
.word { display: flex; gap: 8px; max-inline-size: 100%; padding: 3px 10px; border-color: var(--meter-line); border-radius: 999px; font-size: 0.8125rem }
.word:hover { border-color: currentColor }
.word b { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; padding-block-end: 3px; margin-block-end: -3px; font-weight: 600; text-decoration: underline 2px var(--meter-raises); text-underline-offset: 3px; text-decoration-skip-ink: none }
.word.lowers b { text-decoration: underline wavy 1.5px var(--meter-lowers) }
.word span { color: var(--meter-soft); white-space: nowrap }
.tools { display: flex; flex-wrap: wrap; gap: 4px 14px; margin-block-start: 8px; font-size: 0.8125rem; color: var(--meter-soft) }
.tools button { padding: 3px 0; text-decoration: underline; text-decoration-color: var(--meter-line); text-underline-offset: 3px }
.tools button:hover { color: CanvasText; text-decoration-color: currentColor }
form { display: grid; gap: 10px; margin-block-start: 10px; padding: 12px 14px; border: 1px solid var(--meter-line); border-radius: 10px; font-size: 0.875rem }
fieldset { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 0; padding: 0; border: 0 }
legend { padding: 0 0 4px; font-weight: 600 }
label { display: flex; align-items: baseline; gap: 7px }
.tools .send { padding: 6px 14px; border-color: currentColor; font-weight: 600; text-decoration: none }
.note { font-size: 0.8125rem; color: var(--meter-soft) }
.heard { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
@media (prefers-reduced-motion: no-preference) { ::slotted([role="meter"]) { transition: background-size 0.18s ease-out } }
@media (forced-colors: active) { ::slotted([role="meter"]) { forced-color-adjust: none; outline: 1px solid CanvasText } }
`
