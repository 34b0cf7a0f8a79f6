import { NiceAMeter } from './nice-a-meter.ts'

/** The module that pages load: defines `<nice-a-meter>`, once, and gives out what it is made of. */
export { createLiveClient } from '../live-client.ts'
export { NiceAMeter }

if (!customElements.get('nice-a-meter')) customElements.define('nice-a-meter', NiceAMeter)
