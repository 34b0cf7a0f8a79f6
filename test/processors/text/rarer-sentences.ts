/** Posts in languages that no champion reads yet, invented for this project: by ISO 639-1, one a line; their lists were written without the last six. */
export const rarerSentences: Readonly<Record<string, string>> = {
  no: `
    I går gikk vi oss bort i skogen og kom ikke hjem før natta.
    Jeg skjønner ikke hvorfor bussen alltid er forsinka.
    Naboen min fant en katt utenfor døra si.
    Er det noen som vet hvor man kan kjøpe denne boka?
    Telefonen varer bare to timer på en lading.
    for et fint bilde
    du er snill
    dette er teit
    Tusen takk til alle for de fine orda, det betyr mye for meg.
    Denne spilleren er helt ubrukelig, send ham hjem.
    Jeg kjøpte en hund for to uker siden og den har allerede ødelagt sofaen.
    Ikke bli sint, jeg ville bare hjelpe.
    gratulerer med dagen min venn
    du er en idiot`,
  hr: `
    Jučer smo se izgubili u šumi i vratili se tek noću.
    Ne razumijem zašto autobus uvijek kasni.
    Moja susjeda je našla mačku pred svojim vratima.
    Zna li netko gdje se može kupiti ova knjiga?
    Mobitel izdrži samo dva sata na jednom punjenju.
    lijepa slika
    baš si drag
    to je glupo
    Hvala vam svima na lijepim riječima, puno mi to znači.
    Ovaj igrač je potpuno beskoristan, neka ide kući.
    Kupio sam psa prije dva tjedna i već mi je uništio kauč.
    Nemoj se ljutiti, samo sam htio pomoći.
    sretan rođendan prijatelju
    ti si glupan`,
  sk: `
    Včera sme sa stratili v lese a vrátili sa až v noci.
    Nerozumiem prečo autobus stále mešká.
    Moja suseda našla mačku pred svojimi dverami.
    Nevie niekto kde sa dá kúpiť táto kniha?
    Telefón vydrží na jedno nabitie len dve hodiny.
    pekná fotka
    si milý
    to je hlúpe
    Ďakujem všetkým za milé slová, veľa to pre mňa znamená.
    Tento hráč je úplne zbytočný, nech ide domov.
    Pred dvoma týždňami som si kúpil psa a už mi zničil gauč.
    Nehnevaj sa, len som chcel pomôcť.
    všetko najlepšie kamarát
    ty si hlupák`,
  sl: `
    Včeraj smo se izgubili v gozdu in prišli domov šele ponoči.
    Ne razumem zakaj avtobus vedno zamuja.
    Moja soseda je našla mačko pred svojimi vrati.
    Ali kdo ve kje se da kupiti to knjigo?
    Telefon zdrži samo dve uri z enim polnjenjem.
    lepa slika
    prijazen si
    to je neumno
    Hvala vsem za lepe besede, veliko mi pomenijo.
    Ta igralec je popolnoma neuporaben, naj gre domov.
    Pred dvema tednoma sem kupil psa in že mi je uničil kavč.
    Ne bodi jezen, samo pomagati sem hotel.
    vse najboljše prijatelj
    ti si bedak`,
  sw: `
    Jana tulipotea msituni na tukarudi nyumbani usiku.
    Sielewi kwa nini basi huchelewa kila siku.
    Jirani yangu alimpata paka mbele ya mlango wake.
    Kuna mtu anajua ninaweza kununua kitabu hiki wapi?
    Simu hii inakaa saa mbili tu ukiichaji mara moja.
    picha nzuri sana
    wewe ni mkarimu
    huu ni ujinga
    Asanteni nyote kwa maneno mazuri, yana maana kubwa kwangu.
    Mchezaji huyu hafai kabisa, aende nyumbani.
    Nilinunua mbwa wiki mbili zilizopita na tayari ameharibu kochi langu.
    Usikasirike, nilitaka kusaidia tu.
    heri ya siku ya kuzaliwa rafiki
    wewe ni mpumbavu`,
  ca: `
    Ahir ens vam perdre al bosc i no vam tornar fins a la nit.
    No entenc per què l'autobús sempre arriba tard.
    La meva veïna va trobar un gat davant de la porta.
    Algú sap on es pot comprar aquest llibre?
    El telèfon només aguanta dues hores amb una càrrega.
    quina foto més maca
    ets molt amable
    això és una ximpleria
    Gràcies a tothom per les paraules tan boniques, significa molt per a mi.
    Aquest jugador no serveix per a res, que se'n vagi a casa.
    Fa dues setmanes vaig comprar un gos i ja m'ha destrossat el sofà.
    No t'enfadis, només volia ajudar.
    per molts anys amic
    ets un ximple`,
  af: `
    Gister het ons in die bos verdwaal en eers in die nag teruggekom.
    Ek verstaan nie hoekom die bus altyd laat is nie.
    My buurvrou het 'n kat voor haar deur gevind.
    Weet iemand waar mens hierdie boek kan koop?
    Die foon hou net twee ure met een lading.
    pragtige foto
    jy is gaaf
    dit is simpel
    Baie dankie aan almal vir die mooi woorde, dit beteken vir my baie.
    Hierdie speler is heeltemal nutteloos, laat hom huis toe gaan.
    Ek het twee weke gelede 'n hond gekoop en hy het al my rusbank verwoes.
    Moenie kwaad wees nie, ek wou net help.
    veels geluk met jou verjaarsdag
    jy is 'n dwaas`,
  lt: `
    Vakar pasiklydome miške ir grįžome namo tik naktį.
    Nesuprantu kodėl autobusas visada vėluoja.
    Mano kaimynė rado katę prie savo durų.
    Gal kas žino kur galima nusipirkti šią knygą?
    Telefonas vienu įkrovimu laiko tik dvi valandas.
    graži nuotrauka
    tu labai malonus
    tai kvaila
    Ačiū visiems už gražius žodžius, man tai daug reiškia.
    Šis žaidėjas visiškai nenaudingas, tegul eina namo.
    Prieš dvi savaites nusipirkau šunį ir jis jau sugadino mano sofą.
    Nepyk, aš tik norėjau padėti.
    su gimtadieniu drauge
    tu esi kvailys`,
  lv: `
    Vakar mēs apmaldījāmies mežā un atgriezāmies tikai naktī.
    Es nesaprotu kāpēc autobuss vienmēr kavējas.
    Mana kaimiņiene atrada kaķi pie savām durvīm.
    Vai kāds zina kur var nopirkt šo grāmatu?
    Telefons ar vienu uzlādi iztur tikai divas stundas.
    skaista bilde
    tu esi jauks
    tas ir muļķīgi
    Paldies visiem par jaukajiem vārdiem, man tas daudz nozīmē.
    Šis spēlētājs ir pilnīgi nederīgs, lai iet mājās.
    Pirms divām nedēļām es nopirku suni un viņš jau sabojāja manu dīvānu.
    Nedusmojies, es tikai gribēju palīdzēt.
    daudz laimes dzimšanas dienā
    tu esi muļķis`,
  et: `
    Eile eksisime metsas ära ja jõudsime koju alles öösel.
    Ma ei saa aru miks buss alati hilineb.
    Minu naaber leidis oma ukse eest kassi.
    Kas keegi teab kust seda raamatut osta saab?
    Telefon peab ühe laadimisega vastu ainult kaks tundi.
    ilus pilt
    sa oled lahke
    see on rumal
    Aitäh kõigile ilusate sõnade eest, see tähendab mulle palju.
    See mängija on täiesti kasutu, mingu koju.
    Kaks nädalat tagasi ostsin koera ja ta on juba mu diivani ära rikkunud.
    Ära ole kuri, ma tahtsin ainult aidata.
    palju õnne sünnipäevaks
    sa oled loll`,
  sq: `
    Dje humbëm në pyll dhe u kthyem vetëm natën.
    Nuk e kuptoj pse autobusi vonohet gjithmonë.
    Fqinja ime gjeti një mace para derës së saj.
    A e di dikush ku mund ta blej këtë libër?
    Telefoni mban vetëm dy orë me një karikim.
    foto e bukur
    je shumë i mirë
    kjo është budallallëk
    Faleminderit të gjithëve për fjalët e bukura, do të thotë shumë për mua.
    Ky lojtar është krejtësisht i padobishëm, le të shkojë në shtëpi.
    Bleva një qen para dy javësh dhe tashmë më ka prishur divanin.
    Mos u zemëro, vetëm doja të ndihmoja.
    gëzuar ditëlindjen mik
    ti je budalla`,
}
