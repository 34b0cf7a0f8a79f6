/** Picture files that are chosen, dropped or pasted. */
/** As POST /v1/images takes them. */
const BYTES_MAX = 10_000_000
const TYPES = ['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/avif']

/** What is wrong with a file, for people; null where nothing is. */
export function problemOf({ name, type, size }) {
  if (!TYPES.includes(type)) return `${name} is no JPEG, PNG, WebP, GIF or AVIF.`
  return size > BYTES_MAX ? `${name} has more than ${BYTES_MAX / 1e6} MB.` : null
}

/** Opens the file chooser of an input. Answers with a function that does, for one file or several. */
export function chooseFiles(input, take) {
  input.accept = TYPES.join(',')
  input.addEventListener('change', () => {
    take([...input.files])
    // So that the same file can be chosen again.
    input.value = ''
  })
  return ({ isOne }) => {
    input.multiple = !isOne
    input.click()
  }
}

export function takePasted(field, take) {
  field.addEventListener('paste', event => {
    const { files, types } = event.clipboardData
    // Programs put a picture of what was copied beside its text.
    if (files.length === 0 || types.includes('text/plain')) return
    event.preventDefault()
    take([...files])
  })
}

export function takeDropped(place, take) {
  const holdsFiles = event => event.dataTransfer.types.includes('Files')
  const mark = isOver => place.classList.toggle('is-target', isOver)
  place.addEventListener('dragover', event => {
    if (!holdsFiles(event)) return
    event.preventDefault()
    mark(true)
  })
  place.addEventListener('dragleave', event => {
    if (!place.contains(event.relatedTarget)) mark(false)
  })
  place.addEventListener('drop', event => {
    mark(false)
    if (!holdsFiles(event)) return
    event.preventDefault()
    take([...event.dataTransfer.files])
  })
}
