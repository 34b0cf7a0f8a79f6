/** Whether the heavier tests run too: `npm run test:full`. */
export const isFull = process.env['NICR_TEST_FULL'] === '1'
