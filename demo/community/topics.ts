/** What the community talks about. Things take `the` before them; deeds follow `I`, and are in the past. */
export interface Topic {
  readonly name: string
  readonly thing: readonly string[]
  readonly deed: readonly string[]
  readonly place: readonly string[]
}

const topic = (name: string, thing: string, deed: string, place: string): Topic => ({
  name,
  thing: thing.split('|'),
  deed: deed.split('|'),
  place: place.split('|'),
})

export const topics: readonly Topic[] = [
  topic(
    'garden',
    'compost heap|tomato bed|water butt|bean frame|hedge|greenhouse|seed tray|raised bed|plum tree|wheelbarrow',
    'moved the pots indoors|cut the hedge back|sowed two rows of carrots|dug the far corner over|turned the compost',
    'behind the shed|on plot nine|by the tap|along the south wall|near the gate',
  ),
  topic(
    'cycling',
    'rear wheel|chain guard|saddle|brake cable|pannier rack|inner tube|bike stand|front lamp|gear lever|valve cap',
    'swapped the tyres|took the canal route|oiled the chain|raised the saddle by a finger|rode in before eight',
    'on the towpath|at the top of the hill|by the bridge|in the cellar|near the station',
  ),
  topic(
    'baking',
    'sourdough starter|rye loaf|cake tin|oven tray|rolling pin|lemon tart|flour bin|dough scraper|bread knife|scone recipe',
    'halved the sugar|left the dough overnight|used rye instead of wheat|baked two trays|weighed the flour again',
    'in the small oven|on the middle shelf|at the market stall|in the church kitchen|on the counter',
  ),
  topic(
    'radio',
    'valve amplifier|tuning coil|soldering iron|aerial mast|dial lamp|speaker cone|headphone jack|spare fuse|transformer|antenna cable',
    'replaced a capacitor|traced the hum to the coil|soldered the loose wire|opened the back panel|labelled every cable',
    'on the work bench|in the attic|in the club room|under the window|at the repair table',
  ),
  topic(
    'choir',
    'tenor part|second verse|song sheet|warm-up|piano stool|autumn programme|alto line|music stand|encore|rehearsal plan',
    'copied the song sheets|marked the breaths in pencil|learned the low part|came in two bars early|tuned the piano',
    'in the parish hall|on the left side|in the back row|at the rehearsal|by the piano',
  ),
  topic(
    'photos',
    'tripod|lens cap|memory card|dark room|film roll|camera strap|contact sheet|flash unit|photo wall|long exposure',
    'waited for the morning fog|cropped the left edge|developed two rolls|used the old lens|printed it on matt paper',
    'by the harbour|from the footbridge|in the old mill|at the viewpoint|in the dark room',
  ),
  topic(
    'running',
    'ten kilometre loop|starting line|number bib|stopwatch|hill circuit|cool-down|race map|relay team|water stop|finish tent',
    'ran the short loop|walked the last part|laced them differently|kept an even pace|counted eleven of us',
    'around the lake|at the club house|on the gravel track|by the old oak|in the park',
  ),
  topic(
    'pets',
    'dog lead|cat flap|litter tray|fish tank|rabbit hutch|water bowl|scratching post|bird feeder|vet appointment|food bowl',
    'changed the water|built a second hutch|took her to the vet|moved the basket|bought the bigger bag',
    'under the stairs|in the hallway|at the vet|in the yard|next to the heater',
  ),
  topic(
    'books',
    'reading list|third chapter|library card|book swap|paperback|audio version|ending|translation|map on page two|bookmark',
    'read it in two evenings|skipped the preface|returned it on Friday|borrowed the second volume|stopped at chapter six',
    'in the library|on the top shelf|at the reading group|in the reading corner|on the train',
  ),
  topic(
    'chess',
    'opening book|club ladder|chess clock|rook ending|score sheet|team match|practice board|time control|knight move|pairing list',
    'traded queens early|drew the second game|wrote the moves down|played the longer line|set the clocks to thirty minutes',
    'on board three|at the club|in the side room|at the long table|in the café',
  ),
  topic(
    'pottery',
    'kiln|glaze bucket|wheel|clay bag|drying rack|mug handle|firing plan|bowl set|tool drawer|blue glaze',
    'fired at a lower heat|trimmed the foot|mixed a new glaze|let it dry for a week|wedged the clay twice',
    'in the workshop|on the lower rack|next to the sink|in the back room|at the open studio',
  ),
  topic(
    'hiking',
    'ridge path|trail map|rain jacket|hut key|packing list|camping stove|river crossing|north route|rucksack|walking pole',
    'took the longer path|packed for two nights|turned round at the bridge|marked the springs on the map|started at six',
    'at the hut|below the pass|in the car park|on the ridge|by the stream',
  ),
  topic(
    'trains',
    'signal box|model station|track plan|branch line|control panel|timetable|goods wagon|level crossing|ticket hall|points motor',
    'wired the second loop|painted the platform|counted nine wagons|cleaned the rails|moved the station a little',
    'at platform two|in the loft|in the museum|on the branch line|at the junction',
  ),
  topic(
    'sewing',
    'sewing machine|zip|pattern sheet|button box|lining|hem|fabric roll|overlocker|cutting table|sleeve',
    'took the waist in|sewed the lining by hand|cut it on the bias|changed the needle|let the hem down',
    'in the sewing room|on the cutting table|at the repair café|in the drawer|on the back seam',
  ),
  topic(
    'stars',
    'telescope mount|star chart|eyepiece|finder scope|observing list|moon map|solar filter|dew heater|red torch|meteor count',
    'aligned the mount|waited until midnight|counted four meteors|drew the crater|used the wide eyepiece',
    'on the roof|at the dark site|in the dome|in the meadow|behind the school',
  ),
  topic(
    'games',
    'score board|card deck|rule book|game night|map tile|dice cup|starter set|tournament table|final round|second player',
    'shuffled twice|took the long road|read the rules again|swapped seats|dealt seven cards',
    'at the big table|in the lobby|on the second map|at game night|in the last round',
  ),
  topic(
    'house',
    'back door|gutter|radiator|tool shed|kitchen tap|paint tin|ladder|boiler|window frame|light switch',
    'bled the radiators|painted the frame|tightened the hinge|measured it twice|cleared the gutter',
    'in the hallway|on the landing|next to the fuse box|behind the boiler|on the first floor',
  ),
  topic(
    'music',
    'guitar strap|drum kit|set list|mixing desk|bass line|sound check|practice room|amp lead|bridge part|recording',
    'tuned down a half step|wrote a new bridge|brought the spare strings|kept the first take|moved the microphones',
    'in the practice room|on stage|at the open mic|in the basement|by the mixing desk',
  ),
]
