import type { Raster } from './raster.ts'

/** Pixels of a scene. */
const WIDTH = 240
const HEIGHT = 180
const SHAPES = 40
/** Half of a shape's size, as parts of the scene's height: small ones are more frequent. */
const RADIUS = { least: 0.05, most: 0.6 } as const
/** Greys that a pixel's channels vary by, as of a camera. */
const GRAIN = 12

/** An ellipse or a rectangle, turned. */
interface Shape {
  readonly x: number
  readonly y: number
  readonly cos: number
  readonly sin: number
  readonly across: number
  readonly down: number
  readonly isRound: boolean
  readonly colour: readonly number[]
}

/**
 * A picture of opaque shapes of many sizes over each other, which has the statistics of a photo and the plain shapes of a drawing, but
 * no logo (dead leaves: Lee, Mumford, Huang, International Journal of Computer Vision 41, 2001).
 * @param number of the scene; the same number gives the same picture
 */
export function makeScene(number: number): Raster {
  const random = randomFrom(number)
  const shapes = Array.from({ length: SHAPES }, () => shapeFrom(random))
  const data = new Uint8Array(WIDTH * HEIGHT * 3)
  for (let y = 0, at = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++, at += 3) {
      const { colour } = shapes.find(shape => isWithin(shape, x, y)) ?? shapes[0]!
      for (let k = 0; k < 3; k++)
        data[at + k] = Math.max(0, Math.min(255, colour[k]! + GRAIN * (random() - 0.5)))
    }
  }
  return { width: WIDTH, height: HEIGHT, channels: 3, data }
}

function shapeFrom(random: () => number): Shape {
  const size = () => HEIGHT / (1 / RADIUS.most + random() * (1 / RADIUS.least - 1 / RADIUS.most))
  const angle = random() * Math.PI
  const across = size()
  const grey = 40 + 180 * random()
  return {
    x: random() * WIDTH,
    y: random() * HEIGHT,
    cos: Math.cos(angle),
    sin: Math.sin(angle),
    across,
    down: random() < 0.5 ? across : across * (0.3 + random()),
    isRound: random() < 0.6,
    colour: [0, 1, 2].map(() => grey + 90 * (random() - 0.5)),
  }
}

function isWithin(shape: Shape, x: number, y: number): boolean {
  const [dx, dy] = [x - shape.x, y - shape.y]
  const across = (dx * shape.cos + dy * shape.sin) / shape.across
  const down = (dy * shape.cos - dx * shape.sin) / shape.down
  return shape.isRound ? across * across + down * down <= 1 : Math.abs(across) <= 1 && Math.abs(down) <= 1
}

/** In [0, 1): a congruential generator. */
function randomFrom(seed: number): () => number {
  let state = Math.imul(seed + 1, 747796405) >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}
